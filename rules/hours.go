package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are the hours of the week in which a rule is told, by the clock of a named zone.
type Hours struct {
	Days []string `yaml:"days"` // mon … sun, or spans such as mon-fri; default: every day
	From string   `yaml:"from"` // 08:00; default 00:00
	To   string   `yaml:"to"`   // 18:30; default 24:00; not after From: on the next day
	Zone string   `yaml:"zone"` // e.g. Europe/Berlin; default UTC
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// schedule is Hours made ready.
type schedule struct {
	on       [7]bool // by the day on which the hours begin
	from, to int     // minutes of the day; to may lie in the next
	zone     *time.Location
}

func (h *Hours) check(report Report) {
	h.compile(func(field, wrong, right string) { report("active."+field, wrong, right) })
}

// compile reports every mistake.
func (h *Hours) compile(report Report) *schedule {
	s := &schedule{zone: time.UTC, to: 24 * 60}
	for i, span := range h.Days {
		if !s.days(strings.ToLower(span)) {
			report(fmt.Sprintf("days[%d]", i), fmt.Sprintf("%q is no day", span), "use mon, tue, wed, thu, fri, sat, sun, or a span such as mon-fri")
		}
	}
	if len(h.Days) == 0 {
		s.days("sun-sat")
	}
	for _, f := range []struct {
		name, text string
		to         *int
	}{{"from", h.From, &s.from}, {"to", h.To, &s.to}} {
		if f.text == "" {
			continue
		}
		minutes, ok := minutesOf(f.text)
		if !ok {
			report(f.name, fmt.Sprintf("%q is no time of day", f.text), "write hours and minutes, 00:00 to 24:00")
		}
		*f.to = minutes
	}
	if s.to <= s.from {
		s.to += 24 * 60
	}
	if zone, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "Local" {
		report("zone", fmt.Sprintf("%q is no time zone", h.Zone), "use a name such as Europe/Berlin, or leave it out for UTC")
	} else {
		s.zone = zone
	}
	return s
}

// days turns on a day or a span of days.
func (s *schedule) days(span string) bool {
	first, last, isSpan := strings.Cut(span, "-")
	if !isSpan {
		last = first
	}
	i, j := slices.Index(weekdays, first), slices.Index(weekdays, last)
	if i < 0 || j < 0 {
		return false
	}
	for s.on[i] = true; i != j; s.on[i] = true {
		i = (i + 1) % 7
	}
	return true
}

// minutesOf reads 08:30.
func minutesOf(text string) (minutes int, ok bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", text)
	return 60*t.Hour() + t.Minute(), err == nil && len(text) == len("15:04")
}

// begins returns when the hours begin next after now, zero if they are now. A time that a change of
// clocks leaves out is an hour later.
func (s *schedule) begins(now time.Time) time.Time {
	year, month, day := now.In(s.zone).Date()
	for d := -1; d <= 8; d++ { // yesterday's may reach into today
		from := time.Date(year, month, day+d, 0, s.from, 0, 0, s.zone)
		to := time.Date(year, month, day+d, 0, s.to, 0, 0, s.zone)
		switch on := s.on[time.Date(year, month, day+d, 12, 0, 0, 0, time.UTC).Weekday()]; {
		case !on || !now.Before(to):
		case now.Before(from):
			return from.UTC()
		default:
			return time.Time{}
		}
	}
	return time.Time{} // Check lets no week be without
}
