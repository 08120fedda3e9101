package attach

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"time"

	"drain/internal/wait"
)

// Platform is what an Attachment needs of Heroku.
type Platform interface {
	// LogDrains lists the app's log drains with their whole URLs, which hold secrets.
	LogDrains(ctx context.Context, app string) ([]Drain, error)
	CreateDrain(ctx context.Context, app, url string) (Drain, error)
	DeleteDrain(ctx context.Context, app, id string) error
	// RuntimeMetrics says whether log-runtime-metrics is on.
	RuntimeMetrics(ctx context.Context, app string) (bool, error)
	SetRuntimeMetrics(ctx context.Context, app string, on bool) error
	// Restart restarts all of the app's dynos.
	Restart(ctx context.Context, app string) error
}

// Drain is a log drain.
type Drain struct {
	ID, Token, URL string
}

// Options are what New needs. All but Ready and Seen must be set.
type Options struct {
	Platform Platform
	App      string
	Base     string // where the daemon is reached from Heroku, as ParseBase takes it
	Password string // the app's own
	Tell     func(text string)
	Ask      func(ctx context.Context, question string) (yes bool, err error)
	// Ready says why the daemon can't be used, before anything is changed. nil: nobody says.
	Ready func(ctx context.Context) error
	// Seen says when the daemon last heard from a drain token; zero if never. nil: nobody says.
	Seen func(ctx context.Context, token string) (time.Time, error)
	Wait time.Duration // how long to wait for the first line
}

// Attachment is one app's drain.
type Attachment struct {
	Options
	base *url.URL
}

// New returns an Attachment. It fails if ParseBase doesn't take Base.
func New(o Options) (*Attachment, error) {
	u, err := ParseBase(o.Base)
	if err != nil {
		return nil, err
	}
	return &Attachment{o, u}, nil
}

// url is the drain's, with the secret.
func (a *Attachment) url() string {
	u := *a.base
	u.Path = path.Join("/", u.Path, "logs", a.App)
	u.User = url.UserPassword("drain", a.Password)
	return u.String()
}

// ours says whether a drain delivers to the daemon, with whatever password.
func (a *Attachment) ours(d Drain) bool {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host != a.base.Host {
		return false
	}
	prefix := path.Join("/", a.base.Path, "logs")
	return u.Path == prefix || u.Path == path.Join(prefix, a.App)
}

// Attach makes sure that exactly one drain of ours is attached, and that it delivers. Where it fails after
// the drain was made, the error says that the drain stays, and how to undo it.
func (a *Attachment) Attach(ctx context.Context) error {
	if a.Ready != nil {
		if err := a.Ready(ctx); err != nil {
			return fmt.Errorf("nothing was changed, since the daemon has to answer first: %w", err)
		}
	}
	began := time.Now()
	drain, old, err := a.create(ctx)
	if err != nil {
		return err
	}
	if err := a.settle(ctx, drain, old, began); err != nil {
		return a.stays(drain, old, err)
	}
	return nil
}

// settle does what follows once the drain is there.
func (a *Attachment) settle(ctx context.Context, drain Drain, old []Drain, began time.Time) error {
	if err := a.metrics(ctx); err != nil {
		return err
	}
	if err := a.firstLine(ctx, drain, began); err != nil {
		return err
	}
	for _, d := range old {
		a.Tell(fmt.Sprintf("deleting the older drain %s: its lines would come twice", d.Token))
		if err := a.Platform.DeleteDrain(ctx, a.App, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// stays adds to err that the drain is there, and how to be rid of it. Detaching takes an older one too, which
// may be the only one that delivers.
func (a *Attachment) stays(drain Drain, old []Drain, err error) error {
	undo := fmt.Sprintf("`drain detach -app %s -url %s`", a.App, a.base)
	if len(old) > 0 {
		return fmt.Errorf("%w. The drain %s stays attached beside what was there before. Attach again to go on; %s would delete all of them", err, drain.Token, undo)
	}
	return fmt.Errorf("%w. The drain %s stays attached; %s undoes it", err, drain.Token, undo)
}

// lookFor is how long whether a drain was made is looked for.
const lookFor = 5 * time.Second

// create returns the drain as it should be, and the older ones of ours.
func (a *Attachment) create(ctx context.Context) (drain Drain, old []Drain, err error) {
	if drain, old, err = a.find(ctx); err != nil {
		return drain, nil, err
	}
	if drain.ID != "" {
		a.Tell("attached already, as " + drain.Token)
		return drain, old, nil
	}
	if drain, err = a.Platform.CreateDrain(ctx, a.App, a.url()); err != nil {
		// An answer may be lost, or not waited for, and the drain made: only a look tells. Whoever has
		// interrupted it doesn't wait for long.
		look, end := context.WithTimeout(context.WithoutCancel(ctx), lookFor)
		defer end()
		if made, _, unseen := a.find(look); unseen == nil && made.ID != "" {
			err = a.stays(made, old, err)
		}
		return Drain{}, nil, err
	}
	a.Tell("attached, as " + drain.Token)
	return drain, old, nil
}

// find returns the drain as it should be, the zero value if there is none, and the older ones of ours.
func (a *Attachment) find(ctx context.Context) (drain Drain, old []Drain, err error) {
	all, err := a.Platform.LogDrains(ctx, a.App)
	if err != nil {
		return drain, nil, err
	}
	want := a.url()
	for _, d := range all {
		switch {
		case d.URL == want:
			drain = d
		case a.ours(d):
			old = append(old, d)
		}
	}
	return drain, old, nil
}

// metrics turns log-runtime-metrics on. Dynos write them only from their next start on.
func (a *Attachment) metrics(ctx context.Context) error {
	on, err := a.Platform.RuntimeMetrics(ctx, a.App)
	if err != nil || on {
		return err
	}
	if err := a.Platform.SetRuntimeMetrics(ctx, a.App, true); err != nil {
		return err
	}
	a.Tell("log-runtime-metrics turned on: dynos write their memory and load from their next start on")
	yes, err := a.Ask(ctx, "Restart all dynos of "+a.App+" now? (no: they get there with the next deploy, or within a day)")
	if err != nil || !yes {
		a.Tell("nothing is restarted")
		return ctx.Err() // nobody to ask is as good as no
	}
	a.Tell("restarting the dynos")
	return a.Platform.Restart(ctx, a.App)
}

const poll = 2 * time.Second

// firstLine waits until the daemon has heard from the drain.
func (a *Attachment) firstLine(ctx context.Context, drain Drain, began time.Time) error {
	if a.Seen == nil {
		a.Tell("whether it delivers isn't known: the daemon can't be asked without ADMIN_PASSWORD")
		return nil
	}
	for {
		at, err := a.Seen(ctx, drain.Token)
		if err != nil {
			return err
		}
		// A drain that was there before may have delivered before.
		if !at.IsZero() {
			a.Tell(fmt.Sprintf("its first lines came %v after the start", max(0, at.Sub(began)).Round(time.Second/10)))
			return nil
		}
		if waited := time.Since(began); waited > a.Wait {
			return fmt.Errorf("no line came in %v. Is %s reachable from Heroku, has it the same DRAIN_PASSWORD, and does the app write anything?", a.Wait, a.base.Host)
		}
		a.Tell(fmt.Sprintf("waiting for the first line, %v so far", time.Since(began).Round(time.Second)))
		if err := wait.For(ctx, poll); err != nil {
			return err
		}
	}
}

// Detach deletes all drains of ours. Log-runtime-metrics is turned off where that is agreed to.
func (a *Attachment) Detach(ctx context.Context) error {
	all, err := a.Platform.LogDrains(ctx, a.App)
	if err != nil {
		return err
	}
	found := 0
	for _, d := range all {
		if !a.ours(d) {
			continue
		}
		if err := a.Platform.DeleteDrain(ctx, a.App, d.ID); err != nil {
			return err
		}
		a.Tell("deleted " + d.Token)
		found++
	}
	if found == 0 {
		return fmt.Errorf("%s has no drain to %s", a.App, a.base.Host)
	}
	on, err := a.Platform.RuntimeMetrics(ctx, a.App)
	if err != nil || !on {
		return err
	}
	yes, err := a.Ask(ctx, "log-runtime-metrics is on; somebody else may read it. Turn it off?")
	if err != nil || !yes {
		a.Tell("log-runtime-metrics stays on")
		return ctx.Err()
	}
	a.Tell("log-runtime-metrics turned off")
	return a.Platform.SetRuntimeMetrics(ctx, a.App, false)
}
