package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// progress says once a second how far a file is read, where somebody watches.
type progress struct {
	in   io.Reader
	out  io.Writer // nil: nobody watches
	size int64     // of in, in bytes; 0: unknown

	read  int64
	last  time.Time
	shown bool
}

const progressEvery = time.Second

// newProgress watches in. A pipe has no size that is worth telling.
func newProgress(in io.Reader, out io.Writer) *progress {
	p := &progress{in: in, last: time.Now()}
	if isTerminal(out) {
		p.out = out
	}
	if f, isFile := in.(*os.File); isFile {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			p.size = info.Size()
		}
	}
	return p
}

func isTerminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	return isFile && isatty.IsTerminal(f.Fd())
}

// Read is io.Reader's.
func (p *progress) Read(b []byte) (n int, err error) {
	n, err = p.in.Read(b)
	p.read += int64(n)
	return n, err
}

// show tells of so many lines, if it is time.
func (p *progress) show(lines int, now time.Time) {
	if p.out == nil || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	of := ""
	if p.size > 0 {
		of = fmt.Sprintf(" of %d MB (%d%%)", p.size>>20, 100*p.read/p.size)
	}
	fmt.Fprintf(p.out, "%s%d lines, %d MB%s", wipe, lines, p.read>>20, of)
}

// wipe takes the line away, so that another can be written in its place.
func (p *progress) wipe() {
	if p.shown {
		fmt.Fprint(p.out, wipe)
		p.shown = false
	}
}
