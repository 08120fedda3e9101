package daemon

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
)

// The figures of the package documentation's sum, with what a test adds of its own.
const (
	bodiesBytes = 96 << 20
	headerBytes = 320 << 10
	clientBytes = 16 << 10 // the other end of a connection
)

// However many come at once, what they hold together is bounded, and they leave nothing behind.
func TestBodiesInMemoryAreBounded(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, patience: time.Minute})
	r.post(t, "/logs/enketo", "p", "", h12)
	before := heapInUse()
	plain := append(body(h12), make([]byte, 3<<20)...) // quick to judge
	packed := pack(t, bytes.NewReader(plain))

	chunked := fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(plain), plain)
	release := r.hold(t, "enketo")
	const senders, places = 22, 16
	for i := range senders {
		p := r.dial(t)
		switch i % 3 {
		case 0:
			go p.frame("", plain, auth) // it blocks once the kernel has enough
		case 1:
			go p.frame("", chunked, auth, "Transfer-Encoding: chunked")
		case 2:
			go p.frame("", packed, auth, "Content-Encoding: gzip")
		}
	}
	// Until as many bodies are here as there are places: some are judged, and all others wait. A sender that
	// was too slow has made room for another.
	var held int64
	waitUntil(t, func() bool {
		held = max(held, heapInUse()-before)
		slow := int(r.metric(t, `drain_ingest_requests_total{code="503"}`))
		return r.metric(t, "drain_ingest_waiting") == float64(senders-slow-min(places, 2*runtime.GOMAXPROCS(0)))
	})
	if got := r.metric(t, "drain_ingest_in_flight_bytes"); got != 64<<20 {
		t.Errorf("%g bytes are reserved, want all of 64 MiB", got)
	}
	release()
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") == 0 })
	left := heapInUse() - before
	t.Logf("held %d MiB, left %d KiB", held>>20, left>>10)
	if most := int64(bodiesBytes + len(plain) + len(chunked) + len(packed) + senders*clientBytes); held > most {
		t.Errorf("bodies hold %d MiB, want at most %d", held>>20, most>>20)
	}
	if left > 8<<20 {
		t.Errorf("%d MiB are left of them", left>>20)
	}
}

// A header of two thousand short lines takes the most, while it is read.
func TestHeadersInMemoryAreBounded(t *testing.T) {
	r := startGuarded(t)
	r.ordinary(t, "p")
	var lines strings.Builder
	for i := 0; lines.Len() < maxHeader+4096-100; i++ {
		fmt.Fprintf(&lines, "%x:\n", 16+i)
	}
	before := heapInUse()
	const n = 60
	for range n {
		p := r.dial(t)
		if _, err := p.Write([]byte("POST /logs/enketo HTTP/1.1\r\nHost: drain\r\n" + lines.String())); err != nil {
			t.Fatal(err)
		}
	}
	var each int64
	waitUntil(t, func() bool { // the goroutines read it in their own time; what one drops meanwhile may count as in use
		last := each
		each = (heapInUse() - before) / n
		return each == last && each > 100<<10
	})
	t.Logf("a header being read takes %d KiB", each>>10)
	if each > headerBytes+clientBytes {
		t.Errorf("a header being read takes %d KiB, want at most %d", each>>10, headerBytes>>10)
	}
	r.ordinary(t, "p")
}
