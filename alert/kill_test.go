package alert

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// world is what outlives a process: the ledger and the channel with its threads. It can kill the
// process before or after any step: from then on nothing the process does has an effect.
type world struct {
	memory
	life     sync.Mutex     // guards what follows
	messages []Incident     // as the channel shows them
	replies  map[uint64]int // how often each change was said
	pictures int
	steps    int
	kill     int // the step to die at; 0: none
	dead     bool
}

var errDead = errors.New("killed")

func (w *world) step(effect func()) error {
	w.life.Lock()
	defer w.life.Unlock()
	for _, do := range []func(){nil, effect} {
		if w.dead {
			return errDead
		}
		if do != nil {
			do()
		}
		if w.steps++; w.steps == w.kill {
			w.dead = true
			return errDead
		}
	}
	return nil
}

func (w *world) Put(ctx context.Context, key string, value []byte) error {
	return w.step(func() { _ = w.memory.Put(ctx, key, value) })
}

func (w *world) Delete(ctx context.Context, key string) error {
	return w.step(func() { _ = w.memory.Delete(ctx, key) })
}

func (w *world) Name() string  { return "slack" }
func (w *world) Updates() bool { return true }

func (w *world) Notify(_ context.Context, inc Incident, was Receipt) (Receipt, error) {
	r := was
	err := w.step(func() {
		if was.TS == "" {
			w.messages = append(w.messages, Incident{})
			r.TS = strings.Repeat("i", len(w.messages))
		}
		w.messages[len(r.TS)-1] = inc
	})
	if err != nil {
		return Receipt{}, &RetryError{Err: err}
	}
	return r, nil
}

func (w *world) Reply(_ context.Context, _ Incident, _ Receipt, changes []Change, missed int) error {
	err := w.step(func() {
		if w.replies == nil {
			w.replies = map[uint64]int{}
		}
		for _, c := range changes {
			w.replies[c.N]++
		}
	})
	if err != nil {
		return &RetryError{Err: err}
	}
	return nil
}

func (w *world) Picture(context.Context, Incident, Receipt) error {
	if err := w.step(func() { w.pictures++ }); err != nil {
		return &RetryError{Err: err}
	}
	return nil
}

func (w *world) Find(_ context.Context, inc Incident, _ time.Time) (r Receipt, err error) {
	err = w.step(func() {
		for n, m := range w.messages {
			if m.ID == inc.ID {
				r.TS = strings.Repeat("i", n+1)
			}
		}
	})
	if err != nil {
		return Receipt{}, &RetryError{Err: err}
	}
	return r, nil
}

// wantHistory checks that all the ledger holds is what is over and told.
func (w *world) wantHistory(t *testing.T, kill int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.m) > len(w.messages) {
		t.Errorf("killed at step %d: %d entries left of %d messages", kill, len(w.m), len(w.messages))
	}
	for _, entry := range w.m {
		if !strings.Contains(entry, `"state":"resolved"`) || !strings.Contains(entry, `"current":true`) {
			t.Errorf("killed at step %d: left in the ledger: %s", kill, entry)
		}
	}
}

// Killed at any step and started again, there is one message for the incident, it ends as resolved,
// and beside it each change was told: once, but for those of a reply whose answer was lost. There is one
// picture at most.
func TestKilledAtEachStep(t *testing.T) {
	for kill := 1; ; kill++ {
		w, survived := &world{kill: kill}, false
		synctest.Test(t, func(t *testing.T) {
			d := run(t, Options{Notifiers: []Notifier{w}, Store: w, FlushTimeout: 1})
			d.fire("web.1", plotted)
			after(time.Second)
			d.fire("web.2", plotted)
			after(10 * time.Second)
			d.Note("enketo", "memory", "scaled")
			after(10 * time.Second)
			d.resolve("web.1")
			after(10 * time.Second)
			_ = d.end()
			survived = !w.dead
			w.dead, w.kill = false, 0
			d = run(t, Options{Notifiers: []Notifier{w}, Store: w})
			d.fire("web.2", plotted)
			after(10 * time.Second)
			d.resolve("web.2")
			after(20 * time.Minute)
			_ = d.end()
		})
		if len(w.messages) != 1 {
			t.Errorf("killed at step %d: %d messages, want 1: %+v", kill, len(w.messages), w.messages)
		}
		if w.pictures > 1 || survived && w.pictures == 0 {
			t.Errorf("killed at step %d: %d pictures, want one", kill, w.pictures)
		}
		for _, c := range w.messages[0].Changes[1:] { // the first is the message itself
			if n := w.replies[c.N]; n == 0 || n > 2 {
				t.Errorf("killed at step %d: %q was said %d times", kill, c.Text, n)
			}
		}
		if last := w.messages[len(w.messages)-1]; last.State != Resolved {
			t.Errorf("killed at step %d: the message ends as %+v", kill, last)
		}
		w.wantHistory(t, kill)
		if survived {
			t.Logf("%d steps", kill-1)
			if kill < 15 {
				t.Errorf("only %d steps: the test kills nobody", kill)
			}
			return
		}
	}
}

// The same when the end comes while nobody judges: what was told of is closed.
func TestKilledThenSilence(t *testing.T) {
	for kill := 1; ; kill++ {
		w, survived := &world{kill: kill}, false
		synctest.Test(t, func(t *testing.T) {
			d := run(t, Options{Notifiers: []Notifier{w}, Store: w, FlushTimeout: 1})
			d.fire("web.1")
			after(10 * time.Second)
			d.resolve("web.1")
			after(10 * time.Second)
			_ = d.end()
			survived = !w.dead
			w.dead, w.kill = false, 0
			d = run(t, Options{Notifiers: []Notifier{w}, Store: w})
			after(20 * time.Minute)
			_ = d.end()
		})
		if n := len(w.messages); n > 0 && w.messages[n-1].State != Resolved {
			t.Errorf("killed at step %d: the message ends as %+v", kill, w.messages[n-1])
		}
		w.wantHistory(t, kill)
		if survived {
			return
		}
	}
}
