package ingest

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"sync"
)

// bodies reads request bodies into lent buffers.
type bodies struct {
	max       int64
	buffers   buffers
	inflaters sync.Pool // of *inflater
}

// encoding is how a body is packed.
type encoding uint8

const (
	plain encoding = iota
	gzipped
)

// plan says, from the headers alone, how a body is packed and how many bytes to reserve for it. A
// body of unknown length, chunked or gzipped, reserves the maximum: growing a reservation while
// others grow theirs could leave all of them waiting for each other. While such a body moves to a
// larger buffer it holds half as much again.
func (b *bodies) plan(req request) (enc encoding, reserve int64, v verdict) {
	switch name := req.header(headerEncoding); {
	case name == "" || strings.EqualFold(name, "identity"):
	case strings.EqualFold(name, "gzip") || strings.EqualFold(name, "x-gzip"):
		enc = gzipped
	default:
		return plain, 0, unknownEncoding
	}
	switch n := req.length(); {
	case n > b.max:
		return enc, 0, tooLarge
	case enc == gzipped || n < 0:
		return enc, bufferSize(b.max), taken
	default:
		return enc, bufferSize(n), taken
	}
}

// read reads the whole body and returns it in a buffer that the caller gives back, or nil and why not.
func (b *bodies) read(req request, enc encoding) (*buffer, verdict) {
	n := req.length()
	switch {
	case enc == gzipped:
		return b.readGzip(req)
	case n < 0:
		return b.readAll(req)
	}
	buf := b.buffers.lend(n)
	buf.b = buf.b[:n]
	if _, err := io.ReadFull(req, buf.b); err != nil {
		b.buffers.giveBack(buf)
		return nil, incomplete
	}
	return buf, taken
}

// readAll reads to the end of src, and at most one byte beyond the maximum, which is what makes a
// gzip bomb harmless.
func (b *bodies) readAll(src io.Reader) (*buffer, verdict) {
	buf := b.buffers.lend(min(firstUnknown, b.max))
	for {
		if int64(len(buf.b)) == b.max {
			return b.atEnd(src, buf)
		}
		if len(buf.b) == cap(buf.b) {
			larger := b.buffers.lend(int64(cap(buf.b)) + 1)
			larger.b = append(larger.b, buf.b...)
			b.buffers.giveBack(buf)
			buf = larger
		}
		n, err := src.Read(buf.b[len(buf.b):min(int64(cap(buf.b)), b.max)])
		buf.b = buf.b[:len(buf.b)+n]
		if err == io.EOF {
			return buf, taken
		}
		if err != nil {
			b.buffers.giveBack(buf)
			return nil, incomplete
		}
	}
}

// atEnd returns buf if src has no more.
func (b *bodies) atEnd(src io.Reader, buf *buffer) (*buffer, verdict) {
	switch _, err := io.ReadFull(src, make([]byte, 1)); err {
	case io.EOF:
		return buf, taken
	case nil:
		b.buffers.giveBack(buf)
		return nil, tooLarge
	default:
		b.buffers.giveBack(buf)
		return nil, incomplete
	}
}

func (b *bodies) readGzip(src io.Reader) (*buffer, verdict) {
	z, ok := b.inflaters.Get().(*inflater)
	if !ok {
		z = &inflater{in: bufio.NewReader(nil)}
	}
	defer b.inflaters.Put(z)

	z.reset(src)
	buf, v := b.readAll(z)
	if v == incomplete && z.src.arrived() {
		v = damagedGzip // all of it is here, so sending it again won't help
	}
	z.reset(nil)
	return buf, v
}

// inflater unpacks gzip. It tells a body that stopped short from one that is no gzip.
type inflater struct {
	src  source
	in   *bufio.Reader
	gzip gzip.Reader
	open bool // the gzip header has been read
}

func (z *inflater) reset(src io.Reader) {
	z.src = source{r: src}
	z.in.Reset(&z.src)
	z.open = false
}

func (z *inflater) Read(p []byte) (int, error) {
	if !z.open {
		if err := z.gzip.Reset(z.in); err != nil {
			return 0, errors.Join(errNoGzip, err) // never io.EOF: an empty body is no gzip
		}
		z.open = true
	}
	return z.gzip.Read(p)
}

var errNoGzip = errors.New("ingest: no gzip header")

// source remembers how reading the request body ended.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

// arrived reports whether nothing went wrong between the client and us.
func (s *source) arrived() bool { return s.err == nil || s.err == io.EOF }
