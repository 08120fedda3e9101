package heroku

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	heroku "github.com/heroku/heroku-go/v5"

	"drain/internal/scale"
)

// Formation implements scale.Platform.
func (c *Client) Formation(ctx context.Context, app string) (map[string]int, error) {
	if err := named(app); err != nil {
		return nil, err
	}
	list, err := c.api.FormationList(ctx, app, nil)
	if err != nil {
		return nil, c.failed("reading the formation of "+app, err)
	}
	out := map[string]int{}
	for _, f := range list {
		if f.Type == "" {
			return nil, c.failed("reading the formation of "+app, errNotThat)
		}
		out[f.Type] = f.Quantity
	}
	return out, nil
}

// errNotThat is for an answer that is a success and JSON, but of something else, as from a proxy.
// Its numbers would all be 0.
var errNotThat = errors.New("the answer isn't what was asked for")

// Scale implements scale.Platform.
func (c *Client) Scale(ctx context.Context, app, process string, quantity int) (int, error) {
	if err := named(app, process); err != nil {
		return 0, err
	}
	doing := fmt.Sprintf("setting %s of %s to %d", process, app, quantity)
	f, err := c.api.FormationUpdate(ctx, app, process, heroku.FormationUpdateOpts{Quantity: &quantity})
	if err == nil && f.Type != process {
		err = errNotThat
	}
	if err != nil {
		return 0, c.failed(doing, err)
	}
	return f.Quantity, nil
}

// dynos lists those of all types, one-off ones too.
func (c *Client) dynos(ctx context.Context, app string) (heroku.DynoListResult, error) {
	if err := named(app); err != nil {
		return nil, err
	}
	list, err := c.api.DynoList(ctx, app, &heroku.ListRange{Field: "id", Max: 1000})
	return list, c.failed("reading the dynos of "+app, err)
}

// Starting implements scale.Platform.
func (c *Client) Starting(ctx context.Context, app, process string) (int, error) {
	dynos, err := c.dynos(ctx, app)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, d := range dynos {
		if d.Type != process {
			continue
		}
		switch d.State {
		case "created", "provisioning", "starting":
			n++
		}
	}
	return n, nil
}

// RestartDyno implements scale.Platform.
func (c *Client) RestartDyno(ctx context.Context, app, dyno string) error {
	if err := named(app); err != nil {
		return err
	}
	if process, number, _ := strings.Cut(dyno, "."); !isName(process) || !dynoNumber.MatchString(number) {
		return &scale.PlatformError{Failure: scale.Invalid, Err: fmt.Errorf("%.40q is no name of a dyno", dyno)}
	}
	if _, err := c.api.DynoRestart(ctx, app, dyno); err != nil {
		return c.failed("restarting "+dyno+" of "+app, err)
	}
	return nil
}

// dynoNumber is the 1 of web.1. Anything more than such a name, or less, could make another request of
// the path: without one it restarts all dynos.
var dynoNumber = regexp.MustCompile(`^\d{1,6}$`)

// Releasing implements scale.Platform. A release is pending while its release phase runs.
func (c *Client) Releasing(ctx context.Context, app string) (bool, error) {
	if err := named(app); err != nil {
		return false, err
	}
	list, err := c.api.ReleaseList(ctx, app, &heroku.ListRange{Field: "version", Max: 5, Descending: true})
	if err != nil {
		return false, c.failed("reading the releases of "+app, err)
	}
	for _, r := range list {
		if r.Status == "pending" {
			return true, nil
		}
	}
	return false, nil
}

// monitor is what the autoscaling API says of one rule of a process type.
type monitor struct {
	ActionType string `json:"action_type"`
	IsActive   bool   `json:"is_active"`
}

// autoscalingFor is the one process type Heroku scales itself.
const autoscalingFor = "web"

// metricsWait keeps an API that nobody promised from holding up a decision.
const metricsWait = 5 * time.Second

// Autoscaling implements scale.Platform. It can't be found out where Options.MetricsURL is empty or
// doesn't answer as expected; only an ended context is an error.
func (c *Client) Autoscaling(ctx context.Context, app, process string) (scale.Autoscaling, error) {
	if err := named(app); err != nil {
		return scale.AutoscalingUnknown, err
	}
	if process != autoscalingFor {
		return scale.AutoscalingOff, nil
	}
	if c.metrics == nil {
		return scale.AutoscalingUnknown, nil
	}
	short, cancel := context.WithTimeout(ctx, metricsWait)
	defer cancel()
	monitors, err := c.monitors(short, app)
	switch {
	case ctx.Err() != nil:
		return scale.AutoscalingUnknown, c.failed("asking whether autoscaling is on for "+app, ctx.Err())
	case err != nil:
		c.wire.log.Debug().Str("app", app).Str("err", c.hide(err.Error())).Msg("whether autoscaling is on isn't known")
		return scale.AutoscalingUnknown, nil
	}
	for _, m := range monitors {
		if m.ActionType == "scale" && m.IsActive {
			return scale.AutoscalingOn, nil
		}
	}
	return scale.AutoscalingOff, nil
}

func (c *Client) monitors(ctx context.Context, app string) ([]monitor, error) {
	info, err := c.api.AppInfo(ctx, app)
	if err != nil {
		return nil, err
	}
	var out []monitor
	err = c.metrics.Get(ctx, &out, "/apps/"+url.PathEscape(info.ID)+"/formation/"+autoscalingFor+"/monitors", nil, nil)
	return out, err
}
