package post

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"drain/alert"
)

const (
	maxAnswer = 64 << 10 // bytes read of an answer, so that its connection can be used again
	maxQuoted = 200      // bytes of it in an error

	// limitedPause is how long to wait after a 429 that doesn't say; maxPause is the longest that a
	// Retry-After may ask for.
	limitedPause = 30 * time.Second
	maxPause     = time.Hour
)

// Options of New.
type Options struct {
	Name    string        // of the destination, begins every error
	HTTP    *http.Client  // nil: one of its own
	Timeout time.Duration // of one request with its answer; 0: 10 s
	Secrets []string      // what no error may hold
}

// Client sends.
type Client struct {
	opt  Options
	http http.Client
}

// New makes a Client. It does no request.
func New(o Options) *Client {
	c := &Client{opt: o}
	if o.HTTP != nil {
		c.http = *o.HTTP
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.opt.Timeout = cmp.Or(max(o.Timeout, 0), 10*time.Second)
	return c
}

// URL checks that raw is an absolute http or https URL. The error doesn't repeat it: it may hold a
// password.
func URL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the URL is not one like https://host/path")
	}
	return u, nil
}

// StatusError is an answer that is no success.
type StatusError struct {
	Code int
	text string
}

func (e *StatusError) Error() string { return e.text }

// Send posts body as JSON with header added, and returns nil if the answer was 2xx. A user and
// password in the URL become basic auth.
func (c *Client) Send(ctx context.Context, to *url.URL, header http.Header, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %s: the request can't be made", c.opt.Name, to.Host)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "drain")
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &alert.RetryError{Err: fmt.Errorf("%s: %s: %s", c.opt.Name, to.Host, c.reason(err))}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 == 2 {
		return nil // it was taken, whatever became of the rest of the answer
	}
	if err != nil {
		answer = nil
	}
	return c.refused(to, resp, answer)
}

// refused is the error for an answer that is no success.
func (c *Client) refused(to *url.URL, resp *http.Response, answer []byte) error {
	text := fmt.Sprintf("%s: %s: HTTP status %d", c.opt.Name, to.Host, resp.StatusCode)
	if said := c.scrub(strings.Join(strings.Fields(string(answer)), " ")); said != "" {
		text += fmt.Sprintf(": %.*q", maxQuoted, said)
	}
	status := &StatusError{Code: resp.StatusCode, text: text}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return &alert.RetryError{After: cmp.Or(pause(resp.Header), limitedPause), Err: status}
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode == http.StatusTooEarly:
		return &alert.RetryError{After: pause(resp.Header), Err: status}
	case resp.StatusCode/100 == 3:
		status.text += "; redirects are not followed, so give the address it leads to"
	}
	return status
}

// pause is what Retry-After asks for, in seconds or as a date (RFC 9110, 10.2.3).
func pause(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, maxPause)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), maxPause)
	}
	return 0
}

// reason is err without the URL, which net/http puts in front.
func (c *Client) reason(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return c.scrub(err.Error())
}

func (c *Client) scrub(text string) string {
	for _, secret := range c.opt.Secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return text
}
