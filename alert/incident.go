package alert

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// member is what tells the alerts of one topic apart.
type member struct{ rule, key string }

// incident is the Dispatcher's own record of one. Dispatcher.mu guards it, but for saving.
type incident struct {
	id         string
	topic      topic
	began      time.Time
	ended      time.Time // zero while it fires
	severity   string
	members    map[member]*Alert
	firing     int             // of the members
	inherited  map[member]bool // firing when loaded, not heard of since
	actions    []string
	asks       []Ask // not kept in the Store: who asks does so again
	acked      Acknowledgement
	silenced   string    // why; empty: it isn't
	drawable   bool      // an alert has a Plot
	changes    []Change  // the newest
	serial     uint64    // N of the newest
	heard      time.Time // At of the newest
	flaps      int       // how often it came back
	quiet      time.Time // nothing fires since, but it flaps, so it isn't over yet; zero: something does
	measured   time.Time // when it was last told for a figure
	routes     []route   // those there were when it began
	deliveries []*delivery

	rev       uint64    // grows with each change that people should see
	hushed    uint64    // the revision that says it is silenced
	hurry     uint64    // the revision that a person made and waits to see
	edits     uint64    // grows with each change that the Store should hold
	forgotten bool      // the Store should hold nothing
	forget    time.Time // when to give up what failed for good; zero: not yet

	saving sync.Mutex // held over one call of the Store, so that an older state can't overwrite a newer
}

func newIncident(id string, t topic) *incident {
	return &incident{id: id, topic: t, members: map[member]*Alert{}, inherited: map[member]bool{}}
}

func (i *incident) state() State {
	if i.ended.IsZero() {
		return Firing
	}
	return Resolved
}

func (i *incident) concerns(rule string) bool {
	for m := range i.members {
		if m.rule == rule {
			return true
		}
	}
	return false
}

func (i *incident) causedBy(cause string) bool {
	for _, a := range i.members {
		if a.Cause == cause {
			return true
		}
	}
	return false
}

// apply takes a's state over and says whether that changed what people should see.
func (i *incident) apply(a Alert) bool {
	m := member{a.Rule, a.Key}
	old := i.members[m]
	a.Evidence = i.quote(m, a.Evidence)
	switch {
	case old == nil && a.State != Firing:
		return false // never told of, so there is nothing to take back
	case old == nil:
	case stale(a, old.Seq, old.At):
		return false
	default:
		a = merge(*old, a)
	}
	delete(i.inherited, m)
	if old != nil && same(*old, a) {
		old.Seq, old.At = a.Seq, a.At
		return false
	}
	peak(old, &a)
	i.tell(old, a)
	i.put(m, &a)
	if rank(a.Severity) < rank(i.severity) || i.severity == "" {
		i.severity = a.Severity
	}
	if i.began.IsZero() || a.Since.Before(i.began) {
		i.began = a.Since
	}
	i.settle(a.At)
	return true
}

// put sets one member.
func (i *incident) put(m member, a *Alert) {
	if old := i.members[m]; old != nil && old.State == Firing {
		i.firing--
	}
	if a.State == Firing {
		i.firing++
	}
	i.members[m] = a
	i.drawable = i.drawable || a.Plot != ""
}

// settle ends the incident if nothing fires any more, unless it flaps, and bounds what it remembers
// if it goes on: one-off dynos have ever new keys.
func (i *incident) settle(at time.Time) {
	switch {
	case i.firing == 0 && i.flapping():
		i.quiet = at
		return
	case i.firing == 0:
		i.ended = at
		return
	}
	if len(i.members)-i.firing <= maxResolved {
		return
	}
	var oldest member
	for m, a := range i.members {
		if a.State == Resolved && (oldest == member{} || a.At.Before(i.members[oldest].At)) {
			oldest = m
		}
	}
	delete(i.members, oldest)
}

// stale says that a was made before what is known. A later time with a lower number is a judge who
// began to count anew, not an older alert.
func stale(a Alert, seq uint64, at time.Time) bool {
	return a.Seq != 0 && a.Seq <= seq && !a.At.After(at)
}

// merge fills what the newer state of an alert leaves out.
func merge(old, a Alert) Alert {
	if old.State == Firing && old.Since.Before(a.Since) {
		a.Since = old.Since
	}
	if a.State == Resolved {
		a.Since = old.Since
		a.Summary, a.Figure = cmp.Or(a.Summary, old.Summary), cmp.Or(a.Figure, old.Figure)
		a.Severity = cmp.Or(a.Severity, old.Severity)
		if len(a.Details) == 0 {
			a.Details = old.Details
		}
		if len(a.Next) == 0 {
			a.Next = old.Next
		}
	}
	if len(a.Evidence) == 0 {
		a.Evidence, a.Requests = old.Evidence, old.Requests
	}
	if len(a.Labels) == 0 {
		a.Labels = old.Labels
	}
	return a
}

// same says that nobody would see a difference.
func same(a, b Alert) bool {
	return a.State == b.State && a.Severity == b.Severity && a.Summary == b.Summary && a.Value == b.Value &&
		a.Figure == b.Figure && a.Since.Equal(b.Since) && slices.Equal(a.Evidence, b.Evidence) &&
		slices.Equal(a.Details, b.Details) && slices.Equal(a.Next, b.Next)
}

// disown resolves what was firing when loaded and has not been heard of since.
func (i *incident) disown(now time.Time) {
	for m := range i.inherited {
		a := *i.members[m]
		a.State, a.At = Resolved, now
		i.tell(i.members[m], a)
		i.put(m, &a)
	}
	clear(i.inherited)
	i.settle(now)
}

// snapshot is the incident as a Notifier gets it.
func (i *incident) snapshot() Incident {
	return Incident{
		ID: i.id, App: i.topic.app, Cause: i.topic.cause,
		State: i.state(), Severity: i.severity, Began: i.began, Ended: i.ended, Flaps: i.flaps, Quiet: i.quiet,
		Alerts: i.sorted(), Actions: slices.Clone(i.actions), Asks: slices.Clone(i.asks), Changes: slices.Clone(i.changes), Acknowledged: i.acked, Silenced: i.silenced,
	}
}

func (i *incident) sorted() []Alert {
	alerts := make([]Alert, 0, len(i.members))
	for a := range maps.Values(i.members) {
		alerts = append(alerts, *a)
	}
	slices.SortFunc(alerts, func(a, b Alert) int {
		if a.State != b.State {
			if a.State == Firing {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), a.Since.Compare(b.Since),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Key, b.Key))
	})
	return alerts
}

// rank orders severities, worst first.
func rank(severity string) int {
	switch severity {
	case Critical:
		return 0
	case Warning:
		return 1
	case Info:
		return 2
	default:
		return 3
	}
}
