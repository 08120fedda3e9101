package ledger

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hang makes the disk hang, as far as who writes can see: bbolt has one writer at a time. What it returns
// ends that.
func hang(t *testing.T, f *file) (end func()) {
	t.Helper()
	tx, err := f.db.Begin(true)
	must(t, err)
	return func() { must(t, tx.Rollback()) }
}

// briefly is a context that is over soon.
func briefly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// whileWritten is a context that ends when a change is being written.
func whileWritten(t *testing.T, f *file) context.Context {
	f.commits.turn <- struct{}{} // whoever wrote before has let go of it then
	<-f.commits.turn
	ctx, end := context.WithCancel(t.Context())
	var looking sync.WaitGroup
	looking.Go(func() {
		defer end()
		for begun := false; !begun && ctx.Err() == nil; time.Sleep(time.Millisecond) {
			f.commits.mu.Lock()
			begun = len(f.commits.turn) > 0 && len(f.commits.waiting) == 0
			f.commits.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		end()
		looking.Wait()
	})
	return ctx
}

// Who writes to a disk that hangs waits no longer than it wants to, and is told what is known: what was
// being written may come to be there, what waited behind it won't.
func TestADiskThatHangs(t *testing.T) {
	l, f := openCommits(t)
	s := l.Shelf(Actions)
	must(t, s.Put(t.Context(), "gone", nil))
	end := hang(t, f)
	value := []byte("first")
	late := func(err, over error, want string) {
		t.Helper()
		if !errors.Is(err, over) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	late(s.Put(whileWritten(t, f), "a", value), context.Canceled, "whether it is written isn't known")
	copy(value, "wrong") // it is the caller's again
	late(s.Put(briefly(t), "b", value), context.DeadlineExceeded, "was not written")
	late(s.Delete(briefly(t), "gone"), context.DeadlineExceeded, "was not written")
	if n := len(f.commits.waiting); n > 0 {
		t.Errorf("%d changes wait that nobody waits for", n)
	}
	end()
	must(t, s.Put(t.Context(), "c", nil))
	if diff := cmp.Diff([]string{"a=first", "c=", "gone="}, contents(t, s)); diff != "" {
		t.Error(diff)
	}
}

// What is written later stays, whatever was under way before.
func TestALateWriteIsNotTheLast(t *testing.T) {
	l, f := openCommits(t)
	s := l.Shelf(Actions)
	end := hang(t, f)
	if err := s.Put(briefly(t), "a", []byte("late")); err == nil {
		t.Error("it was written")
	}
	if err := s.Put(briefly(t), "b", []byte("late")); err == nil {
		t.Error("it was written")
	}
	done := make(chan error, 2)
	go func() { done <- s.Put(t.Context(), "a", []byte("last")) }()
	go func() { done <- s.Delete(t.Context(), "b") }()
	end()
	must(t, errors.Join(<-done, <-done))
	if diff := cmp.Diff([]string{"a=last"}, contents(t, s)); diff != "" {
		t.Error(diff)
	}
}

// Who ends waits for what is being written, for a while.
func TestCloseOfADiskThatHangs(t *testing.T) {
	l, f := openCommits(t)
	f.closeMost = 20 * time.Millisecond
	end := hang(t, f)
	if err := l.Shelf(Actions).Put(briefly(t), "a", nil); err == nil {
		t.Error("it was written")
	}
	if err := l.Close(); err == nil || !strings.Contains(err.Error(), "the disk") {
		t.Errorf("%v, want that the disk doesn't answer", err)
	}
	end()
}
