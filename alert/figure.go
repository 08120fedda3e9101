package alert

import "time"

// peak keeps the worst figure of an alert over its states.
func peak(old *Alert, a *Alert) {
	if old != nil && (old.PeakFigure != "" || old.Peak != 0) && (a.State == Resolved || !worse(a.Value, old.Peak, *a)) {
		a.Peak, a.PeakFigure = old.Peak, old.PeakFigure
		return
	}
	a.Peak, a.PeakFigure = a.Value, a.Figure
}

// worse says which of two values is further beyond the bound. An alert fires at its bound or beyond,
// so the side it fired on tells the bad direction.
func worse(v, than float64, fired Alert) bool {
	if fired.Value < fired.Bound {
		return v < than
	}
	return v > than
}

// Measure tells how a firing alert's figure stands now: value in the unit of Alert.Value, and figure
// in words. It moves the alert's Peak, never its state. Without such an alert it does nothing.
func (d *Dispatcher) Measure(app, rule, key string, value float64, figure string) {
	redactor := d.redactor.Load()
	key, figure = redactor.Redact(key), redactor.Redact(figure)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, inc := range d.live[app] {
		a := inc.members[member{rule, key}]
		if a == nil || a.State != Firing || a.Figure == figure {
			continue
		}
		a.Figure = figure
		if worse(value, a.Peak, *a) {
			a.Peak, a.PeakFigure = value, figure
		}
		d.edited(inc)
		// Else a sample a minute from each of many apps would take every request there is.
		if now := time.Now(); now.Sub(inc.measured) >= d.opt.FigureInterval {
			inc.measured = now
			d.changed(inc, now)
		}
	}
}
