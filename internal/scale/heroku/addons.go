package heroku

import (
	"context"
	"errors"
	"slices"

	"drain/internal/scale"
)

// redisService is Heroku Key-Value Store's name in the API.
const redisService = "heroku-redis"

// Addon is a Redis add-on that an app uses.
type Addon struct {
	Name        string   `json:"name"`           // e.g. redis-rugged-24473
	Plan        string   `json:"plan,omitempty"` // e.g. heroku-redis:premium-0; empty where it may not be read
	Attachments []string `json:"attachments"`    // what this app calls it, e.g. REDIS
	Shared      bool     `json:"shared"`         // another app uses it too, as far as the key may see
}

// Addons returns the app's Redis add-ons, by name, with those it borrows from other apps. Of a
// borrowed one whose service may not be read it isn't known whether it is a Redis; it is among them.
func (c *Client) Addons(ctx context.Context, app string) ([]Addon, error) {
	if err := named(app); err != nil {
		return nil, err
	}
	attached, err := c.api.AddOnAttachmentListByApp(ctx, app, nil)
	if err != nil {
		return nil, c.failed("reading the add-ons' attachments of "+app, err)
	}
	owned, err := c.plans(ctx, app)
	if err != nil {
		return nil, err
	}
	found := map[string]*Addon{}
	for _, at := range attached {
		name := at.Addon.Name
		if a := found[name]; a != nil {
			a.Attachments = append(a.Attachments, at.Name)
			continue
		}
		a := &Addon{Name: name, Attachments: []string{at.Name}}
		redis := false
		if own := at.Addon.App.Name == app; own {
			a.Plan, redis = owned[name], owned[name] != ""
		} else {
			a.Shared = true
			a.Plan, redis, err = c.borrowed(ctx, name)
		}
		if err == nil && redis && !a.Shared {
			a.Shared, err = c.lent(ctx, app, name)
		}
		if err != nil {
			return nil, err
		}
		if redis {
			found[name] = a
		}
	}
	out := []Addon{}
	for _, a := range found {
		slices.Sort(a.Attachments)
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Addon) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out, nil
}

// SharedAddons implements scale.Platform.
func (c *Client) SharedAddons(ctx context.Context, app string) ([]string, error) {
	all, err := c.Addons(ctx, app)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range all {
		if a.Shared {
			out = append(out, a.Name)
		}
	}
	return out, nil
}

// plans returns the plan of each Redis add-on the app owns, by name.
func (c *Client) plans(ctx context.Context, app string) (map[string]string, error) {
	list, err := c.api.AddOnListByApp(ctx, app, nil)
	if err != nil {
		return nil, c.failed("reading the add-ons of "+app, err)
	}
	out := map[string]string{}
	for _, a := range list {
		if a.AddonService.Name == redisService {
			out[a.Name] = a.Plan.Name
		}
	}
	return out, nil
}

// borrowed returns the plan of another app's add-on, and whether it is or may be a Redis.
func (c *Client) borrowed(ctx context.Context, name string) (plan string, redis bool, err error) {
	if err := named(name); err != nil {
		return "", false, err
	}
	a, err := c.api.AddOnInfo(ctx, name)
	if err == nil {
		return a.Plan.Name, a.AddonService.Name == redisService, nil
	}
	err = c.failed("reading the add-on "+name, err)
	if e, ok := errors.AsType[*scale.PlatformError](err); ok && (e.Failure == scale.NotFound || e.Failure == scale.Unauthorized) {
		return "", true, nil
	}
	return "", false, err
}

// lent says whether another app has an attachment to the app's own add-on.
func (c *Client) lent(ctx context.Context, app, name string) (bool, error) {
	if err := named(name); err != nil {
		return false, err
	}
	list, err := c.api.AddOnAttachmentListByAddOn(ctx, name, nil)
	if err != nil {
		return false, c.failed("reading who uses the add-on "+name, err)
	}
	for _, at := range list {
		if at.App.Name != app {
			return true, nil
		}
	}
	return false, nil
}
