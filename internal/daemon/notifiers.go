package daemon

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
	"drain/alert/alertmanager"
	"drain/alert/pagerduty"
	"drain/alert/plot"
	"drain/alert/slack"
	"drain/alert/webhook"
	"drain/internal/config"
)

// newNotifiers makes one for each destination that the environment names. figure tells one that draws of
// what an alert's Plot names; nil: there is nothing to draw.
func newNotifiers(env config.Env, pace time.Duration, figure func(app, name string) (plot.Figure, bool), log zerolog.Logger) ([]alert.Notifier, error) {
	var all []alert.Notifier
	var failed error
	add := func(n alert.Notifier, err error) {
		all = append(all, n)
		if failed == nil {
			failed = err
		}
	}
	if env.SlackBotToken != "" || env.SlackWebhookURL != "" {
		add(slack.New(slack.Options{
			Token: env.SlackBotToken.Reveal(), Channel: env.SlackChannel,
			WebhookURL: env.SlackWebhookURL.Reveal(), APIURL: env.SlackAPIURL,
			Buttons: env.SlackSigningSecret != "", Figure: figure,
		}))
	}
	if urls := env.Alertmanagers(); len(urls) > 0 {
		add(alertmanager.New(alertmanager.Options{URLs: urls, Page: env.URL, Resend: time.Minute / pace, Log: log}))
	}
	if key := env.PagerDutyRoutingKey.Reveal(); key != "" {
		add(pagerduty.New(pagerduty.Options{RoutingKey: key, APIURL: env.PagerDutyAPIURL, Page: env.URL}))
	}
	if url := env.WebhookURL.Reveal(); url != "" {
		add(webhook.New(webhook.Options{URL: url, Secret: env.WebhookSecret.Reveal(), Page: env.URL}))
	}
	if failed != nil {
		return nil, failed
	}
	return all, nil
}

// repeater is a Notifier of a destination that forgets what isn't repeated.
type repeater interface {
	Run(ctx context.Context, open func() []alert.Incident)
}

// startRepeaters starts those that repeat.
func (d *Daemon) startRepeaters(ctx context.Context) {
	for _, n := range d.notifiers {
		if r, ok := n.(repeater); ok {
			d.workers.Go(func() error { r.Run(ctx, d.alerts.Open); return nil })
		}
	}
}
