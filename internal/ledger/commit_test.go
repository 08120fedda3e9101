package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"
)

// together makes changes that all wait while another is written, and returns what became of each and
// how many transactions that took.
func together(t *testing.T, f *file, changes []func(root *bbolt.Bucket) error) (errs []error, transactions int) {
	t.Helper()
	before := newest(t, f)
	errs = make([]error, len(changes))
	f.commits.turn <- struct{}{}
	var all sync.WaitGroup
	for i, change := range changes {
		all.Go(func() { errs[i] = f.update(t.Context(), change) })
	}
	synctest.Wait()
	<-f.commits.turn
	all.Wait()
	return errs, newest(t, f) - before
}

// newest is the number of the newest transaction.
func newest(t *testing.T, f *file) (id int) {
	t.Helper()
	must(t, f.db.View(func(tx *bbolt.Tx) error { id = tx.ID(); return nil }))
	return id
}

func put(key string) func(root *bbolt.Bucket) error {
	return func(root *bbolt.Bucket) error {
		b, err := root.CreateBucketIfNotExists([]byte(Actions))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), restamp([]byte("v"), time.Time{}))
	}
}

// What waits together is one transaction, and is all there.
func TestChangesThatWaitAreOneTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f := openCommits(t)
		changes := make([]func(*bbolt.Bucket) error, 100)
		for i := range changes {
			changes[i] = put(fmt.Sprint(i))
		}
		errs, transactions := together(t, f, changes)
		must(t, errors.Join(errs...))
		if transactions != 1 {
			t.Errorf("%d transactions for what waited together, want 1", transactions)
		}
		if n := len(contents(t, l.Shelf(Actions))); n != len(changes) {
			t.Errorf("%d of %d changes are there", n, len(changes))
		}
	})
}

// One that fails, or panics, is the only one that does.
func TestAFailureTakesNoneWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f := openCommits(t)
		wrong := errors.New("wrong")
		errs, _ := together(t, f, []func(*bbolt.Bucket) error{
			put("a"),
			func(*bbolt.Bucket) error { return wrong },
			put("b"),
			func(*bbolt.Bucket) error { panic("damage") },
			put("c"),
		})
		for i, err := range errs {
			if failed := err != nil; failed != (i == 1 || i == 3) {
				t.Errorf("change %d: %v", i, err)
			}
		}
		if !errors.Is(errs[1], wrong) {
			t.Errorf("%v, want the change's own error", errs[1])
		}
		if n := len(contents(t, l.Shelf(Actions))); n != 3 {
			t.Errorf("%d changes are there, want 3", n)
		}
	})
}

// Those that wait when it is closed hear of it.
func TestClosedWhileChangesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f := openCommits(t)
		f.commits.turn <- struct{}{}
		errs := make([]error, 3)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { errs[i] = l.Shelf(Actions).Put(t.Context(), "k", nil) })
		}
		synctest.Wait()
		must(t, l.Close())
		<-f.commits.turn
		all.Wait()
		for _, err := range errs {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%v, want that it is closed", err)
			}
		}
	})
}

func openCommits(t *testing.T) (*Ledger, *file) {
	t.Helper()
	l, err := OpenFile(filepath.Join(t.TempDir(), "ledger"), newClock().Now)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l, l.store.(*file)
}
