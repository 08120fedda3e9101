package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The file has one bucket, root, which holds the key "version" and a bucket for each shelf. A value
// is preceded by the time it expires: Unix milliseconds, 8 bytes, big-endian, 0 for never.
const (
	version   = "1"
	lockFor   = time.Second     // how long OpenFile waits for another process to let go
	closeMost = 5 * time.Second // how long Close waits for the disk
)

var (
	rootBucket = []byte("drain")
	versionKey = []byte("version")
)

// OpenFile opens the ledger in the file at path, which is made with mode 0600 if it isn't there; its
// directory must exist. now is the clock for retention. The file is locked: while one process has
// it open, OpenFile of another fails after 1 s. A file that isn't a ledger, is damaged, or was
// written by a newer version is refused and left as it is; a damaged one may stay locked until this
// process ends.
func OpenFile(path string, now func() time.Time) (*Ledger, error) {
	f := &file{now: now, closeMost: closeMost, commits: commits{turn: make(chan struct{}, 1)}}
	if err := contain(func() error { return f.open(path) }); err != nil {
		if f.db != nil {
			_ = contain(f.db.Close) // the reason to give up is the one worth telling
		}
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	return &Ledger{store: f, now: now}, nil
}

type file struct {
	now       func() time.Time
	closeMost time.Duration
	db        *bbolt.DB
	commits   commits

	leases leases // in memory: no other process can have the file open

	mu     sync.Mutex
	purged time.Time // guarded by mu
}

func (f *file) open(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockFor})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return errors.New("another process has it open; give each drain a file of its own")
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return damaged(err)
	case err != nil:
		return err
	}
	f.db = db
	return db.Update(func(tx *bbolt.Tx) error {
		root, err := tx.CreateBucketIfNotExists(rootBucket)
		if err != nil {
			return err
		}
		switch have := root.Get(versionKey); {
		case have == nil:
			return root.Put(versionKey, []byte(version))
		case string(have) != version:
			return fmt.Errorf("its format is version %.20q, this drain knows %q", have, version)
		}
		// Reading all of it once makes damage show now and not in the middle of an incident.
		// bbolt's own Check runs on a goroutine of its own, where contain can't reach.
		return root.ForEachBucket(func(name []byte) error {
			return root.Bucket(name).ForEach(func(_, raw []byte) error {
				_, _ = unstamp(raw, time.Time{})
				return nil
			})
		})
	})
}

func damaged(err error) error {
	return fmt.Errorf("not a ledger, or damaged (%w); move it away to start an empty one", err)
}

// contain turns a panic of bbolt into an error. On a damaged file it panics, and reading a part of
// the file that was cut off faults, which without this ends the whole process.
func contain(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged(fmt.Errorf("%v", p))
		}
	}()
	return fn()
}

func (f *file) durable() bool { return true }

func (f *file) get(_ context.Context, shelf Name, key string) (value []byte, found bool, err error) {
	err = f.view(shelf, func(b *bbolt.Bucket) {
		value, found = unstamp(b.Get([]byte(key)), f.now())
	})
	return value, found, err
}

func (f *file) all(_ context.Context, shelf Name) (out []entry, err error) {
	err = f.view(shelf, func(b *bbolt.Bucket) {
		c, now := b.Cursor(), f.now()
		for key, raw := c.First(); key != nil; key, raw = c.Next() {
			if value, found := unstamp(raw, now); found {
				out = append(out, entry{string(key), value})
			}
		}
	})
	return out, err
}

func (f *file) put(ctx context.Context, shelf Name, key string, value []byte, expires time.Time) error {
	now := f.now()
	purge := f.purges(now)
	raw := restamp(value, expires) // a copy: it may be written after the caller has gone
	err := f.update(ctx, func(root *bbolt.Bucket) error {
		b, err := root.CreateBucketIfNotExists([]byte(shelf))
		if err != nil {
			return err
		}
		if purge {
			if err := purgeAll(root, now); err != nil {
				return err
			}
		}
		return b.Put([]byte(key), raw)
	})
	if err != nil && purge {
		f.mu.Lock()
		f.purged = time.Time{}
		f.mu.Unlock()
	}
	return err
}

// purges says whether a Put at now is to remove what has expired. Of those that come together one does.
func (f *file) purges(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	due := purgeDue(f.purged, now)
	if due {
		f.purged = now
	}
	return due
}

func (f *file) delete(ctx context.Context, shelf Name, key string) error {
	return f.update(ctx, func(root *bbolt.Bucket) error {
		if b := root.Bucket([]byte(shelf)); b != nil {
			return b.Delete([]byte(key))
		}
		return nil
	})
}

func (f *file) take(_ context.Context, name, owner string, lasts time.Duration) (bool, error) {
	return f.leases.take(name, owner, f.now(), lasts), nil
}

func (f *file) extend(_ context.Context, name, owner string, lasts time.Duration) (bool, error) {
	return f.leases.extend(name, owner, f.now(), lasts), nil
}

func (f *file) drop(_ context.Context, name, owner string) error {
	f.leases.drop(name, owner)
	return nil
}

// close waits for what is being written, as bbolt does, but not for ever: a process that ends must end.
func (f *file) close() error {
	done := make(chan error, 1)
	go func() { done <- contain(f.db.Close) }()
	select {
	case err := <-done:
		return err
	case <-time.After(f.closeMost):
		return fmt.Errorf("the disk has not answered for %s: what was being written may not be there", f.closeMost)
	}
}

func (f *file) view(shelf Name, fn func(*bbolt.Bucket)) error {
	return closedOr(contain(func() error {
		return f.db.View(func(tx *bbolt.Tx) error {
			if b := tx.Bucket(rootBucket).Bucket([]byte(shelf)); b != nil {
				fn(b)
			}
			return nil
		})
	}))
}

func closedOr(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

func purgeAll(root *bbolt.Bucket, now time.Time) error {
	return root.ForEachBucket(func(name []byte) error {
		b := root.Bucket(name)
		var gone [][]byte // a bucket must not change while it is walked
		c := b.Cursor()
		for key, raw := c.First(); key != nil; key, raw = c.Next() {
			if _, found := unstamp(raw, now); !found {
				gone = append(gone, key)
			}
		}
		for _, key := range gone {
			if err := b.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}
