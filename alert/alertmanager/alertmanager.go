package alertmanager

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
	"drain/alert/post"
)

const (
	// defaultResend is Prometheus's own (--rules.alert.resend-delay), as is lasting: an alert
	// outlives three lost repetitions.
	defaultResend = time.Minute
	lasting       = 4

	maxBatch = 256 // alerts of one request, as Prometheus sends them
)

// Options say where to post.
type Options struct {
	URLs   []string      // of each Alertmanager, without /api/v2; a user and password in it are basic auth
	Page   string        // what generatorURL says; empty: nothing
	HTTP   *http.Client  // nil: one of its own
	Resend time.Duration // how often a firing alert is repeated; 0: 1 min
	Log    zerolog.Logger
}

// Notifier tells all Alertmanagers.
type Notifier struct {
	opt     Options
	urls    []*url.URL
	client  *post.Client
	resends sync.RWMutex // held while resending: what was read before an alert's end must not arrive after it
}

var _ alert.Notifier = (*Notifier)(nil)

// New makes a Notifier. It does no request. An error doesn't repeat the URLs.
func New(o Options) (*Notifier, error) {
	if len(o.URLs) == 0 {
		return nil, errors.New("alertmanager: no URL is set")
	}
	n := &Notifier{opt: o}
	n.opt.Resend = cmp.Or(max(o.Resend, 0), defaultResend)
	n.opt.Log = o.Log.With().Str("component", "alertmanager").Logger()
	var secrets []string
	for i, raw := range o.URLs {
		u, err := post.URL(raw)
		if err != nil {
			return nil, fmt.Errorf("alertmanager: URL %d: %w", i+1, err)
		}
		if password, ok := u.User.Password(); ok {
			secrets = append(secrets, password)
		}
		n.urls = append(n.urls, u.JoinPath("api/v2/alerts"))
	}
	n.client = post.New(post.Options{Name: "alertmanager", HTTP: o.HTTP, Timeout: 5 * time.Second, Secrets: secrets})
	return n, nil
}

// Name is alertmanager.
func (n *Notifier) Name() string { return "alertmanager" }

// Updates is true: an alert sent again replaces what was known of it.
func (n *Notifier) Updates() bool { return true }

// Notify sends all alerts of inc as they are now. There is nothing to remember where.
func (n *Notifier) Notify(ctx context.Context, inc alert.Incident, was alert.Receipt) (alert.Receipt, error) {
	n.resends.RLock()
	defer n.resends.RUnlock()
	return was, n.send(ctx, n.alertsOf(inc, time.Now()))
}

// Run repeats what fires until ctx ends. open returns the incidents as they are now; of those, the
// ones that were told here are repeated.
func (n *Notifier) Run(ctx context.Context, open func() []alert.Incident) {
	ticker := time.NewTicker(n.opt.Resend)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			err := n.resend(ctx, open, now)
			if err != nil && !failing && ctx.Err() == nil {
				n.opt.Log.Warn().Err(err).Msg("alerts were not repeated; they end there if that goes on")
			}
			failing = err != nil
		}
	}
}

func (n *Notifier) resend(ctx context.Context, open func() []alert.Incident, now time.Time) error {
	n.resends.Lock()
	defer n.resends.Unlock()
	var alerts []sent
	for _, inc := range open() {
		told := slices.ContainsFunc(inc.Deliveries, func(d alert.Delivery) bool {
			return d.Notifier == n.Name() && d.Told == alert.Firing
		})
		if !told || inc.State != alert.Firing {
			continue
		}
		inc.Alerts = slices.DeleteFunc(inc.Alerts, func(a alert.Alert) bool { return a.State != alert.Firing })
		alerts = append(alerts, n.alertsOf(inc, now)...)
	}
	if len(alerts) == 0 {
		return nil
	}
	return n.send(ctx, alerts)
}

// send posts the alerts to all Alertmanagers at once. It fails if none took them, with an error to
// be tried again if any of theirs is.
func (n *Notifier) send(ctx context.Context, alerts []sent) error {
	errs := make([]error, len(n.urls))
	var calls sync.WaitGroup
	for i, to := range n.urls {
		calls.Go(func() { errs[i] = n.sendTo(ctx, to, alerts) })
	}
	calls.Wait()
	for _, err := range errs {
		if err == nil {
			return nil
		}
	}
	for _, err := range errs {
		if again, ok := errors.AsType[*alert.RetryError](err); ok {
			return &alert.RetryError{After: again.After, Err: errors.Join(errs...)}
		}
	}
	return errors.Join(errs...)
}

func (n *Notifier) sendTo(ctx context.Context, to *url.URL, alerts []sent) error {
	for batch := range slices.Chunk(alerts, maxBatch) {
		body, err := json.Marshal(batch)
		if err != nil {
			return fmt.Errorf("alertmanager: %w", err)
		}
		if err := n.client.Send(ctx, to, nil, body); err != nil {
			return err
		}
	}
	return nil
}
