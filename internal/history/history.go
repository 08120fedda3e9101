package history

import (
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Bounds of what is held.
const (
	Points    = 180 // of each series
	maxApps   = 256
	maxSeries = 20 // of a kind, of an app
	maxMarks  = 50 // of an app; the oldest go
)

// Kind is a sort of number that is held against a limit.
type Kind int

// The kinds.
const (
	Memory      Kind = iota // of a dyno, as a share of its quota
	Connections             // of an add-on
	kinds
)

// History is that of all apps.
type History struct {
	step time.Duration
	apps atomic.Int64
}

// New returns a History whose points are so far apart. It must be positive.
func New(step time.Duration) *History { return &History{step: step} }

// App returns the history of one more app; nil where there is no room. A nil App forgets everything.
func (h *History) App() *App {
	if h.apps.Add(1) > maxApps {
		h.apps.Add(-1)
		return nil
	}
	return &App{step: int64(h.step)}
}

// App is the history of one app.
type App struct {
	step   int64 // nanoseconds
	head   int64 // the newest step there is, counted from 1970
	limits [kinds][]*series
	flow   *flow // nil: no request was seen
	marks  []Mark
}

// Mark is something that happened once.
type Mark struct {
	At   time.Time
	Text string
}

// series is a number's share of its limit, the largest of each step. The ring's place of a step is the
// remainder of its number.
type series struct {
	name         string
	value, limit float64 // the newest
	heard        int64   // when that was, Unix nanoseconds
	points       [Points]float32
}

// advance makes room for the step of at, and returns its place; ok is false for one that is long past.
func (a *App) advance(at time.Time) (place int, ok bool) {
	nanos := at.UnixNano()
	switch since := nanos - a.head*a.step; { // mostly, and dividing is dear
	case 0 <= since && since < a.step:
		return int(a.head % Points), true
	case since < -(Points-1)*a.step, nanos < 0: // a line may say 1970 and be ahead of Greenwich
		return 0, false
	}
	step := nanos / a.step
	if a.head == 0 {
		a.head = step
	}
	if step > a.head && a.flow != nil {
		a.flow.reckon(int(a.head % Points))
		a.flow.now = Requests{}
	}
	for n := max(a.head, step-Points); n < step; n++ {
		a.clear(int((n + 1) % Points))
	}
	if step > a.head {
		a.head = step
	}
	return int(step % Points), true
}

// clear forgets what a place held a whole round ago.
func (a *App) clear(place int) {
	for _, list := range a.limits {
		for _, s := range list {
			s.points[place] = none
		}
	}
	if a.flow != nil {
		a.flow.clear(place)
	}
}

// none stands for a step of which nothing is known.
var none = float32(math.NaN())

// Put takes a number and its limit, as they were at a time. One without a limit has no share of it, and
// is not taken. Of too many names those heard of last stay.
func (a *App) Put(kind Kind, name string, at time.Time, value, limit float64) {
	if a == nil || limit <= 0 {
		return
	}
	place, ok := a.advance(at)
	if !ok {
		return
	}
	s := a.find(kind, name)
	if share := float32(value / limit); !(s.points[place] >= share) { // none is not
		s.points[place] = share
	}
	if at.UnixNano() >= s.heard {
		s.value, s.limit, s.heard = value, limit, at.UnixNano()
	}
}

func (a *App) find(kind Kind, name string) *series {
	list := a.limits[kind]
	for _, s := range list {
		if s.name == name {
			return s
		}
	}
	s := &series{}
	if len(list) < maxSeries {
		a.limits[kind] = append(list, s)
	} else {
		s = slices.MinFunc(list, func(a, b *series) int { return int(min(1, max(-1, a.heard-b.heard))) })
	}
	*s = series{name: strings.Clone(name)} // it may be a view of a delivery
	for i := range s.points {
		s.points[i] = none
	}
	return s
}

// Mark takes what happened at a time. The same again soon after is one mark: the platform tells of a
// release more than once.
func (a *App) Mark(at time.Time, text string) {
	if a == nil {
		return
	}
	for i := range a.marks {
		if d := at.Sub(a.marks[i].At).Abs(); a.marks[i].Text == text && int64(d) < a.step {
			return
		}
	}
	if len(a.marks) >= maxMarks {
		a.marks = slices.Delete(a.marks, 0, 1)
	}
	a.marks = append(a.marks, Mark{at, text})
}
