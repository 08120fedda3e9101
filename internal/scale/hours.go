package scale

import (
	"fmt"
	"strings"
	"time"
)

// Hours are the hours of each day in which a policy acts, as in "08:00-20:00 Europe/Oslo". Without a zone
// they are UTC. The end isn't among them; one that is before the begin is on the next day. The zero
// value is always.
type Hours string

// UnmarshalText takes what Hours describes.
func (h *Hours) UnmarshalText(text []byte) error {
	if _, _, _, err := Hours(text).parse(); err != nil {
		return err
	}
	*h = Hours(text)
	return nil
}

// parse returns the minutes of the day.
func (h Hours) parse() (from, to int, zone *time.Location, err error) {
	wrong := func() (int, int, *time.Location, error) {
		return 0, 0, nil, fmt.Errorf("%q are no hours; write e.g. 08:00-20:00, or 08:00-20:00 Europe/Oslo", string(h))
	}
	span, name, zoned := strings.Cut(string(h), " ")
	if zone = time.UTC; zoned {
		if zone, err = time.LoadLocation(name); err != nil || name == "" || name == "Local" {
			return wrong()
		}
	}
	begin, end, _ := strings.Cut(span, "-")
	b, err := time.Parse("15:04", begin)
	if err != nil {
		return wrong()
	}
	e, err := time.Parse("15:04", end)
	if err != nil || e.Equal(b) {
		return wrong()
	}
	return b.Hour()*60 + b.Minute(), e.Hour()*60 + e.Minute(), zone, nil
}

// next is the first time from now on that is among them: now itself if it is.
func (h Hours) next(now time.Time) time.Time {
	if h == "" {
		return now
	}
	from, to, zone, err := h.parse()
	if err != nil { // it was checked when it was read
		return now
	}
	local := now.In(zone)
	at := local.Hour()*60 + local.Minute()
	within := from <= at && at < to
	if to < from {
		within = at >= from || at < to
	}
	if within {
		return now
	}
	begin := time.Date(local.Year(), local.Month(), local.Day(), from/60, from%60, 0, 0, zone)
	if begin.Before(now) {
		begin = time.Date(local.Year(), local.Month(), local.Day()+1, from/60, from%60, 0, 0, zone)
	}
	return begin
}

// offHours holds outside the policy's hours.
func offHours(p *Policy, s *Situation) held {
	next := p.Hours.next(s.Now)
	if next.Equal(s.Now) {
		return held{}
	}
	return held{why: GuardHours, text: "it acts " + string(p.Hours) + " only", until: next}
}
