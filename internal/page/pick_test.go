package page

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"drain/alert"
)

func TestPick(t *testing.T) {
	all := []App{
		{Name: "a-fine", Last: noon},
		{Name: "b-new"},
		{Name: "c-silent", Last: noon, Silent: true},
		{Name: "d-own", Last: noon, OwnLog: true},
		{Name: "e-info", Last: noon, Severity: alert.Info},
		{Name: "f-bad", Last: noon, Severity: alert.Warning},
		{Name: "h-worse", Severity: alert.Critical},
		{Name: "g-worse", Last: noon, Silent: true, Severity: alert.Critical},
		{Name: "i-fine", Last: noon},
	}
	f := func(text string, most int, want []string, rest ...Count) {
		t.Helper()
		shown, more := Pick(all, text, most)
		var names []string
		for _, a := range shown {
			names = append(names, a.Name)
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%q, %d: %s", text, most, diff)
		}
		if diff := cmp.Diff(rest, more); diff != "" {
			t.Errorf("%q, %d, not shown: %s", text, most, diff)
		}
	}
	sorted := []string{"g-worse", "h-worse", "f-bad", "e-info", "d-own", "c-silent", "b-new", "a-fine", "i-fine"}
	f("", 9, sorted)
	f("", 5, sorted[:5], Count{"silent", 1}, Count{"not heard yet", 1}, Count{"fine", 2})
	f("", 1, sorted[:1], Count{"critical", 1}, Count{"warning", 1}, Count{"info", 1}, Count{"discarded", 1}, Count{"silent", 1}, Count{"not heard yet", 1}, Count{"fine", 2})
	f("WORSE", 9, sorted[:2])
	f("critical", 1, sorted[:1], Count{"critical", 1})
	f("e", 2, sorted[:2], Count{"info", 1}, Count{"silent", 1}, Count{"not heard yet", 1}, Count{"fine", 2})
	f("nobody", 9, nil)
	f("", 0, nil, Count{"critical", 2}, Count{"warning", 1}, Count{"info", 1}, Count{"discarded", 1}, Count{"silent", 1}, Count{"not heard yet", 1}, Count{"fine", 2})

	all = []App{{Name: "odd", Severity: "of another version"}}
	f("", 0, nil, Count{"of another version", 1})
}

// However many apps there are, none that is left out is in a worse state than one that is shown, and all are counted.
func TestPickLeavesOutTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []App
		for i := range rapid.IntRange(0, 40).Draw(t, "apps") {
			a := App{Name: fmt.Sprintf("app-%d", i), Last: noon, Silent: rapid.Bool().Draw(t, "silent"), OwnLog: rapid.Bool().Draw(t, "own")}
			a.Severity = rapid.SampledFrom([]string{"", "", alert.Info, alert.Warning, alert.Critical}).Draw(t, "severity")
			all = append(all, a)
		}
		most := rapid.IntRange(1, 40).Draw(t, "most")
		shown, more := Pick(all, "", most)
		if len(shown) != min(len(all), most) || len(shown)+count(more) != len(all) {
			t.Fatalf("%d shown and %v of %d", len(shown), more, len(all))
		}
		for _, c := range more {
			last, _ := shown[len(shown)-1].Health()
			if slices.Index(healths(), c.Health) < slices.Index(healths(), last) {
				t.Errorf("left out are %v, and shown is one that is %s", more, last)
			}
		}
	})
}
