package main

import (
	"errors"
	"io"
)

// gzipMagic is what each gzip file begins with (RFC 1952, 2.3.1).
const gzipMagic = "\x1f\x8b"

var errGzip = errors.New("this is gzip; expected drain bodies, syslog lines, or what `heroku logs` prints, as plain text: `gzip -dc FILE |` unpacks it")

// plain reads a captured log, and fails with errGzip where it is compressed: each line of that would only be
// one more fault.
type plain struct {
	in   io.Reader
	head []byte // the first bytes, as many as gzipMagic has
}

// Read is io.Reader's.
func (p *plain) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	p.head = append(p.head, b[:min(n, len(gzipMagic)-len(p.head))]...)
	if string(p.head) == gzipMagic {
		return 0, errGzip
	}
	return n, err
}
