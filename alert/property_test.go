package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// act is one step of a random story.
type act struct {
	What  string
	Cause string
	Key   string
	Sev   string
	Wait  time.Duration
}

func acts() *rapid.Generator[[]act] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) act {
		return act{
			What:  rapid.SampledFrom([]string{"fire", "fire", "resolve", "resolve", "note", "stale", "down", "limited", "slow", "up"}).Draw(t, "what"),
			Cause: rapid.SampledFrom([]string{"redis", "memory"}).Draw(t, "cause"),
			Key:   rapid.SampledFrom([]string{"web.1", "web.2"}).Draw(t, "key"),
			Sev:   rapid.SampledFrom([]string{Critical, Warning}).Draw(t, "severity"),
			Wait:  rapid.SampledFrom([]time.Duration{0, 0, 100 * time.Millisecond, time.Second, 4 * time.Second, time.Minute}).Draw(t, "wait"),
		}
	}), 1, 60)
}

// However alerts, failures and pauses fall: each incident has one message, states are told in
// order and no faster than allowed, and in the end the channel shows what is.
func TestDispatcherProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		script := acts().Draw(rt, "script")
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = play(t, script) })
		if len(wrong) > 0 {
			rt.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

func play(t *testing.T, script []act) (wrong []string) {
	var mode atomic.Value
	mode.Store("up")
	slack := &serial{fake: &fake{name: "slack"}, said: map[string]uint64{}}
	slack.hold = func(ctx context.Context) error {
		switch mode.Load() {
		case "down":
			return errDown
		case "limited":
			return &RetryError{After: 7 * time.Second, Err: errors.New("limited")}
		case "slow":
			time.Sleep(3 * time.Second)
		}
		return nil
	}
	d := run(t, Options{Notifiers: []Notifier{slack}})
	fires, fired := map[string]bool{}, map[string]bool{} // by cause/key: now, and ever
	for _, a := range script {
		switch a.What {
		case "fire":
			d.fire(a.Key, cause(a.Cause), severity(a.Sev))
			fires[a.Cause+"/"+a.Key], fired[a.Cause+"/"+a.Key] = true, true
		case "resolve":
			d.resolve(a.Key, cause(a.Cause))
			delete(fires, a.Cause+"/"+a.Key)
		case "stale":
			if fired[a.Cause+"/"+a.Key] {
				d.fire(a.Key, cause(a.Cause), func(a *Alert) { a.Seq, a.At = 1, d.start })
			}
		case "note":
			d.Note("enketo", a.Cause, fmt.Sprint("at ", time.Since(d.start)))
		default:
			mode.Store(a.What)
		}
		after(a.Wait)
	}
	mode.Store("up")
	after(time.Hour)
	wrong = append(check(slack.requests()), shows(d.Open(), slack.requests(), fires)...)
	if slack.broken != "" {
		wrong = append(wrong, slack.broken)
	}
	wrong = append(wrong, slack.unsaid(d)...)
	if err := d.end(); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

// serial is a fake with threads that checks the order of what is said there.
type serial struct {
	*fake
	said map[string]uint64 // by incident; the newest change
}

func (s *serial) Reply(ctx context.Context, inc Incident, _ Receipt, changes []Change, missed int) error {
	if err := s.hold(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if from := changes[0].N - uint64(missed); from <= s.said[inc.ID] {
		s.broken = fmt.Sprintf("%s: change %d said twice", inc.ID, from)
	}
	s.said[inc.ID] = changes[len(changes)-1].N
	return nil
}

// unsaid compares what was said with what happened. What the first message told need not be said.
func (s *serial) unsaid(d *running) (wrong []string) {
	all := append(d.Open(), d.History()...)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, inc := range all {
		first := slices.IndexFunc(s.calls, func(r request) bool { return r.inc.ID == inc.ID && r.err == nil })
		if first < 0 || len(inc.Changes) == 0 {
			continue
		}
		told := s.said[inc.ID]
		if c := s.calls[first].inc.Changes; len(c) > 0 {
			told = max(told, c[len(c)-1].N)
		}
		if last := inc.Changes[len(inc.Changes)-1]; told < last.N {
			wrong = append(wrong, fmt.Sprintf("%s: change %d was never said, only up to %d", inc.ID, last.N, told))
		}
	}
	return wrong
}

// check looks at the requests of each incident.
func check(requests []request) (wrong []string) {
	type told struct {
		inc   Incident
		at    time.Time
		posts int
	}
	last := map[string]told{}
	newest := func(inc Incident) (seq uint64) {
		for _, a := range inc.Alerts {
			seq = max(seq, a.Seq)
		}
		return seq
	}
	for _, r := range requests {
		was := last[r.inc.ID]
		if was.inc.State == Resolved && r.inc.Flaps == was.inc.Flaps {
			wrong = append(wrong, r.inc.ID+": told of after it was closed, though it didn't come back")
		}
		if newest(r.inc) < newest(was.inc) {
			wrong = append(wrong, r.inc.ID+": an older state after a newer one")
		}
		if r.err != nil {
			continue
		}
		now := told{inc: r.inc, at: r.at, posts: was.posts}
		if r.was == (Receipt{}) {
			now.posts++
		}
		if now.posts > 1 {
			wrong = append(wrong, r.inc.ID+": a second message")
		}
		if was.posts > 0 && r.inc.State == Firing && r.at.Sub(was.at) < 5*time.Second {
			wrong = append(wrong, fmt.Sprintf("%s: updated after %v", r.inc.ID, r.at.Sub(was.at)))
		}
		last[r.inc.ID] = now
	}
	return wrong
}

// shows compares what the channel shows in the end with what fires.
func shows(open []Incident, requests []request, fires map[string]bool) (wrong []string) {
	last := map[string]Incident{}
	for _, r := range requests {
		last[r.inc.ID] = r.inc
	}
	shown := map[string]bool{}
	for _, inc := range last {
		for _, a := range inc.Alerts {
			if a.State == Firing {
				shown[a.Cause+"/"+a.Key] = true
			}
		}
	}
	if !maps.Equal(shown, fires) {
		wrong = append(wrong, fmt.Sprintf("the channel shows %v, but %v fire",
			slices.Sorted(maps.Keys(shown)), slices.Sorted(maps.Keys(fires))))
	}
	for _, inc := range open {
		for _, del := range inc.Deliveries {
			if inc.State == Resolved || del.Waiting {
				wrong = append(wrong, fmt.Sprintf("after an hour still open: %+v", inc))
			}
		}
	}
	return wrong
}
