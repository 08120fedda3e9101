package parser

// Fault says what was wrong with a line. It is a byte so that reporting one never allocates; its
// String is a stable metric label.
type Fault uint8

// The faults. After FaultLength and FaultTruncated nothing of the body is left to read; the others
// cost one line.
const (
	FaultNone      Fault  = iota // no fault at all; its String is empty
	FaultLength                  // no frame length: not 1 to 9 digits, without a leading zero, and a space
	FaultTruncated               // the body ends inside the frame
	FaultOversize                // longer than MaxFrame
	FaultEmpty                   // nothing in it, not even a header
	FaultPriority                // does not start with <PRI>
	FaultVersion                 // <PRI> is not followed by "1 "
	FaultTimestamp               // TIMESTAMP is not RFC 3339
	FaultHeader                  // one of HOSTNAME, APPNAME, PROCID, MSGID is missing
	FaultFormat                  // a line of captured text in no form that Reader knows
	FaultCount     = iota        // how many there are, FaultNone among them
)

var faultNames = [FaultCount]string{
	"", "length", "truncated", "oversize", "empty", "priority", "version", "timestamp", "header", "format",
}

func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return "unknown"
}
