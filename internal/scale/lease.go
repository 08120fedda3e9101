package scale

import (
	"context"
	"fmt"
)

// lease is the sole right to act on the app.
type lease struct {
	ctx     context.Context // ends before the right is another's
	release func()
}

// hold takes the right to act. What is read after it nobody else of us changes. It isn't given up when
// ctx ends, since an action that has begun goes on.
func (t *attention) hold(ctx context.Context) error {
	if t.lease != nil {
		return nil
	}
	t.acting(true)
	if t.s.o.Hold == nil {
		t.lease = &lease{context.WithoutCancel(ctx), func() {}}
		return nil
	}
	held, release, err := t.s.o.Hold(context.WithoutCancel(ctx), t.app.name)
	if err != nil {
		t.acting(false)
		return err
	}
	t.lease = &lease{held, release}
	return nil
}

// letGo gives it back.
func (t *attention) letGo() {
	if t.lease != nil {
		t.lease.release()
		t.lease = nil
		t.acting(false)
	}
}

// acting notes who has the right to act within this process: an upgrade that it is told of may not begin
// meanwhile.
func (t *attention) acting(is bool) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.app.acting = is
}

// leaseError is why the right to act wasn't to be had.
type leaseError struct{ err error }

func (e *leaseError) Error() string {
	return fmt.Sprintf("another process may be acting on the app: %v", e.err)
}

func (e *leaseError) Unwrap() error { return e.err }
