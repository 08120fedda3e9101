package upgrade

import (
	"context"
	"errors"
	"fmt"
	"time"

	"drain/internal/wait"
)

// announce tells the drain.
func (u *Upgrade) announce(ctx context.Context, e Entry) error {
	if u.Announce == nil {
		return nil
	}
	e.Saved = time.Now()
	return u.Announce(ctx, e)
}

// noteMost is how long a Journal that fails is waited for. A Redis that starts anew takes less.
const (
	noteMost  = time.Minute
	notePause = 3 * time.Second
)

// note writes e to the Journal. Before anything is touched it must work at once, then soon. What brings the
// app back up doesn't wait for it: from the step that is there Resume does the same.
func (u *Upgrade) note(ctx context.Context, e Entry) error {
	for began := time.Now(); ; {
		err := u.Journal.Save(ctx, e)
		switch {
		case err == nil, ctx.Err() != nil, e.Step == StepClose:
			return err
		case e.Step == StepStart, e.Step == StepOpen:
			u.Tell(e.Step, fmt.Sprintf("going on without the journal: %v", err))
			return nil
		case time.Since(began) >= noteMost:
			return err
		}
		u.Tell(e.Step, fmt.Sprintf("the journal can't be written: %v; trying again", err))
		if err := wait.For(ctx, notePause); err != nil {
			return err
		}
	}
}

// end announces that e is over, and then forgets it: a drain that doesn't know does nothing for hours, and
// tells nobody of what goes wrong meanwhile.
func (u *Upgrade) end(ctx context.Context, e Entry) error {
	e.Step, e.Saved = StepDone, time.Now()
	for began := time.Now(); ; {
		err := u.announce(ctx, e)
		if err == nil {
			if err = u.Journal.Remove(ctx, e.App); err == nil { // which may be what the drain reads
				return nil
			}
		}
		if time.Since(began) < untoldMost {
			u.Tell(StepOpen, "the drain couldn't be told that it is over: "+err.Error())
			if wait.For(ctx, untoldPause) == nil {
				continue
			}
		}
		return &UntoldError{e, errors.Join(err, u.Journal.Save(context.WithoutCancel(ctx), e))}
	}
}

// The Redis that was changed may be the drain's own: Heroku starts the drain anew then.
const (
	untoldMost  = 2 * time.Minute
	untoldPause = 3 * time.Second
)

// UntoldError is an upgrade that is over, the app being as it was, of which its drain doesn't know that.
// Resume tells it.
type UntoldError struct {
	Entry Entry
	Err   error
}

func (e *UntoldError) Error() string {
	return fmt.Sprintf("%s is up as it was, but its drain couldn't be told that the upgrade is over: %v", e.Entry.App, e.Err)
}

func (e *UntoldError) Unwrap() error { return e.Err }
