package daemon

// countDropped counts what an app's Engine had no room for since it was last asked. Mostly that is
// nothing. The caller holds the app's lock.
func (d *Daemon) countDropped(one *app) {
	all, _ := one.engine.Dropped()
	if all == one.dropped {
		return
	}
	one.dropped = all
	for rule := range d.rules.Load().byName {
		now := one.engine.DroppedBy(rule)
		if now == one.droppedBy[rule] {
			continue
		}
		if one.droppedBy == nil {
			one.droppedBy = make(map[string]uint64)
		}
		d.metrics.keysDropped.WithLabelValues(rule).Add(float64(now - one.droppedBy[rule]))
		one.droppedBy[rule] = now
	}
}
