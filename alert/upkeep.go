package alert

import (
	"context"
	"time"
)

// upkeepInterval is how often changes that no delivery has saved reach the Store.
const upkeepInterval = time.Second

// upkeep does what no event brings about: it saves, looks whether silences began or ended, ends what a restart left without a judge, and
// forgets what failed for good.
func (d *Dispatcher) upkeep(ctx context.Context) {
	ticker := time.NewTicker(upkeepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			d.disown(now)
			d.calm(now)
			d.resilence(now)
			d.remind(now)
			d.forget(now)
			d.expire(now)
			d.saveAll(ctx)
			d.report(now)
		}
	}
}

func (d *Dispatcher) disown(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.confirm.IsZero() || now.Before(d.confirm) {
		return
	}
	d.confirm = time.Time{}
	for _, inc := range d.incidents {
		if len(inc.inherited) == 0 {
			continue
		}
		inc.disown(now)
		inc.note("Not seen again within "+span(d.opt.ConfirmTimeout)+" of a restart: taken as over.", now)
		d.changed(inc, now)
	}
}

func (d *Dispatcher) forget(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, inc := range d.incidents {
		if !inc.forget.IsZero() && now.After(inc.forget) {
			d.shelve(inc)
		}
	}
}

// resilence looks at all incidents again: silences begin and end without an alert.
func (d *Dispatcher) resilence(now time.Time) {
	if d.opt.Silenced == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, topics := range d.live {
		for _, inc := range topics {
			if d.hush(inc) {
				d.changed(inc, now)
			}
		}
	}
}
