package alert

import (
	"context"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/time/rate"
)

// Options are what a Dispatcher needs. The zero value works and tells nobody; a zero duration or
// number means its default.
type Options struct {
	Settings  Settings
	Notifiers []Notifier // with different names
	Routes    []Route
	Links     func(Incident) []Link // what a notifier links to; nil: nothing
	Rules     []string              // label values of drain_alerts that exist from the start
	Store     Store                 // nil: a restart forgets all

	// Silenced says in words why a is not to be told of now; empty: it is. It is asked under a lock,
	// so it does no IO. nil: nothing is silenced.
	Silenced func(a Alert) string

	Redact     []*regexp.Regexp // what is secret besides what NewRedactor knows
	Log        zerolog.Logger
	Registerer prometheus.Registerer // nil: no metrics
	Rand       func() float64        // [0,1), spreads retries; default math/rand/v2, any goroutine

	RetryMin     time.Duration // wait after the first failure, doubled with each further one; 1s
	RetryMax     time.Duration // longest wait; 1m
	CallTimeout  time.Duration // one call of a Notifier; 10s
	FlushTimeout time.Duration // how long Run goes on after its context ended; 8s
	StoreTimeout time.Duration // one call of the Store; a message waits no longer for a ledger that hangs; 1s

	// ConfirmTimeout is how long an alert that was firing before a restart may stay silent after it.
	// Then it counts as over, since nobody is left to say so. Longer than the longest window of a
	// rule, or a live alert is declared over; 15m.
	ConfirmTimeout time.Duration

	// ThreadInterval is the least time between two replies beside one message; what changes meanwhile is
	// told in one. The end doesn't wait, nor does what people should notice; 30s.
	ThreadInterval time.Duration

	// FigureInterval is the least time between two updates for nothing but a figure; 1m.
	FigureInterval time.Duration

	// Trouble is told what fails for longer than TroubleAfter (2m), and its end. nil: nobody is.
	Trouble      func(Trouble)
	TroubleAfter time.Duration

	// KeepFailed is how long an incident that is over and could not be told stays in Open; 24h.
	KeepFailed time.Duration

	// Rate and Burst bound the requests to one channel. Slack allows one message a second and
	// tolerates short bursts (docs.slack.dev/apis/web-api/rate-limits); 1 and 3.
	Rate  rate.Limit
	Burst int

	// Capacity bounds the incidents held. Beyond it the one that has been over for longest is
	// forgotten untold, and counted; firing ones are kept at any number; 10000.
	Capacity int
}

func (o Options) withDefaults() Options {
	duration := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	o.Settings = o.Settings.WithDefaults()
	duration(&o.RetryMin, time.Second)
	duration(&o.RetryMax, time.Minute)
	duration(&o.CallTimeout, 10*time.Second)
	duration(&o.FlushTimeout, 8*time.Second)
	duration(&o.StoreTimeout, time.Second)
	duration(&o.ConfirmTimeout, 15*time.Minute)
	duration(&o.ThreadInterval, 30*time.Second)
	duration(&o.FigureInterval, time.Minute)
	duration(&o.TroubleAfter, 2*time.Minute)
	duration(&o.KeepFailed, 24*time.Hour)
	if o.Rate <= 0 {
		o.Rate = 1
	}
	if o.Burst <= 0 {
		o.Burst = 3
	}
	if o.Capacity <= 0 {
		o.Capacity = 10_000
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	return o
}

// Store keeps incidents over a restart. Keys are incident IDs; values hold no log text. All methods
// return when ctx ends and may be called at the same time for different keys.
type Store interface {
	Put(ctx context.Context, key string, value []byte) error
	// Delete of a key that isn't there succeeds.
	Delete(ctx context.Context, key string) error
	// Each calls f with every key and value, in any order, until f fails. f doesn't keep the value.
	Each(ctx context.Context, f func(key string, value []byte) error) error
}
