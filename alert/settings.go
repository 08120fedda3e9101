package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Settings are what the owner chooses about incidents. A zero value is the default.
type Settings struct {
	// GroupBy names what alerts must have in common to be one incident: of app, cause, rule and key.
	// app always counts: order is kept per app, and people mend one app at a time; app and cause.
	GroupBy []string `yaml:"group_by,omitempty"`
	// GroupWait is how long after an incident's first message its alerts are gathered before they are
	// told in one update. The first message never waits, nor does what is worse than it; 5s.
	GroupWait time.Duration `yaml:"group_wait,omitempty"`
	// UpdateInterval is the least time between two updates of a message while the incident lives; 5s.
	UpdateInterval time.Duration `yaml:"update_interval,omitempty"`
	// RepeatInterval is how long after the last thing that people were told they are reminded of an
	// incident that lives and that nobody has acknowledged; never.
	RepeatInterval time.Duration `yaml:"repeat_interval,omitempty"`
	// FlapWindow is how soon after its end an incident that comes back is still the same one; one that
	// came back twice is over only after so long without an alert; 10m.
	FlapWindow time.Duration `yaml:"flap_window,omitempty"`
}

// groupKeys are what GroupBy can name.
var groupKeys = []string{"app", "cause", "rule", "key"}

// Check reports what is wrong with the Settings: the key, the problem, what would be right.
func (s Settings) Check(report func(field, problem, fix string)) {
	for i, key := range s.GroupBy {
		if !slices.Contains(groupKeys, key) {
			report(fmt.Sprintf("group_by[%d]", i), fmt.Sprintf("unknown key %q", key), "use "+strings.Join(groupKeys, ", "))
		}
	}
	if len(s.GroupBy) > 0 && !slices.Contains(s.GroupBy, "app") {
		report("group_by", "app is missing", "add it: one incident is about one app")
	}
	for _, d := range []struct {
		field string
		value time.Duration
		min   time.Duration
	}{
		// Slack's chat.update allows 50 a minute over all incidents.
		{"update_interval", s.UpdateInterval, time.Second},
		{"group_wait", s.GroupWait, time.Second},
		{"repeat_interval", s.RepeatInterval, time.Minute},
		{"flap_window", s.FlapWindow, time.Second},
	} {
		if d.value != 0 && d.value < d.min {
			report(d.field, d.value.String()+" is too short", "use "+d.min.String()+" or more, or leave it out")
		}
	}
}

// WithDefaults fills in what is zero.
func (s Settings) WithDefaults() Settings {
	if len(s.GroupBy) == 0 {
		s.GroupBy = []string{"app", "cause"}
	}
	for _, d := range []struct {
		value *time.Duration
		def   time.Duration
	}{{&s.GroupWait, 5 * time.Second}, {&s.UpdateInterval, 5 * time.Second}, {&s.FlapWindow, 10 * time.Minute}} {
		if *d.value <= 0 {
			*d.value = d.def
		}
	}
	return s
}

// Faster is s with its defaults and every duration divided, for a world that runs so many times faster.
func (s Settings) Faster(times int) Settings {
	s = s.WithDefaults()
	for _, d := range []*time.Duration{&s.GroupWait, &s.UpdateInterval, &s.RepeatInterval, &s.FlapWindow} {
		*d /= time.Duration(max(1, times))
	}
	return s
}

// topic is what an alert's incident is found by. What isn't a group key is empty.
func (s Settings) topic(a Alert) topic {
	t := topic{app: a.App}
	for _, key := range s.GroupBy {
		switch key {
		case "cause":
			t.cause = a.Cause
		case "rule":
			t.rule = a.Rule
		case "key":
			t.key = a.Key
		}
	}
	return t
}

// topic is what makes alerts one incident.
type topic struct{ app, cause, rule, key string }

// String is the beginning of an incident's ID.
func (t topic) String() string {
	s := t.app
	for _, part := range []string{t.cause, t.rule, t.key} {
		if part != "" {
			s += "/" + part
		}
	}
	return s
}
