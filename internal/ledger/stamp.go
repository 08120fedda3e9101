package ledger

import (
	"encoding/binary"
	"time"
)

// stamp is how many bytes in front of a stored value say when it expires: Unix milliseconds, 0 for
// never.
const stamp = 8

func restamp(value []byte, expires time.Time) []byte {
	var ms int64
	if !expires.IsZero() {
		ms = expires.UnixMilli()
	}
	raw := binary.BigEndian.AppendUint64(make([]byte, 0, stamp+len(value)), uint64(ms))
	return append(raw, value...)
}

// unstamp copies the value out, since bbolt's memory is valid only within the transaction. A value
// that has expired, or is too short to be one of ours, is not found.
func unstamp(raw []byte, now time.Time) (value []byte, found bool) {
	if len(raw) < stamp {
		return nil, false
	}
	if ms := int64(binary.BigEndian.Uint64(raw)); ms != 0 && now.UnixMilli() >= ms {
		return nil, false
	}
	return append([]byte{}, raw[stamp:]...), true
}
