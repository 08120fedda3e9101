package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrHeld is what Hold returns while somebody else holds the lease.
var ErrHeld = errors.New("somebody else holds the lease")

// ErrLost is the cause of a lease's context that ended since the lease may be another's by now.
var ErrLost = errors.New("the lease couldn't be renewed in time")

// letGoFor is how long giving a lease back may take. Where that fails it expires by itself.
const letGoFor = 2 * time.Second

// Hold takes the lease of that name, which at most one owner has at a time among all who use the same
// Redis, or within the process for a ledger of another kind. owner must be nobody else's, not even
// another goroutine's. The lease is renewed until release is called; if its holder dies it expires
// after lasts. The returned context is ctx until then. It ends with cause ErrLost if the lease couldn't
// be renewed for so long that another may have it. An error is ErrHeld, or the ledger's.
func (l *Ledger) Hold(ctx context.Context, name, owner string, lasts time.Duration) (held context.Context, release func(), err error) {
	if name == "" || owner == "" || lasts <= 0 {
		return nil, nil, errors.New("ledger: a lease needs a name, an owner and a time")
	}
	taken := time.Now()
	ok, err := l.store.take(ctx, name, owner, lasts)
	if err == nil && !ok {
		err = ErrHeld
	}
	if err != nil {
		return nil, nil, fmt.Errorf("ledger: lease %.80q: %w", name, err)
	}
	held, end := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { l.renew(held, end, name, owner, lasts, taken) })
	return held, func() {
		end(context.Canceled)
		renewing.Wait()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGoFor)
		defer cancel()
		_ = l.store.drop(ctx, name, owner)
	}, nil
}

// renew keeps the lease until ctx ends, and ends it where the lease is lost. Only what was asked for
// before counts, since the answer may have taken its time.
func (l *Ledger) renew(ctx context.Context, end context.CancelCauseFunc, name, owner string, lasts time.Duration, taken time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lasts / 3):
		}
		asked := time.Now()
		try, cancel := context.WithDeadline(ctx, taken.Add(lasts))
		ok, err := l.store.extend(try, name, owner, lasts)
		cancel()
		switch {
		case err == nil && ok:
			taken = asked
		case err == nil, time.Until(taken.Add(lasts)) <= lasts/3:
			end(ErrLost)
			return
		}
	}
}

// leases are those of a ledger that no other process can have open.
type leases struct {
	mu   sync.Mutex
	held map[string]leaseOf // by name
}

type leaseOf struct {
	owner   string
	expires time.Time
}

func (s *leases) take(name, owner string, now time.Time, lasts time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.held[name]; ok && now.Before(have.expires) {
		return false
	}
	if s.held == nil {
		s.held = map[string]leaseOf{}
	}
	s.held[name] = leaseOf{owner, now.Add(lasts)}
	return true
}

func (s *leases) extend(name, owner string, now time.Time, lasts time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.held[name]; !ok || have.owner != owner || !now.Before(have.expires) {
		return false
	}
	s.held[name] = leaseOf{owner, now.Add(lasts)}
	return true
}

func (s *leases) drop(name, owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[name].owner == owner {
		delete(s.held, name)
	}
}

// ActingOn names the lease of who changes an app's formation.
func ActingOn(app string) string { return "acting:" + app }
