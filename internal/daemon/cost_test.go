package daemon

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// poster posts bodies of so many lines, each time with a new frame id.
type poster interface{ post(tb testing.TB) }

// least returns the fewest allocations of a POST, once all is warm: the garbage collector and the race
// detector empty the pools so often that few POSTs find all they need. It looks at 50, and at no more than
// mostPosts until one needs as few as enough.
func least(t *testing.T, p poster, enough float64) float64 {
	t.Helper()
	for range 200 {
		p.post(t)
	}
	fewest := 1e9
	for n := 0; n < 50 || fewest > enough && n < mostPosts; n++ {
		fewest = min(fewest, testing.AllocsPerRun(1, func() { p.post(t) }))
	}
	return fewest
}

const mostPosts = 1000

// The whole way of a POST, from the daemon's handler to the alarm, allocates nothing; net/http itself
// does, and as much for 300 lines as for one, but for what a larger body takes to read.
func TestAllocationsDoNotGrowWithLines(t *testing.T) {
	handled := func(lines int) float64 { return least(t, newHandled(t, lines), 0) }
	for _, lines := range []int{1, 300} {
		if n := handled(lines); n != 0 {
			t.Errorf("%v allocations for %d lines in one POST, want 0", n, lines)
		}
	}
	served := func(lines int, enough float64) float64 { return least(t, newServed(t, lines, posts(lines)), enough) }
	const bound = 40 // 27 with Go 1.26
	one := served(1, bound)
	many := served(300, one+3)
	if many > one+3 {
		t.Errorf("over a connection %v allocations for a line and %v for 300 lines, want no more than 3 between them", one, many)
	}
	if one > bound {
		t.Errorf("%v allocations for a POST over a connection, want at most %d", one, bound)
	}
}

// posts are different bodies of so many lines.
func posts(lines int) [][]byte {
	random := rand.New(rand.NewPCG(3, 4))
	out := make([][]byte, 64)
	for i := range out {
		out[i] = mixed(random, 20, lines)
	}
	return out
}

// handled posts to the daemon's handler itself.
type handled struct {
	handler http.Handler
	bodies  [][]byte
	ids     []string // more than are posted
	n       int

	bytes.Reader
	request *http.Request
	header  http.Header
	status  int
}

func newHandled(t testing.TB, lines int) *handled {
	r := start(t, Options{Config: benchConfig(t), Env: benchEnv()})
	p := &handled{handler: r.server.Handler, bodies: posts(lines), header: http.Header{}}
	for i := range 3 * mostPosts {
		p.ids = append(p.ids, fmt.Sprintf("%032d", i))
	}
	p.request = httptest.NewRequest(http.MethodPost, "/logs/enketo", nil)
	p.request.Header.Set("Authorization", "Bearer p")
	p.request.Header.Set("Logplex-Msg-Count", fmt.Sprint(lines))
	p.request.Header.Set("Logplex-Frame-Id", "")
	p.request.Body = io.NopCloser(p)
	return p
}

func (p *handled) Header() http.Header             { return p.header }
func (p *handled) Write(b []byte) (int, error)     { return len(b), nil }
func (p *handled) WriteHeader(status int)          { p.status = status }
func (p *handled) SetReadDeadline(time.Time) error { return nil }

func (p *handled) post(tb testing.TB) {
	body := p.bodies[p.n%len(p.bodies)]
	p.request.Header["Logplex-Frame-Id"][0] = p.ids[p.n%len(p.ids)]
	p.request.ContentLength = int64(len(body))
	p.Reset(body)
	p.n++
	if p.handler.ServeHTTP(p, p.request); p.status != http.StatusNoContent {
		tb.Fatalf("status %d, want 204", p.status)
	}
}

// served posts over a connection that is kept, as Logplex does. It allocates nothing itself.
type served struct {
	conn     net.Conn
	requests [][]byte
	ids      []int // where each has its frame id
	answer   [1024]byte
	n        int
}

func newServed(t testing.TB, lines int, bodies [][]byte) *served {
	r := start(t, Options{Config: benchConfig(t), Env: benchEnv()})
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p := &served{conn: conn}
	for _, body := range bodies {
		// A count of one digit would save net/http an allocation.
		head := fmt.Sprintf("POST /logs/enketo HTTP/1.1\r\nHost: drain.example.org\r\nUser-Agent: Logplex/v129\r\n"+
			"Authorization: Bearer p\r\nContent-Type: application/logplex-1\r\nContent-Length: %d\r\n"+
			"Logplex-Drain-Token: d.73ea7440-270a-435a-a0ea-adf50b4e5f5a\r\nLogplex-Msg-Count: %03d\r\n"+
			"Logplex-Frame-Id: %032d\r\n\r\n", len(body), lines, 0)
		p.requests = append(p.requests, append([]byte(head), body...))
		p.ids = append(p.ids, strings.Index(head, "Id: ")+len("Id: "))
	}
	return p
}

func (p *served) post(tb testing.TB) {
	request, at := p.requests[p.n%len(p.requests)], p.ids[p.n%len(p.requests)]
	p.n++
	for i, rest := at+31, p.n; rest > 0; i, rest = i-1, rest/10 {
		request[i] = byte('0' + rest%10)
	}
	if _, err := p.conn.Write(request); err != nil {
		tb.Fatal(err)
	}
	for n := 0; !bytes.HasSuffix(p.answer[:n], []byte("\r\n\r\n")); {
		m, err := p.conn.Read(p.answer[n:])
		if err != nil {
			tb.Fatal(err)
		}
		n += m
	}
	if !bytes.HasPrefix(p.answer[:], []byte("HTTP/1.1 204 ")) {
		tb.Fatalf("answered %.40q, want 204", p.answer[:])
	}
}

// BenchmarkTakeServed is a POST over a connection, its sender included.
func BenchmarkTakeServed(b *testing.B) {
	corpus := benchCorpus(b)
	for _, lines := range []int{1, 10, 100, 300} {
		b.Run(fmt.Sprint(lines), func(b *testing.B) {
			p := newServed(b, lines, chunks(b, corpus, lines))
			b.ReportAllocs()
			for b.Loop() {
				p.post(b)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
		})
	}
}
