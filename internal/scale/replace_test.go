package scale

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// What a policy was to restore is given up, and that is told, when it is gone or restores no more: at a
// reload, or while the process was away.
func TestAPolicyThatRestoresNoMore(t *testing.T) {
	f := func(name string, change func(p *Policy), reason string) {
		t.Helper()
		for _, reloaded := range []bool{true, false} {
			restored(t, func(t *testing.T, w *world) {
				w.upgraded(4)
				policies := []Policy{w.options.Policies[0]}
				change(&policies[0])
				if policies[0].Name == "" {
					policies = nil
				}
				if !reloaded {
					w.options.Policies = policies
				}
				stop := w.start()
				w.pass(10 * time.Minute)
				if reloaded {
					w.scaler.Replace(policies)
					w.pass(time.Minute)
				}
				all := w.scaler.Decisions()
				last := all[len(all)-1]
				if last.Verdict != Dropped || last.Why != GuardPolicy || last.Text != "web is not restored to the 4 before the incident: "+reason {
					t.Errorf("%s, reloaded %t: %s %s: %s", name, reloaded, last.Verdict, last.Why, last.Text)
				}
				if n := testutil.CollectAndCount(w.scaler.metrics.decisions); n != len(policies)*len(verdicts()) {
					t.Errorf("%s, reloaded %t: %d series", name, reloaded, n) // for a policy that is gone they would stay for ever
				}
				stop()
				w.options.Policies = []Policy{shedWeb(Automatic)} // it comes back, and what was given up doesn't
				w.options.Policies[0].Restore = RestoreAutomatic
				defer w.start()()
				w.pass(3 * time.Hour)
				w.want()
				if got := w.dynos(); got != 1 {
					t.Errorf("%s: web is at %d", name, got)
				}
			})
		}
	}
	f("gone", func(p *Policy) { p.Name = "" }, "policy shed-web is gone")
	f("renamed", func(p *Policy) { p.Name = "shed" }, "policy shed-web is gone")
	f("of another app", func(p *Policy) { p.App = "another" }, "policy shed-web is gone")
	f("another type", func(p *Policy) { p.Process = []string{"worker"} }, "policy shed-web doesn't scale web any more")
	f("another verb", func(p *Policy) { p.Verb = VerbRestart }, "policy shed-web doesn't scale web any more")
	f("never", func(p *Policy) { p.Restore = RestoreNever }, "policy shed-web says never")
}

// A policy that is changed otherwise goes on restoring, as it is now.
func TestAPolicyThatRestoresOtherwise(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		w.upgraded(4)
		defer w.start()()
		w.pass(10 * time.Minute)
		p := w.options.Policies[0]
		p.MaxStep, p.RestoreAfter = 3, 11*time.Minute
		w.scaler.Replace([]Policy{p})
		w.pass(2 * time.Minute)
		w.want("hold start_grace", "hold not_over_long", "act 1>4", "done 1>4")
	})
}

// A process that ends leaves what is wanted to the next.
func TestCeaseGivesUpNothing(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		w.upgraded(4)
		stop := w.start()
		w.pass(14 * time.Minute)
		w.scaler.Cease()
		w.pass(10 * time.Minute)
		w.want("hold start_grace", "hold not_over_long")
		stop()
		defer w.start()()
		w.pass(time.Hour)
		if got := w.dynos(); got != 4 {
			t.Errorf("web is at %d", got)
		}
	})
}
