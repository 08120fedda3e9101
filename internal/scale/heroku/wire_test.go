package heroku

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/scale"
)

// roundTrip is a network of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func client(t *testing.T, network roundTrip) *Client {
	t.Helper()
	c, err := New(Options{APIKey: key, URL: "https://api.example.com", Transport: network, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever comes of it, what changes something reaches Heroku once.
func TestAChangeIsSentOnce(t *testing.T) {
	for name, change := range map[string]func(context.Context, *Client) error{
		"Scale":       func(ctx context.Context, c *Client) error { _, err := c.Scale(ctx, "enketo", "web", 1); return err },
		"RestartDyno": func(ctx context.Context, c *Client) error { return c.RestartDyno(ctx, "enketo", "web.1") },
		"SetFormation": func(ctx context.Context, c *Client) error {
			return c.SetFormation(ctx, "enketo", map[string]int{"web": 1})
		},
		"SetMaintenance": func(ctx context.Context, c *Client) error { return c.SetMaintenance(ctx, "enketo", true) },
		"ChangePlan":     func(ctx context.Context, c *Client) error { return c.ChangePlan(ctx, "enketo", "redis-1", "premium-2") },
	} {
		f := func(failure scale.Failure, answers func() (*http.Response, error)) {
			t.Helper()
			synctest.Test(t, func(t *testing.T) {
				n := 0
				c := client(t, func(*http.Request) (*http.Response, error) { n++; return answers() })
				err := change(t.Context(), c)
				if e, ok := errors.AsType[*scale.PlatformError](err); !ok || e.Failure != failure || n != 1 {
					t.Errorf("%s: sent %d times, %v; want once, %s", name, n, err, failure)
				}
			})
		}
		f(scale.RateLimited, func() (*http.Response, error) { return answer(429, "{}", "Retry-After", "2"), nil })
		f(scale.Temporary, func() (*http.Response, error) { return answer(503, "<html>down"), nil })
		f(scale.Temporary, func() (*http.Response, error) { return answer(200, "cut"), nil })
		f(scale.Temporary, func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
		f(scale.Invalid, func() (*http.Response, error) { return answer(422, "{}"), nil })
	}
}

func TestWhatIsRepeated(t *testing.T) {
	f := func(name string, tries int, failure scale.Failure, after time.Duration, answers func() (*http.Response, error)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			n := 0
			c := client(t, func(*http.Request) (*http.Response, error) { n++; return answers() })
			_, err := c.Formation(t.Context(), "enketo")
			e, ok := errors.AsType[*scale.PlatformError](err)
			if !ok || e.Failure != failure || e.After != after || n != tries {
				t.Errorf("%s: %d tries, %+v, want %d, %s after %s", name, n, e, tries, failure, after)
			}
		})
	}
	status := func(status int, headers ...string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return answer(status, `{"message":"no"}`, headers...), nil }
	}
	f("500", 3, scale.Temporary, 0, status(500))
	f("503 as HTML", 3, scale.Temporary, 0, func() (*http.Response, error) { return answer(503, "<html>down"), nil })
	f("429 with a short wait", 3, scale.RateLimited, time.Second, status(429, "Retry-After", "1"))
	f("429 with a long wait is the caller's", 1, scale.RateLimited, time.Minute, status(429, "Retry-After", "60"))
	f("429 with an endless wait", 1, scale.RateLimited, time.Hour, status(429, "Retry-After", "999999999"))
	f("429 without", 1, scale.RateLimited, 30*time.Second, status(429))
	f("503 with a long wait", 1, scale.Temporary, time.Minute, status(503, "Retry-After", "60"))
	f("broken network", 3, scale.Temporary, 0, func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
	f("400", 1, scale.Invalid, 0, status(400))
	f("401", 1, scale.Unauthorized, 0, status(401))
	f("402", 1, scale.Unauthorized, 0, status(402))
	f("403", 1, scale.Unauthorized, 0, status(403))
	f("404", 1, scale.NotFound, 0, status(404))
	f("409", 1, scale.Temporary, 0, status(409))
	f("422", 1, scale.Invalid, 0, status(422))
	f("not JSON", 1, scale.Temporary, 0, func() (*http.Response, error) { return answer(200, "<html>"), nil })
	f("not a formation", 1, scale.Temporary, 0, func() (*http.Response, error) { return answer(200, "[{}]"), nil })
	f("endless", 3, scale.Temporary, 0, func() (*http.Response, error) {
		r := answer(200, "")
		r.Body = io.NopCloser(io.LimitReader(spaces{}, maxBody+2))
		return r, nil
	})
}

// Who was told to wait isn't asked before that is over, whatever for; others are.
func TestRetryAfterIsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, status := 0, 429
		c := client(t, func(*http.Request) (*http.Response, error) {
			asked++
			return answer(status, "[]", "Retry-After", "60"), nil
		})
		ask := func(want int, failure scale.Failure, after time.Duration) {
			t.Helper()
			_, err := c.Formation(t.Context(), "enketo")
			e, failed := errors.AsType[*scale.PlatformError](err)
			if asked != want || failed != (failure != "") || failed && (e.Failure != failure || e.After != after) {
				t.Errorf("asked %d times, %+v; want %d, %s after %s", asked, e, want, failure, after)
			}
		}
		ask(1, scale.RateLimited, time.Minute)
		time.Sleep(20 * time.Second)
		ask(1, scale.RateLimited, 40*time.Second)
		if _, err := c.Ready(t.Context(), "redis-1"); err == nil || asked != 1 {
			t.Errorf("the same host for something else: %v, asked %d times", err, asked)
		}
		if rest := c.wire.rest("api.metrics.heroku.com"); rest > 0 {
			t.Errorf("another host rests for %s", rest)
		}
		status = 200
		time.Sleep(40 * time.Second)
		ask(2, "", 0)
	})
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// Scaling to an object that isn't a formation must not look like 0 dynos.
func TestScaleToWhatIsNoFormation(t *testing.T) {
	c := client(t, func(*http.Request) (*http.Response, error) { return answer(200, "{}"), nil })
	if n, err := c.Scale(t.Context(), "enketo", "web", 0); err == nil {
		t.Errorf("got %d", n)
	}
}

func TestContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c := client(t, func(*http.Request) (*http.Response, error) { n++; return answer(503, ""), nil })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		began := time.Now()
		_, err := c.Formation(ctx, "enketo")
		if took := time.Since(began); err == nil || took != 100*time.Millisecond || n != 1 {
			t.Errorf("%v after %s and %d tries", err, took, n)
		}

		// No try is begun that the deadline wouldn't let end.
		n = 0
		ctx, cancel = context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		began = time.Now()
		if _, err := c.Formation(ctx, "enketo"); err == nil || !time.Now().Equal(began) || n != 1 {
			t.Errorf("%v after %s and %d tries", err, time.Since(began), n)
		}
	})
}

// A server that accepts and never answers, or stops in the middle of the body.
func TestSlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, inBody := range []bool{false, true} {
			c := client(t, func(r *http.Request) (*http.Response, error) {
				if inBody {
					resp := answer(200, "")
					resp.Body = io.NopCloser(readerFunc(func([]byte) (int, error) { <-r.Context().Done(); return 0, r.Context().Err() }))
					return resp, nil
				}
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			began := time.Now()
			_, err := c.Formation(t.Context(), "enketo")
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 3*DefaultAttempt+1500*time.Millisecond {
				t.Errorf("in the body %t: %v after %s", inBody, err, took)
			}
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestCallsLeftAreRefilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, func(*http.Request) (*http.Response, error) {
			return answer(200, "[]", "RateLimit-Remaining", "10"), nil
		})
		if _, err := c.Formation(t.Context(), "enketo"); err != nil {
			t.Fatal(err)
		}
		f := func(wait time.Duration, want int) {
			t.Helper()
			time.Sleep(wait)
			if got := c.CallsLeft(); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		}
		f(0, 10)
		f(2*time.Minute, 160)
		f(24*time.Hour, 4500)
	})
}
