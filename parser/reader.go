package parser

import (
	"bufio"
	"errors"
	"io"
)

// Reader reads captured logs, for offline use. It streams: it holds 128 KiB of the input, and one
// Line. It takes
//
//   - drain bodies, one or many, framed as for Scanner;
//   - syslog lines, "<158>1 2026-…", also with a length in front that is wrong, and without "<158>1";
//   - what `heroku logs` prints, "2026-… heroku[web.1]: …", also without time and in colour;
//   - Papertrail's "Jul 24 05:12:38 system heroku/worker.1 …", whose time lacks a year and is left out.
//
// Which of the first two it is, is told from the first 128 KiB: they are drain bodies if the lengths
// lead from frame to frame. All other lines may be mixed. Blank lines are passed over. A line of no
// known form has FaultFormat and its text in Msg.
type Reader struct {
	in   *bufio.Reader
	mode mode
	held int    // bytes of in that Line's frame takes
	rest []byte // frames glued to the physical line that Line is from
	long bool   // the physical line didn't fit, and its tail is still to be read
	bare []byte // a line without its colours; reused
	line Line
	err  error
}

type mode uint8

const (
	undecided mode = iota
	framed
	lines
	ended // a length could not be read
)

const window = 2 * MaxFrame // the longest frame has to fit

// NewReader returns a Reader of in.
func NewReader(in io.Reader) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, window)}
}

// Next reads the next line into Line. It returns true also for a line with a fault, and false at
// the end of the input or when it can't be read any further, which Err tells.
func (r *Reader) Next() bool {
	if r.mode == undecided {
		r.mode = lines
		if r.startsFramed() {
			r.mode = framed
		}
	}
	r.line.reset()
	switch r.mode {
	case framed:
		return r.nextFrame()
	case lines:
		return r.nextLine()
	}
	return false
}

// Line is what Next read. It is valid until the next call to Next.
func (r *Reader) Line() *Line { return &r.line }

// Err is why the input could not be read to its end; nil if it was. It is the input's own error.
func (r *Reader) Err() error { return r.err }

// peek returns the next n bytes, or what is left of the input.
func (r *Reader) peek(n int) []byte {
	b, err := r.in.Peek(n)
	r.keep(err)
	return b
}

func (r *Reader) keep(err error) {
	if err != nil && !errors.Is(err, io.EOF) && r.err == nil {
		r.err = err
	}
}

// discard passes over n bytes. n may be more than the buffer holds.
func (r *Reader) discard(n int) {
	_, err := r.in.Discard(n)
	r.keep(err)
}

func (r *Reader) nextFrame() bool {
	r.discard(r.held)
	r.held = 0
	head := r.peek(1)
	for len(head) > 0 && isSpace(head[0]) {
		r.discard(1)
		head = r.peek(1)
	}
	if len(head) == 0 {
		return false
	}

	head = r.peek(len("123456789 "))
	n, rest, fault := cutLength(head)
	if fault != FaultNone {
		r.mode = ended
		r.line.bad(fault, r.peek(MaxFrame))
		return true
	}
	r.discard(len(head) - len(rest))
	frame := r.peek(min(n, MaxFrame+1))
	r.held = n
	r.line.parse(frame)
	if len(frame) < min(n, MaxFrame+1) && !lacksNewline(frame, n) {
		r.line.spoil(FaultTruncated)
	}
	return true
}

// lacksNewline reports whether all that is missing from a frame at the end of a file can be its
// newline. Editors and copying lose that.
func lacksNewline(frame []byte, n int) bool {
	return len(frame) == n-1 && len(frame) > 0 && frame[len(frame)-1] != '\n'
}

func (r *Reader) nextLine() bool {
	for len(r.rest) == 0 {
		var ok bool
		if r.rest, ok = r.readLine(); !ok {
			return false
		}
	}
	var text []byte
	text, r.rest = cutGlued(r.rest)
	r.parseText(text)
	return true
}

// readLine returns the next physical line, or its first 128 KiB, and nothing for a blank one.
func (r *Reader) readLine() (line []byte, ok bool) {
	line, err := r.in.ReadSlice('\n')
	for r.long && len(line) > 0 { // what follows is still the line before
		r.long = errors.Is(err, bufio.ErrBufferFull)
		line, err = r.in.ReadSlice('\n')
	}
	r.long = errors.Is(err, bufio.ErrBufferFull)
	if !r.long {
		r.keep(err)
	}
	if len(line) == 0 {
		return nil, false
	}
	if line = trimNewline(line); len(skipSpace(line)) == 0 {
		return nil, true
	}
	return line, true
}
