package heroku

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	heroku "github.com/heroku/heroku-go/v5"
	"github.com/rs/zerolog"

	"drain/internal/scale"
)

// MetricsURL is where Heroku tells whether its autoscaling is on. It isn't part of the Platform API
// and isn't documented; Heroku's own command line asks it.
const MetricsURL = "https://api.metrics.heroku.com"

// DataURL is where Heroku tells whether a change of an add-on's plan is done. It isn't part of the
// Platform API and isn't documented; Heroku's own command line asks it.
const DataURL = "https://api.data.heroku.com"

// DefaultAttempt is how long one try of a call may take.
const DefaultAttempt = 5 * time.Second

// Options are what a Client needs. APIKey must be set.
type Options struct {
	APIKey     string        // HEROKU_API_KEY
	URL        string        // HEROKU_API_URL; empty is Heroku's own
	MetricsURL string        // empty: MetricsURL where URL is empty too, else autoscaling is unknown
	DataURL    string        // empty: DataURL where URL is empty too, else URL
	UserAgent  string        // empty is heroku-go's
	Attempt    time.Duration // longest time for one try; 0 is DefaultAttempt
	Log        zerolog.Logger

	// Transport makes the connections. nil is an http.Transport of the Client's own.
	Transport http.RoundTripper
}

// Client calls the Platform API.
type Client struct {
	api     *heroku.Service
	metrics *heroku.Service // nil: autoscaling is unknown
	data    *heroku.Service
	wire    *wire
	key     string
}

var _ scale.Platform = (*Client)(nil)

// New returns a Client. It makes no call. It fails if the key or a URL can't be used.
func New(o Options) (*Client, error) {
	if o.APIKey == "" || strings.ContainsFunc(o.APIKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("HEROKU_API_KEY: a key of printable characters without spaces is needed")
	}
	if o.DataURL == "" {
		o.DataURL = o.URL
	}
	if o.URL == "" {
		o.URL = heroku.DefaultURL
		if o.MetricsURL == "" {
			o.MetricsURL = MetricsURL
		}
		if o.DataURL == "" {
			o.DataURL = DataURL
		}
	}
	if o.Attempt == 0 {
		o.Attempt = DefaultAttempt
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: o.Attempt, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
		}
	}
	c := &Client{key: o.APIKey}
	c.wire = &wire{base: o.Transport, attempt: o.Attempt, log: o.Log.With().Str("component", "heroku").Logger(), hide: c.hide, rests: map[string]time.Time{}}
	// Transport is set explicitly: heroku-go writes the field while it serves, where it is nil.
	client := &http.Client{Transport: &heroku.Transport{BearerToken: o.APIKey, UserAgent: o.UserAgent, Transport: c.wire}}
	var err error
	if c.api, err = service(client, o.URL); err != nil {
		return nil, fmt.Errorf("HEROKU_API_URL: %w", err)
	}
	if c.data, err = service(client, o.DataURL); err != nil {
		return nil, fmt.Errorf("URL of the data API: %w", err)
	}
	if o.MetricsURL != "" {
		if c.metrics, err = service(client, o.MetricsURL); err != nil {
			return nil, fmt.Errorf("URL of the autoscaling API: %w", err)
		}
	}
	return c, nil
}

// Close drops idle connections.
func (c *Client) Close() {
	if t, ok := c.wire.base.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// CallsLeft estimates how many calls the account has left: what the API last said, and what was
// refilled since. It is scale.Unknown before the first answer.
func (c *Client) CallsLeft() int { return c.wire.left(time.Now()) }

// service refuses a URL by which the key would cross a network in the clear.
func service(client *http.Client, base string) (*heroku.Service, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil: // its text would repeat the URL, with a password in it
		return nil, errors.New("it can't be read as a URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Host == "":
		return nil, errors.New("only scheme, host and path are expected, as in https://api.heroku.com")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, fmt.Errorf("https is expected, or http on a loopback address, not %s://%s", u.Scheme, u.Host)
	}
	s := heroku.NewService(client)
	s.URL = strings.TrimSuffix(base, "/")
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// hide removes the key from a text.
func (c *Client) hide(text string) string { return strings.ReplaceAll(text, c.key, "<secret>") }

// identity is a name or id. heroku-go puts them into paths as they are, so one with a slash or a
// question mark would make another request of it.
var identity = regexp.MustCompile(`^[-\w]+$`)

// longestName bounds them beside the expression, which would take 80 KiB with {1,128} in it.
const longestName = 128

func isName(s string) bool { return len(s) <= longestName && identity.MatchString(s) }

func named(names ...string) error {
	for _, name := range names {
		if !isName(name) {
			return &scale.PlatformError{Failure: scale.Invalid, Err: fmt.Errorf("%.40q is no name of an app, process type or add-on", name)}
		}
	}
	return nil
}
