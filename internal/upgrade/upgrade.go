package upgrade

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"drain/internal/scale"
	"drain/internal/wait"
)

// Options are what New needs. Platform, Journal, App, Tell and Ask must be set.
type Options struct {
	Platform Platform
	Journal  Journal
	App      string   // the app's name
	Addon    string   // its Redis: the add-on's name or an attachment
	Plan     string   // the new plan, e.g. premium-2 or heroku-redis:premium-2
	Keep     []string // process types that are not stopped
	Pace     int      // how many times faster than Heroku's its rhythms run; 0 is 1

	// Announce tells the app's drain what is being done, before each step and, with StepDone, after the
	// last: it then knows whose doing that is. Nothing is begun that can't be announced, and nothing goes on
	// where the error is ErrOver. It may be nil.
	Announce func(ctx context.Context, e Entry) error

	// Tell takes what is being done, in words.
	Tell func(Step, string)
	// Ask puts a question to a person that yes or no answers. An error means that nobody is there.
	Ask func(ctx context.Context, question string) (yes bool, err error)
	// Limit returns how many connections a plan allows an app.
	Limit func(plan string) (connections int, known bool)
	// Connections returns how many connections an add-on had at a time; known is false where nobody
	// says. It may be nil.
	Connections func(ctx context.Context, addon string) (used int, at time.Time, known bool)
}

// Upgrade changes one add-on's plan.
type Upgrade struct {
	Options
	resumed bool      // at the Journal's step, which may have been done
	quiet   time.Time // when nothing that got no answer can be done any more
}

// New returns an Upgrade. It does nothing yet.
func New(o Options) *Upgrade {
	if !strings.Contains(o.Plan, ":") {
		o.Plan = service + ":" + o.Plan
	}
	return &Upgrade{Options: o}
}

const service = "heroku-redis"

// LeftError is an upgrade that ended before its end. The app is as Entry's Step left it.
type LeftError struct {
	Entry Entry
	Err   error
}

func (e *LeftError) Error() string { return fmt.Sprintf("stopped at step %s: %v", e.Entry.Step, e.Err) }

func (e *LeftError) Unwrap() error { return e.Err }

// Run does the upgrade that Check returned. Its error is a *LeftError once something was touched, or an
// *UntoldError.
func (u *Upgrade) Run(ctx context.Context, e Entry) error {
	if err := u.free(ctx); err != nil {
		return err
	}
	e.Step = StepClose
	e.Started = time.Now() // and not when it was shown to a person, who takes time to think
	return u.from(ctx, e)
}

// free fails unless the Journal has room for another upgrade of the app.
func (u *Upgrade) free(ctx context.Context) error {
	switch e, err := u.Journal.Load(ctx, u.App); {
	case errors.Is(err, ErrNoEntry):
		return nil
	case err != nil:
		return err
	case e.Step == StepDone:
		return errors.New("the last upgrade of this app is over, and its drain doesn't know: tell it with -resume")
	}
	return errors.New("an upgrade of this app is under way already: go on with -resume, or back with -abort")
}

// Resume goes on with the upgrade in the Journal.
func (u *Upgrade) Resume(ctx context.Context) error {
	e, err := u.load(ctx)
	if err != nil {
		return err
	}
	if e.Step == StepDone {
		return u.end(ctx, e)
	}
	u.resumed = true
	return u.from(ctx, e)
}

// load takes the upgrade over from a process that may have ended in the middle of a call.
func (u *Upgrade) load(ctx context.Context) (Entry, error) {
	e, err := u.Journal.Load(ctx, u.App)
	asked := time.Now()
	switch e.Step {
	case StepDrain, StepWait, StepStart, StepOpen: // which only look, or bring up again
		if e.Saved.Before(asked) { // else the clock was another's, and ahead
			asked = e.Saved
		}
	}
	u.quiet = asked.Add(u.at(lateWait))
	return e, err
}

// from does the steps from e's own on.
func (u *Upgrade) from(ctx context.Context, e Entry) error {
	begun := false
	for _, step := range steps[e.place():] {
		e.Step, e.Saved = step, time.Now()
		if err := u.note(ctx, e); err != nil {
			switch {
			case !begun && step == StepClose && !u.resumed:
				return err // nothing was touched
			case ctx.Err() == nil && unasked(step, begun):
				return u.unchanged(ctx, e, err)
			}
			return &LeftError{e, err}
		}
		switch err := u.announce(ctx, e); {
		case err == nil:
		case !begun && step == StepClose && !u.resumed:
			ctx = context.WithoutCancel(ctx)
			e.Step = StepDone
			_ = u.announce(ctx, e)                                // it may have heard, though its answer was lost
			return errors.Join(err, u.Journal.Remove(ctx, e.App)) // nothing was touched
		case errors.Is(err, ErrOver): // somebody has gone on with it elsewhere; what is set now is theirs
			return errors.Join(err, u.Journal.Remove(ctx, e.App))
		default:
			u.Tell(step, "the drain couldn't be told: "+err.Error()) // it was of the first, and the app must come up again
		}
		begun = true
		err := u.do(ctx, &e)
		u.resumed = false
		_, unchanged := errors.AsType[*unchangedError](err)
		switch {
		case err == nil:
		case ctx.Err() == nil && (unchanged || unasked(step, false) && !isForNow(err)):
			return u.unchanged(ctx, e, err)
		default:
			return &LeftError{e, err}
		}
	}
	return u.end(ctx, e)
}

// unchangedError is why an upgrade ends at the change, and nothing is changed. As where it ends before, the app
// is brought back up: nobody may be there to say so.
type unchangedError struct{ error }

// unasked says that no change of plan was asked for before a step; at its own not if this process began it.
func unasked(step Step, begun bool) bool {
	place, change := slices.Index(steps[:], step), slices.Index(steps[:], StepChange)
	return place < change || place == change && begun
}

// unchanged brings the app back up, after what ended the upgrade at the change or before it.
func (u *Upgrade) unchanged(ctx context.Context, e Entry, why error) error {
	u.Tell(e.Step, why.Error()+"; the app is brought back up")
	return errors.Join(why, u.back(ctx, e))
}

// Abort brings the app back up, on whatever plan its Redis has by now.
func (u *Upgrade) Abort(ctx context.Context) error {
	e, err := u.load(ctx)
	if err != nil {
		return err
	}
	if e.Step == StepDone {
		return u.end(ctx, e)
	}
	if e.Step == StepChange || e.Step == StepWait {
		redis, err := u.redis(ctx, e.Step, e.Addon)
		if err != nil {
			return &LeftError{e, err}
		}
		if err := u.allTheSame(ctx, &e, redis.Plan); err != nil {
			return &LeftError{e, err}
		}
	}
	return u.back(ctx, e)
}

// allTheSame asks whether the app is to be started though the change may be under way, and fails unless it is.
func (u *Upgrade) allTheSame(ctx context.Context, e *Entry, plan string) error {
	yes, err := u.Ask(ctx, fmt.Sprintf("%s is on %s; the change to %s may be under way, and what the app writes meanwhile can be lost. Start the app all the same?", e.Addon, plan, e.To))
	if err == nil && !yes {
		err = errors.New("left as it is")
	}
	return err
}

// back starts the app as it was.
func (u *Upgrade) back(ctx context.Context, e Entry) error {
	e.Step = StepStart
	return u.from(ctx, e)
}

func (u *Upgrade) do(ctx context.Context, e *Entry) error {
	switch e.Step {
	case StepClose:
		return u.close(ctx, e)
	case StepStop:
		return u.stop(ctx, e)
	case StepDrain:
		return u.drain(ctx, e)
	case StepChange:
		return u.change(ctx, e)
	case StepWait:
		return u.wait(ctx, e)
	case StepStart:
		return u.start(ctx, e)
	case StepOpen:
		return u.open(ctx, e)
	}
	return fmt.Errorf("there is no step %q", e.Step)
}

// Patience is how long an API that doesn't answer is waited for before the upgrade gives up.
const Patience = 10 * time.Minute

// try calls f until it doesn't fail for now.
func (u *Upgrade) try(ctx context.Context, step Step, f func(context.Context) error) error {
	began, pause := time.Now(), time.Second
	for {
		err := f(ctx)
		if ctx.Err() != nil || !isForNow(err) {
			return err
		}
		failed, _ := errors.AsType[*scale.PlatformError](err)
		next := max(pause, failed.After)
		if time.Since(began)+next > Patience {
			return err
		}
		u.Tell(step, fmt.Sprintf("%v; trying again in %v", err, next.Round(time.Second)))
		if err := wait.For(ctx, next); err != nil {
			return err
		}
		pause = min(2*pause, 30*time.Second)
	}
}

// isForNow says whether another try may do.
func isForNow(err error) bool {
	failed, ok := errors.AsType[*scale.PlatformError](err)
	return ok && (failed.Failure == scale.Temporary || failed.Failure == scale.RateLimited)
}

// definite says that Heroku won't do it, and hasn't.
func definite(err error) bool {
	_, ok := errors.AsType[*scale.PlatformError](err)
	return ok && !isForNow(err)
}

// maybeDone says whether what failed with err, if it did, may have been done, or will be.
func (u *Upgrade) maybeDone(err error) bool {
	if err == nil {
		return true
	}
	failed, ok := errors.AsType[*scale.PlatformError](err)
	if ok && failed.Failure != scale.Temporary {
		return false
	}
	u.quiet = time.Now().Add(u.at(lateWait))
	return true
}

func (u *Upgrade) redis(ctx context.Context, step Step, name string) (r Redis, err error) {
	err = u.try(ctx, step, func(ctx context.Context) (err error) {
		r, err = u.Platform.Redis(ctx, u.App, name)
		return err
	})
	return r, err
}

// list shows quantities: "web 4, worker 1".
func list(quantities map[string]int) string {
	if len(quantities) == 0 {
		return "nothing"
	}
	var parts []string
	for _, process := range slices.Sorted(maps.Keys(quantities)) {
		parts = append(parts, fmt.Sprintf("%s %d", process, quantities[process]))
	}
	return strings.Join(parts, ", ")
}
