package heroku

import (
	"context"
	"errors"
	"strings"

	"drain/internal/scale"
)

// Hosting is how a process type is run.
type Hosting struct {
	Size     string // of its dynos, in lower case: eco, basic, standard-1x, …
	Quantity int    // of dynos
	Preboot  bool   // the app's new dynos take over while the old ones still run
}

// Hosting tells how a process type is run. It takes two calls.
func (c *Client) Hosting(ctx context.Context, app, process string) (Hosting, error) {
	if err := named(app, process); err != nil {
		return Hosting{}, err
	}
	doing := "reading how " + process + " of " + app + " is run"
	f, err := c.api.FormationInfo(ctx, app, process)
	if err == nil && f.Type != process {
		err = errNotThat
	}
	if err != nil {
		return Hosting{}, c.failed(doing, err)
	}
	h := Hosting{Size: strings.ToLower(f.Size), Quantity: f.Quantity}
	preboot, err := c.api.AppFeatureInfo(ctx, app, "preboot")
	if err == nil {
		h.Preboot = preboot.Enabled
		return h, nil
	}
	err = c.failed(doing, err)
	if e, ok := errors.AsType[*scale.PlatformError](err); ok && e.Failure == scale.NotFound {
		return h, nil // an app that has no such feature doesn't use it
	}
	return Hosting{}, err
}
