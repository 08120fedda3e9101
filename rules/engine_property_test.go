package rules

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var propertyRules = []Rule{
	{Name: "count", Match: &Match{Code: []string{"H12"}}, Count: 4, Window: time.Minute},
	{Name: "kept", Match: &Match{Code: []string{"H12"}}, Count: 2, Window: 30 * time.Second, For: 7 * time.Second, KeepFiringFor: 20 * time.Second, By: []string{"dyno"}},
	{Name: "share", Match: &Match{Code: []string{"H12"}}, Count: 2, Window: time.Minute, Of: &Match{Kind: []string{"router"}}, Ratio: 0.3},
	{Name: "high", Metric: "redis_connections", Above: new(30.0), Samples: 2, For: 5 * time.Second, KeepFiringFor: 40 * time.Second},
	{Name: "leak", Forecast: &Forecast{Metric: "dyno_memory_ratio", Above: new(1.0), Within: 5 * time.Minute, Window: 2 * time.Minute}},
	{Name: "slow", Metric: "router_service_p95", Above: new(1.0), Window: time.Minute, Volume: 10, KeepFiringFor: 10 * time.Second},
	{Name: "odd", Outlier: &Outlier{Metric: "router_error_ratio", Window: time.Minute, Volume: 5}, For: 2 * time.Second},
	{Name: "quiet", Silent: &Silent{Of: "process", Floor: 20 * time.Second, Factor: 1.5}},
}

// observations draws what one app's log could say, a minute or five of it, in order of time.
func observations(t *rapid.T) []*Observation {
	now := t0
	var out []*Observation
	for i := range rapid.IntRange(1, 40).Draw(t, "n") {
		now = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "gap")) * time.Millisecond)
		o := &Observation{ID: fmt.Sprint("frame", i), App: "enketo", At: now}
		for _, r := range propertyRules[:3] {
			if n := rapid.Uint64Range(0, 3).Draw(t, r.Name); n > 0 {
				l := Labels{}
				if len(r.By) > 0 {
					l.Dyno = rapid.SampledFrom([]string{"web.1", "web.2"}).Draw(t, "dyno")
				}
				o.Hits = append(o.Hits, Hit{Rule: r.Name, Labels: l, Count: n, First: now, Excerpt: "line"})
			}
		}
		if n := rapid.Uint64Range(0, 9).Draw(t, "of"); n > 0 {
			o.Hits = append(o.Hits, Hit{Rule: "share", Of: true, Count: n, First: now})
		}
		if rapid.Bool().Draw(t, "sampled") {
			o.Samples = append(o.Samples, Sample{Name: "redis_connections", Labels: Labels{Addon: "a"}, Value: rapid.Float64Range(20, 40).Draw(t, "v"), At: now})
		}
		drawSigns(t, o)
		out = append(out, o)
	}
	return out
}

// drawSigns adds what the conditions with a sign go by: a dyno whose memory grows, requests of which
// those to web.4 are worse, who was heard, and what the platform did.
func drawSigns(t *rapid.T, o *Observation) {
	dynos := []string{"web.1", "web.2", "web.3", "web.4", "worker.1"}
	memory := 0.2 + o.At.Sub(t0).Minutes()/10
	o.Samples = append(o.Samples, Sample{Name: "dyno_memory_ratio", Labels: Labels{Dyno: "web.1"}, Value: memory, At: o.At})
	for _, dyno := range dynos[:4] {
		tr := Traffic{Dyno: dyno, Status: [6]uint32{2: rapid.Uint32Range(0, 5).Draw(t, "ok")}}
		if dyno == "web.4" {
			tr.Status[5] = rapid.Uint32Range(0, 5).Draw(t, "bad")
		}
		tr.Service[rapid.SampledFrom([]int{5, 20, 60}).Draw(t, "bucket")] = uint32(tr.requests())
		o.Traffic = append(o.Traffic, tr)
	}
	o.Seen = rapid.SliceOfNDistinct(rapid.SampledFrom(dynos), 0, 2, rapid.ID).Draw(t, "seen")
	switch rapid.IntRange(0, 30).Draw(t, "note") {
	case 0:
		dyno, to := rapid.SampledFrom(dynos).Draw(t, "dyno"), rapid.SampledFrom([]string{"down", "starting", "up", "crashed"}).Draw(t, "to")
		o.Notes = append(o.Notes, Note{Kind: NoteState, Process: dyno, To: to, At: o.At})
	case 1:
		o.Notes = append(o.Notes, Note{Kind: NoteScaled, Process: "worker", Quantity: rapid.IntRange(0, 1).Draw(t, "quantity"), At: o.At})
	}
}

// end runs an Engine to a common time and returns its whole state.
func end(t *rapid.T, e *Engine, events []Event, now time.Time) ([]Event, []byte) {
	events = e.Tick(events, now)
	b, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return events, b
}

func transitions(events []Event) []string {
	var out []string
	for _, ev := range events {
		out = append(out, fmt.Sprintf("%s %s[%s] %s since %s", ev.At.Sub(t0), ev.Rule, ev.Labels, ev.State, ev.Since.Sub(t0)))
	}
	slices.Sort(out) // the order within an instant is free
	return out
}

// However a log is cut into deliveries, and whenever somebody looks at the clock in between, the
// same hits at the same times give the same transitions and the same end.
func TestDeliveriesCanBeCutAnyhow(t *testing.T) {
	set := mustSet(t, propertyRules...)
	rapid.Check(t, func(t *rapid.T) {
		whole := observations(t)
		last := whole[len(whole)-1].At.Add(10 * time.Second)

		e := NewEngine("enketo", set, Options{})
		var events []Event
		for _, o := range whole {
			events = e.Observe(events, o)
		}
		events, _ = end(t, e, events, last)

		cut := NewEngine("enketo", set, Options{})
		var cutEvents []Event
		for i, o := range whole {
			pieces := []*Observation{{Seen: o.Seen}, {Notes: o.Notes}, {Samples: o.Samples}}
			for i := range o.Traffic {
				pieces = append(pieces, &Observation{Traffic: o.Traffic[i : i+1]})
			}
			hits := rapid.Permutation(o.Hits).Draw(t, "order")
			for i := range hits {
				pieces = append(pieces, &Observation{Hits: hits[i : i+1]})
			}
			for _, p := range pieces {
				p.App, p.At = o.App, o.At
				cutEvents = cut.Observe(cutEvents, p)
			}
			if i+1 < len(whole) { // somebody looks at the clock before the next
				between := rapid.Int64Range(0, int64(whole[i+1].At.Sub(o.At))).Draw(t, "between")
				cutEvents = cut.Tick(cutEvents, o.At.Add(time.Duration(between)))
			}
		}
		cutEvents, _ = end(t, cut, cutEvents, last)

		// Cut finer, "share" may hold for no time at all between two pieces of one instant.
		lasting := func(events []Event) []Event {
			return slices.DeleteFunc(slices.Clone(events), func(ev Event) bool { return ev.Rule == "share" })
		}
		if diff := cmp.Diff(transitions(lasting(events)), transitions(lasting(cutEvents))); diff != "" {
			t.Fatalf("whole (-), cut (+):\n%s", diff)
		}
		firing := func(e *Engine) map[string]bool {
			out := make(map[string]bool)
			for _, byKey := range e.states {
				for l, s := range byKey {
					out[s.rule.Name+l.String()] = s.phase == firing && s.ceased.IsZero()
				}
			}
			return out
		}
		if diff := cmp.Diff(firing(e), firing(cut)); diff != "" {
			t.Fatalf("end states: %s", diff)
		}
	})
}

func TestJudgingTwiceChangesNothing(t *testing.T) {
	set := mustSet(t, propertyRules...)
	rapid.Check(t, func(t *rapid.T) {
		once, twice := NewEngine("enketo", set, Options{}), NewEngine("enketo", set, Options{})
		var a, b []Event
		all := observations(t)
		for i, o := range all {
			a = once.Observe(a, o)
			b = twice.Observe(b, o)
			b = twice.Observe(b, all[rapid.IntRange(0, i).Draw(t, "repeat")])
		}
		last := all[len(all)-1].At.Add(time.Hour)
		a, sa := end(t, once, a, last)
		b, sb := end(t, twice, b, last)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
		if !bytes.Equal(sa, sb) {
			t.Fatalf("states differ:\n%s\n%s", sa, sb)
		}
	})
}

// What a delivery doesn't touch, and what waits for its deadline, need not be judged: it comes to nothing.
func TestJudgingMoreChangesNothing(t *testing.T) {
	opts := Options{Stale: jointStale}
	sets := []*Set{mustSet(t, propertyRules...), mustSet(t, jointRules()...)}
	rapid.Check(t, func(t *rapid.T) {
		for i, all := range [][]*Observation{observations(t), jointLog(t)} {
			e, more := NewEngine("enketo", sets[i], opts), NewEngine("enketo", sets[i], opts)
			var a, b []Event
			for _, o := range all {
				a, b = e.Observe(a, o), more.Observe(b, o)
				for _, byKey := range more.states {
					for _, s := range byKey {
						more.dueNow(s)
					}
				}
				b = more.Tick(b, o.At)
			}
			last := e.Now().Add(time.Hour)
			if diff := cmp.Diff(transitions(e.Tick(a, last)), transitions(more.Tick(b, last))); diff != "" {
				t.Fatalf("as needed (-), all (+):\n%s", diff)
			}
		}
	})
}

// Stopping, writing the state down and going on elsewhere must not be seen from outside.
func TestSnapshotRoundTrip(t *testing.T) {
	set := mustSet(t, propertyRules...)
	rapid.Check(t, func(t *rapid.T) {
		all := observations(t)
		last := all[len(all)-1].At.Add(time.Hour)
		e := NewEngine("enketo", set, Options{})
		moved := NewEngine("enketo", set, Options{})
		var a, b []Event
		for _, o := range all {
			a = e.Observe(a, o)
			b = moved.Observe(b, o)
			if !rapid.Bool().Draw(t, "move") {
				continue
			}
			saved, err := moved.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(saved, []byte("line")) {
				t.Fatalf("log text in a snapshot: %s", saved)
			}
			moved = NewEngine("enketo", set, Options{})
			if b, err = moved.Restore(b, saved, o.At); err != nil {
				t.Fatal(err)
			}
			again, err := moved.Snapshot()
			if err != nil || !bytes.Equal(saved, again) {
				t.Fatalf("restored differs (%v):\n%s\n%s", err, saved, again)
			}
		}
		a, _ = end(t, e, a, last)
		b, _ = end(t, moved, b, last)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The window against the plainest thing that could do its work.
func TestWindowAgainstSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := int64(rapid.IntRange(100, 100_000).Draw(t, "width")) * int64(time.Millisecond)
		grain := max(1, width/windowGrains)
		var w window
		var times []int64
		now := t0.UnixNano()
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += rapid.Int64Range(0, width/10).Draw(t, "gap")
			n := rapid.Uint64Range(0, 3).Draw(t, "n")
			hit := now - rapid.Int64Range(0, width/5).Draw(t, "late")
			if n > 0 {
				w.add(hit, n, grain)
			}
			for range n {
				times = append(times, truncate(hit, grain))
			}
			w.prune(now, width)
			times = slices.DeleteFunc(times, func(at int64) bool { return at <= now-width })
			if w.sum != uint64(len(times)) {
				t.Fatalf("sum %d, want %d", w.sum, len(times))
			}
			if len(w.buckets) > windowGrains+2 {
				t.Fatalf("%d buckets", len(w.buckets))
			}
			slices.Sort(times)
			count := rapid.Uint64Range(1, 5).Draw(t, "count")
			var want int64
			if uint64(len(times)) >= count {
				want = times[uint64(len(times))-count] + width
			}
			if got := w.falls(count, width); got != want {
				t.Fatalf("falls below %d at %d, want %d", count, got, want)
			}
		}
	})
}

// Rules that did not change keep all they know, wherever they stand in the new list.
func TestReplaceIsNotSeen(t *testing.T) {
	turned := slices.Clone(propertyRules)
	slices.Reverse(turned)
	sets := []*Set{mustSet(t, propertyRules...), mustSet(t, turned...)}
	rapid.Check(t, func(t *rapid.T) {
		e, replaced := NewEngine("enketo", sets[0], Options{}), NewEngine("enketo", sets[0], Options{})
		var a, b []Event
		for _, o := range observations(t) {
			a = e.Observe(a, o)
			b = replaced.Observe(b, o)
			if n := rapid.IntRange(0, 3).Draw(t, "replace"); n < len(sets) {
				b = replaced.Replace(b, sets[n])
			}
		}
		last := e.Now().Add(time.Hour)
		if diff := cmp.Diff(transitions(e.Tick(a, last)), transitions(replaced.Tick(b, last))); diff != "" {
			t.Fatal(diff)
		}
	})
}
