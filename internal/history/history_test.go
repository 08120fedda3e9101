package history

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// The ring says what a list of all figures says.
func TestSharesProperty(t *testing.T) {
	type figure struct {
		at    time.Time
		share float32
	}
	rapid.Check(t, func(t *rapid.T) {
		a := New(time.Minute).App()
		var all []figure
		now, newest := noon, noon
		for range rapid.IntRange(1, 60).Draw(t, "figures") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 30, 60, 600, 9000, 20000}).Draw(t, "gap")) * time.Second)
			at := now.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 5, 300, 12000}).Draw(t, "late")) * time.Second)
			value := float64(rapid.IntRange(0, 4).Draw(t, "value"))
			if newest.Before(at) {
				newest = at
			}
			if at.UnixNano()/int64(time.Minute) > newest.UnixNano()/int64(time.Minute)-Points {
				all = append(all, figure{at, float32(value / 4)})
			}
			a.Put(Memory, "web.1", at, value, 4)
		}
		v := a.View(now)
		want := make([]float32, Points)
		for i := range want {
			want[i] = -1
		}
		some := false
		for _, f := range all {
			if i := int(f.at.Sub(v.From) / time.Minute); !f.at.Before(v.From) {
				want[i] = max(want[i], f.share)
				some = true
			}
		}
		if !some {
			if len(v.Memory) > 0 {
				t.Fatalf("shown: %v", v.Memory)
			}
			return
		}
		got := v.Memory[0].Shares
		for i := range got {
			if got[i] != got[i] {
				got[i] = -1
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRequests(t *testing.T) {
	a := New(time.Minute).App()
	put := func(after time.Duration, failed bool, service ...time.Duration) {
		var r Requests
		status := 200
		if failed {
			status = 503
		}
		for _, d := range service {
			r.Add(status, d)
		}
		a.Requests(noon.Add(after), &r)
	}
	put(0, false, 10*time.Millisecond, 10*time.Millisecond, -1)
	put(0, true, time.Second)
	put(time.Minute, false)
	put(2*time.Minute, false, 2*time.Second)
	put(time.Minute, false, 2*time.Second) // another goroutine was faster
	v := a.View(noon.Add(3 * time.Minute))
	if diff := cmp.Diff([]float32{4, 0, 2, 0}, v.Requests[Points-4:]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float32{1, 0, 0, 0}, v.Failed[Points-4:]); diff != "" {
		t.Error(diff)
	}
	if p50, p99 := v.Service[0][Points-4], v.Service[2][Points-4]; p50 < 0.010 || p50 > 0.012 || p99 < 0.9 || p99 > 1.2 {
		t.Errorf("p50 %g, p99 %g", p50, p99)
	}
	if p50 := float64(v.Service[0][Points-3]); !math.IsNaN(p50) {
		t.Errorf("without a request: %g", p50)
	}
	if v.To != noon.Add(4*time.Minute).Local() || v.To.Sub(v.From) != 3*time.Hour {
		t.Errorf("from %v to %v", v.From, v.To)
	}

	// A whole round later in the same place.
	put(Points*time.Minute, false, time.Second)
	if v := a.View(noon.Add(Points * time.Minute)); v.Requests[Points-1] != 1 {
		t.Errorf("%g requests, want 1", v.Requests[Points-1])
	}
	if v := a.View(noon.Add(48 * time.Hour)); v.Requests[0] != 0 {
		t.Errorf("%g requests in a step without any", v.Requests[0])
	}
}

// Names without end take no more memory, and the newest are held.
func TestBounds(t *testing.T) {
	a := New(time.Minute).App()
	for i := range 10 * maxSeries {
		at := noon.Add(time.Duration(i) * time.Second)
		a.Put(Memory, fmt.Sprint("run.", 1000+i), at, 1, 2)
		a.Put(Connections, "none", at, 1, 0)
		a.Mark(at, fmt.Sprint("v", i))
		a.Mark(at.Add(time.Second), fmt.Sprint("v", i))
	}
	v := a.View(noon)
	if len(v.Memory) != maxSeries || v.Memory[0].Name != fmt.Sprint("run.", 1000+9*maxSeries) {
		t.Errorf("%d series, the first %s", len(v.Memory), v.Memory[0].Name)
	}
	if len(v.Connections) != 0 {
		t.Errorf("without a limit: %v", v.Connections)
	}
	if len(v.Marks) != maxMarks || v.Marks[maxMarks-1].Text != fmt.Sprint("v", 10*maxSeries-1) {
		t.Errorf("%d marks: %v", len(v.Marks), v.Marks)
	}

	h := New(time.Minute)
	for range maxApps {
		h.App()
	}
	none := h.App()
	none.Put(Memory, "x", noon, 1, 2)
	none.Requests(noon, &Requests{all: 1})
	none.Mark(noon, "v1")
	if none.View(noon) != nil {
		t.Error("an app beyond the bound has a history")
	}
	if most := maxSeries*int(kinds)*int(unsafe.Sizeof(series{})) + int(unsafe.Sizeof(flow{})); most+maxMarks*int(unsafe.Sizeof(Mark{})) > 37_500 {
		t.Errorf("an app takes %d bytes: the package's documentation says less", most)
	}
}

// What a line says of times before 1970 is not believed, though nothing newer is known.
func TestBefore1970(t *testing.T) {
	a := New(time.Minute).App()
	a.Put(Memory, "web.1", time.Unix(-30*60, 0), 1, 2)
	if v := a.View(noon); len(v.Memory) > 0 {
		t.Errorf("shown: %v", v.Memory)
	}
}

// A figure that comes late is shown as long as its step is, and no longer.
func TestLateFigure(t *testing.T) {
	f := func(steps int, shown bool) {
		t.Helper()
		a := New(time.Minute).App()
		a.Put(Memory, "web.1", noon, 1, 2)
		a.Put(Memory, "web.1", noon.Add(-time.Duration(steps)*time.Minute), 2, 2)
		got := slices.Contains(a.View(noon).Memory[0].Shares, 1)
		if got != shown {
			t.Errorf("%d steps late: shown %v, want %v", steps, got, shown)
		}
	}
	f(1, true)
	f(Points-1, true)
	f(Points, false)
}

// A figure makes no garbage.
func TestCost(t *testing.T) {
	a := New(time.Minute).App()
	at := noon
	var r Requests
	r.Add(200, time.Millisecond)
	if n := testing.AllocsPerRun(1000, func() {
		at = at.Add(time.Second)
		a.Put(Memory, "web.1", at, 1, 2)
		a.Requests(at, &r)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// A step's service times stay when the next one's requests come, though nobody looked in between.
func TestServiceTimesStay(t *testing.T) {
	a := New(time.Minute).App()
	start := time.Unix(1_800_000_000, 0).Truncate(time.Minute)
	for step, service := range []time.Duration{10 * time.Millisecond, time.Second} {
		var r Requests
		r.Add(200, service)
		a.Requests(start.Add(time.Duration(step)*time.Minute), &r)
	}
	p50 := a.View(start.Add(time.Minute)).Service[0]
	if old, now := p50[Points-2], p50[Points-1]; !(old > 0.009 && old < 0.013 && now > 0.9 && now < 1.1) { // NaN is none of it
		t.Errorf("p50 of 10 ms and then 1 s: %g and %g", old, now)
	}
}
