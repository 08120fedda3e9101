package alert

import (
	"errors"
	"time"
)

// ErrOver is the error for an incident that is over, or was never there.
var ErrOver = errors.New("the incident is over")

// Acknowledge records that somebody has taken the incident of that ID on, and shows it at once. The
// first one counts: it returns who that is. The error is ErrOver.
func (d *Dispatcher) Acknowledge(id, by string) (Acknowledgement, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	inc, err := d.firing(id)
	if err != nil {
		return Acknowledgement{}, err
	}
	if inc.acked == (Acknowledgement{}) {
		inc.acked = Acknowledgement{By: by, At: time.Now()}
		d.show(inc)
	}
	return inc.acked, nil
}

// Refresh shows the incident of that ID anew, at once, also if nothing about it changed. The error is
// ErrOver.
func (d *Dispatcher) Refresh(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	inc, err := d.firing(id)
	if err == nil {
		d.show(inc)
	}
	return err
}

// Incident returns the firing incident of that ID. The error is ErrOver.
func (d *Dispatcher) Incident(id string) (Incident, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	inc, err := d.firing(id)
	if err != nil {
		return Incident{}, err
	}
	return inc.snapshot(), nil
}

// firing needs d.mu.
func (d *Dispatcher) firing(id string) (*incident, error) {
	inc := d.incidents[id]
	if inc == nil || inc.state() != Firing {
		return nil, ErrOver
	}
	return inc, nil
}

// show tells of a change that a person made without the usual pause between updates: they are
// looking. It needs d.mu.
func (d *Dispatcher) show(inc *incident) {
	d.changed(inc, time.Now())
	inc.hurry = inc.rev
	for _, del := range inc.deliveries {
		del.dst.nudge()
	}
}
