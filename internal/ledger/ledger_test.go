package ledger

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// onEach runs a test of what every kind of ledger promises.
func onEach(t *testing.T, fn func(t *testing.T, l *Ledger, c *clock)) {
	t.Run("memory", func(t *testing.T) {
		c := newClock()
		l := NewMemory(c.Now)
		t.Cleanup(func() { _ = l.Close() })
		fn(t, l, c)
	})
	t.Run("file", func(t *testing.T) {
		c := newClock()
		l, err := OpenFile(filepath.Join(t.TempDir(), "ledger"), c.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		fn(t, l, c)
	})
	t.Run("redis", func(t *testing.T) {
		c := newClock()
		l, err := OpenRedis(startRedis(t).url, false, c.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		fn(t, l, c)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, s *Shelf) []string {
	t.Helper()
	var out []string
	must(t, s.Each(t.Context(), func(key string, value []byte) error {
		out = append(out, key+"="+string(value))
		return nil
	}))
	return out
}

func TestShelfKeepsValues(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, _ *clock) {
		ctx, s := t.Context(), l.Shelf(Actions)
		must(t, s.Put(ctx, "b", []byte("1")))
		must(t, s.Put(ctx, "a", []byte("2")))
		must(t, s.Put(ctx, "b", []byte("3")))
		must(t, s.Put(ctx, "empty", nil))
		must(t, l.Shelf(Incidents).Put(ctx, "a", []byte("another shelf")))
		if diff := cmp.Diff([]string{"a=2", "b=3", "empty="}, contents(t, s)); diff != "" {
			t.Error(diff)
		}
		must(t, s.Delete(ctx, "a"))
		must(t, s.Delete(ctx, "never there"))
		if diff := cmp.Diff([]string{"b=3", "empty="}, contents(t, s)); diff != "" {
			t.Error(diff)
		}
		got, err := s.Get(ctx, "b")
		if string(got) != "3" || err != nil {
			t.Errorf("Get gave %q, %v", got, err)
		}
		if _, err := s.Get(ctx, "a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get of a deleted key gave %v", err)
		}
		if _, err := l.Shelf(Budgets).Get(ctx, "a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get from an empty shelf gave %v", err)
		}
	})
}

func TestValuesAreCopies(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, _ *clock) {
		ctx, s := t.Context(), l.Shelf(Actions)
		given := []byte("abc")
		must(t, s.Put(ctx, "k", given))
		given[0] = 'X'
		got, err := s.Get(ctx, "k")
		must(t, err)
		got[1] = 'X'
		must(t, s.Each(ctx, func(_ string, value []byte) error { value[2] = 'X'; return nil }))
		if diff := cmp.Diff([]string{"k=abc"}, contents(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEachMayChangeTheShelf(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, _ *clock) {
		ctx, s := t.Context(), l.Shelf(Actions)
		for _, key := range []string{"a", "b", "c"} {
			must(t, s.Put(ctx, key, []byte("old")))
		}
		must(t, s.Each(ctx, func(key string, _ []byte) error {
			if err := s.Delete(ctx, key); err != nil {
				return err
			}
			return s.Put(ctx, key+key, []byte("new"))
		}))
		if diff := cmp.Diff([]string{"aa=new", "bb=new", "cc=new"}, contents(t, s)); diff != "" {
			t.Error(diff)
		}
		stop := errors.New("stop")
		calls := 0
		if err := s.Each(ctx, func(string, []byte) error { calls++; return stop }); err != stop || calls != 1 {
			t.Errorf("Each went on for %d calls and gave %v", calls, err)
		}
	})
}

func TestRetention(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, c *clock) {
		ctx, s := t.Context(), l.Shelf(Actions) // 7 days
		must(t, l.Shelf(Formations).Put(ctx, "wanted", []byte("for ever")))
		must(t, l.Shelf(Incidents).Put(ctx, "i", []byte("30 days")))
		must(t, s.Put(ctx, "first", []byte("1")))
		must(t, s.Put(ctx, "renewed", []byte("1")))
		c.add(3 * day)
		must(t, s.Put(ctx, "renewed", []byte("2")))
		c.add(4*day - time.Millisecond)
		if diff := cmp.Diff([]string{"first=1", "renewed=2"}, contents(t, s)); diff != "" {
			t.Error(diff)
		}
		c.add(time.Millisecond)
		if _, err := s.Get(ctx, "first"); !errors.Is(err, ErrNotFound) {
			t.Errorf("after 7 days: %v", err)
		}
		if diff := cmp.Diff([]string{"renewed=2"}, contents(t, s)); diff != "" {
			t.Error(diff)
		}
		c.add(23 * day)
		if got := contents(t, l.Shelf(Incidents)); got != nil {
			t.Errorf("after 30 days: %q", got)
		}
		c.add(1000 * day)
		if diff := cmp.Diff([]string{"wanted=for ever"}, contents(t, l.Shelf(Formations))); diff != "" {
			t.Error(diff)
		}
	})
}

// What has expired must not only be hidden: a Put gets rid of it. Turning the clock back shows
// whether it is really gone.
func TestPurge(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, c *clock) {
		ctx, s := t.Context(), l.Shelf(Actions)
		for _, key := range []string{"a", "b", "c", "d"} {
			must(t, s.Put(ctx, key, []byte("old")))
		}
		c.add(8 * day)
		must(t, l.Shelf(Apps).Put(ctx, "enketo", []byte("now")))
		c.add(-8 * day)
		if got := contents(t, s); got != nil {
			t.Errorf("still there: %q", got)
		}
		if diff := cmp.Diff([]string{"enketo=now"}, contents(t, l.Shelf(Apps))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWrongUse(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, _ *clock) {
		ctx := t.Context()
		over, cancel := context.WithCancel(ctx)
		cancel()
		long := strings.Repeat("k", maxKey+1)
		f := func(err error, want string) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 200 {
				t.Errorf("got %v, want %q", err, want)
			}
		}
		f(l.Shelf(Actions).Put(ctx, "", nil), "a key has 1 to 32768 bytes, this one 0")
		f(l.Shelf(Actions).Delete(ctx, long), "a key has 1 to 32768 bytes, this one 32769")
		f(l.Shelf("acts").Put(ctx, "k", nil), `put acts "k": there is no such shelf`)
		f(l.Shelf("acts").Each(ctx, nil), "read acts: there is no such shelf")
		f(l.Shelf(Actions).Put(over, "k", nil), "context canceled")
		must(t, l.Shelf(Actions).Put(ctx, strings.Repeat("k", maxKey), nil))

		must(t, l.Close())
		for _, err := range []error{
			l.Shelf(Actions).Put(ctx, "k", nil), l.Shelf(Actions).Delete(ctx, "k"),
			l.Shelf(Actions).Each(ctx, nil), func() error { _, err := l.Shelf(Actions).Get(ctx, "k"); return err }(),
		} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		}
		must(t, l.Close())
	})
}

func TestConcurrentUse(t *testing.T) {
	onEach(t, func(t *testing.T, l *Ledger, _ *clock) {
		ctx, s := t.Context(), l.Shelf(Actions)
		var wg sync.WaitGroup
		for _, key := range []string{"a", "b", "c"} {
			wg.Go(func() {
				for range 10 {
					if err := errors.Join(s.Put(ctx, key, []byte(key)), s.Each(ctx, func(string, []byte) error { return nil })); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if diff := cmp.Diff([]string{"a=a", "b=b", "c=c"}, contents(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}
