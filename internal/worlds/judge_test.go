package worlds

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"drain/internal/scale"
)

// slack is how long after Heroku or the log said something we may still do what was decided before: the
// calls of one action take that long.
const slack = 15 * time.Second

// judge knows what the owner wants and what was told to the Scaler, and holds against it what reaches
// Heroku. All is guarded by the world's lock.
type judge struct {
	*world
	policies  []scale.Policy
	perDyno   map[string]map[string]int // connections, by add-on and process type
	thought   float64                   // what the budget takes them for, to 1
	known     bool                      // the budget knows at all
	leaks     float64                   // of its memory quota that a web dyno takes more each minute
	readings  []scale.Reading
	dynosSaid []scale.Footprint

	wants            map[string]int      // what people set last, by process type
	shed             map[string]bool     // it has less since, by us
	asked            map[string]*write   // our newest
	made             map[string][]change // ours
	restartAt        time.Time           // when we asked for the newest
	yes              map[string]time.Time
	foreign, release heard
	shared           time.Time // until then figures come under the shared password
	taken            bool      // another process has the app
}

// write is a change that we ask for.
type write struct {
	at       time.Time
	from, to int
	raced    bool // somebody was faster
}

// change is one of ours that Heroku did.
type change struct {
	at   time.Time // when it was asked for
	to   int       // -1 for a restart
	less bool
}

// heard is the newest line of a kind.
type heard struct{ at, told time.Time }

// holds says whether it should keep us from acting for so long.
func (h heard) holds(lasts time.Duration) bool {
	return time.Since(h.told) > slack && time.Since(h.at) < lasts
}

func newJudge(w *world) judge {
	r := w.random
	j := judge{
		world: w, perDyno: map[string]map[string]int{}, thought: 1, known: r.IntN(6) > 0,
		wants: map[string]int{}, shed: map[string]bool{}, asked: map[string]*write{}, made: map[string][]change{}, yes: map[string]time.Time{},
	}
	if r.IntN(6) == 0 {
		j.thought = []float64{0.4, 2}[r.IntN(2)]
	}
	for _, a := range w.app.Addons() {
		j.perDyno[a.Name] = map[string]int{"web": 2 + r.IntN(25), "jobs": r.IntN(9)}
	}
	if r.IntN(3) > 0 {
		j.leaks = r.Float64() / 60
	}
	for process, n := range w.have {
		j.wants[process] = n
	}
	return j
}

// change takes what was done to the formation. What somebody sets between our asking and Heroku's doing is
// overwritten, since Heroku knows no conditional change; the line that tells of it must keep us from more.
func (j *judge) change(by, process string, from, to int) {
	w := j.asked[process]
	switch {
	case by != ours:
		j.wants[process], j.shed[process] = to, false
		if w != nil {
			w.raced = true
		}
	case from == to:
	case w == nil || w.to != to:
		j.t.Errorf("%s %d → %d, and nobody asked for it", process, from, to)
	default:
		j.made[process] = append(j.made[process], change{w.at, to, to < w.from})
		if j.shed[process] = !w.raced; w.raced {
			j.wants[process] = to
		}
	}
}

// write holds a change that is asked for against the policy.
func (j *judge) write(process string, to int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	from, last := j.have[process], j.asked[process]
	j.asked[process] = &write{at: time.Now(), from: from, to: to}
	if from == to {
		return // somebody did the same
	}
	j.seen.add("our changes")
	bad := func(format string, args ...any) {
		j.t.Helper()
		j.t.Errorf("%s %d → %d, its owner wants %d: "+format, append([]any{process, from, to, j.wants[process]}, args...)...)
	}
	p := j.policy(process, scale.VerbScale)
	undone := to > from && time.Since(j.yes[scale.VerbUndo+process]) < time.Minute
	// The ledger has somebody's newest change only: after a restart nothing may tell who was faster.
	forgot := undone && last != nil && last.raced && last.at.Before(j.diedAt) && to <= last.from
	switch {
	case p == nil || p.Mode == scale.DryRun:
		bad("nothing is allowed")
		return
	case to > j.wants[process] && !forgot:
		bad("above what there was before the incident")
	case to < from && to < p.Floor(process):
		bad("below min %d", p.Floor(process))
	case to < from && !j.proof():
		bad("by these figures: %+v", j.readings)
	case to > from && !forgot && (!j.shed[process] || p.Restore == scale.RestoreNever && !undone):
		bad("nothing was shed that may be restored")
	case !undone && j.foreign.holds(10*time.Minute): // of this type a person's change leaves nothing shed
		bad("a person changed it at %s, which was told at %s", j.foreign.at, j.foreign.told)
	case j.release.holds(3 * time.Minute):
		bad("a release was at %s, which was told at %s", j.release.at, j.release.told)
	case j.scales && process == "web" && to < from:
		bad("Heroku scales it itself")
	case j.taken:
		bad("another process has the app")
	case j.left < 90:
		bad("%d calls were left", j.left)
	case undone && !j.proof():
		bad("undone by these figures: %+v", j.readings)
	case undone:
		j.seen.add("undone")
	case p.Mode == scale.Approve && to < from && time.Since(j.yes[scale.VerbScale+process]) > time.Minute,
		(p.Restore == scale.RestoreApprove || p.Mode == scale.Approve && p.Restore != scale.RestoreAutomatic) && to > from && time.Since(j.yes[scale.VerbRestore+process]) > time.Minute:
		bad("nobody approved")
	}
	if other := j.before(p, process, to < from); other != "" && !undone {
		bad("%s comes first, it is at %d and its owner wants %d", other, j.have[other], j.wants[other])
	}
	made := j.recent(process)
	for _, c := range made {
		if to < from && c.less && time.Since(c.at) < p.Cooldown-slack {
			bad("within the cooldown of %s", p.Cooldown)
		}
	}
	if len(made) >= p.PerHour && !undone {
		bad("after %d in an hour, allowed are %d", len(made), p.PerHour)
	}
}

// before is a process type of p's that comes before another: of more expendable ones, which are shed first,
// that could spare a dyno and help, of less expendable ones, which come back first, that has one to come.
func (j *judge) before(p *scale.Policy, process string, less bool) string {
	at := slices.Index(p.Process, process)
	for i, other := range p.Process {
		switch e := j.fits(other); {
		case less && i < at && j.have[other] > p.Floor(other) && (!e.FitsKnown || e.Fits < j.have[other]),
			!less && i > at && j.shed[other] && j.have[other] < j.wants[other]:
			return other
		}
	}
	return ""
}

// recent are our changes of the last hour.
func (j *judge) recent(process string) []change {
	j.made[process] = slices.DeleteFunc(j.made[process], func(c change) bool { return time.Since(c.at) >= time.Hour-slack })
	return j.made[process]
}

func (j *judge) policy(process, verb string) *scale.Policy {
	for i := range j.policies {
		if p := &j.policies[i]; slices.Contains(p.Process, process) && p.Verb == verb {
			return p
		}
	}
	return nil
}

// proof says whether a figure was told that dynos may be shed by.
func (j *judge) proof() bool {
	return slices.ContainsFunc(j.readings, func(r scale.Reading) bool {
		return r.Own && r.Used*100 >= r.Limit*95 && time.Since(r.At) <= 3*time.Minute+slack
	})
}

// request looks at what is asked of Heroku. At times somebody is faster, or changes it right after.
func (j *judge) request(r *http.Request) {
	switch {
	case r.Method == http.MethodDelete:
		j.restart(strings.TrimPrefix(r.URL.Path, "/apps/enketo/dynos/"))
	case r.Method == http.MethodPatch && strings.HasPrefix(r.URL.Path, "/apps/enketo/formation/"):
		body, err := r.GetBody()
		if err != nil {
			j.t.Fatal(err)
		}
		var asked struct{ Quantity int }
		if err := json.NewDecoder(body).Decode(&asked); err != nil {
			j.t.Error(err)
		}
		process := strings.TrimPrefix(r.URL.Path, "/apps/enketo/formation/")
		j.write(process, asked.Quantity)
		j.race(process, asked.Quantity)
	}
}

// race is a person who sets the same process type at the same moment.
func (j *judge) race(process string, ours int) {
	j.mu.Lock()
	n, which := j.luck.IntN(10), j.luck.IntN(16)
	fresh := n != ours && j.isFresh(process, n)
	later := time.Duration(1+j.luck.IntN(3000)) * time.Millisecond
	j.mu.Unlock()
	switch {
	case !fresh:
	case which == 0:
		if j.set(process, n) {
			j.seen.add("changed between read and write")
		}
	case which == 1:
		j.seen.add("changed after the write")
		time.AfterFunc(later, func() { j.set(process, n) })
	}
}

// restart holds a restart against the policy.
func (j *judge) restart(dyno string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.restartAt = time.Now()
	p := j.policy("web", scale.VerbRestart)
	switch {
	case p == nil || p.Mode == scale.DryRun:
		j.t.Errorf("%s is restarted, and nothing is allowed", dyno)
		return
	case j.have["web"]-1 < p.Floor("web"):
		j.t.Errorf("%s is restarted, one of %d with min %d", dyno, j.have["web"], p.Floor("web"))
	case j.foreign.holds(10 * time.Minute), j.release.holds(3 * time.Minute), j.taken, j.left < 90:
		j.t.Errorf("%s is restarted: foreign %+v, release %+v, taken %t, calls left %d", dyno, j.foreign, j.release, j.taken, j.left)
	case p.Mode == scale.Approve && time.Since(j.yes[scale.VerbRestart+"web"]) > time.Minute:
		j.t.Errorf("%s is restarted, and nobody approved", dyno)
	case !slices.ContainsFunc(j.dynosSaid, func(f scale.Footprint) bool {
		return f.Dyno == dyno && f.Own && f.Used >= 0.9 && time.Since(f.At) <= 3*time.Minute+slack
	}):
		j.t.Errorf("%s is restarted by these figures: %+v", dyno, j.dynosSaid)
	}
	made := j.recent("web")
	for _, c := range made {
		if time.Since(c.at) < p.Cooldown-slack && (c.less || c.to < 0) {
			j.t.Errorf("%s is restarted within the cooldown of %s", dyno, p.Cooldown)
		}
	}
	if len(made) >= p.PerHour {
		j.t.Errorf("%s is restarted after %d in an hour, allowed are %d", dyno, len(made), p.PerHour)
	}
}

// restarted takes a restart that Heroku did.
func (j *judge) restarted(text string) {
	if strings.HasSuffix(text, " is restarted by "+ours) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.tellf("%s", text)
		j.made["web"] = append(j.made["web"], change{j.restartAt, -1, false})
	}
}

// fresh says whether n can be told from what there is and from what we set of late.
func (j *judge) fresh(process string, n int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.isFresh(process, n)
}

func (j *judge) isFresh(process string, n int) bool {
	if w := j.asked[process]; w != nil && w.to == n {
		return false
	}
	return n != j.have[process] && n != j.wants[process] && !slices.ContainsFunc(j.made[process], func(c change) bool { return c.to == n })
}

// mayCome says whether a change of ours may yet be done: what it overwrites then only the log tells.
func (j *judge) mayCome(process string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	w := j.asked[process]
	return w != nil && time.Since(w.at) < 2*time.Minute
}

// theirs is somebody else's change.
func (j *judge) theirs(process string, n int, untold bool) {
	j.set(process, n)
	if untold {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.lines = slices.DeleteFunc(j.lines, func(l line) bool {
			return l.at.Equal(time.Now()) && strings.HasPrefix(l.text, fmt.Sprintf("Scaled to %s@%d:", process, n))
		})
	}
}

func (j *judge) heard(h *heard, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tellf("the log tells of a change at %s", at.Format("15:04:05.000"))
	if at.After(h.at) {
		*h = heard{at, time.Now()}
	}
}

// unheard forgets what a process had heard that died before it could write it down: it first asks whether
// that was an upgrade's, and may be waiting for an answer meanwhile.
func (j *judge) unheard() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, h := range []*heard{&j.foreign, &j.release} {
		if j.diedAt.Sub(h.told) < slack {
			*h = heard{}
		}
	}
}

func (j *judge) approved(d scale.Decision) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.yes[d.Verb+d.Process] = time.Now()
}

func (j *judge) untrusted(minutes int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.shared = time.Now().Add(time.Duration(minutes) * time.Minute)
}

func (j *judge) busy(taken bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.taken = taken
}
