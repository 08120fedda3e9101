package ingest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func packed(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// incoming makes a request of which only what bodies looks at is set.
func incoming(body io.Reader, length int64, encoding string) *http.Request {
	r := &http.Request{Header: http.Header{}, Body: io.NopCloser(body), ContentLength: length}
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	return r
}

func TestReadBody(t *testing.T) {
	const limit = 100_000
	b := &bodies{max: limit}
	f := func(r *http.Request, want verdict, wantBody string) {
		t.Helper()
		enc, _, v := b.plan(&posted{r: r})
		if v == taken {
			var buf *buffer
			if buf, v = b.read(&posted{r: r}, enc); v == taken {
				if got := string(buf.b); got != wantBody {
					t.Errorf("%d bytes %.20q, want %d bytes %.20q", len(got), got, len(wantBody), wantBody)
				}
				b.buffers.giveBack(buf)
			}
		}
		if v != want {
			t.Errorf("verdict %v, want %v", answers[v], answers[want])
		}
	}
	full, over := strings.Repeat("x", limit), strings.Repeat("x", limit+1)
	broken := iotest.ErrReader(errors.New("connection reset"))

	// Of known length.
	f(incoming(strings.NewReader(""), 0, ""), taken, "")
	f(incoming(strings.NewReader("body"), 4, ""), taken, "body")
	f(incoming(strings.NewReader(full), limit, ""), taken, full)
	f(incoming(strings.NewReader(over), limit+1, ""), tooLarge, "")
	f(incoming(strings.NewReader("bod"), 4, ""), incomplete, "")
	f(incoming(broken, 4, ""), incomplete, "")

	// Chunked.
	f(incoming(strings.NewReader(""), -1, ""), taken, "")
	f(incoming(strings.NewReader("body"), -1, ""), taken, "body")
	f(incoming(iotest.OneByteReader(strings.NewReader(full)), -1, ""), taken, full)
	f(incoming(iotest.DataErrReader(strings.NewReader(full)), -1, ""), taken, full)
	f(incoming(strings.NewReader(over), -1, ""), tooLarge, "")
	f(incoming(io.MultiReader(strings.NewReader("bod"), broken), -1, ""), incomplete, "")
	f(incoming(io.MultiReader(strings.NewReader(full), broken), -1, ""), incomplete, "")

	// Gzip, with and without a length.
	zipped := packed(t, "body")
	f(incoming(strings.NewReader(zipped), int64(len(zipped)), "gzip"), taken, "body")
	f(incoming(strings.NewReader(zipped), -1, "GZIP"), taken, "body")
	f(incoming(strings.NewReader(zipped+zipped), -1, "x-gzip"), taken, "bodybody")
	f(incoming(strings.NewReader(packed(t, "")), -1, "gzip"), taken, "")
	f(incoming(strings.NewReader(packed(t, full)), -1, "gzip"), taken, full)
	f(incoming(strings.NewReader(packed(t, over)), -1, "gzip"), tooLarge, "")
	bomb := packed(t, strings.Repeat("\x00", 100*limit))
	f(incoming(strings.NewReader(bomb), int64(len(bomb)), "gzip"), tooLarge, "")

	// Damaged gzip is the sender's fault if all of it came, else the connection's.
	f(incoming(strings.NewReader("body"), 4, "gzip"), damagedGzip, "")
	f(incoming(strings.NewReader(""), 0, "gzip"), damagedGzip, "")
	f(incoming(strings.NewReader(zipped[:len(zipped)-1]), -1, "gzip"), damagedGzip, "")
	f(incoming(strings.NewReader(zipped[:len(zipped)-1]+"x"), -1, "gzip"), damagedGzip, "")
	f(incoming(strings.NewReader(zipped+"junk"), -1, "gzip"), damagedGzip, "")
	f(incoming(io.MultiReader(strings.NewReader(zipped[:5]), broken), -1, "gzip"), incomplete, "")
	f(incoming(io.MultiReader(strings.NewReader(zipped[:15]), broken), -1, "gzip"), incomplete, "")

	// The inflater is reused after all that.
	f(incoming(strings.NewReader(zipped), -1, "gzip"), taken, "body")
}

// No body, however it comes, is held in more than was reserved for it.
func TestReservationCoversTheBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &bodies{max: rapid.Int64Range(1, 1<<20).Draw(t, "max")}
		size := rapid.IntRange(0, int(b.max)).Draw(t, "size")
		length := int64(size)
		if rapid.Bool().Draw(t, "chunked") {
			length = -1
		}
		r := incoming(onlyReader{bytes.NewReader(make([]byte, size))}, length, "")
		enc, reserve, v := b.plan(&posted{r: r})
		if v != taken {
			t.Fatalf("plan: %v", answers[v])
		}
		buf, v := b.read(&posted{r: r}, enc)
		if v != taken || len(buf.b) != size {
			t.Fatalf("read: %v with %d bytes, want %d", answers[v], len(buf.b), size)
		}
		if int64(cap(buf.b)) > reserve {
			t.Errorf("%d bytes are held, %d reserved", cap(buf.b), reserve)
		}
	})
}

func TestBufferSizes(t *testing.T) {
	f := func(n, want int64) {
		t.Helper()
		var pool buffers
		buf := pool.lend(n)
		if got := bufferSize(n); got != want || int64(cap(buf.b)) != want || len(buf.b) != 0 {
			t.Errorf("bufferSize(%d) = %d with a buffer of %d, want %d", n, got, cap(buf.b), want)
		}
		pool.giveBack(buf)
	}
	f(0, 4096)
	f(4096, 4096)
	f(4097, 8192)
	f(102_400, 131_072)
	f(256<<10, 256<<10)
	f(256<<10+1, 512<<10)
	f(4<<20, 4<<20)
}
