package scale

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// heavy is the percentage of its memory quota from which a dyno may be restarted: a rule that forecasts
// may fire long before.
const heavy = 90

// Footprint is the newest figure of one dyno's memory.
type Footprint struct {
	Dyno string    `json:"dyno"`
	Used float64   `json:"used"` // of its quota: 1 is all
	At   time.Time `json:"at"`   // the figure's own time
	Own  bool      `json:"own"`  // delivered under the app's own password
}

func (f *Footprint) String() string {
	return fmt.Sprintf("%s uses %.0f %% of its memory", f.Dyno, 100*f.Used)
}

func (f *Footprint) heavy() bool { return f.Used*100 >= heavy }

// decideRestart judges whether the dyno that uses the most memory is restarted.
func decideRestart(p *Policy, s *Situation) Decision {
	d := Decision{
		At: s.Now, Policy: p.Name, Rule: p.On, App: p.App, Verb: VerbRestart, Process: s.Process,
		From: Unknown, To: Unknown, Verdict: Hold, Evidence: s.Evidence,
	}
	yes := s.approved(&d)
	if n, known := s.Formation[s.Process]; known {
		d.From, d.To = n, n
	}
	for _, guard := range []func(*Policy, *Situation) held{
		process, forgotten, grace, upgrading, offHours, stopped,
		inFlight, foreign, release, cooldown, perHour, rate, footprint,
		formation, spare,
		obstacles, settling, approvedDyno,
	} {
		if h := guard(p, s); h.why != "" {
			d.Why, d.Until, d.Text = h.why, h.until, "no dyno of "+s.Process+" is restarted: "+h.text
			return d
		}
	}
	worst := s.heaviest(p)
	d.Dyno = worst.Dyno
	text := d.Dyno + yes + ": " + worst.String()
	switch {
	case p.Mode != Automatic && p.Mode != Approve:
		d.Verdict, d.Text = WouldAct, "would restart "+text+"; nothing is done in mode dry_run"
	case !s.Durable:
		d.Verdict, d.Why = WouldAct, GuardLedger
		d.Text = "would restart " + text + "; nothing is done since no durable ledger remembers actions"
	case p.Mode == Approve && s.Approved == nil:
		d.Verdict, d.Text = Ask, "restarting "+d.Dyno+" needs approval: "+worst.String()
	default:
		d.Verdict, d.Text = Act, "restarting "+text
	}
	return d
}

// heaviest is the dyno with the largest figure that may be acted on; its name is empty if there is none.
func (s *Situation) heaviest(p *Policy) (worst Footprint) {
	for _, f := range s.Evidence.Dynos {
		if f.good(s, p) == "" && f.Used > worst.Used {
			worst = f
		}
	}
	return worst
}

// good says whether f may be acted on. A figure from before the last restart may be that dyno's.
func (f *Footprint) good(s *Situation, p *Policy) Guard {
	touched := s.touched(s.Process)
	switch {
	case !f.heavy():
		return GuardEvidence
	case s.Now.Sub(f.At) > s.Timing.Fresh, !touched.IsZero() && !f.At.After(touched):
		return GuardStale
	case !f.Own:
		return GuardUntrusted
	}
	return ""
}

// footprint holds unless one dyno's figure may be acted on.
func footprint(p *Policy, s *Situation) held {
	h := held{why: GuardEvidence, text: "no dyno says how much memory it has (heroku labs:enable log-runtime-metrics)"}
	most := 0.0
	for _, f := range s.Evidence.Dynos {
		why := f.good(s, p)
		if why == "" {
			return held{}
		}
		if f.Used <= most {
			continue
		}
		most = f.Used
		h.why, h.text = why, doubt(why, f.String(), ago(s.Now, f.At), heavy)
	}
	return h
}

// spare holds where fewer than min dynos would run meanwhile.
func spare(p *Policy, s *Situation) held {
	if n := s.Formation[s.Process]; n == 0 || n-1 < p.Floor(s.Process) {
		return held{why: GuardFloor, text: fmt.Sprintf("of %d one would be down for a while, and min is %d", n, p.Floor(s.Process))}
	}
	return held{}
}

// approvedDyno holds if another dyno than the approved one is the heaviest by now.
func approvedDyno(p *Policy, s *Situation) held {
	if s.Approved == nil || s.Approved.Dyno == s.heaviest(p).Dyno {
		return held{}
	}
	return held{why: GuardApproved, text: "what was approved is " + s.Approved.Dyno}
}

// callRestart tells the platform. It sets d to how that went and returns why the platform didn't do it,
// if it didn't.
func (t *attention) callRestart(ctx context.Context, d *Decision) error {
	err := t.s.o.Platform.RestartDyno(ctx, d.App, d.Dyno)
	e, ok := errors.AsType[*PlatformError](err)
	switch {
	case err == nil:
		d.Verdict, d.Why, d.Text = Done, "", d.Dyno+" is being restarted"
	case ok && e.Failure != Temporary:
		d.Verdict, d.Why, d.Text = Failed, GuardPlatform, "restarting "+d.Dyno+" was refused: "+e.Error()
	default: // it isn't tried again: there is a cooldown, and Heroku may have heard it
		d.Verdict, d.Why, d.Text = Failed, GuardPlatform, "restarting "+d.Dyno+" may have been done or not: "+err.Error()
	}
	return err
}

// lookRestarted ends the watch of a restart when the dyno's figure is low again, or its time is over.
// Until the old dyno has stopped its figures still come.
func (t *attention) lookRestarted(ctx context.Context) {
	w := t.watch
	d := w.decision
	d.At, d.Until, d.Why = time.Now(), time.Time{}, ""
	d.Evidence = t.s.o.Evidence(d.App, d.Process)
	now, took := Footprint{}, brief(d.At.Sub(w.action.Ended))
	for _, f := range d.Evidence.Dynos {
		if f.Dyno == d.Dyno && f.Own && f.At.After(w.action.Ended) {
			now = f
		}
	}
	figure := "no new figure came"
	if now.Dyno != "" {
		figure = now.String()
	}
	switch {
	case now.Dyno != "" && !now.heavy():
		d.Verdict, d.Text = Worked, fmt.Sprintf("restarting %s worked: %s %s later", d.Dyno, figure, took)
	case d.At.Before(w.until):
		return
	default:
		d.Verdict = NoEffect
		d.Text = fmt.Sprintf("restarting %s had no effect: %s %s later; policy %s does nothing more in this incident", d.Dyno, figure, took, d.Policy)
	}
	t.ended(ctx, d)
}
