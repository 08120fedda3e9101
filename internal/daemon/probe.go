package daemon

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
	"drain/internal/config"
)

// ErrNoDestination is ProbeDestinations' error where the environment names none.
var ErrNoDestination = errors.New("no destination is set: SLACK_BOT_TOKEN, SLACK_WEBHOOK_URL, ALERTMANAGER_URL, PAGERDUTY_ROUTING_KEY or WEBHOOK_URL is needed")

// ProbeDestinations tells each destination that the environment names of a made-up incident, and of its
// end. Each outcome is passed to tell; an error is nil where both arrived. It asks each once.
func ProbeDestinations(ctx context.Context, env config.Env, tell func(destination string, err error)) error {
	all, err := newNotifiers(env, 1, nil, zerolog.Nop())
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return ErrNoDestination
	}
	for _, n := range all {
		began := time.Now()
		inc := madeUp(began)
		receipt, err := n.Notify(ctx, inc, alert.Receipt{})
		if err == nil {
			inc.State, inc.Ended = alert.Resolved, time.Now()
			inc.Alerts[0].State, inc.Alerts[0].At = alert.Resolved, inc.Ended
			_, err = n.Notify(ctx, inc, receipt)
		}
		tell(n.Name(), err)
	}
	return nil
}

// madeUp is an incident that nobody has to do anything about. Each has an ID of its own, since
// destinations tell incidents apart by it.
func madeUp(now time.Time) alert.Incident {
	return alert.Incident{
		ID: ownApp + "/test/" + strconv.FormatInt(now.UnixNano(), 36), App: ownApp, Cause: "test",
		State: alert.Firing, Severity: alert.Info, Began: now,
		Alerts: []alert.Alert{{
			App: ownApp, Cause: "test", Rule: "test", Severity: alert.Info, State: alert.Firing, Since: now, At: now,
			Summary: "this is a test of drain's notifications: nothing is wrong",
		}},
	}
}
