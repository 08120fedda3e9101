package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// snapshotVersion changes when an older Restore would misread the form.
const snapshotVersion = 2

// longAgo is when all that fires would have ended by now, whatever is heard. To let the time since then pass step
// by step would take as long as it is long ago.
const longAgo = 30 * 24 * time.Hour

// snapshot is an Engine's whole state. It holds no log text.
type snapshot struct {
	Version int          `json:"version"`
	App     string       `json:"app"`
	Now     time.Time    `json:"now"`
	Seq     uint64       `json:"seq"`
	States  []stateForm  `json:"states,omitempty"`
	Series  []seriesForm `json:"series,omitempty"`
	Judged  []uint64     `json:"judged,omitempty"` // oldest first
	Late    uint64       `json:"late,omitempty"`
	Dropped uint64       `json:"dropped,omitempty"`

	Past past              `json:"past,omitzero"`
	Over map[string]uint64 `json:"over,omitempty"`
}

type stateForm struct {
	Rule        string    `json:"rule"`
	Cause       string    `json:"cause"`
	Fingerprint uint64    `json:"fingerprint"`
	Labels      Labels    `json:"labels,omitzero"`
	Source      string    `json:"source,omitempty"`
	Phase       phase     `json:"phase,omitempty"`
	Since       time.Time `json:"since,omitzero"`
	Ceased      time.Time `json:"ceased,omitzero"`
	Told        string    `json:"told,omitempty"`
	More        string    `json:"more,omitempty"`
	Shown       bool      `json:"shown,omitempty"`
	Standing    standing  `json:"standing,omitempty"`
	Hits        []bucket  `json:"hits,omitempty"`
	Of          []bucket  `json:"of,omitempty"`
	Run         int       `json:"run,omitempty"`
	SampleAt    time.Time `json:"sample_at,omitzero"`
	StaleAt     time.Time `json:"stale_at,omitzero"`
	Value       float64   `json:"value,omitempty"`

	Sign json.RawMessage `json:"sign,omitempty"` // what the rule's condition keeps
}

type seriesForm struct {
	Metric   string        `json:"metric"`
	Labels   Labels        `json:"labels,omitzero"`
	Source   string        `json:"source,omitempty"`
	At       time.Time     `json:"at"`
	Value    float64       `json:"value"`
	Interval time.Duration `json:"interval,omitempty"`
}

// Snapshot returns the Engine's whole state in a versioned form, without any log text.
func (e *Engine) Snapshot() ([]byte, error) {
	out := snapshot{Version: snapshotVersion, App: e.app, Now: e.now, Seq: e.seq, Judged: e.judged.list(), Late: e.late, Dropped: e.dropped, Past: e.past, Over: e.over}
	for _, byKey := range e.states {
		for _, s := range ordered(byKey) {
			form := stateForm{
				Rule: s.rule.Name, Cause: s.rule.Cause, Fingerprint: s.rule.fingerprint, Labels: s.labels, Source: s.source,
				Phase: s.phase, Since: s.since, Ceased: s.ceased, Told: s.told, More: s.more, Shown: s.shown, Standing: s.standing,
				Hits: s.hits.buckets, Of: s.of.buckets,
				Run: s.run, SampleAt: s.sampleAt, StaleAt: s.staleAt, Value: s.value,
			}
			if s.sign != nil {
				b, err := json.Marshal(s.sign)
				if err != nil {
					return nil, fmt.Errorf("snapshot of %s: rule %s: %w", e.app, s.rule.Name, err)
				}
				form.Sign = b
			}
			out.States = append(out.States, form)
		}
	}
	for key, held := range e.series {
		out.Series = append(out.Series, seriesForm{key.metric, key.labels, held.source, held.at, held.value, held.interval})
	}
	slices.SortFunc(out.Series, func(a, b seriesForm) int {
		return strings.Compare(a.Metric+a.Labels.String(), b.Metric+b.Labels.String())
	})
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("snapshot of %s: %w", e.app, err)
	}
	return b, nil
}

// Restore puts a Snapshot into an Engine that has seen nothing. States of rules that are gone or
// changed, that there is no room for now, or of 30 days ago, are left out: firing ones among them come back as
// resolved Events, so that nobody waits for an end that never comes.
//
// A Snapshot from after now is refused: its time would make the Engine deaf until then.
func (e *Engine) Restore(dst []Event, b []byte, now time.Time) ([]Event, error) {
	var in snapshot
	if err := json.Unmarshal(b, &in); err != nil {
		return dst, fmt.Errorf("snapshot of %s: %w", e.app, err)
	}
	if in.Version < 1 || in.Version > snapshotVersion {
		return dst, fmt.Errorf("snapshot of %s: version %d, expected 1 to %d", e.app, in.Version, snapshotVersion)
	}
	if in.App != e.app {
		return dst, fmt.Errorf("snapshot of %s: it is of app %q", e.app, in.App)
	}
	if in.Now.After(now) {
		return dst, fmt.Errorf("snapshot of %s: it is from %v, after now", e.app, in.Now)
	}
	e.now, e.seq, e.late, e.dropped, e.past = in.Now, in.Seq, in.Late, in.Dropped, in.Past
	maps.Copy(e.over, in.Over)
	for _, id := range in.Judged {
		e.judged.add(id)
	}
	long := now.Sub(in.Now) > longAgo
	for _, f := range in.Series {
		if len(e.series) >= maxSeries {
			e.dropped++
			continue
		}
		s := e.newSeries(seriesKey{f.Metric, f.Labels})
		s.at, s.value, s.source, s.interval = f.At, f.Value, f.Source, f.Interval
	}
	for _, f := range in.States {
		f.Shown = f.Shown || in.Version == 1 && f.Phase == firing // it was told whatever fired
		place, ok := e.set.index[f.Rule]
		if !ok || long || e.set.rules[place].fingerprint != f.Fingerprint {
			if f.Shown {
				dst = append(dst, e.end(f.Rule, f.Labels, f.Source, f.Since, f.Told, f.Cause))
			}
			continue
		}
		if f.Phase > firing || f.Standing >= standings {
			return dst, fmt.Errorf("snapshot of %s: rule %s: phase %d, standing %d, expected at most %d, %d", e.app, f.Rule, f.Phase, f.Standing, firing, standings-1)
		}
		s := e.state(place, f.Labels)
		if s == nil { // there was more room for them
			if f.Shown {
				dst = append(dst, e.end(f.Rule, f.Labels, f.Source, f.Since, f.Told, f.Cause))
			}
			continue
		}
		s.source, s.phase, s.since, s.ceased, s.told, s.more, s.shown = f.Source, f.Phase, f.Since, f.Ceased, f.Told, f.More, f.Shown
		s.hits, s.of = windowOf(f.Hits), windowOf(f.Of)
		s.run, s.sampleAt, s.staleAt, s.value = f.Run, f.SampleAt, f.StaleAt, f.Value
		if s.sign != nil && f.Sign != nil {
			if err := json.Unmarshal(f.Sign, s.sign); err != nil {
				return dst, fmt.Errorf("snapshot of %s: rule %s: %w", e.app, f.Rule, err)
			}
			if r, ok := s.sign.(*rhythm); ok {
				r.resume(in.Now, now, s.phase == firing)
			}
		}
		s.deadline = e.next(s)
		e.queue.set(s)
		e.stand(s, f.Standing)
	}
	e.rejudge()
	return dst, nil
}

// Replace puts another Set in use. Rules that did not change keep their states; those that are gone
// or changed lose them, and what fired by them is resolved.
func (e *Engine) Replace(dst []Event, set *Set) []Event {
	old, states := e.set, e.states
	e.use(set)
	e.queue, e.keys = nil, 0
	for _, s := range e.series {
		e.resolve(s)
	}
	for i, byKey := range states {
		place, kept := set.index[old.rules[i].Name]
		kept = kept && set.rules[place].fingerprint == old.rules[i].fingerprint
		for _, s := range ordered(byKey) {
			if !kept {
				if s.shown {
					dst = append(dst, e.end(s.rule.Name, s.labels, s.source, s.since, s.told, s.rule.Cause))
				}
				continue
			}
			s.rule, s.place, s.standing = set.rules[place], -1, absent
			e.keep(place, s)
			e.queue.set(s)
		}
	}
	e.rejudge()
	return e.Tick(dst, e.now)
}

// end is the resolution of an alert whose rule is gone.
func (e *Engine) end(rule string, labels Labels, source string, since time.Time, told, cause string) Event {
	e.seq++
	return Event{
		Seq: e.seq, App: e.app, Rule: rule, Cause: cause, Severity: Info, Labels: labels, Source: source,
		State: Resolved, At: e.now, Since: since, Summary: told,
	}
}

func ordered(byKey map[Labels]*state) []*state {
	return slices.SortedFunc(maps.Values(byKey), func(a, b *state) int {
		return a.labels.compare(b.labels)
	})
}

func windowOf(buckets []bucket) window {
	w := window{buckets: buckets}
	for _, b := range buckets {
		w.sum += b.N
	}
	return w
}
