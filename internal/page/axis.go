package page

import (
	"fmt"
	"time"

	"drain/internal/history"
)

// axis is time from left to right, in steps of a history. A figure stands in the middle of its step.
type axis struct {
	begin time.Time // of the first step
	step  time.Duration
	skip  int // steps of the history before the first
	past  int // from the middle of the first step to that of the present
	Width int // the same, and what is to come
}

// newAxis ends with the present, and leaves out what was before anything is known: of a process that
// began a minute ago three hours would show one dot.
func newAxis(h *history.View) axis {
	shown, known := history.Points, history.Points-first(h)
	for _, less := range []int{history.Points / 12, history.Points / 6, history.Points / 3} {
		if known <= less {
			shown = less
			break
		}
	}
	skip := history.Points - shown
	return axis{h.From.Add(time.Duration(skip) * h.Step), h.Step, skip, shown - 1, shown - 1}
}

// first is the first step of which anything is known, the one after the last if there is none.
func first(h *history.View) int {
	lists := [][]float32{h.Requests}
	for i := range h.Memory {
		lists = append(lists, h.Memory[i].Shares)
	}
	for i := range h.Connections {
		lists = append(lists, h.Connections[i].Shares)
	}
	first := history.Points
	for _, points := range lists {
		for i, v := range points[:min(first, len(points))] {
			if v == v {
				first = i
				break
			}
		}
	}
	return first
}

// place is where a time stands, in the units of Width.
func (x *axis) place(t time.Time) float64 { return float64(t.Sub(x.begin))/float64(x.step) - 0.5 }

// percent is where a time stands, from the left.
func (x *axis) percent(t time.Time) float64 { return 100 * x.place(t) / float64(x.Width) }

// extend makes room for what is to come, a third of what was.
func (x *axis) extend() { x.Width = x.past + x.past/3 }

// Now is where the present stands, in percent from the left; 0 if nothing is to come.
func (x *axis) Now() float64 {
	if x.Width == x.past {
		return 0
	}
	return 100 * float64(x.past) / float64(x.Width)
}

// Times are those at the left, in the middle and at the right.
func (x *axis) Times() (out [3]string) {
	all := time.Duration(x.Width) * x.step
	form := "15:04"
	if all < 10*time.Minute {
		form = time.TimeOnly
	}
	for i := range out {
		out[i] = x.begin.Add(x.step/2 + time.Duration(i)*all/2).UTC().Format(form)
	}
	return out
}

// Span is how long it was, in words.
func (x *axis) Span() string {
	d := time.Duration(x.past+1) * x.step
	if d >= time.Hour {
		return quantity(fmt.Sprintf("%.3g", d.Hours()), "hour")
	}
	if d < 2*time.Minute { // of a demo, whose time runs faster
		return quantity(fmt.Sprintf("%.3g", d.Seconds()), "second")
	}
	return quantity(fmt.Sprintf("%.3g", d.Minutes()), "minute")
}
