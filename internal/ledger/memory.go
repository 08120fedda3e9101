package ledger

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// NewMemory returns a Ledger that lasts as long as the process. now is the clock for retention.
func NewMemory(now func() time.Time) *Ledger {
	return &Ledger{store: &memory{now: now, shelves: map[Name]map[string]kept{}}, now: now}
}

type memory struct {
	now    func() time.Time
	leases leases

	mu      sync.Mutex
	shelves map[Name]map[string]kept // nil once closed
	purged  time.Time
}

type kept struct {
	value   []byte
	expires time.Time // zero: never
}

func (k kept) gone(now time.Time) bool { return !k.expires.IsZero() && !now.Before(k.expires) }

func (m *memory) durable() bool { return false }

func (m *memory) get(_ context.Context, shelf Name, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shelves == nil {
		return nil, false, ErrClosed
	}
	k, ok := m.shelves[shelf][key]
	if !ok || k.gone(m.now()) {
		return nil, false, nil
	}
	return bytes.Clone(k.value), true, nil
}

func (m *memory) put(_ context.Context, shelf Name, key string, value []byte, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shelves == nil {
		return ErrClosed
	}
	m.purge()
	if m.shelves[shelf] == nil {
		m.shelves[shelf] = map[string]kept{}
	}
	m.shelves[shelf][key] = kept{bytes.Clone(value), expires}
	return nil
}

func (m *memory) delete(_ context.Context, shelf Name, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shelves == nil {
		return ErrClosed
	}
	delete(m.shelves[shelf], key)
	return nil
}

func (m *memory) all(_ context.Context, shelf Name) ([]entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shelves == nil {
		return nil, ErrClosed
	}
	now := m.now()
	var out []entry
	for _, key := range slices.Sorted(maps.Keys(m.shelves[shelf])) {
		if k := m.shelves[shelf][key]; !k.gone(now) {
			out = append(out, entry{key, bytes.Clone(k.value)})
		}
	}
	return out, nil
}

// purge drops what has expired, at most hourly. Without it a process that runs for months keeps
// every action it ever took.
func (m *memory) purge() {
	now := m.now()
	if !purgeDue(m.purged, now) {
		return
	}
	m.purged = now
	for _, shelf := range m.shelves {
		maps.DeleteFunc(shelf, func(_ string, k kept) bool { return k.gone(now) })
	}
}

// purgeDue also holds when the clock went back, else the next purge could be years away.
func purgeDue(last, now time.Time) bool {
	age := now.Sub(last)
	return age < 0 || age >= time.Hour
}

func (m *memory) take(_ context.Context, name, owner string, lasts time.Duration) (bool, error) {
	return m.leases.take(name, owner, m.now(), lasts), nil
}

func (m *memory) extend(_ context.Context, name, owner string, lasts time.Duration) (bool, error) {
	return m.leases.extend(name, owner, m.now(), lasts), nil
}

func (m *memory) drop(_ context.Context, name, owner string) error {
	m.leases.drop(name, owner)
	return nil
}

func (m *memory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shelves = nil
	return nil
}
