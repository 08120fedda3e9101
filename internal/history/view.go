package history

import (
	"cmp"
	"slices"
	"time"
)

// View is an App's history as it is now. It owns its memory.
type View struct {
	From, To    time.Time // of the points: the first begins at From, the last ends at To
	Step        time.Duration
	Memory      []Series // by name
	Connections []Series
	Requests    []float32 // of each step; NaN before the first was seen, nil where none was
	Failed      []float32
	Service     [len(quantiles)][]float32 // seconds: p50, p95, p99; NaN where there was no request
	Marks       []Mark
}

// Series is a number's share of its limit.
type Series struct {
	Name         string
	Value, Limit float64   // the newest
	Shares       []float32 // 1 is the limit; NaN where nothing is known
}

// View returns all of it; the last point is the present step's.
func (a *App) View(now time.Time) *View {
	if a == nil {
		return nil
	}
	a.advance(now)
	if a.flow != nil {
		a.flow.reckon(int(a.head % Points))
	}
	v := &View{Step: time.Duration(a.step), To: time.Unix(0, (a.head+1)*a.step)}
	v.From = v.To.Add(-Points * v.Step)
	unroll := func(ring *[Points]float32) []float32 {
		first := int((a.head + 1) % Points)
		return append(slices.Clone(ring[first:]), ring[:first]...)
	}
	for kind, list := range a.limits {
		var out []Series
		for _, s := range list {
			if s.heard >= v.From.UnixNano() {
				out = append(out, Series{s.name, s.value, s.limit, unroll(&s.points)})
			}
		}
		slices.SortFunc(out, func(a, b Series) int { return cmp.Compare(a.Name, b.Name) })
		if Kind(kind) == Memory {
			v.Memory = out
		} else {
			v.Connections = out
		}
	}
	if a.flow != nil {
		v.Requests, v.Failed = unroll(&a.flow.requests), unroll(&a.flow.failed)
		for i := range a.flow.service {
			v.Service[i] = unroll(&a.flow.service[i])
		}
	}
	for _, m := range a.marks {
		if !m.At.Before(v.From) {
			v.Marks = append(v.Marks, m)
		}
	}
	return v
}
