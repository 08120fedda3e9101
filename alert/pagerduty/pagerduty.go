package pagerduty

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"drain/alert"
	"drain/alert/post"
)

// API is the default of Options.APIURL.
const API = "https://events.pagerduty.com"

// Options say where events go.
type Options struct {
	RoutingKey string // of an Events API v2 integration, 32 characters
	APIURL     string // empty: API. Service regions have their own, e.g. https://events.eu.pagerduty.com
	Page       string // where to read more; empty: nowhere
	HTTP       *http.Client
}

// Notifier sends events for one integration.
type Notifier struct {
	opt    Options
	url    *url.URL
	client *post.Client
}

var _ alert.Notifier = (*Notifier)(nil)

// New makes a Notifier. It does no request.
func New(o Options) (*Notifier, error) {
	if o.RoutingKey == "" {
		return nil, errors.New("pagerduty: no routing key is set")
	}
	u, err := post.URL(cmp.Or(o.APIURL, API))
	if err != nil {
		return nil, fmt.Errorf("pagerduty: the API's address: %w", err)
	}
	return &Notifier{
		opt: o, url: u.JoinPath("v2/enqueue"),
		client: post.New(post.Options{Name: "pagerduty", HTTP: o.HTTP, Secrets: []string{o.RoutingKey}}),
	}, nil
}

// Name is pagerduty.
func (n *Notifier) Name() string { return "pagerduty" }

// Updates is true: a later event under the same key changes what is there.
func (n *Notifier) Updates() bool { return true }

// acknowledged ends the Receipt of an incident that PagerDuty knows to be acknowledged. Before it
// stands the severity last triggered. That of a resolved one is "resolve".
const acknowledged = " " + acknowledge

// Notify sends what PagerDuty doesn't know yet of inc, if anything.
func (n *Notifier) Notify(ctx context.Context, inc alert.Incident, was alert.Receipt) (alert.Receipt, error) {
	if inc.State == alert.Resolved {
		return alert.Receipt{TS: resolve}, n.send(ctx, resolve, inc) // should it come back, it triggers again
	}
	told, acked := strings.CutSuffix(was.TS, acknowledged)
	if now := severity(inc.Severity); told != now {
		if err := n.send(ctx, trigger, inc); err != nil {
			return was, err
		}
		told = now
	}
	if !acked && inc.Acknowledged != (alert.Acknowledgement{}) {
		if err := n.send(ctx, acknowledge, inc); err != nil {
			return was, err
		}
		acked = true
	}
	if acked {
		told += acknowledged
	}
	return alert.Receipt{TS: told}, nil
}

func (n *Notifier) send(ctx context.Context, action string, inc alert.Incident) error {
	body, err := json.Marshal(n.event(action, inc))
	if err != nil {
		return fmt.Errorf("pagerduty: %w", err)
	}
	err = n.client.Send(ctx, n.url, nil, body)
	if status, ok := errors.AsType[*post.StatusError](err); ok && status.Code == http.StatusBadRequest {
		return fmt.Errorf("%w; check PAGERDUTY_ROUTING_KEY, the integration key of an Events API v2 integration", err)
	}
	return err
}
