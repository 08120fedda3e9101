package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"golang.org/x/time/rate"
)

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", answer: func(n int, _ Incident) error {
			if n <= 8 {
				return errDown
			}
			return nil
		}}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(3 * time.Minute)
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing (down)
			1s post firing web.1=firing (down)
			3s post firing web.1=firing (down)
			7s post firing web.1=firing (down)
			15s post firing web.1=firing (down)
			31s post firing web.1=firing (down)
			1m3s post firing web.1=firing (down)
			2m3s post firing web.1=firing (down)`)
		got := d.Open()[0].Deliveries
		want := []Delivery{{Notifier: "slack", Waiting: true, Error: "down"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
		after(time.Minute)
		want = []Delivery{{Notifier: "slack", Told: Firing}}
		if diff := cmp.Diff(want, d.Open()[0].Deliveries); diff != "" {
			t.Errorf("deliveries at last (-want +got):\n%s", diff)
		}
		if n := strings.Count(d.log.String(), "notification failed"); n != 1 {
			t.Errorf("logged %d times, want once:\n%s", n, d.log)
		}
		_ = d.end()
	})
}

func TestRetriesAreSpread(t *testing.T) {
	d := New(Options{Rand: func() float64 { return 0 }, RetryMin: time.Second, RetryMax: time.Minute})
	for failures, want := range map[int]time.Duration{1: time.Second / 2, 2: time.Second, 7: 30 * time.Second, 1 << 20: 30 * time.Second} {
		if got := d.backoff(failures); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
}

// What asks for a pause gets it, for all that goes there, and the newest state is told after it.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", answer: func(n int, _ Incident) error {
			if n == 1 {
				return &RetryError{After: 30 * time.Second, Err: errors.New("limited")}
			}
			return nil
		}}
		d := run(t, Options{Notifiers: []Notifier{slack}, Burst: 1})
		d.fire("web.1")
		after(time.Second)
		d.fire("web.2")
		d.fire("web.1", cause("other"), severity(Critical))
		after(time.Minute)
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing (limited)
			30s post firing web.1=firing
			31s post firing web.1=firing web.2=firing`)
		if got := slack.requests()[1].inc.Severity; got != Critical {
			t.Errorf("first after the pause: %s, want the critical one", got)
		}
		_ = d.end()
	})
}

// A refusal is final for a state of the incident, not for the next one, and stays visible.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := true
		slack := &fake{name: "slack", answer: func(int, Incident) error {
			if refused {
				return errors.New("channel_not_found")
			}
			return nil
		}}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(time.Hour)
		want := []Delivery{{Notifier: "slack", Error: "channel_not_found"}}
		if diff := cmp.Diff(want, d.Open()[0].Deliveries); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
		d.fire("web.2")
		after(time.Hour)
		refused = false
		d.fire("web.3")
		after(time.Hour)
		refused = true
		for _, key := range []string{"web.1", "web.2", "web.3"} { // apart, or some may be told together
			d.resolve(key)
			after(time.Hour)
		}
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing (channel_not_found)
			1h0m0s post firing web.1=firing web.2=firing (channel_not_found)
			2h0m0s post firing web.1=firing web.2=firing web.3=firing
			3h0m0s update 1 firing web.2=firing web.3=firing web.1=resolved (channel_not_found)
			4h0m0s update 1 firing web.3=firing web.1=resolved web.2=resolved (channel_not_found)
			5h0m0s update 1 resolved web.1=resolved web.2=resolved web.3=resolved (channel_not_found)`)
		if n := strings.Count(d.log.String(), "notification refused"); n != 2 {
			t.Errorf("logged %d times, want once for each time it began:\n%s", n, d.log)
		}
		want = []Delivery{{Notifier: "slack", Told: Firing, Error: "channel_not_found"}}
		if diff := cmp.Diff(want, d.Open()[0].Deliveries); diff != "" {
			t.Errorf("deliveries of what is over (-want +got):\n%s", diff)
		}
		after(24 * time.Hour)
		if open := d.Open(); len(open) > 0 {
			t.Errorf("kept for more than 24h: %v", open)
		}
		_ = d.end()
	})
}

// A storm doesn't make the same refusal come back with every alert.
func TestRefusedInAStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", answer: func(int, Incident) error { return errors.New("channel_not_found") }}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		for i := range 100 {
			d.fire(fmt.Sprint("web.", i))
			after(100 * time.Millisecond)
		}
		if n := len(slack.requests()); n > 3 {
			t.Errorf("%d requests in 10s, want at most 3", n)
		}
		_ = d.end()
	})
}

// A notifier that hangs delays neither the other incidents there nor the other notifiers.
func TestSlowOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		slow := &fake{name: "slow", hold: func(ctx context.Context) error {
			if n.Add(1) == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}
		quick := &fake{name: "quick"}
		d := run(t, Options{Notifiers: []Notifier{slow, quick}})
		d.fire("web.1")
		synctest.Wait()
		d.fire("web.1", cause("other"))
		synctest.Wait()
		if n := len(quick.requests()); n != 2 {
			t.Errorf("%d requests at the quick one, want 2 at once", n)
		}
		wantStory(t, slow.story(d.start), `
			0s post firing web.1=firing
			0s post firing web.1=firing`)
		after(12 * time.Second)
		wantStory(t, slow.story(d.start), `
			0s post firing web.1=firing (context deadline exceeded)
			0s post firing web.1=firing
			11s post firing web.1=firing`)
		_ = d.end()
	})
}

// 10,000 alerts at once: no more requests than allowed, the critical ones first, nothing lost.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}, Capacity: 100})
		for i := range 10_000 {
			s := Warning
			if i%1000 == 999 {
				s = Critical
			}
			d.fire("web.1", cause(fmt.Sprint(i/10)), severity(s), func(a *Alert) { a.Key = fmt.Sprint("web.", i) })
		}
		if n := len(d.Open()); n != 1000 {
			t.Errorf("%d incidents, want 1000: a firing one is never dropped", n)
		}
		after(59 * time.Second)
		reqs := slack.requests()
		if n := len(reqs); n > 3+59 {
			t.Errorf("%d requests in 59s, want at most 62", n)
		}
		late := 0
		for _, r := range reqs[3+10+3:] { // some may leave before the storm is over, and be updated
			if r.inc.Severity == Critical {
				late++
			}
		}
		if late > 0 {
			t.Errorf("%d critical incidents waited behind others", late)
		}
		after(time.Hour)
		if n := len(slack.requests()); n < 1000 || n > 1003 {
			t.Errorf("%d requests, want one for each incident", n)
		}
		for _, inc := range d.Open() {
			if d := inc.Deliveries[0]; d.Waiting || d.Told != Firing || len(inc.Alerts) != 10 {
				t.Errorf("%s is not told: %+v", inc.ID, d)
			}
		}
		_ = d.end()
	})
}

// What is over and untold gives way to what fires, the oldest first.
func TestCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", answer: func(int, Incident) error { return errDown }}
		d := run(t, Options{Notifiers: []Notifier{slack}, Capacity: 3})
		for i := range 3 {
			d.fire("web.1", cause(fmt.Sprint(i)))
			if i > 0 {
				d.resolve("web.1", cause(fmt.Sprint(i)))
			}
			after(time.Second)
		}
		d.fire("web.1", cause("new"))
		var got []string
		for _, inc := range d.Open() {
			got = append(got, inc.Cause)
		}
		if n := testutil.ToFloat64(d.metrics.notifications.WithLabelValues("slack", "dropped")); n != 1 {
			t.Errorf("%v dropped ones counted, want 1", n)
		}
		if diff := cmp.Diff([]string{"0", "2", "new"}, got); diff != "" {
			t.Errorf("open (-want +got):\n%s", diff)
		}
		_ = d.end()
	})
}

func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", hold: func(context.Context) error { time.Sleep(time.Second); return nil }}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(2 * time.Second)
		d.fire("web.2") // would wait for the pause between updates
		began := time.Now()
		if err := d.end(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("the flush took %v, want 1s", took)
		}
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing
			2s update 1 firing web.1=firing web.2=firing`)
		d.fire("web.3") // nobody listens any more, but it must not block
	})
}

// The flush takes the time it has: for what the rate allows, and for another try.
func TestFlushTellsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", hold: func(context.Context) error { time.Sleep(time.Second); return nil }}
		slack.answer = func(n int, _ Incident) error {
			if n == 5 {
				return errDown
			}
			return nil
		}
		d := run(t, Options{Notifiers: []Notifier{slack}, Burst: 1})
		for i := range 5 {
			d.fire("web.1", cause(fmt.Sprint(i)))
		}
		if err := d.end(); err != nil {
			t.Errorf("%v\n%s", err, slack.story(d.start))
		}
		if n := len(slack.requests()); n != 6 {
			t.Errorf("%d requests, want 6", n)
		}
	})
}

// Calls at one destination are few, however many it is slow for.
func TestCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", hold: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		d := run(t, Options{Notifiers: []Notifier{slack}, Rate: rate.Inf})
		for i := range 100 {
			d.fire("web.1", cause(fmt.Sprint(i)))
		}
		synctest.Wait()
		if n := len(slack.requests()); n != maxCalls {
			t.Errorf("%d calls at once, want %d", n, maxCalls)
		}
		_ = d.end()
	})
}

func TestFlushIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", hold: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		synctest.Wait()
		began := time.Now()
		err := d.end()
		if err == nil || !strings.Contains(err.Error(), "stop: 1") {
			t.Errorf("error %v, want one that says what is left", err)
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("the flush took %v, want at most 8s", took)
		}
	})
}

// When nothing more can be told in time, the stop doesn't wait.
func TestFlushGivesUpEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack", answer: func(int, Incident) error {
			return &RetryError{After: time.Minute, Err: errors.New("limited")}
		}}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(time.Second)
		began := time.Now()
		if err := d.end(); err == nil {
			t.Error("no error, though an incident was not told")
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("the stop took %v", took)
		}
	})
}
