package worlds

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/ledger"
	"drain/internal/scale"
	"drain/internal/simulator/app"
)

const (
	full  = "redis-connections-exhausted"
	heavy = "memory-quota-exceeded"
)

// life is an app with policies: people, Heroku and a Scaler do what they do to it for some hours.
type life struct {
	*world
	judge
	options scale.Options
	scaler  *scale.Scaler
	ledger  *ledger.Ledger
	silent  int                  // minutes in which no figure comes
	firing  map[string]time.Time // rules, and since when
	low     map[string]int       // minutes since it would fire
	told    map[string]scale.Decision
}

// lively chooses an app.
func lively(random *rand.Rand) app.Options {
	return app.Options{
		Web: 1 + random.IntN(9), Others: map[string]int{"jobs": 1 + random.IntN(4)},
		Move: time.Duration(random.IntN(180)) * time.Second,
	}
}

func newLife(w *world) *life {
	l := &life{world: w, firing: map[string]time.Time{}, low: map[string]int{}, told: map[string]scale.Decision{}, ledger: ledger.NewMemory(time.Now)}
	l.judge = newJudge(w)
	w.tardy, w.late = 25, 100
	w.scaled, w.requests, w.happens = l.change, l.request, l.restarted
	l.options = scale.Options{
		Policies: l.choose(), Platform: w.client, Actions: shelf{l.ledger.Shelf(ledger.Actions), w}, Formations: shelf{l.ledger.Shelf(ledger.Formations), w},
		Durable: true, MayAct: true, Timing: scale.DefaultTiming(), Evidence: l.evidence, Log: zerolog.Nop(), Tell: l.tell,
		Hold: func(ctx context.Context, app string) (context.Context, func(), error) {
			return l.ledger.Hold(ctx, ledger.ActingOn(app), "drain", 30*time.Second)
		},
	}
	l.policies = l.options.Policies
	return l
}

// choose makes up the owner's policies: the most expendable type first.
func (l *life) choose() []scale.Policy {
	r := l.random
	some := func(name, on, verb string, processes ...string) scale.Policy {
		p := scale.Policy{
			Name: name, On: on, Verb: verb, App: "enketo", Process: processes, Min: scale.Min{All: new(r.IntN(3))}, MaxStep: scale.Step(r.IntN(3)),
			Mode:     []scale.Mode{scale.Automatic, scale.Automatic, scale.Automatic, scale.Approve, scale.DryRun}[r.IntN(5)],
			Cooldown: time.Duration(2+r.IntN(9)) * time.Minute, PerHour: 2 + r.IntN(4), Verify: time.Duration(2+r.IntN(4)) * time.Minute,
			Restore:      []scale.Restore{scale.RestoreAutomatic, scale.RestoreAutomatic, scale.RestoreApprove, scale.RestoreNever}[r.IntN(4)],
			RestoreAfter: time.Duration(4+r.IntN(4)) * time.Minute,
		}
		p.SetDefaults()
		return p
	}
	var all []scale.Policy
	switch r.IntN(4) {
	case 0:
		p := some("shed", full, scale.VerbScale, "jobs", "web")
		if l.chance(2) {
			p.Min = scale.Min{Of: map[string]int{"jobs": r.IntN(3)}}
		}
		all = append(all, p)
	case 1:
		all = append(all, some("shed-jobs", full, scale.VerbScale, "jobs"))
		fallthrough
	default:
		all = append(all, some("shed-web", full, scale.VerbScale, "web"))
	}
	if l.chance(3) {
		all = append(all, some("restart-web", heavy, scale.VerbRestart, "web"))
	}
	return all
}

func (l *life) tell(d scale.Decision) {
	l.seen.add(d.Verb + " " + string(d.Verdict))
	if d.Verdict == scale.Hold {
		l.seen.add("held by " + string(d.Why))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told[d.Verb+" "+d.Process] = d
	l.tellf("%s %s %s: %s", d.Verb, d.Verdict, d.Why, d.Text)
}

// shelf is the ledger's for as long as the process lives.
type shelf struct {
	*ledger.Shelf
	w *world
}

func (s shelf) Put(ctx context.Context, key string, value []byte) error {
	if s.w.die() {
		return errDead
	}
	err := s.Shelf.Put(ctx, key, value)
	if s.w.die() {
		return errDead
	}
	return err
}

func (s shelf) Delete(ctx context.Context, key string) error {
	if s.w.die() {
		return errDead
	}
	err := s.Shelf.Delete(ctx, key)
	if s.w.die() {
		return errDead
	}
	return err
}

// start runs a process until the returned function is called.
func (l *life) start() (stop func()) {
	s, err := scale.New(l.options)
	if err != nil {
		l.t.Fatal(err)
	}
	l.scaler = s
	ctx, cancel := context.WithCancel(l.t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	for rule, since := range l.firing {
		s.Request(scale.Request{App: "enketo", Rule: rule, Firing: true, At: since})
	}
	return func() {
		cancel()
		if err := <-done; err != nil {
			l.t.Error(err)
		}
	}
}

// minute lets one pass: figures come, the log, and something may happen.
func (l *life) minute(happens func()) {
	if l.silent--; l.silent <= 0 {
		l.measure(l.firing)
		l.scaler.Nudge("enketo")
	}
	l.rules()
	at := time.Duration(l.random.IntN(55)) * time.Second
	time.Sleep(at)
	happens()
	l.hear()
	time.Sleep(time.Minute - at)
	synctest.Wait()
}

// hear has the Scaler told of what was logged since.
func (l *life) hear() {
	if l.isDead() {
		return
	}
	l.mu.Lock()
	lines := l.lines
	l.lines = nil
	l.mu.Unlock()
	for _, one := range lines {
		if !strings.HasPrefix(one.text, "Scaled to ") {
			l.scaler.Released("enketo", one.at)
			l.heard(&l.release, one.at)
			continue
		}
		for _, f := range formed.FindAllStringSubmatch(one.text, -1) {
			n, _ := strconv.Atoi(f[2])
			if l.scaler.Scaled("enketo", f[1], n, one.at); !strings.HasSuffix(one.text, ours) {
				l.heard(&l.foreign, one.at)
			}
		}
	}
}

// rules fire and cease as the daemon's do: at once, and 5 minutes after the last sign.
func (l *life) rules() {
	for rule, sign := range map[string]bool{full: l.full(), heavy: l.heavy()} {
		_, fires := l.firing[rule]
		if l.low[rule]++; sign {
			l.low[rule] = 0
		}
		switch {
		case sign && !fires:
			l.firing[rule] = time.Now()
			l.scaler.Request(scale.Request{App: "enketo", Rule: rule, Firing: true, At: l.firing[rule]})
		case fires && l.low[rule] >= 5:
			delete(l.firing, rule)
			l.scaler.Request(scale.Request{App: "enketo", Rule: rule, At: time.Now()})
		}
	}
}

// answer is a person who is asked.
func (l *life) answer() {
	for _, d := range l.scaler.Asks("enketo") {
		ctx, cancel := context.WithTimeout(l.t.Context(), 2*time.Second)
		var err error
		if l.chance(8) {
			l.seen.add("refused by a person")
			_, err = l.scaler.Refuse(ctx, d.ID, "jo")
		} else {
			l.seen.add("approved by a person")
			l.approved(d)
			_, err = l.scaler.Approve(ctx, d.ID, "jo")
		}
		cancel()
		if err != nil && !errors.Is(err, scale.ErrNoAsk) && !errors.Is(err, context.DeadlineExceeded) {
			l.t.Error(err)
		}
	}
}

// explained says whether people were told why a process type is not as its owner wants.
func (l *life) explained(process string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.told[scale.VerbRestore+" "+process]
	switch d.Verdict {
	case scale.Dropped, scale.Ask, scale.Refused, scale.WouldAct, scale.Hold:
		return d.Text != ""
	case scale.Done:
		return time.Since(d.At) < 10*time.Minute // a step is being watched, and more are to come
	}
	return false
}

// In no world does the Scaler do what judge doesn't allow; and when peace comes each app is as its owner
// wants, or it is said why not.
func TestScalingWorlds(t *testing.T) {
	seen := inWorlds(t, lively, func(w *world) {
		l := newLife(w)
		stop := l.start()
		for range 6 {
			l.minute(func() {})
		}
		for range 16 {
			l.minute(l.mishap)
			if l.isDead() {
				l.unheard()
				stop()
				l.mortal(0)
				stop = l.start()
			}
		}
		stop()
		l.peace()
		stop = l.start()
		for range 100 / 2 {
			l.minute(l.answer)
			time.Sleep(time.Minute)
		}
		stop()
		for _, p := range l.policies {
			for _, process := range p.Process {
				switch got := l.dynos(process); {
				case p.Verb != scale.VerbScale || !l.shed[process] || got == l.wants[process]:
				case p.Restore == scale.RestoreNever, p.Mode == scale.DryRun:
				case !l.explained(process):
					l.t.Errorf("%s is at %d, its owner wants %d, and nobody says why; the last decisions: %+v", process, got, l.wants[process], l.told)
				default:
					l.seen.add("ended with a reason")
				}
			}
		}
		if n := l.most(); n > allowed {
			l.t.Errorf("%d calls in an hour", n)
		}
	})
	seen.want(t, 20, "429 with Retry-After", "5xx", "slow answer", "answer lost, done", "answer lost, not done", "answer lost, done, slow", "answer lost, done late",
		"outage", "the account is used up", "changed between read and write", "changed after the write",
		"a person's change", "a person's change, untold", "autoscaling", "autoscaler's change", "deploy", "deploy with preboot",
		"a change of plan", "no figures", "figures under the shared password", "another process acts", "the process died", "approved by a person", "refused by a person",
		"scale done", "scale worked", "scale no_effect", "scale failed", "scale dry_run", "restore done", "restore worked", "restore dropped", "undo ask", "restart done", "restart worked")
	seen.want(t, 1, "422 or 404", "ended with a reason", "restart no_effect", "held by autoscaling", "held by foreign_change", "held by release",
		"undo done", "undo hold", "held by rate_limit", "held by other_process", "held by per_hour", "held by untrusted_evidence", "held by stale_evidence", "held by platform")
}

// allowed is how many calls of the account's 4500 an hour may cost at most.
const allowed = 1000

// mishap is what may happen in a minute.
func (l *life) mishap() {
	l.answer()
	switch l.random.IntN(18) {
	case 0:
		l.person("web", l.chance(3))
	case 2:
		l.person("jobs", l.chance(3))
	case 1, 3, 4:
		l.plan([]string{"premium-0", "premium-1", "premium-2", "premium-4"}[l.random.IntN(4)])
	case 5:
		l.mortal(1 + l.random.IntN(25))
	case 6:
		preboot := l.chance(2)
		l.seen.add(map[bool]string{true: "deploy with preboot", false: "deploy"}[preboot])
		l.app.Deploy("jo@example.com", preboot)
	case 7:
		l.outage(time.Duration(1+l.random.IntN(10)) * time.Minute)
	case 8:
		l.seen.add("the account is used up")
		l.api.Spend(5000)
	case 9:
		l.seen.add("no figures")
		l.silent = 2 + l.random.IntN(8)
	case 10:
		l.seen.add("figures under the shared password")
		l.untrusted(2 + l.random.IntN(8))
	case 11:
		l.seen.add("autoscaling")
		l.app.SetAutoscaling(!l.app.Autoscaling())
	case 12:
		if l.app.Autoscaling() {
			l.seen.add("autoscaler's change")
			l.person("web", false)
		}
	case 13:
		l.app.SetMost(1 + l.random.IntN(3))
	case 14:
		l.other(time.Duration(1+l.random.IntN(5)) * time.Minute)
	}
}

// other is `drain upgrade`, which has the app for a while.
func (l *life) other(lasts time.Duration) {
	_, release, err := l.ledger.Hold(l.t.Context(), ledger.ActingOn("enketo"), "upgrade", time.Minute)
	if err != nil {
		return
	}
	l.seen.add("another process acts")
	l.busy(true)
	time.AfterFunc(lasts, func() {
		l.busy(false)
		release()
	})
}

// plan is the owner's upgrade of all Redis, or the way back.
func (l *life) plan(name string) {
	l.seen.add("a change of plan")
	for _, a := range l.app.Addons() {
		_ = l.app.ChangePlan("jo@example.com", a.Name, name) // one that moves is refused
	}
}

// peace ends all trouble, with room for everything.
func (l *life) peace() {
	time.Sleep(15 * time.Minute) // what was begun is over
	l.mortal(0)
	l.api.Faults.Clear()
	l.tardy = 0
	l.app.SetAutoscaling(false)
	l.app.SetMost(100)
	l.untrusted(0)
	l.silent = 0
	l.plan("premium-5")
	time.Sleep(5 * time.Minute)
	l.measure(nil)
}

// meant says whether a process of ours was about to set process to n, and maybe died of it.
func (l *life) meant(process string, n int) (meant bool) {
	for _, name := range []ledger.Name{ledger.Actions, ledger.Formations} {
		err := l.ledger.Shelf(name).Each(l.t.Context(), func(_ string, value []byte) error {
			var a scale.Action // a scale.Wanted has the same in it
			err := json.Unmarshal(value, &a)
			meant = meant || !a.Foreign && a.Process == process && a.To == n
			return err
		})
		if err != nil {
			l.t.Error(err)
		}
	}
	return meant
}

// person sets another quantity than any of late, of which the log tells or not.
func (l *life) person(process string, untold bool) {
	n := l.random.IntN(10)
	if !l.fresh(process, n) || l.meant(process, n) {
		return
	}
	untold = untold && !l.mayCome(process)
	l.seen.add(map[bool]string{true: "a person's change, untold", false: "a person's change"}[untold])
	l.theirs(process, n, untold)
}
