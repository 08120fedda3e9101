package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestLease(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, _ *clock) {
		held, release, err := l.Hold(t.Context(), "enketo", "a", time.Minute)
		must(t, err)
		for _, owner := range []string{"b", "a"} {
			if _, _, err := l.Hold(t.Context(), "enketo", owner, time.Minute); !errors.Is(err, ErrHeld) {
				t.Errorf("a second time, by %s: %v", owner, err)
			}
		}
		_, other, err := l.Hold(t.Context(), "another", "b", time.Minute)
		must(t, err)
		other()
		if held.Err() != nil {
			t.Error("it ended by itself")
		}
		release()
		if held.Err() == nil {
			t.Error("it goes on after its release")
		}
		_, release, err = l.Hold(t.Context(), "enketo", "b", time.Minute)
		must(t, err)
		release()
		if _, _, err := l.Hold(t.Context(), "", "b", time.Minute); err == nil {
			t.Error("a lease without a name")
		}
	})
}

// Of many who want it at once exactly one has it, ever.
func TestLeaseIsOnes(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, _ *clock) {
		var inside, most, got atomic.Int32
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for n := range 20 {
					_, release, err := l.Hold(t.Context(), "enketo", fmt.Sprint(i, "/", n), time.Minute)
					if errors.Is(err, ErrHeld) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					got.Add(1)
					if inside.Add(1) > 1 {
						most.Add(1)
					}
					inside.Add(-1)
					release()
				}
			})
		}
		all.Wait()
		if most.Load() != 0 || got.Load() == 0 {
			t.Errorf("%d times two had it; it was had %d times", most.Load(), got.Load())
		}
	})
}

// Two processes with one Redis: a lease lasts for as long as it is renewed, expires by itself when its
// holder is dead, and whose it then is can't be taken away by the one before.
func TestLeaseAcrossProcesses(t *testing.T) {
	server := startRedis(t)
	open := func() *Ledger {
		l, err := OpenRedis(server.url, false, time.Now)
		must(t, err)
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	one, two := open(), open()
	const lasts = 2 * time.Second // a busy machine may let most of it pass before it lets us renew
	held, release, err := one.Hold(t.Context(), "enketo", "one", lasts)
	must(t, err)
	for began := time.Now(); time.Since(began) < lasts+lasts/2; time.Sleep(10 * time.Millisecond) {
		if _, _, err := two.Hold(t.Context(), "enketo", "two", lasts); !errors.Is(err, ErrHeld) {
			t.Fatalf("another has it after %s: %v", time.Since(began), err)
		}
	}
	if held.Err() != nil {
		t.Errorf("it was renewed and yet: %v", context.Cause(held))
	}

	must(t, one.Close()) // it can't renew any more
	deadline := time.Now().Add(30 * time.Second)
	var back func()
	for back == nil {
		if _, back, err = two.Hold(t.Context(), "enketo", "two", time.Minute); err != nil && time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if <-held.Done(); !errors.Is(context.Cause(held), ErrLost) {
		t.Errorf("cause %v", context.Cause(held))
	}
	release()
	third := open()
	if _, _, err := third.Hold(t.Context(), "enketo", "three", lasts); !errors.Is(err, ErrHeld) {
		t.Errorf("the dead one's release let go of another's: %v", err)
	}
	if ok, err := third.store.extend(t.Context(), "enketo", "one", time.Minute); ok || err != nil {
		t.Errorf("the dead one renewed another's: %v, %v", ok, err)
	}
	back()
}

// The context ends before another can have the lease.
func TestLeaseIsLostInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewMemory(time.Now)
		defer l.Close()
		held, release, err := l.Hold(t.Context(), "enketo", "a", time.Minute)
		must(t, err)
		defer release()
		time.Sleep(10 * time.Minute)
		if held.Err() != nil {
			t.Fatal("it wasn't renewed")
		}
		began := time.Now()
		l.store.(*memory).leases.drop("enketo", "a")
		<-held.Done()
		if took := time.Since(began); took > time.Minute || !errors.Is(context.Cause(held), ErrLost) {
			t.Errorf("after %s: %v", took, context.Cause(held))
		}
	})
}
