package ingest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// one is a listener of one connection.
type one struct {
	net.Listener
	conn net.Conn
}

func (l one) Accept() (net.Conn, error) { return l.conn, nil }

// pair returns a connection of a Listener, and its other end.
func pair(t interface{ Cleanup(func()) }) (ours, theirs net.Conn) {
	below, theirs := net.Pipe()
	ours, _ = Listener(one{conn: below}).Accept()
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	return ours, theirs
}

// read starts a Read and returns how it ends.
func read(c net.Conn) (result <-chan error) {
	done := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		done <- err
	}()
	return done
}

func ended(result <-chan error) (err error, ok bool) {
	synctest.Wait()
	select {
	case err = <-result:
		return err, true
	default:
		return nil, false
	}
}

func TestADeadlineEndsARead(t *testing.T) {
	f := func(name string, set func(c net.Conn), ends time.Duration) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := pair(t)
				time.Sleep(time.Minute) // a connection that is not new
				start := time.Now()
				result := read(c)
				synctest.Wait() // it waits by now
				set(c)
				for {
					err, ok := ended(result)
					if !ok && time.Since(start) < time.Hour {
						time.Sleep(time.Second)
						continue
					}
					if after := time.Since(start); after != ends {
						t.Errorf("ended after %v, want %v", after, ends)
					}
					if ok && !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("ended with %v", err)
					}
					break
				}
			})
		})
	}
	in := func(d time.Duration) time.Time { return time.Now().Add(d) }
	f("none", func(net.Conn) {}, time.Hour)
	f("set", func(c net.Conn) { c.SetReadDeadline(in(5 * time.Second)) }, 5*time.Second)
	f("for both", func(c net.Conn) { c.SetDeadline(in(5 * time.Second)) }, 5*time.Second)
	f("in the past", func(c net.Conn) { c.SetReadDeadline(time.Unix(1, 0)) }, 0)
	f("just passed", func(c net.Conn) { c.SetReadDeadline(in(-1)) }, 0)
	f("put off", func(c net.Conn) {
		c.SetReadDeadline(in(5 * time.Second))
		c.SetReadDeadline(in(9 * time.Second))
	}, 9*time.Second)
	f("brought forward", func(c net.Conn) {
		c.SetReadDeadline(in(9 * time.Second))
		c.SetReadDeadline(in(5 * time.Second))
	}, 5*time.Second)
	f("taken back", func(c net.Conn) {
		c.SetReadDeadline(in(5 * time.Second))
		c.SetReadDeadline(time.Time{})
	}, time.Hour)
	f("for writing only", func(c net.Conn) { c.SetWriteDeadline(in(5 * time.Second)) }, time.Hour)
}

// Whatever deadlines are set one after the other, a Read ends as it would on the connection below.
func TestDeadlinesAreThoseOfAConn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seconds := rapid.SliceOfN(rapid.IntRange(-1, 8), 1, 12).Draw(rt, "deadlines")
		synctest.Test(t, func(t *testing.T) {
			ours, _ := pair(t)
			plain, other := net.Pipe()
			defer plain.Close()
			defer other.Close()
			for step, s := range seconds {
				var deadline time.Time
				if s != 0 {
					deadline = time.Now().Add(time.Duration(s)*time.Second - time.Millisecond)
				}
				ours.SetReadDeadline(deadline)
				plain.SetReadDeadline(deadline)
				got, want := read(ours), read(plain)
				time.Sleep(3 * time.Second)
				gotErr, gotEnd := ended(got)
				wantErr, wantEnd := ended(want)
				if gotEnd != wantEnd || errors.Is(gotErr, os.ErrDeadlineExceeded) != errors.Is(wantErr, os.ErrDeadlineExceeded) {
					rt.Fatalf("step %d of %v: ended %v with %v, want %v with %v", step, seconds, gotEnd, gotErr, wantEnd, wantErr)
				}
				for _, c := range []struct {
					conn  net.Conn
					wait  <-chan error
					ended bool
				}{{ours, got, gotEnd}, {plain, want, wantEnd}} {
					if !c.ended { // let the next step begin without a Read
						c.conn.SetReadDeadline(time.Unix(1, 0))
						<-c.wait
					}
				}
			}
		})
	})
}

// A Write has the deadline that is set, and one to two minutes while none is.
func TestWriteDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client := pair(t)
		f := func(name string, least, most time.Duration) {
			t.Helper()
			start := time.Now()
			_, err := c.Write([]byte("x"))
			if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took < least || took > most {
				t.Errorf("%s: writing to nobody ended after %v, want %v to %v: %v", name, took, least, most, err)
			}
		}
		c.SetWriteDeadline(time.Time{})
		f("none was set", sending, 2*sending)
		c.SetWriteDeadline(time.Now().Add(time.Second))
		f("one was set", time.Second, time.Second)
		c.SetWriteDeadline(time.Time{})
		f("it was taken back", sending, 2*sending)
		time.Sleep(time.Hour)
		f("after a rest", sending, 2*sending)

		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 100 {
				if _, err := c.Write([]byte("x")); err != nil {
					t.Errorf("writing to one who reads: %v", err)
				}
				time.Sleep(sending / 7)
			}
		}()
		_, _ = io.ReadFull(client, make([]byte, 100))
		<-done
		c.SetWriteDeadline(time.Now().Add(time.Second))
		c.SetWriteDeadline(time.Time{})
		f("one was set and taken back", sending, 2*sending)

		c.SetWriteDeadline(time.Now().Add(time.Hour))
		f("a longer one was set", time.Hour, time.Hour)
	})
}

// serveBubble serves h in a bubble, behind a Listener, and returns how to dial it.
func serveBubble(t *testing.T, server *http.Server) (dial func() *peer) {
	below := &pipes{make(chan net.Conn), make(chan struct{})}
	go server.Serve(Listener(below))
	t.Cleanup(func() { server.Close() })
	return func() *peer {
		ours, theirs := net.Pipe()
		below.conns <- theirs
		t.Cleanup(func() { ours.Close() })
		return &peer{t: t, conn: ours, in: bufio.NewReader(ours)}
	}
}

// The limits of an http.Server hold.
func TestServerLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{})
		dial := serveBubble(t, &http.Server{
			ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout:       time.Minute,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if r.URL.Path == "/wait" {
					<-r.Context().Done()
					close(gone)
				}
				w.WriteHeader(http.StatusNoContent)
			}),
		})
		const request = "POST / HTTP/1.1\nHost: drain\nContent-Length: 4\n\nbody"
		ends := func(p *peer, want time.Duration) {
			t.Helper()
			start := time.Now()
			_, err := io.ReadAll(p.in) // net/http may answer 400 before it
			if after := time.Since(start); err != nil || after != want {
				t.Errorf("the connection ends after %v, want %v; %v", after, want, err)
			}
		}

		p := dial()
		for range 3 {
			p.send(request)
			p.want(204)
			time.Sleep(time.Minute - time.Millisecond) // longer than a header may take, and not too long to be idle
		}
		p.send(request + request)
		p.want(204)
		p.want(204)
		ends(p, time.Minute)

		p = dial()
		p.send(request)
		p.want(204)
		p.send("POST / HTTP/1.1\nHo")
		ends(p, 10*time.Second)

		p = dial()
		p.send("POST /wait HTTP/1.1\nHost: drain\nContent-Length: 4\n\nbody")
		p.conn.Close()
		<-gone // the handler learns that its client has gone
	})
}
