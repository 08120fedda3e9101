package rules

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// jointRules name each other in every way; each comes after those it names. All their times are whole
// seconds and their windows a minute, so that looking once a second sees everything.
func jointRules() []Rule {
	lines := func(name string, by ...string) Rule {
		return Rule{Name: name, Match: &Match{Code: []string{"H12"}}, Window: time.Minute, By: by}
	}
	b, drops, hidden := lines("b", "dyno"), lines("drops"), lines("hidden", "dyno")
	b.For, b.KeepFiringFor = 5*time.Second, 10*time.Second
	drops.Unless = []string{"fine"}
	hidden.InhibitedBy, hidden.KeepFiringFor = []string{"both", "c"}, 20*time.Second
	return []Rule{
		lines("a", "dyno"), b, lines("c"),
		{Name: "fine", Metric: "redis_connections", Below: new(30.0), Signal: true},
		{Name: "both", All: []string{"a", "b"}},
		{Name: "either", Any: []string{"b", "c"}, For: 3 * time.Second, KeepFiringFor: 7 * time.Second},
		{Name: "maybe", Any: []string{"c", "fine"}},
		{Name: "alone", All: []string{"a"}, Unless: []string{"b", "c"}},
		{Name: "with", All: []string{"a", "either"}, By: []string{"dyno"}},
		drops, hidden,
		{Name: "nested", All: []string{"either"}, Any: []string{"both", "drops"}, Unless: []string{"with"}},
		{Name: "deaf", All: []string{"a"}, By: []string{"app"}, InhibitedBy: []string{"fine"}, MuteWhen: Mute{Deploy: 30 * time.Second}},
	}
}

var jointStale = Stale{Min: 30 * time.Second, Max: 30 * time.Second, Forget: time.Minute}

// jointLog draws what an app's log could say.
func jointLog(t *rapid.T) (out []*Observation) {
	sec := 0
	for range rapid.IntRange(1, 25).Draw(t, "n") {
		sec += rapid.IntRange(0, 40).Draw(t, "gap")
		o := &Observation{At: at(float64(sec))}
		for _, rule := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "a", "b", "c", "drops", "hidden"}), 0, 3).Draw(t, "hits") {
			h := Hit{Rule: rule, Count: 1}
			if rule != "c" && rule != "drops" {
				h.Labels.Dyno = rapid.SampledFrom([]string{"web.1", "web.2"}).Draw(t, "dyno")
			}
			o.Hits = append(o.Hits, h)
		}
		if rapid.IntRange(0, 2).Draw(t, "sampled") == 0 {
			o.Samples = []Sample{{
				Name: "redis_connections", Labels: Labels{Addon: rapid.SampledFrom([]string{"main", "cache"}).Draw(t, "addon")},
				Value: float64(rapid.SampledFrom([]int{5, 38}).Draw(t, "v")), At: o.At,
			}}
		}
		if rapid.IntRange(0, 9).Draw(t, "deployed") == 0 {
			o.Notes = []Note{{Kind: NoteDeploy, At: o.At}}
		}
		out = append(out, o)
	}
	return out
}

// plainEngine judges by walking over everything, twice a second: when only time has passed, and when the
// second's lines are in.
type plainEngine struct {
	rules   []Rule
	now     int
	hits    map[string][]int // by rule and key
	sampled map[string]int   // by add-on
	low     map[string]bool
	deploy  int
	states  map[string]map[string]*plainState
	out     []string
}

type plainState struct {
	phase         phase
	since, ceased int // ceased: -1 while it holds
	known, shown  bool
}

func (n *plainEngine) take(o *Observation) {
	for _, h := range o.Hits {
		key := h.Rule + "/" + h.Labels.Dyno
		n.hits[key] = append(n.hits[key], n.now)
	}
	for _, s := range o.Samples {
		if at, seen := n.sampled[s.Labels.Addon]; seen && at == n.now {
			continue // not newer than the one held
		}
		n.sampled[s.Labels.Addon], n.low[s.Labels.Addon] = n.now, s.Value < 30
	}
	if len(o.Notes) > 0 {
		n.deploy = n.now
	}
}

func (n *plainEngine) count(rule, key string) (sum int) {
	for _, at := range n.hits[rule+"/"+key] {
		if at > n.now-60 {
			sum++
		}
	}
	return sum
}

// of yields the states of a rule that agree with a key: all keys here are of one kind.
func (n *plainEngine) of(rule, key string) (out []*plainState) {
	for k, s := range n.states[rule] {
		sameKind := key != "" && k != "" && rule != "fine"
		if s != nil && (!sameKind || k == key) {
			out = append(out, s)
		}
	}
	return out
}

// believe is 1 if one of the states is known to fire, 0 if one may, else -1.
func believe(list []*plainState) int {
	best := -1
	for _, s := range list {
		switch {
		case s.phase == firing && s.known:
			return 1
		case !s.known:
			best = 0
		}
	}
	return best
}

func (n *plainEngine) verdict(r Rule, key string) int {
	all := 1
	switch {
	case r.Match != nil && n.count(r.Name, key) == 0:
		all = -1
	case r.Metric != "" && n.now >= n.sampled[key]+30:
		all = 0
	case r.Metric != "" && !n.low[key]:
		all = -1
	}
	for _, name := range r.All {
		all = min(all, believe(n.of(name, key)))
	}
	if len(r.Any) > 0 {
		best := -1
		for _, name := range r.Any {
			best = max(best, believe(n.of(name, key)))
		}
		all = min(all, best)
	}
	for _, name := range r.Unless {
		list := n.of(name, key)
		if len(list) > 0 && !slices.ContainsFunc(list, func(s *plainState) bool { return s.phase != firing || !s.known }) {
			all = -1
		}
	}
	return all
}

func (n *plainEngine) judge() {
	for _, r := range n.rules {
		keys := []string{""}
		switch by := strings.Join(r.By, ""); {
		case r.Metric != "":
			keys = []string{"cache", "main"}
		case by == "dyno", r.Name == "both", r.Name == "alone":
			keys = []string{"web.1", "web.2"}
		}
		for _, key := range keys {
			if at, seen := n.sampled[key]; r.Metric != "" && (!seen || n.states[r.Name][key] == nil && n.now >= at+90) {
				continue
			}
			n.one(r, key)
		}
	}
}

func (n *plainEngine) one(r Rule, key string) {
	if n.states[r.Name] == nil {
		n.states[r.Name] = make(map[string]*plainState)
	}
	s := n.states[r.Name][key]
	if s == nil {
		s = &plainState{ceased: -1}
		n.states[r.Name][key] = s
	}
	v := n.verdict(r, key)
	s.known = v != 0
	switch {
	case s.phase == idle && v > 0:
		s.phase, s.since = pending, n.now
	case s.phase == pending && v <= 0:
		s.phase = idle
	case s.phase == firing && v > 0:
		s.ceased = -1
	case s.phase == firing && v < 0 && s.ceased < 0:
		s.ceased = n.now
	}
	if s.phase == firing && (s.ceased >= 0 && n.now >= s.ceased+int(r.KeepFiringFor.Seconds()) || r.Metric != "" && n.now >= n.sampled[key]+90) {
		if s.shown {
			n.tell(r.Name, key, "resolved", s.since)
		}
		*s = plainState{known: s.known, ceased: -1}
	}
	if s.phase == pending && n.now >= s.since+int(r.For.Seconds()) {
		s.phase, s.since = firing, n.now
	}
	if s.phase == firing && !s.shown && v > 0 && !n.quiet(r, key) {
		s.shown = true
		n.tell(r.Name, key, "firing", s.since)
	}
	if s.phase == idle && (r.Match == nil && r.Metric == "" || r.Match != nil && n.count(r.Name, key) == 0 || r.Metric != "" && n.now >= n.sampled[key]+90) {
		delete(n.states[r.Name], key)
	}
}

func (n *plainEngine) quiet(r Rule, key string) bool {
	if r.Signal || r.MuteWhen.Deploy > 0 && n.deploy >= 0 && n.now < n.deploy+30 {
		return true
	}
	for _, name := range r.InhibitedBy {
		for _, s := range n.of(name, key) {
			if s.phase == firing {
				return true
			}
		}
	}
	return false
}

func (n *plainEngine) tell(rule, key, state string, since int) {
	n.out = append(n.out, fmt.Sprintf("%s %s[%s] %s since %s", time.Duration(n.now)*time.Second, rule, key, state, time.Duration(since)*time.Second))
}

func TestJointAgainstNaive(t *testing.T) {
	set := mustSet(t, jointRules()...)
	rapid.Check(t, func(t *rapid.T) {
		log := jointLog(t)
		e := NewEngine("enketo", set, Options{Stale: jointStale})
		n := &plainEngine{
			rules: jointRules(), hits: map[string][]int{}, sampled: map[string]int{}, low: map[string]bool{}, deploy: -1,
			states: map[string]map[string]*plainState{},
		}
		var events []Event
		last := int(log[len(log)-1].At.Sub(t0).Seconds()) + 300
		for n.now = 0; n.now <= last; n.now++ {
			n.judge()
			for ; len(log) > 0 && int(log[0].At.Sub(t0).Seconds()) == n.now; log = log[1:] {
				events = e.Observe(events, log[0])
				n.take(log[0])
				n.judge()
			}
		}
		events = e.Tick(events, at(float64(last)))
		slices.Sort(n.out)
		if diff := cmp.Diff(n.out, transitions(events)); diff != "" {
			t.Fatalf("naive (-), engine (+):\n%s", diff)
		}
		for i, counts := range e.tallies {
			if l := set.links[i]; len(counts) > 0 {
				t.Fatalf("all is over, and left of what %s knows of %s: %v", l.from.Name, l.to.Name, counts)
			}
		}
		if e.keys != 0 || len(e.queue) != 0 {
			t.Fatalf("%d keys and %d deadlines are left", e.keys, len(e.queue))
		}
	})
}

// Stopping, and going on elsewhere or under the same rules in another order, is not seen from outside.
func TestJointSurvivesRestartAndReload(t *testing.T) {
	other := jointRules()
	slices.Reverse(other)
	sets := []*Set{mustSet(t, jointRules()...), mustSet(t, other...)}
	rapid.Check(t, func(t *rapid.T) {
		stays, moves := NewEngine("enketo", sets[0], Options{Stale: jointStale}), NewEngine("enketo", sets[0], Options{Stale: jointStale})
		var a, b []Event
		var now time.Time
		for _, o := range jointLog(t) {
			now = o.At
			a, b = stays.Observe(a, o), moves.Observe(b, o)
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				saved, err := moves.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				was := moves.set
				moves = NewEngine("enketo", sets[rapid.IntRange(0, 1).Draw(t, "set")], Options{Stale: jointStale})
				if b, err = moves.Restore(b, saved, now); err != nil {
					t.Fatal(err)
				}
				if again, err := moves.Snapshot(); err != nil || moves.set == was && !bytes.Equal(saved, again) {
					t.Fatalf("restored differs (%v):\n%s\n%s", err, saved, again)
				}
			case 1:
				b = moves.Replace(b, sets[rapid.IntRange(0, 1).Draw(t, "set")])
			}
		}
		a, b = stays.Tick(a, now.Add(5*time.Minute)), moves.Tick(b, now.Add(5*time.Minute))
		if diff := cmp.Diff(transitions(a), transitions(b)); diff != "" {
			t.Fatalf("stays (-), moves (+):\n%s", diff)
		}
	})
}

// However one instant is cut into deliveries, it ends in the same states.
func TestJointDeliveriesCanBeCutAnyhow(t *testing.T) {
	set := mustSet(t, jointRules()...)
	rapid.Check(t, func(t *rapid.T) {
		whole, cut := NewEngine("enketo", set, Options{Stale: jointStale}), NewEngine("enketo", set, Options{Stale: jointStale})
		for _, o := range jointLog(t) {
			whole.Observe(nil, o)
			cut.Observe(nil, &Observation{At: o.At, Notes: o.Notes})
			for _, h := range rapid.Permutation(o.Hits).Draw(t, "order") {
				cut.Observe(nil, &Observation{At: o.At, Hits: []Hit{h}})
			}
			cut.Observe(nil, &Observation{At: o.At, Samples: o.Samples})
			holding := func(e *Engine) (out []string) {
				for _, c := range e.set.order {
					for _, s := range ordered(e.states[c.place]) {
						if held, _ := e.holds(s); held {
							out = append(out, c.Name+"/"+s.labels.String())
						}
					}
				}
				return out
			}
			if diff := cmp.Diff(holding(whole), holding(cut)); diff != "" {
				t.Fatalf("whole (-), cut (+):\n%s", diff)
			}
		}
	})
}
