package slack

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
)

// noted is a connection to Slack that notes when each request left.
type noted struct {
	http.RoundTripper
	mu sync.Mutex
	at []time.Time
}

func (n *noted) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.at = append(n.at, time.Now())
	n.mu.Unlock()
	return n.RoundTripper.RoundTrip(r)
}

// 10,000 alerts in a second, all for one channel: bounded memory, in no span of time more requests than
// are allowed, what is critical first, and one message for each incident.
func TestStorm(t *testing.T) {
	const (
		incidents, of = 200, 50 // alerts each
		critical      = 20      // every so-manieth incident
		burst         = 3       // alert.Options.Burst and Rate
	)
	synctest.Test(t, func(t *testing.T) {
		s := newSimulated(t)
		via := &noted{RoundTripper: inMemory{s}}
		d := alert.New(alert.Options{
			Notifiers: []alert.Notifier{botOf(t, s, s.Channel, via)}, Log: zerolog.Nop(), Rand: func() float64 { return 1 },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.Run(ctx) }()
		<-d.Loaded()
		heap := heapAlloc()
		for dyno := range of {
			for i := range incidents {
				severity := alert.Warning
				if i%critical == critical-1 {
					severity = alert.Critical
				}
				d.Send(alert.Alert{
					Seq: uint64(dyno + 1), App: fmt.Sprint("app-", i), Cause: "memory", Rule: "memory-quota-exceeded", Key: fmt.Sprint("web.", dyno),
					Severity: severity, State: alert.Firing, Summary: "memory is over its quota",
					Evidence: []string{fmt.Sprintf("%-512d", dyno)},
				})
			}
			time.Sleep(time.Second / of)
		}
		if grown := int64(heapAlloc()) - int64(heap); grown > 64<<20 {
			t.Errorf("10,000 alerts that wait take %d MB", grown>>20)
		}
		time.Sleep(time.Minute)
		urgent := 0
		for n, m := range s.Messages() {
			if strings.Contains(strings.Join(m.Last().Shown, "\n"), "*Critical*") {
				urgent++
			} else if n >= burst && urgent < incidents/critical {
				t.Errorf("message %d tells of what isn't critical, and %d that are still wait", n, incidents/critical-urgent)
			}
		}
		if urgent != incidents/critical {
			t.Errorf("%d critical incidents told in a minute, want %d", urgent, incidents/critical)
		}
		time.Sleep(time.Hour)
		posts := map[string]int{}
		for _, m := range s.Messages() {
			if m.Thread == "" {
				posts[m.Last().Text]++
			}
		}
		if len(posts) != incidents {
			t.Errorf("%d incidents told, want %d", len(posts), incidents)
		}
		for text, n := range posts {
			if n != 1 || !strings.Contains(text, "and 49 more") {
				t.Errorf("%d messages that say %s, want one with all its alerts", n, text)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for i := range via.at {
			for j := i + burst; j < len(via.at); j++ {
				if span := via.at[j].Sub(via.at[i]); float64(j-i+1) > burst+span.Seconds() {
					t.Fatalf("%d requests within %v", j-i+1, span)
				}
			}
		}
	})
}

func heapAlloc() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
