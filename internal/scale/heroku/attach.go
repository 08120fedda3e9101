package heroku

import (
	"context"

	heroku "github.com/heroku/heroku-go/v5"

	"drain/internal/attach"
)

var _ attach.Platform = (*Client)(nil)

// LogDrains implements attach.Platform.
func (c *Client) LogDrains(ctx context.Context, app string) ([]attach.Drain, error) {
	if err := named(app); err != nil {
		return nil, err
	}
	list, err := c.api.LogDrainList(ctx, app, nil)
	if err != nil {
		return nil, c.failed("reading the drains of "+app, err)
	}
	var out []attach.Drain
	for _, d := range list {
		out = append(out, attach.Drain{ID: d.ID, Token: d.Token, URL: d.URL})
	}
	return out, nil
}

// CreateDrain implements attach.Platform.
func (c *Client) CreateDrain(ctx context.Context, app, url string) (attach.Drain, error) {
	if err := named(app); err != nil {
		return attach.Drain{}, err
	}
	d, err := c.api.LogDrainCreate(ctx, app, heroku.LogDrainCreateOpts{URL: url})
	if err == nil && d.Token == "" {
		err = errNotThat
	}
	if err != nil {
		return attach.Drain{}, c.failed("attaching a drain to "+app, err)
	}
	return attach.Drain{ID: d.ID, Token: d.Token, URL: d.URL}, nil
}

// DeleteDrain implements attach.Platform.
func (c *Client) DeleteDrain(ctx context.Context, app, id string) error {
	if err := named(app, id); err != nil {
		return err
	}
	_, err := c.api.LogDrainDelete(ctx, app, id)
	return c.failed("deleting a drain of "+app, err)
}

// runtimeMetrics is the feature that makes dynos write their memory and load (Dev Center, "Log Runtime
// Metrics").
const runtimeMetrics = "log-runtime-metrics"

// RuntimeMetrics implements attach.Platform.
func (c *Client) RuntimeMetrics(ctx context.Context, app string) (bool, error) {
	if err := named(app); err != nil {
		return false, err
	}
	f, err := c.api.AppFeatureInfo(ctx, app, runtimeMetrics)
	if err == nil && f.Name != runtimeMetrics {
		err = errNotThat
	}
	if err != nil {
		return false, c.failed("asking whether "+app+" has "+runtimeMetrics, err)
	}
	return f.Enabled, nil
}

// SetRuntimeMetrics implements attach.Platform.
func (c *Client) SetRuntimeMetrics(ctx context.Context, app string, on bool) error {
	if err := named(app); err != nil {
		return err
	}
	f, err := c.api.AppFeatureUpdate(ctx, app, runtimeMetrics, heroku.AppFeatureUpdateOpts{Enabled: on})
	if err == nil && f.Enabled != on {
		err = errNotThat
	}
	return c.failed("setting "+runtimeMetrics+" of "+app, err)
}

// Restart implements attach.Platform.
func (c *Client) Restart(ctx context.Context, app string) error {
	if err := named(app); err != nil {
		return err
	}
	_, err := c.api.DynoRestartAll(ctx, app)
	return c.failed("restarting the dynos of "+app, err)
}
