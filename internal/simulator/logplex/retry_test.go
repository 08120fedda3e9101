package logplex

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnswers(t *testing.T) {
	f := func(name string, replies []http.HandlerFunc, want [][]string, delivered, lost uint64) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			r, srv := newReceiver(t, replies...)
			l, violations := newTest(t)
			d := attach(t, l, srv.URL)
			one := newDrain(l.opt, d, l.drains[0].url)
			l.drains[0] = one
			// One message a frame: the next is written when the last is settled.
			for _, text := range []string{"a", "b"} {
				l.Write(say(text))
				fr, _ := one.pop()
				one.deliver(t.Context(), t.Context(), fr)
			}
			one.hangUp()

			var got [][]string
			ids := map[string]string{}
			for _, q := range r.requests() {
				texts := q.texts()
				got = append(got, texts)
				id := q.header.Get("Logplex-Frame-Id")
				last := texts[len(texts)-1]
				if was, ok := ids[last]; ok && was != id {
					t.Errorf("a retry of %q has another frame id", last)
				}
				ids[last] = id
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			s, _ := l.Stats(d.Token)
			if s.Delivered != delivered || s.Lost != lost || s.Waiting() != 0 {
				t.Errorf("stats %+v, want %d delivered, %d lost, none waiting", s, delivered, lost)
			}
			if len(*violations) != 0 {
				t.Errorf("violations %q", *violations)
			}
		})
	}
	busy, bad := status(503), status(400)
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	list := func(h ...http.HandlerFunc) []http.HandlerFunc { return h }

	f("204", nil, [][]string{{"a"}, {"b"}}, 2, 0)
	f("200", list(status(200)), [][]string{{"a"}, {"b"}}, 2, 0)
	f("503 once", list(busy), [][]string{{"a"}, {"a"}, {"b"}}, 2, 0)
	f("429 twice", list(status(429), status(429)), [][]string{{"a"}, {"a"}, {"a"}, {"b"}}, 2, 0)
	f("redirect is temporary", list(status(302)), [][]string{{"a"}, {"a"}, {"b"}}, 2, 0)
	f("503 thrice loses", list(busy, busy, busy), [][]string{{"a"}, {"a"}, {"a"}, {"L10 1", "b"}}, 1, 1)
	f("400 loses at once", list(bad), [][]string{{"a"}, {"L10 1", "b"}}, 1, 1)
	f("L10 comes with each try", list(bad, busy), [][]string{{"a"}, {"L10 1", "b"}, {"L10 1", "b"}}, 1, 1)
	f("all lost", list(bad, bad), [][]string{{"a"}, {"L10 1", "b"}}, 0, 2)
	f("broken connection", list(abort), [][]string{{"a"}, {"a"}, {"b"}}, 2, 0)
	f("closed by the answer", list(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Connection", "close")
		status(204)(w, q)
	}), [][]string{{"a"}, {"b"}}, 2, 0)
	f("a body with its length", list(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "ok")
	}), [][]string{{"a"}, {"b"}}, 2, 0)
}

func TestChunkedAnswerIsAViolation(t *testing.T) {
	_, srv := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "ok")
	})
	l, violations := newTest(t)
	attach(t, l, srv.URL)
	l.Write(say("a"))
	deliverAll(t, l)
	if len(*violations) != 1 {
		t.Errorf("violations %q, want one", *violations)
	}
}

// pipes is a network whose receiver is serve, in fake time. While down, nobody listens.
type pipes struct {
	down  atomic.Bool
	dials atomic.Int64
	serve func(*http.Request) string // the answer's bytes; "" hangs
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	p.dials.Add(1)
	if p.down.Load() {
		return nil, errors.New("connection refused")
	}
	here, there := net.Pipe()
	go func() {
		defer there.Close()
		br := bufio.NewReader(there)
		for {
			q, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			io.Copy(io.Discard, q.Body)
			if answer := p.serve(q); answer != "" {
				io.WriteString(there, answer)
				continue
			}
			io.Copy(io.Discard, br) // until the other side hangs up
			return
		}
	}()
	return here, nil
}

const noContent = "HTTP/1.1 204 No Content\r\n\r\n"

func run(t *testing.T, p *pipes, body func(l *Logplex, d Drain)) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newTest(t)
		l.opt.Dial = p.dial
		d := attach(t, l, "http://127.0.0.1:80/logs")
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		body(l, d)
		cancel()
		running.Wait()
	})
}

func TestTimeoutCostsATry(t *testing.T) {
	at := make(chan time.Time, tries+1)
	p := &pipes{serve: func(*http.Request) string {
		at <- time.Now()
		return ""
	}}
	run(t, p, func(l *Logplex, d Drain) {
		l.Write(say("a"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if s, _ := l.Stats(d.ID); s.Lost != 1 || s.Requests != 3 {
			t.Errorf("stats %+v, want 1 lost in 3 requests", s)
		}
	})
	first := <-at
	for i := 1; i < tries; i++ {
		if got, want := (<-at).Sub(first), time.Duration(i)*replyTimeout; got != want {
			t.Errorf("try %d after %v, want %v", i+1, got, want)
		}
	}
}

func TestRefusedConnectionCostsNoTry(t *testing.T) {
	p := &pipes{serve: func(*http.Request) string { return noContent }}
	run(t, p, func(l *Logplex, d Drain) {
		p.down.Store(true)
		l.Write(say("a"))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		// The waits grow to 5.11 s at most and are 0 to 5.11 s: far more than 3, no storm.
		if n := p.dials.Load(); n < 30 || n > 3000 {
			t.Errorf("%d attempts to connect in 2m", n)
		}
		p.down.Store(false)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if s, _ := l.Stats(d.ID); s.Delivered != 1 || s.Requests != 1 || s.Lost != 0 {
			t.Errorf("stats %+v, want delivered with the first request", s)
		}
	})
}

func TestBufferShrinksAfterFiveMinutes(t *testing.T) {
	p := &pipes{serve: func(*http.Request) string { return noContent }}
	run(t, p, func(l *Logplex, d Drain) {
		l.Write(say("first success"))
		synctest.Wait()
		p.down.Store(true)
		time.Sleep(idleClose) // so that the next needs a new connection
		for i := range 100 {
			l.Write(say(fmt.Sprint(i)))
		}
		time.Sleep(shrinkAfter - idleClose - time.Minute)
		synctest.Wait()
		if s, _ := l.Stats(d.ID); s.Lost != 0 {
			t.Errorf("stats %+v after 4m, want none lost", s)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for i := range 100 {
			l.Write(say(fmt.Sprint(100 + i)))
		}
		synctest.Wait()
		if s, _ := l.Stats(d.ID); s.Waiting() > shrunkSize+100 || s.Lost < 90 {
			t.Errorf("stats %+v after 6m, want at most %d messages and one frame waiting", s, shrunkSize)
		}
		p.down.Store(false)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if s, _ := l.Stats(d.ID); s.Waiting() != 0 || s.Reported != s.Lost {
			t.Errorf("stats %+v, want the rest delivered and the losses told", s)
		}
	})
}

func TestIdleConnectionIsReplaced(t *testing.T) {
	p := &pipes{serve: func(*http.Request) string { return noContent }}
	run(t, p, func(l *Logplex, d Drain) {
		for _, gap := range []time.Duration{0, time.Minute, idleClose + time.Second} {
			time.Sleep(gap)
			l.Write(say("a"))
			synctest.Wait()
		}
		if n := p.dials.Load(); n != 2 {
			t.Errorf("%d connections, want 2: kept for a minute, not for %v", n, idleClose)
		}
	})
}

func TestRunEndsWithAHangingDrain(t *testing.T) {
	p := &pipes{serve: func(*http.Request) string { return "" }}
	synctest.Test(t, func(t *testing.T) {
		l, _ := newTest(t)
		l.opt.Dial = p.dial
		attach(t, l, "http://127.0.0.1:80/logs")
		l.Write(say("a"))
		start := time.Now()
		deliverAll(t, l)
		if d := time.Since(start); d != Linger {
			t.Errorf("Run took %v, want %v", d, Linger)
		}
	})
}
