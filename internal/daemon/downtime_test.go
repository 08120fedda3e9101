package daemon

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"drain/internal/config"
	"drain/rules"
)

// An app was heard each minute for a day, then for 14 minutes not; we were away for an hour. That hour
// was no silence, and whoever sends gets a quarter of an hour to come back.
func TestOurDowntimeIsNoSilence(t *testing.T) {
	env := config.Env{Ledger: filepath.Join(t.TempDir(), "ledger")}
	r := start(t, Options{Env: env})
	one, now := r.apps.get("enketo"), r.now()
	one.mu.Lock()
	for at := now.Add(-25 * time.Hour); !at.After(now.Add(-14 * time.Minute)); at = at.Add(time.Minute) {
		one.engine.Observe(nil, &rules.Observation{App: "enketo", At: at})
	}
	one.engine.Tick(nil, now)
	one.mu.Unlock()
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	back := now.Add(time.Hour)
	again := startWith(t, Options{Env: env}, func(d *Daemon) { d.now = func() time.Time { return back } })
	if open := again.Incidents(); len(open) > 0 {
		t.Errorf("incidents: %+v", open)
	}
	one = again.apps.get("enketo")
	one.mu.Lock()
	defer one.mu.Unlock()
	if due, ok := one.engine.Deadline(); !ok || due.Sub(back) != 15*time.Minute {
		t.Errorf("it is missed %v after the start, want 15m", due.Sub(back))
	}
}
