package daemon

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/config"
)

// safeBuffer is a log that may be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

type running struct {
	*Daemon
	url    string
	log    *safeBuffer
	untold bool // what it has to tell can't be told, and Stop says so

	ordinaries float64 // lines of ordinary so far
}

// start runs a daemon on a port of its own and stops it at the end of the test.
func start(t testing.TB, o Options) *running {
	t.Helper()
	return startWith(t, o, func(*Daemon) {})
}

// startWith lets a test change what no option reaches, before anything is served.
func startWith(t testing.TB, o Options, change func(*Daemon)) *running {
	t.Helper()
	log := &safeBuffer{}
	o.Log = zerolog.New(log)
	if o.Config == nil {
		o.Config = &config.Config{}
	}
	if o.Env.Listen == "" {
		o.Env.Listen = "127.0.0.1:0"
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	change(d)
	d.Start()
	r := &running{Daemon: d, url: "http://" + d.Addr(), log: log}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections() // or Stop waits for those that were never used
		if err := d.Stop(context.Background()); (err != nil) != r.untold {
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

func (r *running) post(t testing.TB, path, password, frame string, lines ...string) int {
	t.Helper()
	status, err := r.tryPost(path, password, frame, lines...)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func (r *running) tryPost(path, password, frame string, lines ...string) (int, error) {
	req, err := http.NewRequest(http.MethodPost, r.url+path, bytes.NewReader(body(lines...)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Logplex-Msg-Count", strconv.Itoa(len(lines)))
	if frame != "" {
		req.Header.Set("Logplex-Frame-Id", frame)
	}
	if password != "" {
		req.SetBasicAuth("drain", password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// body frames lines "APPNAME PROCID text" with the time of now.
func body(lines ...string) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		app, rest, _ := strings.Cut(l, " ")
		proc, msg, _ := strings.Cut(rest, " ")
		frame := fmt.Sprintf("<134>1 %s host %s %s - %s\n", time.Now().UTC().Format(time.RFC3339Nano), app, proc, msg)
		fmt.Fprintf(&b, "%d %s", len(frame), frame)
	}
	return b.Bytes()
}

func (r *running) get(t testing.TB, path, password string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if password != "" {
		req.SetBasicAuth("", password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// metric returns the value of a series as /metrics shows it, 0 if it isn't there.
func (r *running) metric(t testing.TB, series string) float64 {
	t.Helper()
	_, text := r.get(t, "/metrics", "")
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	return 0
}

// sum adds up a family of counters.
func (r *running) sum(t *testing.T, family string) (total float64) {
	t.Helper()
	_, text := r.get(t, "/metrics", "")
	for line := range strings.Lines(text) {
		if labels, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && strings.HasPrefix(labels, family+"{") {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			total += v
		}
	}
	return total
}

// waitUntil polls; its deadline only ends what would never come true.
func waitUntil(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true within a minute")
		}
	}
}
