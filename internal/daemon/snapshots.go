package daemon

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"drain/internal/ledger"
)

// restoreMost bounds how long a slow ledger keeps the first POST waiting.
const restoreMost = 300 * time.Millisecond

// restore takes up the rules' state that the last process left. What can't be read is told and left
// behind: alerts that fired then are confirmed by new evidence, or declared over in time.
func (d *Daemon) restore() {
	ctx, cancel := context.WithTimeout(context.Background(), restoreMost)
	defer cancel()
	shelf := d.ledger.Shelf(ledger.Snapshots)
	err := shelf.Each(ctx, func(name string, snapshot []byte) error {
		one := d.apps.get(name)
		if one == nil {
			return nil
		}
		one.mu.Lock()
		defer one.mu.Unlock()
		events, err := one.engine.Restore(one.events[:0], snapshot, d.now())
		if err != nil {
			d.metrics.ledger.Inc()
			d.log.Warn().Err(err).Msg("the rules of this app start afresh")
			one.engine = d.newEngine(one)
			return nil
		}
		// What ended while nobody looked ends first; those who tell and act have to hear again of the rest.
		events = one.engine.Tick(events, d.now())
		one.events = one.engine.Firing(events)
		d.handOn(one)
		return nil
	})
	if err != nil {
		d.metrics.ledger.Inc()
		d.log.Warn().Err(err).Msg("the rules' state could not be read; they start afresh")
	}
	d.recall(ctx)
}

// recall takes up what the last process learnt of the connections per dyno. What can't be read is learnt
// anew.
func (d *Daemon) recall(ctx context.Context) {
	err := d.ledger.Shelf(ledger.Budgets).Each(ctx, func(name string, learnt []byte) error {
		one := d.apps.get(name)
		if one == nil {
			return nil
		}
		one.mu.Lock()
		defer one.mu.Unlock()
		if err := one.budget.Recall(learnt); err != nil {
			d.metrics.ledger.Inc()
			d.log.Warn().Err(err).Str("app", name).Msg("what the dynos take is learnt afresh")
		}
		return nil
	})
	if err != nil {
		d.metrics.ledger.Inc()
		d.log.Warn().Err(err).Msg("what was learnt of the dynos' connections could not be read")
	}
}

// dirty are the apps whose rules' state, or what was learnt of them, is not in the ledger as it is.
type dirty struct {
	mu   sync.Mutex
	apps map[*app]bool
	wake chan struct{} // cap 1; a token means that there are some
}

func (d *dirty) add(one *app) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.apps[one] = true
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *dirty) take() map[*app]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := d.apps
	d.apps = make(map[*app]bool)
	return taken
}

// snapshotAfter is how long after an Event its app is saved, so that a burst of them is one write.
const snapshotAfter = time.Second

// keepSnapshots saves the apps whose rules fired or resolved, soon after, so that a process that is
// killed leaves no older state than that. It returns when ctx ends.
func (d *Daemon) keepSnapshots(ctx context.Context) {
	for {
		select {
		case <-d.dirty.wake:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(snapshotAfter):
		case <-ctx.Done():
			return // save does it
		}
		for _, err := range d.saveApps(ctx, slices.Collect(maps.Keys(d.dirty.take()))) {
			if ctx.Err() == nil {
				d.metrics.ledger.Inc()
				d.log.Debug().Err(err).Msg("the rules' state was not saved")
			}
		}
	}
}

// save leaves the rules' state for the next process.
func (d *Daemon) save(ctx context.Context) error {
	var all []*app
	d.apps.each(func(one *app) { all = append(all, one) })
	return errors.Join(d.saveApps(ctx, all)...)
}

// savedAtOnce is how many apps are saved side by side. A ledger in a file writes what waits together in
// one go; one after the other, a thousand apps would take longer than a stop has.
const savedAtOnce = 64

// saveApps saves the apps and returns what went wrong.
func (d *Daemon) saveApps(ctx context.Context, apps []*app) []error {
	var mu sync.Mutex
	var errs []error
	var group errgroup.Group
	group.SetLimit(savedAtOnce)
	for _, one := range apps {
		group.Go(func() error {
			if err := d.saveApp(ctx, one); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
			return nil
		})
	}
	_ = group.Wait() // none returns an error
	return errs
}

func (d *Daemon) saveApp(ctx context.Context, one *app) error {
	one.mu.Lock()
	snapshot, err := one.engine.Snapshot()
	var learnt []byte
	if one.budget.Unsaved() && err == nil {
		learnt, err = one.budget.Learnt()
	}
	one.mu.Unlock()
	if err != nil {
		return err
	}
	if learnt != nil {
		err = d.ledger.Shelf(ledger.Budgets).Put(ctx, one.name, learnt)
	}
	return errors.Join(err, d.ledger.Shelf(ledger.Snapshots).Put(ctx, one.name, snapshot))
}
