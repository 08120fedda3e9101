package alert

import "time"

// remind tells of what still fires and was not spoken of for RepeatInterval. Who has acknowledged an
// incident knows of it; what is new or worse in it is told all the same.
func (d *Dispatcher) remind(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	every := d.opt.Settings.RepeatInterval
	if every <= 0 {
		return
	}
	for _, inc := range d.incidents {
		if inc.state() == Resolved || inc.silenced != "" || inc.acked != (Acknowledgement{}) || now.Sub(inc.heard) < every {
			continue
		}
		inc.happened(Change{
			At: now, Loud: true,
			Text: "Still there after " + span(now.Sub(inc.began).Round(time.Minute)) + ".",
		})
		inc.heard = now
		d.changed(inc, now)
	}
}
