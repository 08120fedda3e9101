package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"drain/alert"
	"drain/alert/silence"
	"drain/alert/slack/buttons"
	"drain/internal/ledger"
	"drain/internal/scale"
)

// newButtons makes the endpoint that Slack tells of pressed buttons; nil without a signing secret.
func (d *Daemon) newButtons() *buttons.Handler {
	secret := d.opts.Env.SlackSigningSecret.Reveal()
	if secret == "" || !d.acts {
		return nil
	}
	return buttons.New(buttons.Options{
		Secret: secret, Approvers: func() []string { return d.config.Load().Approvers },
		Claims: &claims{shelf: d.ledger.Shelf(ledger.Buttons)}, Desk: desk{d}, Scaler: decider{d},
		Now: d.now, Log: d.log, Registerer: d.registry,
	})
}

// claims keeps in the ledger which buttons were pressed. One process acts, so a lock is enough to
// let one of two presses win.
type claims struct {
	mu    sync.Mutex
	shelf *ledger.Shelf
}

// Claim says whether id is claimed for the first time in a day.
func (c *claims) Claim(ctx context.Context, id string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.shelf.Get(ctx, id); !errors.Is(err, ledger.ErrNotFound) {
		return false, err
	}
	if err := c.shelf.Put(ctx, id, nil); err != nil {
		return false, err
	}
	return true, nil
}

// desk does what people ask for about incidents.
type desk struct{ d *Daemon }

func (k desk) Acknowledge(_ context.Context, incident, person string) (string, error) {
	ack, err := k.d.alerts.Acknowledge(incident, person)
	if err != nil {
		return "", err
	}
	if ack.By != person {
		return ack.By + " has acknowledged it before.", nil
	}
	return "", nil
}

func (k desk) Silence(ctx context.Context, incident, person string, lasts time.Duration) (string, error) {
	inc, err := k.d.alerts.Incident(incident)
	if err != nil {
		return "", err
	}
	one := silence.Silence{Matchers: matchersOf(inc), Ends: k.d.now().Add(lasts), By: person, Comment: "from Slack"}
	if one, err = k.d.silences.Add(ctx, one); err != nil {
		return "", err
	}
	k.d.tellSilence(one)
	k.Renew(incident)
	return "", nil
}

// Renew does nothing about an incident that is over: its message has no buttons.
func (k desk) Renew(incident string) { _ = k.d.alerts.Refresh(incident) }

// matchersOf are what an incident's alerts have in common: its app and cause, or where alerts are
// grouped otherwise, the rule of the worst.
func matchersOf(inc alert.Incident) silence.Matchers {
	m := silence.Matchers{}
	if inc.App != "" {
		m["app"] = inc.App
	}
	switch {
	case inc.Cause != "":
		m["cause"] = inc.Cause
	case len(inc.Alerts) > 0:
		m["rule"] = inc.Alerts[0].Rule
	}
	return m
}

// decider passes on what people decide about the scaler's actions.
type decider struct{ d *Daemon }

func (k decider) Decide(ctx context.Context, verb buttons.Verb, action, person string) (string, error) {
	var dec scale.Decision
	var err error
	switch verb {
	case buttons.Approve, buttons.Undo: // what is offered is asked about
		dec, err = k.d.scaler.Approve(ctx, action, person)
	case buttons.Refuse:
		dec, err = k.d.scaler.Refuse(ctx, action, person)
	default:
		return "", fmt.Errorf("drain can't %s on a press; do it by hand with heroku ps:scale", verb)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "It is being judged anew; the message will say what came of it.", nil
	case err != nil:
		return "", err
	case dec.Verdict == scale.Hold, dec.Verdict == scale.WouldAct:
		return "", errors.New(dec.Text)
	}
	return "", nil // the message shows it
}
