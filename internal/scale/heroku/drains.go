package heroku

import (
	"context"
	"net/url"
)

// Drain is a log drain of an app.
type Drain struct {
	ID    string `json:"id"`
	Token string `json:"token"` // what its lines carry as HOSTNAME: d.73ea7440-…
	URL   string `json:"url"`   // without user, password and query
}

// Drains returns the app's log drains. Other services put their keys anywhere in a drain's URL, so
// only scheme, host and path of it are kept; a path may still be one.
func (c *Client) Drains(ctx context.Context, app string) ([]Drain, error) {
	list, err := c.LogDrains(ctx, app)
	if err != nil {
		return nil, err
	}
	out := []Drain{}
	for _, d := range list {
		out = append(out, Drain{ID: d.ID, Token: d.Token, URL: publicPart(d.URL)})
	}
	return out, nil
}

func publicPart(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
