package daemon

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/config"
	"drain/internal/ingest"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/slack"
	"drain/rules"
)

// said is a body with one line, said so long ago.
func said(ago time.Duration, sender, text string) []byte {
	at := time.Now().UTC().Add(-ago).Format(time.RFC3339Nano)
	app, proc, _ := strings.Cut(sender, " ")
	frame := fmt.Sprintf("<134>1 %s host %s %s - %s\n", at, app, proc, text)
	return fmt.Appendf(nil, "%d %s", len(frame), frame)
}

// connectionsSaid is what an add-on said of its connections.
func connectionsSaid(ago time.Duration, attachment string, used int) []byte {
	return said(ago, "app heroku-redis", fmt.Sprintf("source=%s addon=redis-of-%s sample#active-connections=%d sample#max-connections=38",
		attachment, strings.ToLower(attachment), used))
}

func memorySaid(ago time.Duration, dyno string, mb int) []byte {
	return said(ago, "heroku "+dyno, fmt.Sprintf("source=%s dyno=heroku.1.a sample#memory_total=%d.00MB sample#memory_rss=%d.00MB "+
		"sample#memory_swap=0.00MB sample#memory_quota=512.00MB", dyno, mb, mb))
}

func (r *running) take(bodies ...[]byte) {
	for _, b := range bodies {
		r.Take(&ingest.Delivery{App: "enketo", Body: b, At: r.now(), MsgCount: 1})
	}
}

// An alert has the figures that its rule is about, and no others.
func TestWhatIsPlotted(t *testing.T) {
	r := start(t, Options{Config: &config.Config{Rules: []rules.Rule{
		{Name: "mine", Metric: "redis_connections", Above: new(30.0)},
		{Name: "growing", Forecast: &rules.Forecast{Metric: "dyno_memory_bytes", Above: new(1e9), Within: time.Hour}},
		{Name: "busy", Metric: "dyno_load", Above: new(4.0)},
	}}})
	f := func(rule string, labels rules.Labels, want string) {
		t.Helper()
		one := r.apps.get("enketo")
		one.mu.Lock()
		defer one.mu.Unlock()
		if got := r.plotOf(one, &rules.Event{App: "enketo", Rule: rule, Labels: labels}); got != want {
			t.Errorf("%s %+v: %q, want %q", rule, labels, got, want)
		}
	}
	cache, dyno := rules.Labels{Addon: "redis-of-cache"}, rules.Labels{Dyno: "web.1"}
	f("redis-connections-exhausted", cache, "") // nothing was heard of it
	r.take(connectionsSaid(0, "MAIN", 30), connectionsSaid(0, "CACHE", 10))
	f("redis-connections-exhausted", cache, "connections:CACHE")
	f("redis-connections-exhausted", rules.Labels{}, "connections:MAIN") // by text: the fuller one
	f("redis-connections-high", cache, "connections:CACHE")
	f("redis-exhaustion-suspected", rules.Labels{}, "connections:MAIN")
	f("mine", cache, "connections:CACHE")
	f("memory-quota-exceeded", dyno, "memory:web.1")
	f("memory-quota-vastly-exceeded", dyno, "memory:web.1")
	f("memory-quota-exceeded", rules.Labels{}, "")
	f("memory-forecast", dyno, "memory:web.1")
	f("growing", dyno, "memory:web.1")
	for _, rule := range []string{"redis-memory-full", "app-crashed", "router-errors", "busy", "no-such-rule"} {
		f(rule, dyno, "")
	}
}

// What is drawn is what was heard in the last hour.
func TestFigureOver(t *testing.T) {
	r := start(t, Options{})
	r.take(
		connectionsSaid(2*time.Hour, "MAIN", 38), connectionsSaid(30*time.Minute, "MAIN", 19), connectionsSaid(0, "MAIN", 30),
		memorySaid(10*time.Minute, "web.1", 256), memorySaid(0, "web.1", 768),
	)
	f := func(name, title, now string, shares ...float32) {
		t.Helper()
		got, ok := r.figureOver("enketo", name)
		if diff := cmp.Diff([]any{true, title, now, 60, time.Minute}, []any{ok, got.Title, got.Now, len(got.Shares), got.Step}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var known []float32
		for _, s := range got.Shares {
			if s == s {
				known = append(known, s)
			}
		}
		if diff := cmp.Diff(shares, known); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if to := got.From.Add(time.Hour); to.Before(r.now()) || to.Sub(r.now()) > time.Minute {
			t.Errorf("%s ends at %v", name, to)
		}
	}
	f("connections:MAIN", "Redis connections of MAIN", "30 of 38", 0.5, float32(30.0/38))
	f("memory:web.1", "Memory of web.1", "150 % of its quota", 0.5, 1.5)
	for _, name := range []string{"connections:CACHE", "memory:MAIN", "", "memory:"} {
		if _, ok := r.figureOver("enketo", name); ok {
			t.Errorf("%q is known", name)
		}
	}
	if _, ok := r.figureOver("other", "memory:web.1"); ok {
		t.Error("of another app it is known")
	}
}

// From the log's lines to the picture in the incident's thread.
func TestPictureInTheThread(t *testing.T) {
	s := slack.New(slack.Options{Dice: dice.New(1, 1), Channel: "ops", Violate: t.Errorf})
	srv := httptest.NewServer(s)
	defer srv.Close()
	r := start(t, Options{Env: config.Env{SlackBotToken: config.Secret(s.Token), SlackChannel: s.Channel, SlackAPIURL: srv.URL + "/api/"}})
	r.take(connectionsSaid(30*time.Minute, "MAIN", 19), connectionsSaid(0, "MAIN", 38))
	picture := func() *slack.Message {
		for _, m := range s.Messages() {
			if m.File != nil {
				return &m
			}
		}
		return nil
	}
	waitUntil(t, func() bool { return picture() != nil })
	m := picture()
	if m.Thread != s.Messages()[0].TS || m.File.Title != "Redis connections of MAIN" || !strings.Contains(m.File.Alt, "38 of 38 now, 50 % of the limit at first, 100 % at most") {
		t.Errorf("%s beside %s: %s", m.File.Title, m.Thread, m.File.Alt)
	}
}
