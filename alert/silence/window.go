package silence

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Window mutes alerts at times that come back every week, as its owner configures it.
type Window struct {
	Name  string   `yaml:"name"`
	Match Matchers `yaml:"match"`
	Days  []string `yaml:"days"`  // mon to sun; empty: every day
	Hours string   `yaml:"hours"` // e.g. 22:00-06:00; what goes over midnight belongs to the day it begins; empty: all day
	Zone  string   `yaml:"zone"`  // e.g. Europe/Berlin; empty: UTC
}

const dayNames = "sun mon tue wed thu fri sat"

// Check reports what is wrong with the Window: the key below it, the problem, what would be right. own is
// as in Matchers.Check.
func (w Window) Check(own []string, report func(field, wrong, right string)) {
	if w.Name == "" {
		report("name", "is missing", "give it a name; it is shown where something is muted")
	}
	w.Match.Check(own, func(name, wrong, right string) {
		if name != "" {
			name = "." + name
		}
		report("match"+name, wrong, right)
	})
	if len(w.Days) == 0 && w.Hours == "" {
		report("", "has neither days nor hours, so it would mute for ever", "give days: [sat, sun] or hours: 22:00-06:00")
	}
	for i, day := range w.Days {
		if weekday(day) < 0 {
			report(fmt.Sprintf("days[%d]", i), fmt.Sprintf("%q is no day", day), "use mon, tue, wed, thu, fri, sat or sun")
		}
	}
	if _, _, err := hours(w.Hours); err != nil {
		report("hours", err.Error(), "write from-to, e.g. 22:00-06:00, or leave it out for the whole day")
	}
	if _, err := time.LoadLocation(w.Zone); err != nil || w.Zone == "Local" {
		report("zone", fmt.Sprintf("%q is no time zone", w.Zone), "use a name of the IANA database, e.g. Europe/Berlin")
	}
}

// schedule is a Window made ready.
type schedule struct {
	name     string
	match    Matchers
	days     [7]bool // by time.Weekday
	from, to int     // minutes of the day; equal: all of it
	zone     *time.Location
}

// ready returns nil for a Window that Check finds wrong: it mutes nothing.
func (w Window) ready(own []string) *schedule {
	wrong := false
	w.Check(own, func(_, _, _ string) { wrong = true })
	if wrong {
		return nil
	}
	s := &schedule{name: w.Name, match: w.Match}
	for _, day := range w.Days {
		s.days[weekday(day)] = true
	}
	if len(w.Days) == 0 {
		s.days = [7]bool{true, true, true, true, true, true, true}
	}
	s.from, s.to, _ = hours(w.Hours)      // Check has seen it
	s.zone, _ = time.LoadLocation(w.Zone) // and this
	return s
}

// open says whether t is within the window, by the clock on its zone's wall.
func (s *schedule) open(t time.Time) bool {
	t = t.In(s.zone)
	today, minute := t.Weekday(), t.Hour()*60+t.Minute()
	switch {
	case s.from == s.to:
		return s.days[today]
	case s.from < s.to:
		return s.days[today] && s.from <= minute && minute < s.to
	default: // over midnight
		return s.days[today] && minute >= s.from || s.days[(today+6)%7] && minute < s.to
	}
}

func weekday(name string) int { return slices.Index(strings.Fields(dayNames), name) }

// hours reads from-to as minutes of the day. Without any, both are 0.
func hours(text string) (from, to int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	a, b, found := strings.Cut(text, "-")
	from, to = clock(a), clock(b)
	switch {
	case !found || from < 0 || to < 0 || from == 24*60:
		return 0, 0, fmt.Errorf("%q are no hours", text)
	case from == to:
		return 0, 0, errors.New("ends when it begins")
	}
	return from, to, nil
}

// clock reads hh:mm, up to 24:00, as minutes; -1 if it isn't that.
func clock(text string) int {
	h, m, found := strings.Cut(text, ":")
	hour, errH := strconv.ParseUint(h, 10, 8)
	minute, errM := strconv.ParseUint(m, 10, 8)
	if !found || errH != nil || errM != nil || len(m) != 2 || minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return -1
	}
	return int(hour*60 + minute)
}
