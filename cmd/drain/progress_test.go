package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// Somebody who watches is told once a second; a file that is written to is told nothing.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	began := time.Unix(1_800_000_000, 0)
	p := &progress{in: strings.NewReader(strings.Repeat("x", 3<<20)), out: &out, size: 6 << 20, last: began}
	if _, err := io.Copy(io.Discard, p); err != nil {
		t.Fatal(err)
	}
	p.show(1, began.Add(999*time.Millisecond))
	p.wipe()
	if out.Len() > 0 {
		t.Errorf("too early: %q", &out)
	}
	p.show(8192, began.Add(time.Second))
	p.show(12288, began.Add(1500*time.Millisecond))
	p.wipe()
	p.wipe()
	if want := wipe + "8192 lines, 3 MB of 6 MB (50%)" + wipe; out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
	if p := newProgress(strings.NewReader(""), &out); p.out != nil {
		t.Error("a buffer is no terminal")
	}
}
