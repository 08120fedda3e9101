package heroku

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	heroku "github.com/heroku/heroku-go/v5"

	"drain/internal/scale"
)

// IsRedisAt says whether the app's Redis add-on is at address, a URL, by the app's config vars, for which the
// key needs the scope read-protected, else by what Heroku's own command line asks, which nobody promised.
// Nothing of what it reads leaves here.
func (c *Client) IsRedisAt(ctx context.Context, app, addon, address string) (bool, error) {
	if err := named(app, addon); err != nil {
		return false, err
	}
	want := endpointOf(address)
	if want.host == "" {
		return false, &scale.PlatformError{Failure: scale.Invalid, Err: errors.New("the address is no URL of a Redis")}
	}
	known, err := c.configured(ctx, app, addon)
	if err != nil {
		var asked error
		if known, asked = c.resource(ctx, addon); asked != nil {
			return false, err // which says what the key lacks
		}
	}
	return slices.Contains(known, want), nil
}

// endpoint is where a Redis listens; without a host it is unknown.
type endpoint struct {
	host string
	port int
}

func endpointOf(address string) (e endpoint) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" {
		return e
	}
	if e.port, err = strconv.Atoi(cmp.Or(u.Port(), "6379")); err == nil {
		e.host = strings.ToLower(u.Hostname())
	}
	return e
}

// configured are the endpoints in the config vars that the add-on's attachments set in the app.
func (c *Client) configured(ctx context.Context, app, addon string) (known []endpoint, err error) {
	attached, err := c.api.AddOnAttachmentListByApp(ctx, app, nil)
	if err != nil {
		return nil, c.failed("reading the add-ons' attachments of "+app, err)
	}
	doing := "reading the config vars of " + app
	vars, err := c.api.ConfigVarInfoForApp(ctx, app)
	if err != nil {
		return nil, c.failed(doing, err)
	}
	for name, value := range vars {
		var of heroku.AddOnAttachment // the longest name that fits: REDIS_CACHE_URL isn't REDIS's
		for _, at := range attached {
			if strings.HasPrefix(name, at.Name+"_") && len(at.Name) > len(of.Name) {
				of = at
			}
		}
		if of.Addon.Name != addon || value == nil || !strings.HasSuffix(name, "URL") {
			continue
		}
		if e := endpointOf(*value); e.host != "" {
			known = append(known, e)
		}
	}
	if len(known) == 0 {
		return nil, &scale.PlatformError{Failure: scale.NotFound, Err: errors.New(doing + ": no address of " + addon + " is among them")}
	}
	return known, nil
}

// resource are the endpoints that Heroku's own command line connects to. TLS may have the next port.
func (c *Client) resource(ctx context.Context, addon string) ([]endpoint, error) {
	var answer struct {
		URL string `json:"resource_url"`
	}
	if err := c.data.Get(ctx, &answer, "/redis/v0/databases/"+url.PathEscape(addon), nil, nil); err != nil {
		return nil, c.failed("asking where "+addon+" is", err)
	}
	e := endpointOf(answer.URL)
	if e.host == "" {
		return nil, c.failed("asking where "+addon+" is", errNotThat)
	}
	return []endpoint{e, {e.host, e.port + 1}}, nil
}
