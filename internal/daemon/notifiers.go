package daemon

import (
	"drain/alert"
	"drain/alert/slack"
	"drain/internal/config"
)

// newNotifiers makes one for each destination that the environment names.
func newNotifiers(env config.Env) ([]alert.Notifier, error) {
	if env.SlackBotToken == "" && env.SlackWebhookURL == "" {
		return nil, nil
	}
	n, err := slack.New(slack.Options{
		Token: env.SlackBotToken.Reveal(), Channel: env.SlackChannel,
		WebhookURL: env.SlackWebhookURL.Reveal(), APIURL: env.SlackAPIURL,
	})
	if err != nil {
		return nil, err
	}
	return []alert.Notifier{n}, nil
}
