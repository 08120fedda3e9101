package ingest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// listen serves h on loopback, over real connections.
func listen(t *testing.T, h http.Handler) (addr string) {
	t.Helper()
	server := httptest.NewServer(routes(h))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// listenLane does the same behind a Lane.
func listenLane(t *testing.T, h *Handler) (addr string) {
	t.Helper()
	return listenLaneOver(t, h, func(l net.Listener) net.Listener { return l })
}

// listenLaneOver does so over what is made of a listener.
func listenLaneOver(t *testing.T, h *Handler, over func(net.Listener) net.Listener) (addr string) {
	t.Helper()
	server := httptest.NewUnstartedServer(routes(h))
	lane := h.Lane(over(server.Listener), time.Minute, time.Minute)
	server.Listener = lane
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := lane.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return lane.Addr().String()
}

func routes(h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/logs", h)
	mux.Handle("/logs/", h)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "0") })
	return mux
}

// bothWays runs a test with net/http alone and behind a Lane: nobody outside can tell.
func bothWays(t *testing.T, test func(t *testing.T, listen func(t *testing.T, h *Handler) (addr string))) {
	t.Run("net/http", func(t *testing.T) {
		test(t, func(t *testing.T, h *Handler) string { return listen(t, h) })
	})
	t.Run("lane", func(t *testing.T) { test(t, listenLane) })
}

// peer is a client that sees the raw answer, as Logplex's does.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader

	closes bool // the last answer had Connection: close
}

func dial(t *testing.T, addr string) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second)) // a hang fails the test instead of stopping it
	return &peer{t: t, conn: conn, in: bufio.NewReader(conn)}
}

func (p *peer) send(format string, args ...any) {
	p.t.Helper()
	if _, err := fmt.Fprintf(p.conn, strings.ReplaceAll(format, "\n", "\r\n"), args...); err != nil {
		p.t.Error(err)
	}
}

// want reads one answer and checks that it is a status line and headers, and nothing behind them.
func (p *peer) want(status int, headers ...string) {
	p.t.Helper()
	answer, err := http.ReadResponse(p.in, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || len(body) > 0 {
		p.t.Errorf("body %q, %v; want none", body, err)
	}
	if answer.StatusCode != status {
		p.t.Errorf("status %d, want %d", answer.StatusCode, status)
	}
	if len(answer.TransferEncoding) > 0 {
		p.t.Error("the answer is chunked, which Logplex's client does not know")
	}
	if length := answer.Header.Get("Content-Length"); length != "0" && !(status == 204 && length == "") {
		p.t.Errorf("Content-Length is %q, want 0", length)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if got := answer.Header.Get(name); got != value {
			p.t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	p.closes = answer.Close
}

// wantClosed fails unless the last answer announced the end of the connection, and it came.
func (p *peer) wantClosed() {
	p.t.Helper()
	if !p.closes {
		p.t.Error("the answer doesn't say that the connection ends")
	}
	if _, err := p.in.ReadByte(); err == nil {
		p.t.Error("the connection is still open")
	}
}

const head = "POST /logs/enketo HTTP/1.1\nHost: drain\nAuthorization: Bearer secret\n"

func TestAnswersHaveNoBody(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		h, _ := newHandler(t, Options{MaxBody: 8 << 10, Penalty: time.Millisecond})
		p := dial(t, listen(t, h))
		// One connection serves them all: no answer leaves anything behind.
		p.send(head + "Content-Length: 4\n\nbody")
		p.want(204)
		p.send(head + "\n")
		p.want(204)
		p.send("GET /logs/enketo HTTP/1.1\nHost: drain\n\n")
		p.want(405, "Allow: POST")
		p.send("POST /logs/No HTTP/1.1\nHost: drain\nContent-Length: 4\n\nbody")
		p.want(404)
		p.send("POST /logs/enketo HTTP/1.1\nHost: drain\nContent-Length: 4\n\nbody")
		p.want(401, "Www-Authenticate: "+challenge)
		p.send(head+"Content-Length: 9000\n\n%9000s", "")
		p.want(413)
		p.send(head + "Content-Encoding: br\nContent-Length: 4\n\nbody")
		p.want(415)
		p.send(head + "Content-Encoding: gzip\nContent-Length: 4\n\nbody")
		p.want(400)
		p.send(head + "Content-Length: 4\n\nbody")
		p.want(204)
	})
}

func TestPipelined(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		sink := &record{}
		h, _ := newHandler(t, Options{Sink: sink})
		p := dial(t, listen(t, h))
		one := head + "Content-Length: 4\nLogplex-Frame-Id: %d\n\nbody"
		p.send(one+one+one, 1, 2, 1)
		for range 3 {
			p.want(204)
		}
		if n := len(sink.deliveries()); n != 2 {
			t.Errorf("%d judged, want 2", n)
		}
	})
}

func TestAnIncompleteBodyIsNotJudged(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		f := func(name, request string) {
			t.Run(name, func(t *testing.T) {
				sink := &record{}
				h, reg := newHandler(t, Options{Sink: sink})
				addr := listen(t, h)

				p := dial(t, addr)
				p.send("%s", request)
				p.conn.(*net.TCPConn).CloseWrite()
				p.want(503)
				p.wantClosed()
				if got := sink.deliveries(); len(got) != 0 {
					t.Errorf("judged: %+v", got)
				}
				if n := metric(t, reg, "drain_ingest_in_flight_bytes"); n != 0 {
					t.Errorf("%v bytes are still in flight", n)
				}

				p = dial(t, addr)
				p.send(head + "Logplex-Frame-Id: 1\nContent-Length: 4\n\nbody")
				p.want(204)
				if got := sink.deliveries(); len(got) != 1 {
					t.Errorf("%d judged after the retry, want 1", len(got))
				}
			})
		}
		crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
		f("length", crlf(head+"Logplex-Frame-Id: 1\nContent-Length: 4\n\nbod"))
		f("nothing", crlf(head+"Logplex-Frame-Id: 1\nContent-Length: 4\n\n"))
		f("chunked", crlf(head+"Logplex-Frame-Id: 1\nTransfer-Encoding: chunked\n\n4\nbody\n"))
		f("bad chunk", crlf(head+"Logplex-Frame-Id: 1\nTransfer-Encoding: chunked\n\nzz\nbody\n"))
		f("gzip", crlf(head+"Logplex-Frame-Id: 1\nContent-Encoding: gzip\nContent-Length: 50\n\n")+packed(t, "body"))
	})
}

func TestASlowBodyIsGivenUp(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		sink := &record{}
		h, _ := newHandler(t, Options{Sink: sink, BodyTimeout: 50 * time.Millisecond})
		p := dial(t, listen(t, h))
		p.send(head + "Content-Length: 4\n\nbod")
		p.want(503)
		p.wantClosed()
		if n := len(sink.deliveries()); n != 0 {
			t.Errorf("%d judged, want 0", n)
		}
	})
}

// net/http reads what is left of a body before it sends the answer.
func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		h, _ := newHandler(t, Options{BodyTimeout: 50 * time.Millisecond, Penalty: time.Millisecond})
		p := dial(t, listen(t, h))
		p.send("POST /logs/enketo HTTP/1.1\nHost: drain\nContent-Length: 100\n\n")
		p.want(401)
	})
}

// Judging for longer than BodyTimeout costs neither the connection nor the contexts of later requests,
// which net/http cancels once it can't read any more.
func TestTheBodyTimeoutIsForTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{
			BodyTimeout: time.Second,
			Sink: sinkFunc(func(*Delivery) int {
				time.Sleep(3 * time.Second)
				return 0
			}),
		})
		p := serveBubble(t, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			if err := r.Context().Err(); err != nil {
				t.Error(err)
			}
		})})()
		p.send(head + "Content-Length: 4\n\nbody")
		p.want(204)
		p.send(head + "\n") // without a body
		p.want(204)
	})
}

// A refusal for want of a place leaves the connection as it was, unless its body is too large to be read
// for nothing: then the answer arrives all the same.
func TestARefusalForWantOfAPlace(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		g := newGate()
		h, _ := newHandler(t, Options{Sink: g, MaxInFlight: 8 << 20, MaxBody: 8 << 20, MaxWait: time.Millisecond})
		addr := listen(t, h)
		holds, p := dial(t, addr), dial(t, addr)
		holds.send(head+"Content-Length: 5000000\n\n%5000000s", "") // rounded up, all there is
		<-g.judging
		for range 2 {
			p.send(head+"Content-Length: 200000\n\n%200000s", "")
			p.want(503)
		}
		p.send(head+"Content-Length: 300000\n\n%300000s", "")
		p.want(503)
		p.wantClosed()
		g.verdict <- true
		holds.want(204)
	})
}

// A refusal for want of a place waits no longer for what is left of a body than for one that is taken.
func TestARefusalForWantOfAPlaceDoesNotWaitForTheBody(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		g := newGate()
		h, _ := newHandler(t, Options{
			Sink: g, MaxBody: 4 << 10, MaxInFlight: 4 << 10, MaxWait: time.Millisecond, BodyTimeout: 50 * time.Millisecond,
		})
		addr := listen(t, h)
		holds, p := dial(t, addr), dial(t, addr)
		holds.send(head + "Content-Length: 4\n\nbody")
		<-g.judging
		p.send(head + "Content-Length: 100\n\nhalf")
		p.want(503)
		p.wantClosed()
		g.verdict <- true
		holds.want(204)
	})
}

// Some senders end a POST's body with an empty line that its length doesn't count.
func TestAnEmptyLineBehindABody(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		h, _ := newHandler(t, Options{})
		p := dial(t, listen(t, h))
		const one = head + "Content-Length: 4\n\nbody"
		p.send(one + "\n")
		p.want(204)
		p.send(one)
		p.want(204)
		p.send("\n")
		p.send(one + "\n" + one + "\nGET /healthz HTTP/1.1\nHost: drain\n\n")
		for _, code := range []int{204, 204, 200} {
			p.want(code)
		}
	})
}
