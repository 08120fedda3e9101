package parser

// Fault says what was wrong with a line. It is a byte so that reporting one never allocates; its
// String is a stable metric label.
type Fault uint8

// FaultNone is no fault at all.
const FaultNone Fault = 0
