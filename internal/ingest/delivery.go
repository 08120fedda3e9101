package ingest

import "time"

// Delivery is one POST's body with what its headers said. It is valid only during the call it is
// passed to: a Sink copies what it keeps. The strings stay as they are, but may be views of a whole
// request's head: clone what is kept for long.
type Delivery struct {
	App      string    // from the path, or found by Token; "" where the token is unknown
	Token    string    // Logplex-Drain-Token; may be empty
	FrameID  string    // Logplex-Frame-Id; "" means that a repeat can't be told
	Own      bool      // sent with the app's own password: see AppPassword
	MsgCount int       // Logplex-Msg-Count; -1 where absent or no count
	Body     []byte    // unpacked
	At       time.Time // of receipt: when the body was complete and its turn came
}

// Sink judges deliveries.
type Sink interface {
	// Take judges the whole body in the caller's goroutine and returns how many frames it found.
	// It can't fail: bad lines are its own affair. It is called concurrently.
	Take(d *Delivery) (messages int)
}
