package attach

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// failing is a Heroku that fails at one thing.
type failing struct {
	*fake
	create, made, metrics, delete error // made: the drain is made, but the answer is lost
}

func (f *failing) CreateDrain(ctx context.Context, app, url string) (Drain, error) {
	if f.create != nil {
		return Drain{}, f.create
	}
	d, err := f.fake.CreateDrain(ctx, app, url)
	if f.made != nil {
		return Drain{}, f.made
	}
	return d, err
}

func (f *failing) LogDrains(ctx context.Context, app string) ([]Drain, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return f.fake.LogDrains(ctx, app)
}

func (f *failing) RuntimeMetrics(ctx context.Context, app string) (bool, error) {
	if f.metrics != nil {
		return false, f.metrics
	}
	return f.fake.RuntimeMetrics(ctx, app)
}

func (f *failing) DeleteDrain(ctx context.Context, app, id string) error {
	if f.delete != nil {
		return f.delete
	}
	return f.fake.DeleteDrain(ctx, app, id)
}

// Where the drain was made the error says how to undo it, and nowhere else.
func TestFailure(t *testing.T) {
	const (
		detach = "`drain detach -app enketo -url https://drain.example.com`"
		alone  = ". The drain d.0 stays attached; " + detach + " undoes it"
		beside = ". The drain d.1 stays attached beside what was there before. Attach again to go on; " + detach + " would delete all of them"
	)
	broken := errors.New("it broke")
	f := func(name, before string, set func(*failing, *Attachment), want string, changed bool) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake(before)
				a, _ := fake.attachment(t, false)
				platform := &failing{fake: fake}
				a.Platform = platform
				set(platform, a)
				err := a.Attach(t.Context())
				if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("want %q, got %v", want, err)
				}
				if got := len(fake.log) > 0; got != changed {
					t.Errorf("what was changed: %q", fake.log)
				}
			})
		})
	}
	f("the daemon isn't ready", older, func(_ *failing, a *Attachment) {
		a.Ready = func(context.Context) error { return broken }
	}, "nothing was changed, since the daemon has to answer first: it broke", false)
	f("no drain is made", older, func(p *failing, _ *Attachment) { p.create = broken }, "it broke", false)
	f("whether it was made isn't told", older, func(p *failing, _ *Attachment) { p.made = broken }, "it broke"+beside, true)
	f("metrics", older, func(p *failing, _ *Attachment) { p.metrics = broken }, "it broke"+beside, true)
	silent := func(_ *failing, a *Attachment) {
		a.Seen = func(context.Context, string) (time.Time, error) { return time.Time{}, broken }
	}
	f("the daemon ceases to answer", older, silent, "it broke"+beside, true)
	f("no line", older, func(p *failing, _ *Attachment) { p.delay = time.Hour }, "does the app write anything?"+beside, true)
	f("the older drain", older, func(p *failing, _ *Attachment) { p.delete = broken }, "it broke"+beside, true)
	f("the only one", right, silent, "it broke"+alone, false)
}

// Whoever interrupts it while the drain is made is told whether it was.
func TestInterrupted(t *testing.T) {
	fake := newFake()
	a, _ := fake.attachment(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	a.Platform = interrupted{&failing{fake: fake, made: context.Canceled}, cancel}
	if err := a.Attach(ctx); err == nil || !strings.Contains(err.Error(), "The drain d.0 stays attached") || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A Heroku that hangs doesn't hold up whoever has interrupted it.
func TestInterruptedWhileHerokuHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		a, _ := fake.attachment(t, false)
		ctx, cancel := context.WithCancel(t.Context())
		a.Platform = &hanging{Platform: interrupted{&failing{fake: fake, made: context.Canceled}, cancel}}
		began := time.Now()
		if err := a.Attach(ctx); !errors.Is(err, context.Canceled) || time.Since(began) != lookFor {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// hanging answers what drains there are once.
type hanging struct {
	Platform
	asked bool
}

func (h *hanging) LogDrains(ctx context.Context, app string) ([]Drain, error) {
	if !h.asked {
		h.asked = true
		return h.Platform.LogDrains(ctx, app)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Hour):
		return h.Platform.LogDrains(ctx, app)
	}
}

// interrupted ends the context while a drain is made.
type interrupted struct {
	Platform
	cancel func()
}

func (i interrupted) CreateDrain(ctx context.Context, app, url string) (Drain, error) {
	defer i.cancel()
	return i.Platform.CreateDrain(ctx, app, url)
}
