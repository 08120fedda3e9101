package alert

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// clocked is a Notifier with any number of channels that notes when each incident's first request left.
type clocked struct {
	mu   sync.Mutex
	left map[string]time.Time // by cause
}

type channel struct {
	*clocked
	name string
}

func (c *clocked) Name() string            { return "slack" }
func (c *clocked) Updates() bool           { return true }
func (c *clocked) In(name string) Notifier { return &channel{c, name} }
func (c *channel) In(string) Notifier      { return c }

func (c *clocked) Notify(_ context.Context, inc Incident, was Receipt) (Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if was == (Receipt{}) {
		c.left[inc.App] = time.Now()
	}
	return Receipt{TS: inc.ID}, nil
}

// An incident's first message leaves at once, however many there are and whatever else comes in: 1000
// of them over 1000 channels, while other alerts keep coming.
func TestLatency(t *testing.T) {
	const incidents = 1000
	slack := &clocked{left: map[string]time.Time{}}
	var routes []Route
	for i := range incidents {
		app := fmt.Sprint("app-", i)
		routes = append(routes, Route{Match: Match{App: app}, To: "slack", Channel: "#" + app})
	}
	d := New(Options{Notifiers: []Notifier{slack}, Routes: routes, Store: &memory{}, Log: zerolog.Nop()})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	<-d.Loaded()

	send := func(app, key string, seq int) {
		d.Send(Alert{
			Seq: uint64(seq), App: app, Cause: "memory", Rule: "memory-quota-exceeded", Key: key, Severity: Warning, State: Firing,
			Summary: key + " is over its quota", Evidence: []string{"Error R14 (Memory quota exceeded)"},
		})
	}
	var load sync.WaitGroup
	load.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for n := 1; ctx.Err() == nil; n++ {
			<-tick.C
			send("noise", fmt.Sprint("web.", n%50), n)
		}
	})
	born := map[string]time.Time{}
	pace := time.NewTicker(2 * time.Millisecond)
	defer pace.Stop()
	for i := range incidents {
		<-pace.C
		app := fmt.Sprint("app-", i)
		born[app] = time.Now()
		send(app, "web.1", 1)
	}
	told := func() int {
		slack.mu.Lock()
		defer slack.mu.Unlock()
		return len(slack.left)
	}
	for deadline := time.Now().Add(20 * time.Second); told() < incidents+1 && time.Now().Before(deadline); {
		<-pace.C
	}
	cancel()
	load.Wait()
	<-done
	var took []time.Duration
	for app, at := range born {
		if left, ok := slack.left[app]; ok {
			took = append(took, left.Sub(at))
		}
	}
	if len(took) != incidents {
		t.Fatalf("%d of %d incidents told", len(took), incidents)
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	t.Logf("p50 %v, p99 %v, most %v", took[len(took)/2], p99, took[len(took)-1])
	if p99 > 50*time.Millisecond {
		t.Errorf("p99 %v, want at most 50ms", p99)
	}
}
