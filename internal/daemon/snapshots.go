package daemon

import (
	"context"
	"errors"
	"time"

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
		events, err := one.engine.Restore(one.events[:0], snapshot)
		if err != nil {
			d.metrics.ledger.Inc()
			d.log.Warn().Err(err).Msg("the rules of this app start afresh")
			one.engine = d.newApp(name).engine
			return nil
		}
		// Those who tell and act have to hear again of what still fires.
		one.events = one.engine.Firing(events)
		d.handOn(one)
		return nil
	})
	if err != nil {
		d.metrics.ledger.Inc()
		d.log.Warn().Err(err).Msg("the rules' state could not be read; they start afresh")
	}
}

// save leaves the rules' state for the next process.
func (d *Daemon) save(ctx context.Context) error {
	shelf := d.ledger.Shelf(ledger.Snapshots)
	var errs []error
	d.apps.each(func(one *app) {
		one.mu.Lock()
		snapshot, err := one.engine.Snapshot()
		one.mu.Unlock()
		if err == nil {
			err = shelf.Put(ctx, one.name, snapshot)
		}
		if err != nil {
			errs = append(errs, err)
		}
	})
	return errors.Join(errs...)
}
