package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// maxKey is what bbolt allows; all kinds of ledger refuse longer keys, so that they are exchangeable.
const maxKey = 32768

// ErrNotFound is what Get returns for a key that was never put, was deleted or has expired.
var ErrNotFound = errors.New("not in the ledger")

// ErrClosed is what a shelf returns after its Ledger was closed.
var ErrClosed = errors.New("the ledger is closed")

// Ledger is a set of shelves kept in one place.
type Ledger struct {
	store store
	now   func() time.Time
}

// store is a place to keep things. It hides what has expired and removes it in its own time.
// Values passed in and out belong to the caller.
type store interface {
	get(ctx context.Context, shelf Name, key string) (value []byte, found bool, err error)
	put(ctx context.Context, shelf Name, key string, value []byte, expires time.Time) error
	delete(ctx context.Context, shelf Name, key string) error
	all(ctx context.Context, shelf Name) ([]entry, error) // by key
	// take gives a lease to owner if nobody has it, extend renews it if owner has it, drop gives it back.
	take(ctx context.Context, name, owner string, lasts time.Duration) (bool, error)
	extend(ctx context.Context, name, owner string, lasts time.Duration) (bool, error)
	drop(ctx context.Context, name, owner string) error
	durable() bool
	close() error
}

type entry struct {
	key   string
	value []byte
}

// Shelf returns the shelf called name, one of this package's constants. It is cheap and needs no
// closing. Using a shelf of another name gives an error.
func (l *Ledger) Shelf(name Name) *Shelf {
	return &Shelf{ledger: l, name: name}
}

// Durable says whether what was put survives the process.
func (l *Ledger) Durable() bool { return l.store.durable() }

// Close lets go of the place. What was put stays there if the ledger is durable.
func (l *Ledger) Close() error { return l.store.close() }

// Shelf holds values of one kind by key. Keys are 1 to 32768 bytes.
type Shelf struct {
	ledger *Ledger
	name   Name
}

// Put keeps value under key, in place of what was there. In a durable ledger it is safe once Put
// has returned nil.
func (s *Shelf) Put(ctx context.Context, key string, value []byte) error {
	if err := s.check(ctx, key); err != nil {
		return s.fail("put", key, err)
	}
	var expires time.Time
	if keep := retention[s.name]; keep > 0 {
		expires = s.ledger.now().Add(keep)
	}
	return s.fail("put", key, s.ledger.store.put(ctx, s.name, key, value, expires))
}

// Get returns the value under key, or an error that is ErrNotFound.
func (s *Shelf) Get(ctx context.Context, key string) ([]byte, error) {
	if err := s.check(ctx, key); err != nil {
		return nil, s.fail("get", key, err)
	}
	value, found, err := s.ledger.store.get(ctx, s.name, key)
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.fail("get", key, err)
	}
	return value, nil
}

// Delete removes key. Deleting what isn't there is no error.
func (s *Shelf) Delete(ctx context.Context, key string) error {
	if err := s.check(ctx, key); err != nil {
		return s.fail("delete", key, err)
	}
	return s.fail("delete", key, s.ledger.store.delete(ctx, s.name, key))
}

// Each calls fn for all that is on the shelf, in the order of the keys, and ends with the first
// error fn returns, as it is. What is shown is the shelf at the time of the call, so fn may Put and
// Delete.
func (s *Shelf) Each(ctx context.Context, fn func(key string, value []byte) error) error {
	if err := s.known(ctx); err != nil {
		return s.fail("read", "", err)
	}
	entries, err := s.ledger.store.all(ctx, s.name)
	if err != nil {
		return s.fail("read", "", err)
	}
	for _, e := range entries {
		if err := fn(e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shelf) known(ctx context.Context) error {
	if _, ok := retention[s.name]; !ok {
		return errors.New("there is no such shelf")
	}
	return ctx.Err()
}

func (s *Shelf) check(ctx context.Context, key string) error {
	if key == "" || len(key) > maxKey {
		return fmt.Errorf("a key has 1 to %d bytes, this one %d", maxKey, len(key))
	}
	return s.known(ctx)
}

// fail names what was tried. The key is cut: one that is too long is itself a reason to get here.
func (s *Shelf) fail(verb, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case key == "":
		return fmt.Errorf("ledger: %s %s: %w", verb, s.name, err)
	}
	return fmt.Errorf("ledger: %s %s %.80q: %w", verb, s.name, key, err)
}
