package logplex

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// deliverAll runs l until everything written before is settled.
func deliverAll(t *testing.T, l *Logplex) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // Run delivers what waits
	l.Run(ctx)
}

func attach(t *testing.T, l *Logplex, url string) Drain {
	t.Helper()
	d, err := l.Attach(url)
	if err != nil {
		t.Fatalf("Attach(%s): %v", url, err)
	}
	return d
}

func TestRequestIsLogplexs(t *testing.T) {
	r, srv := newReceiver(t)
	l, _ := newTest(t)
	d := attach(t, l, strings.Replace(srv.URL, "://", "://drain:s3cret@", 1)+"/logs/enketo?a=b#gzip")
	l.Write(say("µs"))
	m := say("")
	m.Text = "sample#evicted-keys=0" // an add-on's line has no newline
	l.Write(m)
	deliverAll(t, l)

	q := r.requests()[0]
	// Octets, not letters: "µ" is two. Nothing stands between the frames.
	want := "60 <190>1 2026-11-22T20:00:00.66229+00:00 host app web.1 - µs\n" +
		"77 <190>1 2026-11-22T20:00:00.66229+00:00 host app web.1 - sample#evicted-keys=0"
	if diff := cmp.Diff(want, string(q.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	got := fmt.Sprintf("%s %s %s %s %s %s", q.path, q.auth, q.header["Content-Type"],
		q.header["Logplex-Msg-Count"], q.header["Logplex-Drain-Token"], q.header["User-Agent"])
	if want := "/logs/enketo?a=b Basic ZHJhaW46czNjcmV0 [application/logplex-1] [2] [" + d.Token + "] [Logplex/v72]"; got != want {
		t.Errorf("head\n got %s\nwant %s", got, want)
	}
	if id := q.header.Get("Logplex-Frame-Id"); !regexp.MustCompile(`^[0-9A-F]{32}$`).MatchString(id) {
		t.Errorf("Logplex-Frame-Id %q", id)
	}
}

func TestBodyEndsBeforeTheTarget(t *testing.T) {
	f := func(sizes, want []int) {
		t.Helper()
		l, _ := newTest(t)
		d := newDrain(l.opt, Drain{}, new(url.URL))
		for _, n := range sizes {
			d.push(make([]byte, n))
		}
		var got []int
		for {
			f, ok := d.pop()
			if !ok {
				break
			}
			got = append(got, len(f.body))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", sizes, diff)
		}
	}
	f(nil, nil)
	f([]int{1, 2, 3}, []int{6})
	f([]int{targetBytes - 1, 1}, []int{targetBytes - 1, 1})
	f([]int{targetBytes - 2, 1, 1}, []int{targetBytes - 1, 1})
	// One of the target's size goes with what came before it, and ends the body.
	f([]int{10, targetBytes, 10}, []int{targetBytes + 10, 10})
	f([]int{targetBytes + 1, targetBytes}, []int{targetBytes + 1, targetBytes})
}

func TestOldestIsLostWhenTooManyWait(t *testing.T) {
	r, srv := newReceiver(t)
	l, _ := newTest(t)
	d := attach(t, l, srv.URL)
	for i := range bufferSize + 5 {
		l.Write(say(fmt.Sprint(i)))
	}
	deliverAll(t, l)
	first := r.requests()[0]
	if diff := cmp.Diff([]string{"L10 5", "5", "6"}, first.texts()[:3]); diff != "" {
		t.Errorf("first messages (-want +got):\n%s", diff)
	}
	if line := first.lines[0]; !regexp.MustCompile(
		`^<172>1 \S+ host heroku logplex - Error L10 \(output buffer overflow\): 5 messages dropped since \d{4}-\d\d-\d\dT[\d:.]+\+00:00\.$`,
	).MatchString(line) {
		t.Errorf("L10 line %q", line)
	}
	if got, want := first.header.Get("Logplex-Msg-Count"), fmt.Sprint(len(first.lines)); got != want {
		t.Errorf("Logplex-Msg-Count %s, want %s with the L10", got, want)
	}
	got, _ := l.Stats(d.Token)
	want := Stats{Offered: bufferSize + 5, Delivered: bufferSize, Lost: 5, Reported: 5, Requests: uint64(len(r.requests()))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func TestAttach(t *testing.T) {
	l, _ := newTest(t)
	f := func(url string, want error) {
		t.Helper()
		if _, err := l.Attach(url); !errors.Is(err, want) {
			t.Errorf("Attach(%q) = %v, want %v", url, err, want)
		}
	}
	f("http://127.0.0.1:1/logs", nil)
	f("http://127.0.0.1:1/logs", ErrTaken)
	f("http://[::1]:1/logs", nil)
	f("http://localhost:1/logs", nil)
	f("https://127.0.0.1/", ErrURL)
	f("http://192.0.2.1/", ErrURL)
	f("http://drain.example.com/", ErrURL)
	f("http://u:a%3Ab@127.0.0.1/", ErrURL)
	f("syslog://127.0.0.1", ErrURL)
	f("://", ErrURL)
	for i := range 3 {
		f(fmt.Sprintf("http://127.0.0.1:2/%d", i), nil)
	}
	f("http://127.0.0.1:3/", ErrMany)
	if _, ok := l.Detach("http://[::1]:1/logs"); !ok {
		t.Error("Detach by URL found nothing")
	}
	f("http://127.0.0.1:3/", nil)
	if _, ok := l.Detach("d.nobody"); ok {
		t.Error("Detach of an unknown drain found one")
	}
}

// TestAttachedLate covers drains that come and go while Run runs.
func TestAttachedLate(t *testing.T) {
	arrived := make(chan struct{}, 2)
	reply := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		arrived <- struct{}{}
	}
	_, srv := newReceiver(t, reply, reply)
	l, _ := newTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })

	first := attach(t, l, srv.URL+"/1")
	l.Write(say("one"))
	<-arrived
	if _, ok := l.Detach(first.ID); !ok {
		t.Error("Detach by id found nothing")
	}
	attach(t, l, srv.URL+"/2")
	l.Write(say("two"))
	<-arrived
	cancel()
	running.Wait()
}

func TestRunDoesNotWaitForAbsentDrains(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close() // a port where nobody is
	l, _ := newTest(t)
	d := attach(t, l, "http://"+ln.Addr().String())
	l.Write(say("lost in the end"))
	deliverAll(t, l)
	if got, _ := l.Stats(d.ID); got.Waiting() != 1 || got.Requests != 0 {
		t.Errorf("stats %+v, want 1 waiting and no request", got)
	}
}
