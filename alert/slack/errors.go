package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"drain/alert"
)

// limitedPause is how long to wait after a 429 that doesn't say.
const limitedPause = 30 * time.Second

var errNoTS = errors.New("the answer has neither a reason nor a ts")

// apiCode is Slack's name for what went wrong, empty if err is of another kind. The names are those
// of docs.slack.dev/reference/methods/chat.postMessage and chat.update.
func apiCode(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}

// gone says that the message to change was deleted.
func gone(err error) bool { return apiCode(err) == "message_not_found" }

// frozen says that the message is there but may not be changed any more.
func frozen(err error) bool {
	switch apiCode(err) {
	case "cant_update_message", "edit_window_closed":
		return true
	}
	return false
}

// unfit says that Slack didn't like the message itself.
func unfit(err error) bool {
	switch apiCode(err) {
	case "msg_blocks_too_long", "msg_too_long", "invalid_blocks", "invalid_blocks_format", "invalid_attachments",
		"too_many_attachments", "no_text",
		"invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large", "metadata_must_be_sent_from_app":
		return true
	}
	// A webhook says so with the status alone.
	status, ok := errors.AsType[slack.StatusCodeError](err)
	return ok && status.Code == http.StatusBadRequest
}

// explain makes the error that leaves: what it was, what to do, whether to try again, no secret.
func (n *Notifier) explain(err error) error {
	what := "slack"
	if n.webhook != "" {
		what = "slack: webhook"
	}
	if limited, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return &alert.RetryError{After: limited.RetryAfter, Err: fmt.Errorf("%s: rate limited for %v", what, limited.RetryAfter)}
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return explainStatus(what, status.Code, n.webhook != "")
	}
	if code := apiCode(err); code != "" {
		return explainCode(what, code)
	}
	// The rest came from the network or made no sense: the request may or may not have arrived. The
	// chain is cut here, since net/http's errors and Slack's answers may repeat the URL.
	return &alert.RetryError{Err: fmt.Errorf("%s: %s", what, n.scrub(err))}
}

func explainStatus(what string, code int, webhook bool) error {
	err := fmt.Errorf("%s: HTTP status %d", what, code)
	switch {
	case code == http.StatusTooManyRequests:
		return &alert.RetryError{After: limitedPause, Err: err}
	case code >= 500 || code == http.StatusRequestTimeout:
		return &alert.RetryError{Err: err}
	case code >= 300 && code < 400:
		return fmt.Errorf("%w: redirects are not followed; Slack sends none, so look at SLACK_API_URL and at proxies", err)
	case webhook && code == http.StatusForbidden:
		return fmt.Errorf("%w: an administrator forbids posting there; use another channel or a bot token", err)
	case webhook && (code == http.StatusNotFound || code == http.StatusGone):
		return fmt.Errorf("%w: the webhook or its channel is no more; make a new webhook and set SLACK_WEBHOOK_URL", err)
	default:
		return err
	}
}

func explainCode(what, code string) error {
	if len(code) > 64 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		code = "an unreadable reason" // not Slack's, so it may hold anything
	}
	err := fmt.Errorf("%s: %s", what, code)
	switch code {
	case "ratelimited", "rate_limited":
		return &alert.RetryError{After: limitedPause, Err: err}
	case "fatal_error", "internal_error", "service_unavailable", "request_timeout", "update_failed",
		"team_added_to_org", "org_login_required", "external_channel_migrating":
		return &alert.RetryError{Err: err}
	}
	if todo := advice(code); todo != "" {
		return fmt.Errorf("%w: %s", err, todo)
	}
	return err
}

// advice is what a person can do about code.
func advice(code string) string {
	switch code {
	case "channel_not_found":
		return "there is no such channel, or it is private and the bot is not in it; check SLACK_CHANNEL and the routes, or /invite the bot"
	case "not_in_channel":
		return "/invite the bot to the channel, or give it the scope chat:write.public"
	case "is_archived", "is_inactive":
		return "the channel is archived; use another one"
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type":
		return "Slack refuses the token; install the app again and set SLACK_BOT_TOKEN to its bot token (xoxb-…)"
	case "missing_scope", "no_permission":
		return "the bot needs the scope chat:write; add it and install the app again"
	case "access_denied", "accesslimited", "ekm_access_denied", "team_access_not_granted", "two_factor_setup_required":
		return "the workspace's administrators forbid it"
	case "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel":
		return "the channel doesn't let the bot post; use another one"
	}
	return ""
}

// scrub is err's text without the URL that net/http puts in front of it, and without secrets.
func (n *Notifier) scrub(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	text := err.Error()
	for _, secret := range n.secrets {
		text = strings.ReplaceAll(text, secret, "[redacted]")
	}
	return text
}
