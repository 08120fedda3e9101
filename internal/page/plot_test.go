package page

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/history"
)

// pastHours is a history that ends at noon: Redis fills up, web.1 is silent for a while.
func pastHours() *history.View {
	a := history.New(time.Minute).App()
	begin := noon.Add(-2 * time.Hour)
	for i := range 121 {
		at := begin.Add(time.Duration(i) * time.Minute)
		if i%2 == 0 {
			a.Put(history.Connections, "REDIS", at, float64(min(38, i/2)), 38)
		}
		if i < 30 || i > 60 {
			a.Put(history.Memory, "web.1", at, float64(300+3*i), 512)
		}
		var r history.Requests
		for j := range 20 {
			status := 200
			if i > 100 && j == 0 {
				status = 503
			}
			r.Add(status, time.Duration(20+j)*time.Millisecond)
		}
		a.Requests(at, &r)
	}
	a.Mark(noon.Add(-30*time.Minute), "release v12")
	return a.View(noon)
}

func TestPlots(t *testing.T) {
	all := plots(&View{History: pastHours()})
	if len(all) != 4 {
		t.Fatalf("%d plots", len(all))
	}
	f := func(i int, lines ...string) {
		t.Helper()
		var got []string
		for _, l := range all[i].Lines {
			got = append(got, l.Name)
		}
		if diff := cmp.Diff(lines, got); diff != "" || all[i].Missed != "" {
			t.Errorf("%s: %s", all[i].Title, diff)
		}
		if !strings.Contains(all[i].Describe(), lines[0]) {
			t.Errorf("%q", all[i].Describe())
		}
	}
	f(0, "REDIS 38 of 38")
	f(1, "web.1 129 %")
	f(2, "all 20", "answered 5xx 1")
	f(3, "p50 30 ms", "p95 39 ms", "p99 40 ms")
	if n := strings.Count(all[0].Lines[0].Path, "M"); n != 1 {
		t.Errorf("a figure every other step is %d pieces, want 1", n)
	}
	if n := strings.Count(all[1].Lines[0].Path, "M"); n != 2 {
		t.Errorf("a silence of half an hour leaves %d pieces, want 2", n)
	}
	if len(all[0].Marks) != 1 || math.Abs(all[0].Marks[0]-100*148.5/179) > 0.01 {
		t.Errorf("marks at %v", all[0].Marks)
	}
	// Nothing is drawn outside: what is over its limit has room.
	for _, p := range all {
		for _, l := range p.Lines {
			if strings.Contains(l.Path, "-") || strings.Contains(l.Path, "NaN") {
				t.Errorf("%s: %s", p.Title, l.Path)
			}
		}
	}
	for _, p := range plots(&View{History: history.New(time.Minute).App().View(noon)}) {
		if p.Missed == "" || len(p.Lines) > 0 {
			t.Errorf("nothing is known, and %s shows %v", p.Title, p.Lines)
		}
	}
}

// Who says no more has a line and no figure; what has only begun is not drawn yet.
func TestPlotsOfWhatIsNotKnown(t *testing.T) {
	a := history.New(time.Minute).App()
	a.Put(history.Memory, "web.1", noon, 0.5, 1)
	a.Put(history.Memory, "web.2", noon.Add(-bridged*time.Minute), 0.5, 1)
	a.Put(history.Memory, "web.3", noon.Add(-(bridged+1)*time.Minute), 0.5, 1)
	var r history.Requests
	r.Add(200, time.Second)
	a.Requests(noon, &r)
	all := plots(&View{History: a.View(noon)})
	var names []string
	for _, l := range all[1].Lines {
		names = append(names, l.Name)
	}
	if diff := cmp.Diff([]string{"web.1 50 %", "web.2 50 %", "web.3 –"}, names); diff != "" {
		t.Error(diff)
	}
	for _, p := range all[2:] {
		if p.Missed == "" || len(p.Lines) > 0 {
			t.Errorf("%s: %+v of a step that is not over", p.Title, p.Lines)
		}
	}
	if got := (&axis{step: 6 * time.Second, past: 14}).Span(); got != "90 seconds" {
		t.Errorf("a minute and a half: %s", got)
	}
	if got := (&axis{begin: noon, step: 6 * time.Second, Width: 14}).Times(); got != [3]string{"12:00:03", "12:00:45", "12:01:27"} {
		t.Errorf("a minute and a half: %v", got)
	}
}

func TestRound(t *testing.T) {
	f := func(v, want float64) {
		t.Helper()
		if got := round(v); math.Abs(got-want) > want/1e6 {
			t.Errorf("%g: %g, want %g", v, got, want)
		}
	}
	f(0.7, 0.5)
	f(1, 1)
	f(3.9, 2)
	f(51, 50)
	f(1999, 1000)
}
