package slack

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"drain/alert"
	"drain/alert/plot"
)

// Options say where to post. Either Token and Channel or WebhookURL is needed.
type Options struct {
	Token      string        // a bot token with the scope chat:write; with channels:history nothing is posted twice, with files:write there are pictures
	Channel    string        // name with its #, or ID
	WebhookURL string        // an incoming webhook: bound to its channel, can't update
	APIURL     string        // the Web API's base, for tests; default https://slack.com/api/
	HTTPClient *http.Client  // nil: one of its own
	Timeout    time.Duration // of one Notify, all its requests together; 0: 10s
	Buttons    bool          // messages have buttons; somebody must listen, see buttons.Handler. Not with a webhook

	// Figure returns what an app's alert with that Plot is about, to be drawn. It may be asked from any
	// goroutine. nil: there are no pictures. They need the scope files:write, and a bot that is in the channel.
	Figure func(app, plot string) (plot.Figure, bool)
}

// Notifier shows incidents in one channel.
type Notifier struct {
	api     *slack.Client
	http    *http.Client
	channel string
	webhook string
	secrets []string // what no error may hold
	timeout time.Duration
	known   *channels
	buttons bool
	figure  func(app, plot string) (plot.Figure, bool)
}

var (
	_ alert.Notifier = (*Notifier)(nil)
	_ alert.Channels = (*Notifier)(nil)
	_ alert.Threads  = (*Notifier)(nil)
	_ alert.Finder   = (*Notifier)(nil)
	_ alert.Pictures = (*Notifier)(nil)
)

// New makes a Notifier. It does no request.
func New(o Options) (*Notifier, error) {
	n := &Notifier{http: guarded(o.HTTPClient), channel: o.Channel, webhook: o.WebhookURL, timeout: o.Timeout, buttons: o.Buttons && o.WebhookURL == "", figure: o.Figure, known: &channels{ids: map[string]string{}}}
	if n.timeout <= 0 {
		n.timeout = 10 * time.Second
	}
	switch {
	case o.Token == "" && o.WebhookURL == "":
		return nil, errors.New("slack: neither a bot token nor a webhook URL is set")
	case o.Token != "" && o.WebhookURL != "":
		return nil, errors.New("slack: a bot token and a webhook URL are set; keep the token, it can do more")
	case o.Token != "" && o.Channel == "":
		return nil, errors.New("slack: a bot token needs a channel")
	}
	if o.WebhookURL != "" {
		u, err := url.Parse(o.WebhookURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			// err would print the URL.
			return nil, errors.New("slack: the webhook URL is not a URL like https://hooks.slack.com/services/…")
		}
		n.secrets = []string{o.WebhookURL, u.RequestURI()}
		if last := u.Path[strings.LastIndexByte(u.Path, '/')+1:]; len(last) >= 8 {
			n.secrets = append(n.secrets, last) // the part that nobody can guess
		}
		return n, nil
	}
	n.secrets = []string{o.Token}
	base := o.APIURL
	if base == "" {
		base = slack.APIURL
	}
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("slack: the API URL is not a URL like " + slack.APIURL)
	}
	n.api = slack.New(o.Token, slack.OptionHTTPClient(n.http), slack.OptionAPIURL(strings.TrimSuffix(base, "/")+"/"))
	return n, nil
}

// Name is slack.
func (n *Notifier) Name() string { return "slack" }

// Updates is true with a bot token.
func (n *Notifier) Updates() bool { return n.webhook == "" }

// In returns the Notifier for another channel, or n itself for its own and for a webhook, which has
// but one.
func (n *Notifier) In(channel string) alert.Notifier {
	if n.webhook != "" || channel == "" || channel == n.channel {
		return n
	}
	other := *n
	other.channel = channel
	return &other
}

// Notify shows inc as it is now.
func (n *Notifier) Notify(ctx context.Context, inc alert.Incident, was alert.Receipt) (alert.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	var err error
	for _, length := range []length{full, brief, plain} {
		m := render(inc, length, n.Updates())
		if n.buttons {
			m.press(inc, time.Now())
		}
		var receipt alert.Receipt
		switch {
		case n.webhook != "":
			err = n.postWebhook(ctx, m)
		case was.TS != "":
			receipt, err = n.update(ctx, m, was)
			if gone(err) && inc.State == alert.Resolved {
				// Whoever deleted it knows, and a new message about what is over helps nobody.
				return was, nil
			}
			if gone(err) || frozen(err) {
				receipt, err = n.post(ctx, m)
			}
		default:
			receipt, err = n.post(ctx, m)
		}
		if err == nil {
			return receipt, nil
		}
		if !unfit(err) {
			break
		}
	}
	return alert.Receipt{}, n.explain(err)
}

func (n *Notifier) post(ctx context.Context, m message) (alert.Receipt, error) {
	// chat.update takes no such arguments.
	opts := append(m.options(), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	channel, ts, err := n.api.PostMessageContext(ctx, n.channel, opts...)
	if err == nil {
		n.known.put(n.channel, channel)
	}
	return receipt(channel, ts, err)
}

func (n *Notifier) update(ctx context.Context, m message, was alert.Receipt) (alert.Receipt, error) {
	channel, ts, _, err := n.api.UpdateMessageContext(ctx, was.Channel, was.TS, m.options()...)
	return receipt(channel, ts, err)
}

// receipt checks what slack-go doesn't: it takes {"ok":false} without a reason for a success.
func receipt(channel, ts string, err error) (alert.Receipt, error) {
	if err == nil && (channel == "" || ts == "") {
		err = errNoTS
	}
	return alert.Receipt{Channel: channel, TS: ts}, err
}

func (n *Notifier) postWebhook(ctx context.Context, m message) error {
	return slack.PostWebhookCustomHTTPContext(ctx, n.webhook, n.http, m.webhook())
}
