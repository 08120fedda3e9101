package daemon

import (
	"context"
	"fmt"
	"slices"

	"drain/internal/scale/heroku"
)

// lookUpHosting asks how Heroku runs this very process, and remembers what of it loses lines. It needs
// the app's name, which Heroku tells with the lab runtime-dyno-metadata only.
func (d *Daemon) lookUpHosting(ctx context.Context) error {
	name := d.opts.Env.HerokuAppName
	if d.opts.Env.Dyno == "" || name == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpTimeout)
	defer cancel()
	h, err := d.heroku.Hosting(ctx, name, "web")
	if err != nil {
		return err
	}
	found := hostingFaults(name, h)
	before := d.hosting.Swap(&found)
	for _, why := range found {
		if before == nil || !slices.Contains(*before, why) {
			d.log.Warn().Str("app", name).Msg(why)
		}
	}
	return nil
}

func hostingFaults(name string, h heroku.Hosting) []string {
	var out []string
	if h.Size == "eco" {
		// devcenter.heroku.com/articles/eco-dyno-hours
		out = append(out, fmt.Sprintf("%s runs on an Eco dyno, which sleeps after 30 minutes without a delivery and stops when the account's hours are used up: lines are lost then. Use Basic: heroku dyno:type basic -a %[1]s", name))
	}
	if h.Quantity > 1 {
		out = append(out, fmt.Sprintf("%s runs on %d web dynos: what the others than web.1 get is counted, and never told or acted on. heroku ps:scale web=1 -a %[1]s", name, h.Quantity))
	}
	if h.Preboot {
		out = append(out, fmt.Sprintf("preboot is on for %s: at each release two processes would tell and act at once. heroku features:disable preboot -a %[1]s", name))
	}
	return out
}
