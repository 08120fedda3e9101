package scale

import "time"

// Timing holds the durations that no Policy sets.
type Timing struct {
	Grace   time.Duration // nothing acts this long after start, while figures and lines are still coming in
	Fresh   time.Duration // a figure older than this, by its own time, is no evidence; they come about once a minute
	Foreign time.Duration // hold after a person or another scaler changed the formation
	Release time.Duration // hold after a release or deploy was heard of, while old dynos and new ones overlap
	Echo    time.Duration // a "Scaled to" line this near to an action of ours, with its type and quantity, is its echo
	Void    time.Duration // an action that waits for a person is judged anew after it
	Hour    time.Duration // what per_hour counts over
	Upgrade time.Duration // an upgrade that says nothing for so long is given up; it can take an hour
	Retry   time.Duration // between two looks at what holds an action back
	Call    time.Duration // longest time an action's calls may take together; not part of the rhythm
}

// DefaultTiming returns the durations for real apps.
func DefaultTiming() Timing {
	return Timing{
		Grace:   5 * time.Minute,
		Fresh:   3 * time.Minute,
		Foreign: 10 * time.Minute,
		Release: 3 * time.Minute,
		Echo:    2 * time.Minute,
		Void:    15 * time.Minute,
		Hour:    time.Hour,
		Upgrade: 2 * time.Hour,
		Retry:   30 * time.Second,
		Call:    12 * time.Second,
	}
}

// Faster returns t for a platform whose rhythms run n times as fast, such as a simulated one. Call
// stays, since the network doesn't get faster.
func (t Timing) Faster(n int) Timing {
	for _, d := range []*time.Duration{&t.Grace, &t.Fresh, &t.Foreign, &t.Release, &t.Echo, &t.Void, &t.Hour, &t.Upgrade, &t.Retry} {
		*d /= time.Duration(n)
	}
	return t
}
