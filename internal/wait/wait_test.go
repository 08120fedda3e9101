package wait

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestFor(t *testing.T) {
	f := func(name string, wait, limit, took time.Duration, want error) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				began := time.Now()
				if err := For(ctx, wait); !errors.Is(err, want) || time.Since(began) != took {
					t.Errorf("%v after %v, want %v after %v", err, time.Since(began), want, took)
				}
			})
		})
	}
	f("all of it", time.Second, time.Minute, time.Second, nil)
	f("cut short", time.Minute, time.Second, time.Second, context.DeadlineExceeded)
}
