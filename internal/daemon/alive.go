package daemon

import "context"

// Alive returns nil once the lock of every app could be had, or ctx's error. All judging goes through
// these locks: one that is never released would leave a process that accepts lines and says nothing.
func (d *Daemon) Alive(ctx context.Context) error {
	return waitFor(ctx, func() error {
		d.apps.each(func(one *app) {
			one.mu.Lock()
			defer one.mu.Unlock()
		})
		return nil
	})
}
