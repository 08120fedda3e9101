package logmetrics

import (
	"sync"
	"sync/atomic"
	"time"

	"drain/parser"
)

// Options bound what Metrics keeps. A zero field means its default.
type Options struct {
	MaxSeries int           // series about all apps together; default 100,000
	MaxApps   int           // default 10,000
	AppIdle   time.Duration // an app this long without a line is dropped; default 24 h

	// Now tells at a scrape what has expired; default time.Now. It must agree with the times that
	// batches begin at.
	Now func() time.Time
}

// Metrics is a prometheus.Collector of what the lines say. It is safe for concurrent use.
type Metrics struct {
	o        Options
	scale    *scale
	hash     *nameHash
	limit    limit
	families *families
	batches  sync.Pool // of *Batch

	lines  [parser.KindCount]atomic.Uint64
	faults [parser.FaultCount]atomic.Uint64

	mu       sync.RWMutex
	apps     map[string]*app // guarded by mu; by label
	nextDrop int64           // guarded by mu; Unix nanoseconds
}

// New returns Metrics without any app.
func New(o Options) *Metrics {
	if o.MaxSeries == 0 {
		o.MaxSeries = 100_000
	}
	if o.MaxApps == 0 {
		o.MaxApps = 10_000
	}
	if o.AppIdle == 0 {
		o.AppIdle = 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Metrics{
		o:        o,
		scale:    newScale(),
		hash:     newNameHash(),
		limit:    limit{max: int64(o.MaxSeries)},
		families: newFamilies(),
		apps:     make(map[string]*app),
	}
	m.batches.New = func() any { return newBatch(m) }
	return m
}

// Batch returns an empty batch for the calling goroutine.
func (m *Metrics) Batch() *Batch { return m.batches.Get().(*Batch) }

// count adds what a batch says of all apps together. It returns how many lines that were.
func (m *Metrics) count(b *Batch) (lines int) {
	for kind, n := range b.kinds {
		if n > 0 {
			m.lines[kind].Add(uint64(n))
			lines += int(n)
		}
	}
	if b.faulty {
		for fault, n := range b.faults {
			if n > 0 {
				m.faults[fault].Add(uint64(n))
			}
		}
	}
	if refused := b.codes.refused + b.addons.refused; refused > 0 {
		m.limit.refused.Add(int64(refused))
	}
	return lines
}

// app finds or makes an app; nil where there is no room for another.
func (m *Metrics) app(name string, now int64) *app {
	m.mu.RLock()
	a := m.apps[name] // hits only where the name is its own label, as nearly all are
	m.mu.RUnlock()
	if a != nil {
		return a
	}

	label := clean(name, maxAppLabel)
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.apps[label]; a != nil {
		return a
	}
	if len(m.apps) >= m.o.MaxApps && now >= m.nextDrop {
		m.nextDrop = now + int64(sweepEvery) // looking at all apps for each made-up one would be dear
		m.dropIdle(now)
	}
	if len(m.apps) >= m.o.MaxApps {
		m.limit.refused.Add(int64(appSeries))
		return nil
	}
	a = newApp(label, now, &m.limit, m.hash, len(m.apps) < appsWithAllCodes)
	if a != nil {
		m.apps[label] = a
	}
	return a
}

// dropIdle drops the apps without a line for AppIdle. The caller holds mu.
func (m *Metrics) dropIdle(now int64) {
	for label, a := range m.apps {
		if a.dropIfIdle(now - int64(m.o.AppIdle)) {
			delete(m.apps, label)
		}
	}
}
