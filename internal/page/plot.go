package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	"drain/internal/history"
)

// plot is one figure. Places in it are percents, from the left and from the top.
type plot struct {
	axis
	Title  string
	Lines  []line
	Ahead  []line // what is expected; Name says it in words
	Grid   []rule
	Bound  *rule // what a line should not reach; nil: there is none
	Marks  []float64
	Missed string // why there is nothing to see; empty: there is
}

// line is one series.
type line struct {
	Name  string // with its newest value
	Class string
	Path  string // for the d of an SVG path
}

// rule is a line across.
type rule struct {
	Y    float64
	Text string
}

// colours is how many lines can be told apart by theirs.
const colours = 6

// bridged is over how many steps without a figure a line goes on: Redis tells its figures less often
// than there are steps.
const bridged = 3

// plots are the figures of the app that is chosen.
func plots(v *View) []plot {
	h, x := v.History, newAxis(v.History)
	service := plot{axis: x, Title: "Service time", Missed: "No request was seen."}
	y := func(v float64) float64 { return 100 * (1 - math.Log10(max(v, 0.001)/0.001)/math.Log10(300_000)) } // 1 ms to 300 s
	service.Bound = &rule{y(30), "30 s: H12"}                                                               // Dev Center, "Request Timeout"
	for _, g := range []struct {
		seconds float64
		text    string
	}{{1, "1 s"}, {0.1, "100 ms"}, {0.01, "10 ms"}} {
		service.Grid = append(service.Grid, rule{y(g.seconds), g.text})
	}
	for i, name := range []string{"p50", "p95", "p99"} {
		if points := whole(h.Service[i]); last(points) == last(points) {
			service.line(fmt.Sprint(name, " ", duration(last(points))), i, points, y)
		}
	}
	all := []plot{
		shares(x, "Redis connections, of the limit", "No Redis has told of its connections and their limit.", h.Connections,
			func(s *history.Series) string { return fmt.Sprintf("%s %.0f of %.0f", s.Name, s.Value, s.Limit) }, nil),
		shares(x, "Memory of dynos, of the quota", "No dyno has told of its memory, or no rule asks for it.", h.Memory,
			func(s *history.Series) string { return fmt.Sprintf("%s %.0f %%", s.Name, 100*s.Value/s.Limit) }, v.Forecasts),
		requests(x, h),
		service,
	}
	for i := range all {
		p := &all[i]
		for _, m := range h.Marks {
			if at := p.percent(m.At); at >= 0 {
				p.Marks = append(p.Marks, at)
			}
		}
		if len(p.Lines) > 0 {
			p.Missed = ""
		}
	}
	return all
}

// shares plots what is held against a limit, which is drawn at 100 %, and where that is going.
func shares(x axis, title, missed string, list []history.Series, name func(*history.Series) string, ahead []Forecast) plot {
	p := plot{axis: x, Title: title, Missed: missed}
	top := 1.2
	for i := range list {
		top = max(top, 1.1*highest(list[i].Shares))
	}
	y := func(v float64) float64 { return 100 * (1 - v/top) }
	p.Bound = &rule{y(1), "limit"}
	if top < 4 { // else it would stand on the limit
		p.Grid = []rule{{y(0.5), "50 %"}}
	}
	for i := range list {
		s := &list[i]
		text := name(s)
		if n := len(s.Shares); last(s.Shares[max(0, n-1-bridged):]) != last(s.Shares) {
			text = s.Name + " –" // what it was is not what it is
		}
		p.line(text, i, s.Shares, y)
	}
	p.forecast(list, ahead, y)
	return p
}

func requests(x axis, h *history.View) plot {
	p := plot{axis: x, Title: "Requests a minute", Missed: "No request was seen."}
	if h.Requests == nil {
		return p
	}
	rate := func(counts []float32) []float32 {
		out := whole(counts)
		for i := range out {
			out[i] *= float32(time.Minute) / float32(h.Step)
		}
		return out
	}
	all, failed := rate(h.Requests), rate(h.Failed)
	if last(all) != last(all) {
		return p // the first step isn't over
	}
	top := max(1, 1.15*highest(all))
	y := func(v float64) float64 { return 100 * (1 - v/top) }
	tick := round(top / 2)
	p.Grid = []rule{{y(tick), fmt.Sprintf("%.5g", tick)}}
	p.line(fmt.Sprintf("all %.0f", last(all)), 0, all, y)
	p.line(fmt.Sprintf("answered 5xx %.0f", last(failed)), 5, failed, y)
	return p
}

// whole leaves out the present step, of which there is only a part, and copies the others.
func whole(points []float32) []float32 {
	if points == nil {
		return nil
	}
	return append([]float32{}, points[:len(points)-1]...)
}

// line adds a series; y is where a value stands.
func (p *plot) line(name string, i int, points []float32, y func(float64) float64) {
	var d strings.Builder
	before := -1 - bridged
	for i, v := range points {
		x := i - p.skip
		if v != v || x < 0 {
			continue
		}
		verb := 'L'
		if x-before > bridged {
			verb = 'M'
		}
		if verb == 'M' {
			fmt.Fprintf(&d, "M%d %.1fh0", x, y(float64(v))) // a dot, if nothing follows
		} else {
			fmt.Fprintf(&d, "L%d %.1f", x, y(float64(v)))
		}
		before = x
	}
	p.Lines = append(p.Lines, line{name, class(i), d.String()})
}

// class is the style sheet's name of the i-th line.
func class(i int) string { return fmt.Sprint("k", i%colours+1) }

// Describe says in words what is drawn.
func (p *plot) Describe() string {
	names := make([]string, 0, len(p.Lines))
	for _, l := range p.Lines {
		names = append(names, l.Name)
	}
	text := fmt.Sprintf("%s over %s; now %s", p.Title, p.Span(), strings.Join(names, ", "))
	for _, l := range p.Ahead {
		text += "; " + l.Name
	}
	return text
}

// highest is the largest value, 0 if there is none.
func highest(points []float32) float64 {
	most := 0.0
	for _, v := range points {
		if float64(v) > most { // none is not
			most = float64(v)
		}
	}
	return most
}

// last is the newest value there is, NaN if there is none.
func last(points []float32) float64 {
	for i := len(points) - 1; i >= 0; i-- {
		if points[i] == points[i] {
			return float64(points[i])
		}
	}
	return math.NaN()
}

// round is v with its first digit only, 1, 2 or 5.
func round(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, digit := range []float64{5, 2} {
		if v >= digit*unit {
			return digit * unit
		}
	}
	return unit
}

func duration(seconds float64) string {
	switch {
	case seconds != seconds:
		return "–"
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", 1000*seconds)
	}
	return fmt.Sprintf("%.1f s", seconds)
}
