package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A Snapshot of a time when a rule, or all of them, had more room holds more than fits now. What fits is
// taken up, and of the rest what fired is resolved.
func TestRestoreWithLessRoom(t *testing.T) {
	byDyno := func(keys int) *Set {
		return mustSet(t, Rule{Name: "r14", Match: &Match{Code: []string{"R14"}}, Window: time.Minute, By: []string{"dyno"}, Keys: keys})
	}
	large := NewEngine("enketo", byDyno(9), Options{})
	o := &Observation{At: t0}
	for i := range 9 {
		o.Hits = append(o.Hits, Hit{Rule: "r14", Labels: Labels{Dyno: fmt.Sprintf("web.%d", i)}, Count: 1, First: t0})
	}
	large.Observe(nil, o)
	saved, err := large.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	set := byDyno(9)
	set.rules[0].Keys = 7 // the fingerprint of rules whose default is another now
	small := NewEngine("enketo", set, Options{})
	events, err := small.Restore(nil, saved, t0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := render(events), "r14[web.7] resolved 0 @0s; r14[web.8] resolved 0 @0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if small.DroppedBy("r14") != 2 {
		t.Errorf("dropped %d, want 2", small.DroppedBy("r14"))
	}
	if still := small.Firing(nil); len(still) != 7 {
		t.Errorf("%d fire, want 7", len(still))
	}
}

func TestRestoreTakesNoMoreSeriesThanThereMayBe(t *testing.T) {
	in := snapshot{Version: snapshotVersion, App: "enketo", Now: t0}
	for i := range maxSeries + 9 {
		in.Series = append(in.Series, seriesForm{Metric: "redis_connections", Labels: Labels{Addon: fmt.Sprint(i)}, At: t0, Value: 1})
	}
	saved, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	e := NewEngine("enketo", mustSet(t, propertyRules...), Options{})
	if _, err := e.Restore(nil, saved, t0); err != nil || len(e.series) != maxSeries {
		t.Errorf("%d series, %v", len(e.series), err)
	}
	if dropped, _ := e.Dropped(); dropped != 9 {
		t.Errorf("dropped %d, want 9", dropped)
	}
}

// What fired when a Snapshot was made long ago has ended, whatever its states say of when they would end.
func TestRestoreOfLongAgo(t *testing.T) {
	set := mustSet(t, propertyRules...)
	e := NewEngine("enketo", set, Options{})
	o := &Observation{At: t0, Hits: []Hit{{Rule: "count", Count: 4, First: t0}}, Seen: []string{"web.1"}}
	for _, dyno := range []string{"web.1", "web.2", "web.3"} {
		o.Traffic = append(o.Traffic, Traffic{Dyno: dyno, Status: [6]uint32{2: 10}})
	}
	e.Observe(nil, o)
	saved, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	f := func(was string, now time.Time, want string, left bool) {
		t.Helper()
		e := NewEngine("enketo", set, Options{})
		events, err := e.Restore(nil, bytes.Replace(saved, []byte(`"now":"2026-11-22T20:00:00Z"`), []byte(`"now":"`+was+`"`), 1), now)
		if _, waits := e.Deadline(); err != nil || render(events) != want || waits != left {
			t.Errorf("%s: %q, %v, want %q; something is to come: %t", was, render(events), err, want, waits)
		}
	}
	f("2026-11-22T20:00:00Z", t0.Add(longAgo), "", true)
	f("2026-11-22T20:00:00Z", t0.Add(longAgo+1), "count resolved 0 @0s", false)
	f("2006-11-22T20:00:00Z", t0, "count resolved 0 @-175320h0m0s", false)
}

func TestRestoreRefusesAStateThatIsNone(t *testing.T) {
	set := mustSet(t, propertyRules[0], Rule{Name: "both", All: []string{"count"}})
	e := NewEngine("enketo", set, Options{})
	e.Observe(nil, &Observation{At: t0, Hits: []Hit{{Rule: "count", Count: 4, First: t0}}})
	saved, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	f := func(is, becomes, want string) {
		t.Helper()
		changed := strings.Replace(string(saved), is, becomes, 1)
		if _, err := NewEngine("enketo", set, Options{}).Restore(nil, []byte(changed), t0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", becomes, err, want)
		}
	}
	f(`"standing":4`, `"standing":7`, "standing 7, expected at most 2, 4")
	f(`"phase":2`, `"phase":3`, "rule count: phase 3")
}

// A deadline so late that it has no Unix nanoseconds is none that has passed, or the Engine would be deaf until then.
func TestRestoreOfATimeFarAhead(t *testing.T) {
	f := func(year string) {
		t.Helper()
		set := mustSet(t, propertyRules...)
		e := NewEngine("enketo", set, Options{})
		e.Observe(nil, &Observation{At: t0, Samples: []Sample{{Name: "dyno_memory_ratio", Labels: Labels{Dyno: "web.1"}, Value: 0.2, At: t0}}})
		saved, err := e.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(saved), `"newest":"2026-`, `"newest":"`+year+`-`, 1)
		moved := NewEngine("enketo", set, Options{})
		if _, err := moved.Restore(nil, []byte(changed), t0); err != nil {
			t.Fatal(err)
		}
		now := t0.Add(time.Hour)
		if moved.Tick(nil, now); !moved.Now().Equal(now) {
			t.Errorf("%s: the Engine's time is %v, want %v", year, moved.Now(), now)
		}
	}
	f("2100")
	f("2500")
	f("9999")
}

// Whatever a Snapshot became that somebody, or a disk, changed: it is refused, or judged by like any other.
func TestRestoreOfWhatWasChanged(t *testing.T) {
	set := mustSet(t, slices.Concat(propertyRules, []Rule{
		{Name: "both", All: []string{"count", "high"}},
		{Name: "held-back", Match: &Match{Code: []string{"H12"}}, Window: time.Minute, InhibitedBy: []string{"count"}},
	})...)
	rapid.Check(t, func(t *rapid.T) {
		e := NewEngine("enketo", set, Options{})
		all := observations(t)
		for _, o := range all {
			e.Observe(nil, o)
		}
		saved, err := e.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		var form any
		read := json.NewDecoder(bytes.NewReader(saved))
		read.UseNumber() // a fingerprint has more digits than a float64
		if err := read.Decode(&form); err != nil {
			t.Fatal(err)
		}
		change(t, form)
		changed, err := json.Marshal(form)
		if err != nil {
			t.Fatal(err)
		}
		moved := NewEngine("enketo", set, Options{})
		if _, err := moved.Restore(nil, changed, e.Now()); err != nil {
			return
		}
		moved.Firing(nil)
		away := e.Now().Sub(t0) + time.Second
		for _, o := range all {
			o.ID, o.At = o.ID+"again", o.At.Add(away)
			moved.Observe(nil, o)
		}
		moved.Tick(nil, moved.Now().Add(time.Hour))
		if _, err := moved.Snapshot(); err != nil {
			t.Fatalf("%v of\n%s", err, changed)
		}
	})
}

// spot is where a value stands in what JSON holds.
type spot struct {
	value any
	set   func(any)
}

// spots are all of them, in a certain order.
func spots(form any) (all []spot) {
	switch v := form.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(append(all, spot{v[key], func(to any) { v[key] = to }}), spots(v[key])...)
		}
	case []any:
		for i := range v {
			all = append(append(all, spot{v[i], func(to any) { v[i] = to }}), spots(v[i])...)
		}
	}
	return all
}

// change puts something odd, or what stands elsewhere, in one place of what JSON holds.
func change(t *rapid.T, form any) {
	all := spots(form)
	to := rapid.SampledFrom(all).Draw(t, "place")
	if rapid.IntRange(0, 3).Draw(t, "move") == 0 {
		copied, err := json.Marshal(rapid.SampledFrom(all).Draw(t, "from").value) // or it might hold itself
		if err != nil {
			t.Fatal(err)
		}
		to.set(json.RawMessage(copied))
		return
	}
	to.set(rapid.SampledFrom([]any{
		nil, true, -1, 0, 1, 7, 255, 1e18, -1e18, 1e300, "", "x", "web.1",
		[]any{},
		map[string]any{},
		[]any{nil},
		map[string]any{"x": nil},
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-22T20:00:00Z",
	}).Draw(t, "odd"))
}
