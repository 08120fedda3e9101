package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"drain/alert"
	"drain/internal/ledger"
	"drain/internal/scale"
	"drain/internal/upgrade"
	"drain/rules"
)

// maxUpgradeBody bounds what `drain upgrade` says of itself, bytes.
const maxUpgradeBody = 64 << 10

func (d *Daemon) upgrades() upgrade.Ledger {
	return upgrade.Ledger{Shelf: d.ledger.Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}
}

// upgradeOf asks the ledger for the app's last upgrade. It is there because we were told, or because
// `drain upgrade` has the same Redis.
func (d *Daemon) upgradeOf(ctx context.Context, app string) (scale.Upgrade, error) {
	e, err := d.upgrades().Last(ctx, app)
	if errors.Is(err, upgrade.ErrNoEntry) {
		return scale.Upgrade{}, nil
	}
	return known(e), err
}

// known is what the scaler is to know of an upgrade.
func known(e upgrade.Entry) scale.Upgrade {
	u := scale.Upgrade{Addon: e.Addon, Plan: e.To, Stopped: e.Stops(), Began: e.Started, Told: e.Saved}
	if e.Step == upgrade.StepDone {
		u.Ended = e.Saved
	}
	return u
}

// apiUpgrade is told by `drain upgrade -daemon` what it is about to do. It answers 409 where that mustn't
// begin now.
func (d *Daemon) apiUpgrade(w http.ResponseWriter, r *http.Request) {
	app := r.PathValue("app")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpgradeBody))
	if err != nil {
		d.refuse(w, http.StatusBadRequest, err)
		return
	}
	e, err := upgrade.Decode(body, "in the request", app)
	if err != nil {
		d.refuse(w, http.StatusBadRequest, err)
		return
	}
	// In the ledger first: the scaler looks there when it has the right to act, and acts only if there is none.
	if err = d.upgrades().Save(r.Context(), e); err != nil {
		d.metrics.ledger.Inc()
		d.log.Error().Err(err).Msg("the ledger fails; an upgrade can't be noted")
		d.refuse(w, http.StatusServiceUnavailable, errors.New("the ledger fails; try again"))
		return
	}
	if err = d.scaler.Upgrade(app, known(e)); err != nil {
		d.refuse(w, http.StatusConflict, errors.Join(err, d.ledger.Shelf(ledger.Upgrades).Delete(r.Context(), app)))
		return
	}
	d.log.Info().Str("app", app).Str("addon", e.Addon).Str("plan", e.To).Str("step", string(e.Step)).Msg("drain upgrade")
	w.WriteHeader(http.StatusNoContent)
}

// effects are the causes of incidents that stopping an app, or moving its Redis, is the reason of.
var effects = []string{rules.RedisCause, "no-web-dynos", "router-errors", "request-timeouts", "app-crashed", "worker-crash-loop", "drain-silent"}

// silenced says why nobody is to be told of an alert now. What an upgrade does to an app is told when it
// still is so afterwards.
func (d *Daemon) silenced(a alert.Alert) string {
	if why := d.silences.Why(a); why != "" || !slices.Contains(effects, a.Cause) {
		return why
	}
	u, underWay := d.scaler.Upgrading(a.App)
	if !underWay {
		return ""
	}
	return fmt.Sprintf("muted while drain upgrade takes %s to %s", u.Addon, u.Plan)
}
