package heroku

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	heroku "github.com/heroku/heroku-go/v5"

	"drain/internal/scale"
	"drain/internal/upgrade"
)

var _ upgrade.Platform = (*Client)(nil)

// Maintenance implements upgrade.Platform.
func (c *Client) Maintenance(ctx context.Context, app string) (bool, error) {
	if err := named(app); err != nil {
		return false, err
	}
	info, err := c.api.AppInfo(ctx, app)
	if err == nil && info.Name == "" {
		err = errNotThat
	}
	if err != nil {
		return false, c.failed("reading the app "+app, err)
	}
	return info.Maintenance, nil
}

// SetMaintenance implements upgrade.Platform.
func (c *Client) SetMaintenance(ctx context.Context, app string, on bool) error {
	if err := named(app); err != nil {
		return err
	}
	info, err := c.api.AppUpdate(ctx, app, heroku.AppUpdateOpts{Maintenance: &on})
	if err == nil && (info.Name == "" || info.Maintenance != on) {
		err = errNotThat
	}
	return c.failed(fmt.Sprintf("setting maintenance mode of %s to %v", app, on), err)
}

// SetFormation implements upgrade.Platform.
func (c *Client) SetFormation(ctx context.Context, app string, quantities map[string]int) error {
	if err := named(append(slices.Collect(maps.Keys(quantities)), app)...); err != nil {
		return err
	}
	var o heroku.FormationBatchUpdateOpts
	for _, process := range slices.Sorted(maps.Keys(quantities)) {
		o.Updates = append(o.Updates, struct {
			Quantity *int    `json:"quantity,omitempty" url:"quantity,omitempty,key"`
			Size     *string `json:"size,omitempty" url:"size,omitempty,key"`
			Type     string  `json:"type" url:"type,key"`
		}{Quantity: new(quantities[process]), Type: process})
	}
	list, err := c.api.FormationBatchUpdate(ctx, app, o)
	if err == nil {
		have := map[string]int{}
		for _, f := range list {
			have[f.Type] = f.Quantity
		}
		for process, n := range quantities {
			if got, there := have[process]; !there || got != n {
				err = errNotThat
			}
		}
	}
	return c.failed("setting the formation of "+app, err)
}

// Running implements upgrade.Platform.
func (c *Client) Running(ctx context.Context, app string) (map[string]int, error) {
	dynos, err := c.dynos(ctx, app)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, d := range dynos {
		if d.Type == "" {
			return nil, c.failed("reading the dynos of "+app, errNotThat)
		}
		out[d.Type]++
	}
	return out, nil
}

// Redis implements upgrade.Platform.
func (c *Client) Redis(ctx context.Context, app, name string) (upgrade.Redis, error) {
	all, err := c.Addons(ctx, app)
	if err != nil {
		return upgrade.Redis{}, err
	}
	var have []string
	for _, a := range all {
		if a.Name == name || slices.Contains(a.Attachments, name) {
			return upgrade.Redis(a), nil
		}
		have = append(have, fmt.Sprintf("%s (%s)", a.Name, strings.Join(a.Attachments, ", ")))
	}
	if len(have) == 0 {
		have = []string{"none"}
	}
	return upgrade.Redis{}, &scale.PlatformError{
		Failure: scale.NotFound, Err: fmt.Errorf("%s has no Redis %q; it has %s", app, name, strings.Join(have, ", ")),
	}
}

// Plans implements upgrade.Platform.
func (c *Client) Plans(ctx context.Context) ([]string, error) {
	list, err := c.api.PlanListByAddOn(ctx, redisService, nil)
	if err != nil {
		return nil, c.failed("reading the plans of "+redisService, err)
	}
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return out, nil
}

// ChangePlan implements upgrade.Platform.
func (c *Client) ChangePlan(ctx context.Context, app, addon, plan string) error {
	if err := named(app, addon); err != nil {
		return err
	}
	a, err := c.api.AddOnUpdate(ctx, app, addon, heroku.AddOnUpdateOpts{Plan: plan})
	if err == nil && a.Name != addon {
		err = errNotThat
	}
	return c.failed(fmt.Sprintf("changing %s to %s", addon, plan), err)
}

// Ready implements upgrade.Platform. While Heroku works on the add-on the answer is 404.
func (c *Client) Ready(ctx context.Context, addon string) (bool, error) {
	if err := named(addon); err != nil {
		return false, err
	}
	var answer struct {
		Waiting *bool `json:"waiting?"`
	}
	err := c.data.Get(ctx, &answer, "/redis/v0/databases/"+url.PathEscape(addon)+"/wait", nil, nil)
	err = c.failed("asking whether "+addon+" is ready", err)
	if e, ok := errors.AsType[*scale.PlatformError](err); ok && e.Failure == scale.NotFound {
		return false, nil
	}
	return err == nil && (answer.Waiting == nil || !*answer.Waiting), err
}
