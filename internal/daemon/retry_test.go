package daemon

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// lost is an L10 line: Logplex makes it anew for each try of a frame, with the same `since`.
func lost(n int, since string) string {
	return fmt.Sprintf("heroku logplex Error L10 (output buffer overflow): %d messages dropped since 2026-11-22T%s+00:00.", n, since)
}

// counts are what one app's frames came to.
type counts struct{ Lines, Errors, Lost, Duplicates, Mismatches float64 }

func (r *running) counts(t *testing.T) counts {
	t.Helper()
	return counts{
		Lines:      r.metric(t, `drain_lines_total{kind="router"}`),
		Errors:     r.metric(t, `heroku_errors_total{app="enketo",code="H12"}`),
		Lost:       r.metric(t, `heroku_log_messages_lost_total{app="enketo"}`),
		Duplicates: r.metric(t, `drain_ingest_duplicates_total`),
		Mismatches: r.metric(t, `drain_message_count_mismatch_total`),
	}
}

func (r *running) wantCounts(t *testing.T, want counts) {
	t.Helper()
	if got := r.counts(t); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

// What an L10 in front of a retry says is news, though the frame behind it is none: Logplex takes the
// 204 for it as well, and never tells of those messages again.
func TestALossIsCountedWhicheverTryTellsOfIt(t *testing.T) {
	r := start(t, Options{})
	try := func(frame string, lines ...string) {
		t.Helper()
		if status := r.post(t, "/logs/enketo", "", frame, lines...); status != 204 {
			t.Errorf("status %d, want 204", status)
		}
	}
	try("A", h12, h12)
	r.wantCounts(t, counts{Lines: 2, Errors: 2})
	try("A", lost(5, "19:00:00"), h12, h12) // in front of the repeat only
	r.wantCounts(t, counts{Lines: 2, Errors: 2, Lost: 5, Duplicates: 1})
	try("A", lost(7, "19:00:00"), h12, h12) // its number grew
	r.wantCounts(t, counts{Lines: 2, Errors: 2, Lost: 7, Duplicates: 2})
	try("A", lost(7, "19:00:00"), h12, h12) // nothing new
	r.wantCounts(t, counts{Lines: 2, Errors: 2, Lost: 7, Duplicates: 3})

	try("B", lost(3, "19:05:00"), h12) // in front of the first
	r.wantCounts(t, counts{Lines: 3, Errors: 3, Lost: 10, Duplicates: 3})
	try("B", lost(4, "19:05:00"), h12)
	r.wantCounts(t, counts{Lines: 3, Errors: 3, Lost: 11, Duplicates: 4})
	try("B", h12) // gone again
	r.wantCounts(t, counts{Lines: 3, Errors: 3, Lost: 11, Duplicates: 5})
	try("C", lost(4, "19:05:00"), h12) // the same loss in front of the next frame
	r.wantCounts(t, counts{Lines: 4, Errors: 4, Lost: 11, Duplicates: 5})

	if got := r.metric(t, `drain_alerts{rule="log-messages-lost",state="firing"}`); got != 1 {
		t.Errorf("log-messages-lost fires %g times, want 1", got)
	}
	if got := r.metric(t, `heroku_rule_matches_total{app="enketo",rule="log-messages-lost"}`); got != 11 {
		t.Errorf("%g lost messages matched, want 11", got)
	}
}

// hold keeps whatever is judged for an app waiting until release.
func (r *running) hold(t *testing.T, app string) (release func()) {
	one := r.apps.get(app)
	one.mu.Lock()
	release = sync.OnceFunc(one.mu.Unlock)
	t.Cleanup(release) // or a test that fails could not stop
	return release
}

// tryLater posts in the background.
func (r *running) tryLater(frame string, lines ...string) (status <-chan int) {
	answered := make(chan int, 1)
	go func() {
		status, err := r.tryPost("/logs/enketo", "", frame, lines...)
		if err != nil {
			status = -1
		}
		answered <- status
	}()
	return answered
}

// Logplex gives up on an answer after 5 s, and tries again on a new connection.
func TestARetryWhileTheFirstIsUnderWay(t *testing.T) {
	r := start(t, Options{patience: time.Minute})
	release := r.hold(t, "enketo")
	first := r.tryLater("A", h12, h12)
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") > 0 })
	second := r.tryLater("A", lost(5, "19:00:00"), h12, h12)
	third := r.tryLater("A", lost(8, "19:00:00"), h12, h12)
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_waiting") == 2 })
	release()
	for _, answered := range []<-chan int{first, second, third} {
		if status := <-answered; status != 204 {
			t.Errorf("status %d, want 204", status)
		}
	}
	r.wantCounts(t, counts{Lines: 2, Errors: 2, Lost: 8, Duplicates: 2})
}

// The sender of the first has gone before it was judged: it is judged nevertheless, once.
func TestARetryAfterTheFirstWasSlow(t *testing.T) {
	r := start(t, Options{})
	release := r.hold(t, "enketo")
	p := r.dial(t)
	p.frame("A", body(h12, h12))
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") > 0 })
	p.Close()
	release()
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") == 0 })
	if status := r.post(t, "/logs/enketo", "", "A", lost(1, "19:00:00"), h12, h12); status != 204 {
		t.Errorf("status %d, want 204", status)
	}
	r.wantCounts(t, counts{Lines: 2, Errors: 2, Lost: 1, Duplicates: 1})
}

// A try of which only a part came was not judged at all; the retry is.
func TestARetryAfterTheFirstFailedMidway(t *testing.T) {
	r := start(t, Options{})
	whole := body(lost(5, "19:00:00"), h12, h12, h12)
	for _, part := range []int{0, 1, len(whole) / 2, len(whole) - 1} {
		p := r.dial(t)
		p.frame("A", whole[:part], "Content-Length: "+fmt.Sprint(len(whole)))
		p.CloseWrite()
		p.want(503)
	}
	r.wantCounts(t, counts{})
	for range 2 {
		if status := r.post(t, "/logs/enketo", "", "A", lost(5, "19:00:00"), h12, h12, h12); status != 204 {
			t.Errorf("status %d, want 204", status)
		}
	}
	r.wantCounts(t, counts{Lines: 3, Errors: 3, Lost: 5, Duplicates: 1})
}

// However many tries of however many frames overlap, cut short or whole, each frame counts once.
func TestRetriesInAnyOrder(t *testing.T) {
	r := start(t, Options{})
	const frames, tries = 30, 6
	var senders sync.WaitGroup
	for try := range tries {
		for f := range frames {
			id := fmt.Sprint(f)
			if (try+f)%3 == 0 {
				p := r.dial(t)
				senders.Go(func() {
					defer p.Close()
					p.frame(id, body(h12)[:40], "Content-Length: 300")
				})
				continue
			}
			senders.Go(func() {
				for { // as a sender that waits long enough between two tries
					status, err := r.tryPost("/logs/enketo", "", id, lost(try+1, fmt.Sprintf("18:00:%02d", f)), h12)
					if err == nil && status == 204 {
						return
					}
				}
			})
		}
	}
	senders.Wait()
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") == 0 })
	got := r.counts(t)
	// Of frame f the tries with (try+f)%3 == 0 were cut short; the highest other one tells of the most.
	var loss float64
	for f := range frames {
		most := tries
		for (most-1+f)%3 == 0 {
			most--
		}
		loss += float64(most)
	}
	want := counts{Lines: frames, Errors: frames, Lost: loss, Duplicates: got.Duplicates}
	if got != want || got.Duplicates < frames*2 {
		t.Errorf("counted %+v, want %+v and many duplicates", got, want)
	}
}
