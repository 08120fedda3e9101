package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"drain/parser"
)

// Silent is a condition that holds while nothing is heard for longer than the subject's own rhythm
// allows: so many times the largest gap there was within a day. On its first day nobody knows its
// nights yet: then only one that never paused is missed.
type Silent struct {
	Of      string        `yaml:"of"`      // app, process, addon: one state for each
	Factor  float64       `yaml:"factor"`  // default 3
	Floor   time.Duration `yaml:"floor"`   // silence this short is never told, nor any before so long a history; default 15m
	Ceiling time.Duration `yaml:"ceiling"` // … and one this long always; default 36h
}

const (
	gapsKept   = 24 * time.Hour     // how long a gap is remembered, …
	gapStep    = time.Hour          // … the largest of each hour
	silenceEnd = 7 * 24 * time.Hour // after so long nobody waits for a word any more
	lastWords  = time.Minute        // a dyno that is stopped may go on for 30 s
	maxDynos   = 1000               // of a subject, that are told apart

	// On the first day: who never paused for a tenth of the floor is missed after twice the floor.
	steadyShare  = 10
	steadyFactor = 2

	// Heroku restarts each dyno once in 24 h and up to 216 min (Dev Center, "Dyno Management"), and says so:
	// whoever runs at all is heard so often.
	longestSilence = 36 * time.Hour
)

// subjects are what can be silent.
var subjects = []string{"app", "process", "addon"}

func (c Silent) withDefaults() *Silent {
	if c.Factor == 0 {
		c.Factor = 3
	}
	if c.Floor == 0 {
		c.Floor = 15 * time.Minute
	}
	if c.Ceiling == 0 {
		c.Ceiling = max(c.Floor, longestSilence)
	}
	return &c
}

func (c Silent) faster(n time.Duration) *Silent {
	c.Floor, c.Ceiling = c.Floor/n, c.Ceiling/n
	return &c
}

func (c Silent) check(report Report) {
	if !slices.Contains(subjects, c.Of) {
		report("silent.of", fmt.Sprintf("unknown subject %q", c.Of), "use one of "+strings.Join(subjects, ", "))
	}
	if c.Factor != 0 && (c.Factor < 1 || c.Factor > 100) {
		report("silent.factor", fmt.Sprintf("%g is out of range", c.Factor), "use 1 to 100")
	}
	if c.Floor != 0 {
		checkSpan(report, "silent.floor", c.Floor, minWindow, maxWindow)
	}
	if c.Ceiling != 0 {
		checkSpan(report, "silent.ceiling", c.Ceiling, max(c.Floor, minWindow), silenceEnd)
	}
}

// rhythm is when something is heard.
type rhythm struct {
	First   time.Time            `json:"first"`
	Last    time.Time            `json:"last"`
	Gaps    []gap                `json:"gaps,omitempty"` // oldest first
	Running map[string]bool      `json:"running,omitempty"`
	Stopped map[string]time.Time `json:"stopped,omitempty"` // dynos that stopped on purpose a moment ago
	Idle    bool                 `json:"idle,omitempty"`    // the last dyno stopped on purpose: nobody is meant to speak

	*Silent `json:"-"`

	lately [32]string // some of Running, each in a place told by its name
}

// gap is the largest that ended within a step.
type gap struct {
	Step int64         `json:"step"` // when it began, in nanoseconds
	Max  time.Duration `json:"max"`
}

// hear takes a word at now.
func (r *rhythm) hear(now time.Time) {
	if r.First.IsZero() {
		r.First, r.Last = now, now
		return
	}
	pause := between(r.Last, now)
	r.Last = now
	if pause <= 0 || r.Idle {
		return
	}
	step := truncate(now.UnixNano(), int64(gapStep))
	if n := len(r.Gaps); n == 0 || r.Gaps[n-1].Step != step {
		old := 0
		for old < n && r.Gaps[old].Step <= step-int64(gapsKept) {
			old++
		}
		r.Gaps = append(slices.Delete(r.Gaps, 0, old), gap{Step: step})
	}
	last := &r.Gaps[len(r.Gaps)-1]
	last.Max = max(last.Max, pause)
}

// allowed is how long a silence may be.
func (r *rhythm) allowed() time.Duration {
	var most time.Duration
	for _, g := range r.Gaps {
		most = max(most, g.Max)
	}
	if between(r.First, r.Last) < gapsKept {
		if most > r.Floor/steadyShare {
			return r.Ceiling
		}
		return min(steadyFactor*r.Floor, r.Ceiling)
	}
	return max(r.Floor, time.Duration(min(float64(r.Ceiling), r.Factor*float64(most))))
}

// resume goes on at now after nobody listened since was. It begins to wait anew, for as long as it would
// have: whoever sends has to notice first that we are back. A silence that was told goes on.
func (r *rhythm) resume(was, now time.Time, told bool) {
	away := now.Sub(was)
	if !told && away > 0 {
		away = now.Sub(r.Last)
	}
	r.First, r.Last = r.First.Add(away), r.Last.Add(away)
}

// speaks says whether a dyno that is heard means to go on: one that was stopped utters its last words.
func (r *rhythm) speaks(dyno string, now time.Time) bool {
	if r.running(dyno) {
		return true
	}
	if at, ok := r.Stopped[dyno]; ok && now.Sub(at) < lastWords {
		return false
	}
	r.start(dyno, now)
	return true
}

// running says whether a dyno is known to run. Each delivery asks it of all that speak there.
func (r *rhythm) running(dyno string) bool {
	lately := &r.lately[0]
	if n := len(dyno); n >= 2 {
		// With 14, web.1 to web.28 have a place each: the dot is two less than a 0.
		lately = &r.lately[(dyno[1]+14*dyno[n-2]+dyno[n-1])%byte(len(r.lately))]
	}
	if (*lately != dyno || dyno == "") && !r.Running[dyno] {
		return false
	}
	*lately = dyno // equal or not: what is the same memory is compared without a look at it
	return true
}

func (r *rhythm) start(dyno string, now time.Time) {
	delete(r.Stopped, dyno)
	if r.Running == nil {
		r.Running = make(map[string]bool)
	}
	if len(r.Running) < maxDynos {
		r.Running[dyno] = true
	}
	if r.Idle {
		r.Idle, r.Last = false, now
	}
}

func (r *rhythm) stop(dyno string, now time.Time) {
	for d, at := range r.Stopped {
		if now.Sub(at) >= lastWords {
			delete(r.Stopped, d)
		}
	}
	if r.Stopped == nil {
		r.Stopped = make(map[string]time.Time)
	}
	if len(r.Stopped) < 2*maxDynos {
		r.Stopped[dyno] = now
	}
	delete(r.Running, dyno)
	clear(r.lately[:])
	r.Idle = len(r.Running) == 0
}

func (r *rhythm) due() time.Time { return r.Last.Add(r.allowed()) }

func (r *rhythm) holds(now time.Time) (held, known bool) {
	return !r.Idle && r.Last.Sub(r.First) >= r.Floor && !now.Before(r.due()) && !r.empty(now), true
}

func (r *rhythm) next(now time.Time) time.Time {
	if due := r.due(); due.After(now) {
		return due
	}
	return r.Last.Add(silenceEnd)
}

func (r *rhythm) empty(now time.Time) bool { return !now.Before(r.Last.Add(silenceEnd)) }

func (r *rhythm) figure(now time.Time) (value, bound float64) {
	return now.Sub(r.Last).Seconds(), r.allowed().Seconds()
}

// listen takes who was heard.
func (e *Engine) listen(o *Observation) {
	for _, c := range e.set.silences {
		switch c.Silent.Of {
		case "app":
			if s := e.state(c.place, Labels{}); s != nil {
				r := s.sign.(*rhythm)
				for _, dyno := range o.Seen {
					if !r.running(dyno) && processOf(dyno) != "" { // mostly it is known to run
						r.speaks(dyno, e.now)
					}
				}
				e.heard(s)
			}
		case "process":
			for _, dyno := range o.Seen {
				process := processOf(dyno)
				if process == "" {
					continue
				}
				if s := e.state(c.place, Labels{Process: process}); s != nil && s.sign.(*rhythm).speaks(dyno, e.now) {
					e.heard(s)
				}
			}
		case "addon":
			last := ""
			for i := range o.Samples {
				addon := o.Samples[i].Labels.Addon
				if addon == "" || addon == last { // a line has several numbers
					continue
				}
				last = addon
				if s := e.state(c.place, Labels{Addon: addon}); s != nil {
					e.heard(s)
				}
			}
		}
	}
}

// heard takes a word of what a state listens to. A deadline that is too early stays: each delivery
// would cost a move in the heap. When it comes, the next is set by the newest word.
func (e *Engine) heard(s *state) {
	r := s.sign.(*rhythm)
	r.hear(e.now)
	if s.phase != idle || s.place < 0 || between(r.Last, s.deadline) > r.allowed() {
		e.touch(s)
	}
}

// quieten takes what the platform says of dynos: who is meant to speak.
func (e *Engine) quieten(n *Note) {
	process := n.Process
	if n.Kind == NoteState {
		process = processOf(n.Process)
	}
	for _, c := range e.set.silences {
		var key Labels
		switch c.Silent.Of {
		case "process":
			key.Process = process
		case "addon":
			continue
		}
		if s := e.states[c.place][key]; s != nil && process != "" {
			s.sign.(*rhythm).take(n, e.now)
			e.touch(s)
		}
	}
}

func (r *rhythm) take(n *Note, now time.Time) {
	switch {
	case n.Kind == NoteState && (n.To == "starting" || n.To == "up"):
		r.start(n.Process, now)
	case n.Kind == NoteState && (n.To == "down" || n.To == "complete" || n.To == "idle"):
		r.stop(n.Process, now)
	case n.Kind == NoteScaled && n.Quantity == 0:
		for dyno := range r.Running {
			if processOf(dyno) == n.Process {
				r.stop(dyno, now)
			}
		}
	}
}

// processOf is the process type of a dyno, empty if its dynos come and go: they have no rhythm.
func processOf(dyno string) string {
	typ, _ := parser.Dyno(view(dyno))
	if process := dyno[:len(typ)]; parser.OneOff(typ) == "" {
		return process
	}
	return ""
}
