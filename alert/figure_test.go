package alert

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A figure moves while the alert fires; its worst stays, and few updates are made for it.
func TestMeasure(t *testing.T) {
	f := func(bound float64, values []float64, wantPeak string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			slack := &fake{name: "slack"}
			d := run(t, Options{Notifiers: []Notifier{slack}})
			figure := func(v float64) string { return fmt.Sprintf("%v of 40", v) }
			d.fire("REDIS", func(a *Alert) { a.Value, a.Bound, a.Figure = values[0], bound, figure(values[0]) })
			after(time.Minute)
			for _, v := range values[1:] {
				d.Measure("enketo", "memory-quota-exceeded", "REDIS", v, figure(v))
				d.Measure("enketo", "memory-quota-exceeded", "OTHER", 1000, "another's")
				after(time.Second)
			}
			after(time.Hour)
			d.resolve("REDIS")
			after(time.Minute)
			reqs := slack.requests()
			a := reqs[len(reqs)-1].inc.Alerts[0]
			if diff := cmp.Diff([]string{figure(values[len(values)-1]), wantPeak}, []string{a.Figure, a.PeakFigure}); diff != "" {
				t.Errorf("figure and peak (-want +got):\n%s", diff)
			}
			if len(reqs) > 3 {
				t.Errorf("%d requests, want the first, one for all figures of a minute, the last:\n%s", len(reqs), slack.story(d.start))
			}
			_ = d.end()
		})
	}
	f(38, []float64{38, 40, 39, 20}, "40 of 40")
	f(38, []float64{40, 38, 20}, "40 of 40")
	f(10, []float64{9, 3, 30}, "3 of 40")
}

// Nothing that isn't firing is measured.
func TestMeasureNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := run(t, Options{})
		d.Measure("enketo", "memory-quota-exceeded", "web.1", 1, "1")
		d.fire("web.1")
		d.fire("web.2")
		d.resolve("web.1")
		d.Measure("enketo", "memory-quota-exceeded", "web.1", 1, "1")
		if a := d.Open()[0].Alerts[1]; a.Figure != "" || a.Key != "web.1" {
			t.Errorf("%+v", a)
		}
		_ = d.end()
	})
}

// An incident knows what happened in it, the newest of it.
func TestChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := run(t, Options{})
		d.fire("web.1", func(a *Alert) { a.Evidence = []string{"R14"} })
		d.fire("web.2", severity(Critical))
		d.resolve("web.1")
		d.fire("web.1")
		d.Note("enketo", "memory", "scaled")
		var got []string
		for _, c := range d.Open()[0].Changes {
			got = append(got, fmt.Sprint(c.N, " ", c.Text, " ", c.Evidence, " ", c.Loud))
		}
		want := []string{
			"1 web.1 is over its quota [R14] false", "2 web.2 is over its quota [] true",
			"3 Over: web.1 is over its quota [] false", "4 Again: web.1 is over its quota [] false", "5 scaled [] false",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for i := range 100 {
			d.fire(fmt.Sprint("worker.", i))
		}
		if c := d.Open()[0].Changes; len(c) != maxChanges || c[maxChanges-1].N != 105 {
			t.Errorf("%d changes up to %d", len(c), c[len(c)-1].N)
		}
		_ = d.end()
	})
}
