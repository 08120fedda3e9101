package heroku

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

	"drain/internal/scale"
)

// Every call is made to fail in every way, with a server and a network that repeat the key wherever
// they can. It must be in no error, however unwrapped, and in no log.
func TestNoSecretInErrorsOrLogs(t *testing.T) {
	calls := map[string]func(context.Context, *Client) error{
		"Formation": func(ctx context.Context, c *Client) error { _, err := c.Formation(ctx, "enketo"); return err },
		"Scale":     func(ctx context.Context, c *Client) error { _, err := c.Scale(ctx, "enketo", "web", 1); return err },
		"RestartDyno": func(ctx context.Context, c *Client) error {
			if err := c.RestartDyno(ctx, "enketo", "web.1"); err != nil {
				return err
			}
			return errors.New("nothing of an answer is used")
		},
		"Starting":  func(ctx context.Context, c *Client) error { _, err := c.Starting(ctx, "enketo", "web"); return err },
		"Releasing": func(ctx context.Context, c *Client) error { _, err := c.Releasing(ctx, "enketo"); return err },
		"Addons":    func(ctx context.Context, c *Client) error { _, err := c.Addons(ctx, "enketo"); return err },
		"Shared":    func(ctx context.Context, c *Client) error { _, err := c.SharedAddons(ctx, "enketo"); return err },
		"IsRedisAt": func(ctx context.Context, c *Client) error {
			_, err := c.IsRedisAt(ctx, "enketo", "redis-main", "redis://:"+key+"@h")
			return err
		},
		"Drains": func(ctx context.Context, c *Client) error { _, err := c.Drains(ctx, "enketo"); return err },
		"Autoscaling": func(ctx context.Context, c *Client) error {
			if got, err := c.Autoscaling(ctx, "enketo", "web"); got != scale.AutoscalingUnknown || err != nil {
				return fmt.Errorf("%d, %w", got, err)
			}
			return errors.New("unknown, as it should be")
		},
	}
	ways := map[string]roundTrip{
		"network": func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("dial %s: refused", r.Header) },
		"slow": func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("dial %s: %w", r.Header, context.DeadlineExceeded)
		},
		"JSON":    func(*http.Request) (*http.Response, error) { return answer(401, `{"message":"bad key `+key+`"}`), nil },
		"request": func(*http.Request) (*http.Response, error) { return answer(422, `{}`, "Request-Id", key), nil },
		"HTML":    func(*http.Request) (*http.Response, error) { return answer(500, "<html>"+key), nil },
		"rate":    func(*http.Request) (*http.Response, error) { return answer(429, `{"message":"`+key+`"}`), nil },
		"garbage": func(*http.Request) (*http.Response, error) { return answer(200, key), nil },
		"types":   func(*http.Request) (*http.Response, error) { return answer(200, `{"quantity":"`+key+`"}`), nil },
		"warning": func(*http.Request) (*http.Response, error) { return answer(200, "?", "X-Heroku-Warning", key), nil },
		"body":    func(*http.Request) (*http.Response, error) { return broken(), nil },
		"redirect": func(*http.Request) (*http.Response, error) {
			return answer(302, "", "Location", "https://"+key+".example.com/"), nil
		},
	}
	var printed bytes.Buffer // heroku-go prints to the standard library's logger
	defer log.SetOutput(log.Writer())
	log.SetOutput(&printed)

	for call, do := range calls {
		for way, network := range ways {
			synctest.Test(t, func(t *testing.T) {
				var logged bytes.Buffer
				c, err := New(Options{
					APIKey: key, URL: "https://api.example.com", MetricsURL: "https://metrics.example.com",
					Transport: network, Log: zerolog.New(&logged).Level(zerolog.TraceLevel),
				})
				if err != nil {
					t.Fatal(err)
				}
				err = do(t.Context(), c)
				if err == nil {
					t.Fatalf("%s did not fail by %s", call, way)
				}
				text := logged.String()
				for ; err != nil; err = errors.Unwrap(err) {
					text += fmt.Sprintf("\n%v\n%+v\n%#v", err, err, err)
				}
				if strings.Contains(text, "SECRET") {
					t.Errorf("%s failing by %s tells the key:\n%s", call, way, text)
				}
			})
		}
	}
	if printed.Len() > 0 {
		t.Errorf("printed past the logger: %s", printed.String())
	}
}

func broken() *http.Response {
	r := answer(200, "")
	r.Body = io.NopCloser(readerFunc(func([]byte) (int, error) { return 0, errors.New("reset while sending " + key) }))
	return r
}

// A redirect must not carry the key to where it points.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var hosts []string
	c := client(t, func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host)
		return answer(307, "", "Location", "https://elsewhere.example.com/"), nil
	})
	_, err := c.Formation(t.Context(), "enketo")
	if err == nil || len(hosts) != 1 {
		t.Errorf("%v after asking %q", err, hosts)
	}
}

func TestErrorTexts(t *testing.T) {
	f := func(want string, resp *http.Response) {
		t.Helper()
		c := client(t, func(*http.Request) (*http.Response, error) { return resp, nil })
		_, err := c.Scale(t.Context(), "enketo", "web", 1)
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	f("setting web of enketo to 1: 422 Unprocessable Entity: Couldn't find that process type (web). (request 0123)",
		answer(422, `{"id":"invalid_params","message":"Couldn't find that process type (web)."}`, "Request-Id", "0123"))
	f("setting web of enketo to 1: 404 Not Found: two lines", answer(404, `{"message":"two\nlines"}`))
	f("setting web of enketo to 1: 403 Forbidden: "+strings.Repeat("x", 200)+"…", answer(403, `{"message":"`+strings.Repeat("x", 5000)+`"}`))
}
