package ledger

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
)

// change is one caller's part of a transaction. It may be made twice, the first time in vain.
type change struct {
	apply func(root *bbolt.Bucket) error
	done  chan error // capacity 1
}

// commits are the changes that wait for a transaction. Each costs a flush of the disk, which takes some
// milliseconds: changes that came one by one would make a storm's last message wait for seconds.
type commits struct {
	turn chan struct{} // capacity 1; whoever has put a token in makes the next transaction

	mu      sync.Mutex
	waiting []*change // guarded by mu
}

func (c *commits) add(one *change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, one)
}

func (c *commits) take() []*change {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.waiting
	c.waiting = nil
	return all
}

// remove takes out a change that waits; false: a transaction has it.
func (c *commits) remove(one *change) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.waiting, one)
	if i >= 0 {
		c.waiting = slices.Delete(c.waiting, i, i+1)
	}
	return i >= 0
}

// update makes a change, in one transaction with all that came while the last one was under way. It
// returns once the change is on disk, or ctx is over. Transactions are made one after the other and in the
// order of coming, so that one whose caller has gone is never the last word.
func (f *file) update(ctx context.Context, fn func(root *bbolt.Bucket) error) error {
	one := &change{fn, make(chan error, 1)}
	f.commits.add(one)
	select {
	case err := <-one.done:
		return err
	case f.commits.turn <- struct{}{}:
		go func() { // a disk that hangs can't be told to stop
			defer func() { <-f.commits.turn }()
			f.commit(f.commits.take())
		}()
	case <-ctx.Done():
	}
	select {
	case err := <-one.done:
		return err
	case <-ctx.Done():
	}
	if f.commits.remove(one) {
		return fmt.Errorf("others' changes are being written for so long that this one was not written: %w", ctx.Err())
	}
	select {
	case err := <-one.done:
		return err
	default:
		return fmt.Errorf("the disk has not answered, and whether it is written isn't known: %w", ctx.Err())
	}
}

// commit makes all of the changes, and tells each how it ended. One that fails takes none with it.
func (f *file) commit(all []*change) {
	if len(all) == 0 {
		return // the turn before had ours
	}
	err := f.transact(all)
	for i, one := range all {
		if err != nil && len(all) > 1 {
			one.done <- f.transact(all[i : i+1])
			continue
		}
		one.done <- err
	}
}

func (f *file) transact(all []*change) error {
	return closedOr(contain(func() error {
		return f.db.Update(func(tx *bbolt.Tx) error {
			root := tx.Bucket(rootBucket)
			for _, one := range all {
				if err := one.apply(root); err != nil {
					return err
				}
			}
			return nil
		})
	}))
}
