package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func plotted(a *Alert) { a.Plot = "memory:" + a.Key }

// painter is a fake with threads and pictures.
type painter struct {
	*threaded
	refuse func(ctx context.Context) error

	mu       sync.Mutex
	pictures []string // "2s memory 1", the cause and the message's ts
}

func newPainter() *painter { return &painter{threaded: newThreaded()} }

func (p *painter) Picture(ctx context.Context, inc Incident, was Receipt) error {
	p.mu.Lock()
	p.pictures = append(p.pictures, fmt.Sprint(time.Since(p.start).Round(time.Millisecond), " ", inc.Cause, " ", was.TS))
	p.mu.Unlock()
	if p.refuse != nil {
		return p.refuse(ctx)
	}
	return nil
}

func (p *painter) shown() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.pictures...)
}

// The picture comes after the message and what is said beside it, once the channel has its whole burst
// again, and once: not with changes, not for what has no figures, not for what is over or silenced.
func TestPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newPainter()
		d := run(t, Options{Notifiers: []Notifier{slack}, Silenced: func(a Alert) string {
			if a.Cause == "quiet" {
				return "muted"
			}
			return ""
		}})
		d.fire("web.1", plotted, func(a *Alert) { a.Evidence = []string{"R14"} })
		d.fire("web.1", plotted, cause("quiet"))
		after(10 * time.Second)
		if diff := cmp.Diff([]string{"2s memory 1"}, slack.shown()); diff != "" {
			t.Error(diff)
		}
		d.fire("web.2", plotted)
		d.fire("web.1", cause("crash"))
		d.fire("web.1", plotted, cause("brief"))
		synctest.Wait()
		d.resolve("web.1", cause("brief"))
		after(time.Hour)
		d.resolve("web.1")
		d.resolve("web.2")
		after(time.Minute)
		if diff := cmp.Diff([]string{"2s memory 1"}, slack.shown()); diff != "" {
			t.Error(diff)
		}
		_ = d.end()
	})
}

// A picture that fails is tried three times, as late as is asked for; one that is refused, once. People
// hear of the incident as if nothing was.
func TestPictureFails(t *testing.T) {
	f := func(name string, err error, want ...string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slack := newPainter()
				slack.refuse = func(context.Context) error { return err }
				d := run(t, Options{Notifiers: []Notifier{slack}})
				d.fire("web.1", plotted)
				after(time.Hour)
				if diff := cmp.Diff(want, slack.shown()); diff != "" {
					t.Error(diff)
				}
				open := d.Open()[0].Deliveries[0]
				if open.Waiting || open.Error != "" || open.Told != Firing {
					t.Errorf("the incident stands as %+v", open)
				}
				if n := strings.Count(d.log.String(), "goes without its picture"); n != 1 {
					t.Errorf("said %d times: %s", n, d.log.String())
				}
				_ = d.end()
			})
		})
	}
	f("for now", errDown, "1s memory 1", "2s memory 1", "4s memory 1")
	f("with a pause", &RetryError{After: time.Minute, Err: errors.New("429")}, "1s memory 1", "1m1s memory 1", "2m1s memory 1")
	f("for good", errors.New("file_uploads_disabled"), "1s memory 1")
}

// Where a destination can't show pictures at all that is said once, and no channel of it is asked again.
func TestNoPicturesAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ops := newPainter()
		slack := &channelled{newPainter(), ops}
		slack.refuse = func(context.Context) error { return &UnableError{errors.New("missing_scope")} }
		d := run(t, Options{Notifiers: []Notifier{slack}, Routes: []Route{{Match: Match{Severity: Critical}, To: "slack", Channel: "#ops"}}})
		for i := range 5 {
			d.fire("web.1", plotted, cause(fmt.Sprint("a", i)))
			after(10 * time.Second)
			d.fire("web.1", plotted, cause(fmt.Sprint("b", i)), severity(Critical))
			after(10 * time.Second)
		}
		if a, b := len(slack.shown()), len(ops.shown()); a != 1 || b != 0 {
			t.Errorf("asked %d and %d times, want once", a, b)
		}
		if log := d.log.String(); strings.Count(log, "missing_scope") != 1 || !strings.Contains(log, "no pictures until the next start") {
			t.Errorf("the log says %s", log)
		}
		_ = d.end()
	})
}

// channelled is a painter with a second channel.
type channelled struct {
	*painter
	other *painter
}

func (c *channelled) In(string) Notifier { return c.other }

// No message waits for a picture: neither for one that hangs nor for what one took of the limit.
func TestPicturesHoldUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newPainter()
		slack.refuse = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		d := run(t, Options{Notifiers: []Notifier{slack}})
		start := time.Now()
		var want []time.Duration
		for i := range 30 { // one every 2 s, so that each has a token in any case; and now and then two at once
			for n := range 1 + i%5/4 {
				d.fire("web.1", plotted, cause(fmt.Sprint(i, "-", n)))
				want = append(want, time.Since(start))
			}
			after(2 * time.Second)
		}
		var got []time.Duration
		for _, r := range slack.requests() {
			got = append(got, r.at.Sub(start))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
		if n := len(slack.shown()); n < 5 {
			t.Errorf("%d pictures were tried, want some", n)
		}
		_ = d.end()
		if n := testutil.ToFloat64(d.metrics.notifications.WithLabelValues("slack", "failed")); n == 0 {
			t.Error("a picture that hung is not counted as failed")
		}
	})
}

// A channel's pictures are shown one at a time, and one that hangs is given up after 3 s.
func TestOnePictureAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newPainter()
		slack.refuse = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1", plotted, cause("a"))
		after(100 * time.Millisecond)
		d.fire("web.1", plotted, cause("b"))
		after(time.Hour)
		if diff := cmp.Diff([]string{"2s a 1", "5s b 2"}, slack.shown()); diff != "" {
			t.Error(diff)
		}
		_ = d.end()
	})
}

// What is silenced or over before its picture goes without, also while its end can't be told.
func TestPictureTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, quiet := newPainter(), false
		slack.answer = func(_ int, inc Incident) error {
			if inc.State == Resolved {
				return errDown
			}
			return nil
		}
		d := run(t, Options{Notifiers: []Notifier{slack}, Silenced: func(a Alert) string {
			if quiet && a.Cause == "quiet" {
				return "muted"
			}
			return ""
		}})
		d.fire("web.1", plotted, cause("quiet"))
		d.fire("web.1", plotted, cause("over"))
		synctest.Wait()
		quiet = true
		d.fire("web.2", plotted, cause("quiet"))
		d.resolve("web.1", cause("over"))
		after(time.Minute)
		if shown := slack.shown(); len(shown) > 0 {
			t.Errorf("shown %v", shown)
		}
		_ = d.end()
	})
}

// A stop doesn't wait for pictures that were not begun.
func TestNoPictureAtTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newPainter()
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1", plotted)
		synctest.Wait()
		began := time.Now()
		if err := d.end(); err != nil || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if shown := slack.shown(); len(shown) > 0 {
			t.Errorf("shown %v", shown)
		}
	})
}

// A channel that is about to show one when another learns that there are none doesn't, and goes on.
func TestNoPicturesAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newPainter()
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1", plotted)
		synctest.Wait()
		d.mu.Lock()
		dst := d.defaults[0]
		del, _ := dst.next(time.Now().Add(time.Minute), false)
		dst.blind = true
		d.mu.Unlock()
		if del == nil || del.job != picture {
			t.Fatalf("%+v is next, want a picture", del)
		}
		d.picture(t.Context(), del)
		d.fire("web.2", plotted)
		after(time.Minute)
		d.resolve("web.1")
		d.resolve("web.2")
		after(time.Minute)
		if shown := slack.shown(); len(shown) > 0 {
			t.Errorf("shown %v", shown)
		}
		if dst.sketching || dst.calls != 0 || len(d.Open()) > 0 {
			t.Errorf("sketching: %v, calls: %d, open: %v", dst.sketching, dst.calls, d.Open())
		}
		_ = d.end()
	})
}
