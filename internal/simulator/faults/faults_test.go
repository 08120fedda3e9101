package faults

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueue(t *testing.T) {
	var q Queue
	h := q.Wrap(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }),
		func(w http.ResponseWriter, _ *http.Request, f Fault) { w.WriteHeader(f.Status) },
	)
	get := func(want int) {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != want {
			t.Errorf("status %d, want %d", w.Code, want)
		}
	}
	get(200)
	q.Next(2, Fault{Status: 503})
	q.Next(1, Fault{Status: 429})
	q.Always(Fault{Status: 500})
	get(503)
	get(503)
	get(429)
	get(500)
	get(500)
	q.Clear()
	get(200)
}

// A roll chooses by the request; what is lost was done.
func TestRoll(t *testing.T) {
	var q Queue
	served := 0
	h := q.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served++
		w.WriteHeader(200)
	}), nil)
	get := func(path string) (lost bool) {
		w := httptest.NewRecorder()
		defer func() { lost = recover() == http.ErrAbortHandler }()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return false
	}
	q.Roll(func(r *http.Request) Fault { return Fault{Lost: r.URL.Path == "/a", Drop: r.URL.Path == "/b"} })
	for _, want := range []struct {
		path   string
		lost   bool
		served int
	}{{"/a", true, 1}, {"/b", true, 1}, {"/c", false, 2}} {
		if lost := get(want.path); lost != want.lost || served != want.served {
			t.Errorf("%s: lost %t, served %d, want %+v", want.path, lost, served, want)
		}
	}
	q.Next(1, Fault{Drop: true})
	if !get("/c") || served != 2 {
		t.Error("Next comes before a roll")
	}
	if q.Clear(); get("/a") {
		t.Error("cleared, and it is still rolled")
	}
}

func TestDelayEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q Queue
		served := 0
		h := q.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }), nil)

		q.Next(1, Fault{Delay: time.Minute})
		start := time.Now()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if d := time.Since(start); d != time.Minute || served != 1 {
			t.Errorf("served %d after %v, want 1 after 1m", served, d)
		}

		q.Next(1, Fault{Delay: time.Minute})
		r := httptest.NewRequest("GET", "/", nil)
		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		h.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
		if d := time.Since(start); d != time.Second || served != 1 {
			t.Errorf("served %d after %v, want no more after 1s", served, d)
		}
	})
}

func TestDropSaysNothing(t *testing.T) {
	var q Queue
	srv := httptest.NewServer(q.Wrap(http.NotFoundHandler(), nil))
	defer srv.Close()
	q.Next(1, Fault{Drop: true})
	if resp, err := srv.Client().Get(srv.URL); err == nil {
		resp.Body.Close()
		t.Errorf("got %s, want the connection closed", resp.Status)
	}
}

func TestSeconds(t *testing.T) {
	f := func(d time.Duration, want int) {
		t.Helper()
		if got := Seconds(d); got != want {
			t.Errorf("Seconds(%v) = %d, want %d", d, got, want)
		}
	}
	f(0, 0)
	f(time.Millisecond, 1)
	f(time.Second, 1)
	f(time.Second+1, 2)
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Pause
		f := func(want time.Duration) {
			t.Helper()
			if got := p.Early(); got != want {
				t.Errorf("Early() = %v, want %v", got, want)
			}
		}
		f(0)
		p.Tell(2 * time.Second)
		time.Sleep(grace)
		f(0) // was under way when it was told
		time.Sleep(time.Second - grace)
		f(time.Second)
		time.Sleep(time.Second)
		f(0)
	})
}
