// Package wait lets time pass for one goroutine, unless its context ends first. It keeps nothing and
// starts nothing.
package wait

import (
	"context"
	"time"
)

// For returns nil after d, or the context's error as soon as it ends.
func For(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
