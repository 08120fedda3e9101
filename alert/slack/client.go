package slack

import (
	"io"
	"net/http"
)

// maxAnswer bounds what is read of an answer, bytes. Slack's are a few kB: they repeat the message.
const maxAnswer = 1 << 20

// guarded returns a client like c that follows no redirect, which would take the token or the
// message elsewhere, and reads no endless answer.
func guarded(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{}
	}
	g := *c
	g.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if g.Transport == nil {
		g.Transport = http.DefaultTransport
	}
	g.Transport = bounded{g.Transport}
	return &g
}

// bounded cuts answers off.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}
