package daemon

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
)

// self tells our own log when it comes back to us. Each line that the daemon logs carries a random id;
// a drain whose lines do is attached to the app that runs us, and each line we read of it could make
// us write another.
type self struct{ id []byte }

func newSelf(random io.Reader) (self, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return self{}, fmt.Errorf("random id: %w", err)
	}
	return self{[]byte("drain-" + hex.EncodeToString(b[:]))}, nil
}

// A line of our JSON begins with its level, if it has one, and then the id.
const (
	ownLevel = `{"level":"`
	ownField = `{"instance":"`
)

// What those begin with, in eight bytes, which cost one comparison.
const (
	levelHead = `{"level"`
	fieldHead = `{"instan`
)

// ownHead is how far into such a line the id can stand.
const ownHead = 96

// wrote says whether a line is one of ours. It is asked of every line of every app, and looks no
// further than it must. That a line is JSON does not count yet: where some are, no processor guesses which.
func (s *self) wrote(line []byte) bool {
	const n = len(levelHead)
	return len(line) >= n && (string(line[:n]) == levelHead || string(line[:n]) == fieldHead) && s.signed(line)
}

// signed says whether a line of JSON has the id where we write it.
func (s *self) signed(line []byte) bool {
	head := line[:min(len(line), ownHead)]
	return (bytes.HasPrefix(head, []byte(ownLevel)) || bytes.HasPrefix(head, []byte(ownField))) && bytes.Contains(head, s.id)
}
