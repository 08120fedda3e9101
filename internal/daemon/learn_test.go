package daemon

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ingest"
)

// past posts lines "APPNAME PROCID text" under the app's own password, as they were written at a time.
func (r *running) past(t *testing.T, at time.Time, lines ...string) {
	t.Helper()
	var b bytes.Buffer
	for _, l := range lines {
		app, rest, _ := strings.Cut(l, " ")
		proc, msg, _ := strings.Cut(rest, " ")
		frame := fmt.Sprintf("<134>1 %s host %s %s - %s\n", at.UTC().Format(time.RFC3339Nano), app, proc, msg)
		fmt.Fprintf(&b, "%d %s", len(frame), frame)
	}
	req, err := http.NewRequest(http.MethodPost, r.url+"/logs/enketo", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("drain", ingest.AppPassword("p", "enketo"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// stay posts that web was scaled, and what the Redis said from the third minute on.
func (r *running) stay(t *testing.T, at time.Time, web, used int) {
	t.Helper()
	r.past(t, at, fmt.Sprintf("app api Scaled to web@%d:Basic by user a@example.com", web))
	for i := range 3 {
		r.past(t, at.Add(time.Duration(3+i)*time.Minute),
			fmt.Sprintf("app heroku-redis source=REDIS addon=redis-x sample#active-connections=%d sample#max-connections=198", used))
	}
}

// perDyno is what is told of a dyno of web.
func (r *running) perDyno(t *testing.T) string {
	t.Helper()
	one := r.apps.get("enketo")
	one.mu.Lock()
	defer one.mu.Unlock()
	for _, a := range one.budget.Snapshot().Addons {
		return a.PerDyno["web"].String()
	}
	return "no add-on"
}

// What the log taught of the connections per dyno is known after a restart, and shown.
func TestLearntOutlivesARestart(t *testing.T) {
	env := config.Env{Ledger: filepath.Join(t.TempDir(), "ledger"), DrainPassword: "p"}
	r := start(t, Options{Env: env})
	began := time.Now().Add(-time.Hour)
	r.stay(t, began, 1, 26)
	r.stay(t, began.Add(10*time.Minute), 4, 104)
	const want = "26.0 ± 0.7 (learnt)"
	if got := r.perDyno(t); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}

	r = start(t, Options{Env: env})
	r.past(t, time.Now().Add(-10*time.Minute), "app api Scaled to web@4:Basic by user a@example.com")
	if got := r.perDyno(t); got != want {
		t.Errorf("after a restart: got %s, want %s", got, want)
	}
	if _, page := r.get(t, "/", ""); !strings.Contains(page, "A dyno takes: web 26.0 ± 0.7 (learnt)") || !strings.Contains(page, "web 4 × 26.0 ± 0.7 = 104 ± 2 of ") {
		t.Errorf("the page doesn't say so:\n%s", page)
	}
}

// At another pace as much is learnt from the same, in less time.
func TestLearnsAtAnotherPace(t *testing.T) {
	const pace = 60
	r := start(t, Options{Pace: pace, Env: config.Env{DrainPassword: "p"}})
	at := time.Now().Add(-time.Minute)
	for _, web := range []int{1, 4} {
		r.past(t, at, fmt.Sprintf("app api Scaled to web@%d:Basic by user a@example.com", web))
		for i := range 3 {
			r.past(t, at.Add(time.Duration(3+i)*time.Minute/pace), fmt.Sprintf(
				"app heroku-redis source=REDIS addon=redis-x sample#active-connections=%d sample#max-connections=198", 26*web))
		}
		at = at.Add(10 * time.Minute / pace)
	}
	if got := r.perDyno(t); got != "26.0 ± 0.7 (learnt)" {
		t.Errorf("got %s", got)
	}
}

// Connections just after a deploy, or a change of a dyno's state, are of no formation.
func TestNothingIsLearntFromRestlessDynos(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		r := start(t, Options{Env: config.Env{DrainPassword: "p"}})
		began := time.Now().Add(-time.Hour)
		r.stay(t, began, 1, 26)
		r.past(t, began.Add(13*time.Minute), line) // the samples of the next are from then until two minutes later
		r.stay(t, began.Add(10*time.Minute), 4, 104)
		if got := r.perDyno(t); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
	f("app web.1 nothing of note", "26.0 ± 0.7 (learnt)")
	f("app api Build started by user a@example.com", "unknown")
	f("app api Release v12 created by user a@example.com", "unknown")
	f("heroku web.1 State changed from up to starting", "unknown")
	f("heroku web.1 Cycling", "unknown")
}

// What can't be read of the past is learnt anew, and everything else goes on.
func TestUnreadableLearntBudget(t *testing.T) {
	env := config.Env{Ledger: filepath.Join(t.TempDir(), "ledger"), DrainPassword: "p"}
	r := start(t, Options{Env: env})
	if err := r.ledger.Shelf("budgets").Put(t.Context(), "enketo", []byte(`{"version":7}`)); err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	r = start(t, Options{Env: env})
	if !strings.Contains(r.log.String(), "version 7, want 1") {
		t.Errorf("nothing is said of it:\n%s", r.log)
	}
	r.stay(t, time.Now().Add(-time.Hour), 1, 26)
	if got := r.perDyno(t); got != "unknown" {
		t.Errorf("got %s", got)
	}
}
