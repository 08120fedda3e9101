package scale

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNoAsk is the error for an action that doesn't wait for a person any more, or never did: it was
// decided on, the incident is over, or this process was started since.
var ErrNoAsk = errors.New("this action doesn't wait for anybody any more")

// Approval is a person's yes to what was asked.
type Approval struct {
	ID      string // of what was asked
	By      string
	Process string
	Dyno    string // of a restart
	To      int    // the quantity that was asked about: what is done goes no further
}

// ask is an action that waits for a person. Scaler.mu guards what changes.
type ask struct {
	decision Decision // that asked; changes as long as it asks for the same
	by       string   // who decided; empty until somebody did
	refused  bool
	answer   chan Decision // cap 1: what came of it; closed if nothing did
}

// Asks returns the app's decisions that wait for a person, the oldest first. Each has an ID, and counts
// until its Until.
func (s *Scaler) Asks(appName string) []Decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Decision
	if a := s.apps[appName]; a != nil {
		for _, k := range a.asks {
			if k.by == "" {
				out = append(out, k.decision)
			}
		}
	}
	slices.SortFunc(out, func(a, b Decision) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	return out
}

// Approve lets the action of that ID be decided anew, on fresh evidence and by all guards, with by's
// yes. It returns what came of it, or where ctx ends before that is known, ctx's error: it then goes on
// all the same. Each action takes one answer; the error is ErrNoAsk for any other.
func (s *Scaler) Approve(ctx context.Context, id, by string) (Decision, error) {
	return s.answer(ctx, id, by, false)
}

// Refuse ends the asking in this incident. It returns as Approve does.
func (s *Scaler) Refuse(ctx context.Context, id, by string) (Decision, error) {
	return s.answer(ctx, id, by, true)
}

func (s *Scaler) answer(ctx context.Context, id, by string, refused bool) (Decision, error) {
	s.mu.Lock()
	var k *ask
	for _, a := range s.apps {
		if have := a.asks[id]; have != nil && have.by == "" && time.Now().Before(have.decision.Until) {
			k = have
			k.by, k.refused = by, refused
			s.rouse(a)
		}
	}
	s.mu.Unlock()
	if k == nil {
		return Decision{}, ErrNoAsk
	}
	select {
	case d, told := <-k.answer:
		if !told {
			return Decision{}, ErrNoAsk
		}
		return d, nil
	case <-ctx.Done():
		return Decision{}, ctx.Err()
	}
}

// open makes d an action that waits, or keeps waiting if it is what was asked before.
func (t *attention) open(in *incident, d *Decision) {
	s := t.s
	d.Until = d.At.Add(s.o.Timing.Void)
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := in.ask; k != nil && k.by == "" && d.same(&k.decision) {
		d.ID = k.decision.ID
		k.decision = *d
		return
	}
	t.close(in)
	d.ID = d.App + "-" + d.Process + "-" + strconv.FormatInt(d.At.UnixMilli(), 36)
	in.ask = &ask{decision: *d, answer: make(chan Decision, 1)}
	t.app.asks[d.ID] = in.ask
}

// close ends the waiting. The caller holds mu.
func (t *attention) close(in *incident) {
	if in.ask == nil {
		return
	}
	delete(t.app.asks, in.ask.decision.ID)
	close(in.ask.answer)
	in.ask = nil
}

// answered takes a person's answer, if there is one.
func (t *attention) answered(in *incident) *ask {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if k := in.ask; k != nil && k.by != "" {
		delete(t.app.asks, k.decision.ID)
		in.ask = nil
		return k
	}
	return nil
}

// refuse records that a person said no.
func (t *attention) refuse(in *incident, k *ask) {
	d := k.decision
	d.At, d.Until, d.By, d.Verdict, d.To = time.Now(), time.Time{}, k.by, Refused, d.From
	d.Text = fmt.Sprintf("%s stays at %d: %s refused %d → %d", d.Process, d.From, d.By, d.From, k.decision.To)
	if d.Dyno != "" {
		d.Text = fmt.Sprintf("%s is not restarted: %s refused", d.Dyno, d.By)
	}
	in.refused = true
	t.note(in, d)
	k.answer <- d
}

// prune closes what waits for an answer in incidents that are over.
func (t *attention) prune() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for id, k := range t.app.asks {
		waits := func(in *incident) bool { return in.ask == k }
		offered := func(o *offer) bool { return waits(&o.incident) }
		if !anyOf(t.incidents, waits) && !anyOf(t.restores, waits) && !anyOf(t.offers, offered) {
			delete(t.app.asks, id)
			close(k.answer)
		}
	}
}

func anyOf[T any](all map[string]T, is func(T) bool) bool {
	for _, in := range all {
		if is(in) {
			return true
		}
	}
	return false
}
