package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// Gzip is refused however it comes; all else is handed on as it is, also when it is hardly there.
func TestPlain(t *testing.T) {
	f := func(text string, want error) {
		t.Helper()
		for _, in := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			p := &plain{in: in}
			got, err := io.ReadAll(p)
			if !errors.Is(err, want) || want == nil && string(got) != text {
				t.Errorf("%q: got %q, %v; want %v", text, got, err, want)
			}
			if _, err := p.Read(make([]byte, 9)); want != nil && !errors.Is(err, want) {
				t.Errorf("%q: read on, %v", text, err)
			}
		}
	}
	f("", nil)
	f("\x1f", nil)
	f("a\x1f\x8b", nil)
	f("\x1f\x8a\x1f\x8b", nil)
	f("app[web.1]: one\n", nil)
	f("\x1f\x8b", errGzip)
	f("\x1f\x8b\x08 and more", errGzip)
}
