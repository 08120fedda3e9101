package scale

import (
	"context"
	"time"
)

// Platform is what a Scaler needs of Heroku. Its calls end with their context, and fail with a
// *PlatformError. What only reads may be tried again within that context; what changes something is sent
// once, since somebody else may change it meanwhile.
type Platform interface {
	// Formation returns the quantity of each of the app's process types.
	Formation(ctx context.Context, app string) (map[string]int, error)
	// Scale sets process to quantity and returns the quantity it then has.
	Scale(ctx context.Context, app, process string, quantity int) (int, error)
	// RestartDyno stops a dyno and starts it anew.
	RestartDyno(ctx context.Context, app, dyno string) error
	// Starting returns how many dynos of process aren't up yet.
	Starting(ctx context.Context, app, process string) (int, error)
	// Releasing says whether a release's phase is running.
	Releasing(ctx context.Context, app string) (bool, error)
	// SharedAddons names the app's Redis add-ons that another app uses too.
	SharedAddons(ctx context.Context, app string) ([]string, error)
	// Autoscaling says whether the platform itself scales process. Where it can't be found out that
	// is the answer, not an error.
	Autoscaling(ctx context.Context, app, process string) (Autoscaling, error)
	// CallsLeft returns how many calls the account has left, as last heard; Unknown before that.
	CallsLeft() int
}

// Autoscaling says whether the platform itself scales a process type.
type Autoscaling uint8

// The answers.
const (
	AutoscalingUnknown Autoscaling = iota // it couldn't be found out
	AutoscalingOff
	AutoscalingOn
)

// Failure says in what way a call failed.
type Failure string

// The failures. After all but Temporary it is certain that nothing was changed.
const (
	Temporary    Failure = "temporary"    // it may have been done or not; another try may do
	RateLimited  Failure = "rate_limited" // too many calls; not before After
	NotFound     Failure = "not_found"
	Invalid      Failure = "invalid" // the platform understood and will never do it
	Unauthorized Failure = "unauthorized"
)

// PlatformError is how a Platform's call fails. Its text holds no secret.
type PlatformError struct {
	Failure Failure
	After   time.Duration // with RateLimited: how long to wait; 0 if nobody said
	Err     error
}

func (e *PlatformError) Error() string {
	if e.Err == nil {
		return string(e.Failure)
	}
	return e.Err.Error()
}

func (e *PlatformError) Unwrap() error { return e.Err }
