package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"drain/internal/history"
)

// leak is of web.1, at 70 % at noon.
func leak(left time.Duration) []Forecast {
	return []Forecast{{Name: "web.1", At: noon, Share: 0.7, Full: noon.Add(left)}}
}

// climbing is a dyno heard of for so many minutes, and the plot of its memory.
func climbing(minutes int, ahead []Forecast) *plot {
	a := history.New(time.Minute).App()
	for i := range minutes {
		a.Put(history.Memory, "web.1", noon.Add(time.Duration(i+1-minutes)*time.Minute), 0.7, 1)
	}
	return &plots(&View{History: a.View(noon), Forecasts: ahead})[1]
}

func TestForecastIsDrawn(t *testing.T) {
	f := func(left time.Duration, want string) {
		t.Helper()
		p := climbing(120, leak(left))
		if len(p.Ahead) != 1 || p.Ahead[0].Class != p.Lines[0].Class {
			t.Fatalf("%+v", p.Ahead)
		}
		if got := p.Ahead[0].Path; got != want {
			t.Errorf("in %s: %s, want %s", left, got, want)
		}
	}
	// 180 steps, of which the last began at noon, and 59 more. The limit stands at 100 - 100/1.2.
	f(30*time.Minute, "M178.5 41.7L208.5 16.7")
	f(59*time.Minute, "M178.5 41.7L237.5 16.7")
	f(119*time.Minute, "M178.5 41.7L238.0 29.2") // half of it, where the plot ends

	p := climbing(120, slices.Concat(leak(140*time.Minute), leak(time.Hour))) // the axis grows once
	if want := "web.1 reaches its quota at about 14:20"; p.Ahead[0].Name != want || !strings.Contains(p.Describe(), "; "+want) {
		t.Errorf("%q in %q", p.Ahead[0].Name, p.Describe())
	}
	if got, want := fmt.Sprintf("%.1f", p.Now()), "75.2"; got != want {
		t.Errorf("the present is at %s %%, want %s", got, want)
	}
	if got := p.Times()[2]; got != "12:59" {
		t.Errorf("the plot ends at %s, want 12:59", got)
	}

	for _, never := range [][]Forecast{
		nil, leak(0), leak(-time.Minute), leak(foreseen + time.Minute),
		{{Name: "web.2", At: noon, Share: 0.7, Full: noon.Add(time.Hour)}},
	} {
		if p := climbing(120, never); len(p.Ahead) > 0 || p.Now() != 0 || p.Times()[2] != "12:00" {
			t.Errorf("%+v: drawn is %+v", never, p.Ahead)
		}
	}
}

// Of a process that began a while ago the plot shows that while, and not hours of nothing.
func TestAxisBeginsWithWhatIsKnown(t *testing.T) {
	f := func(minutes int, from, span, begins string) {
		t.Helper()
		p := climbing(minutes, nil)
		if got := p.Times()[0]; got != from || p.Span() != span {
			t.Errorf("%d minutes: %s since %s, want %s since %s", minutes, p.Span(), got, span, from)
		}
		if got := p.Lines[0].Path; !strings.HasPrefix(got, begins) {
			t.Errorf("%d minutes: the line is %.20s…, want %s", minutes, got, begins)
		}
	}
	f(1, "11:46", "15 minutes", "M14 ")
	f(15, "11:46", "15 minutes", "M0 ")
	f(16, "11:31", "30 minutes", "M14 ")
	f(60, "11:01", "1 hour", "M0 ")
	f(61, "09:01", "3 hours", "M119 ")
	f(180, "09:01", "3 hours", "M0 ")
}
