package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"drain/alert"
	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/scale"
	"drain/internal/upgrade"
	"drain/internal/wait"
	"drain/rules"
)

// maxUpgradeBody bounds what `drain upgrade` says of itself, bytes.
const maxUpgradeBody = 64 << 10

func (d *Daemon) upgrades() upgrade.Ledger {
	return upgrade.Ledger{Shelf: d.ledger.Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}
}

// upgradeOf is what the scaler is to know of the app's last upgrade.
func (d *Daemon) upgradeOf(ctx context.Context, app string) (scale.Upgrade, error) {
	e, err := d.lastUpgrade(ctx, app)
	return known(e), err
}

// lastUpgrade asks the ledger for the app's last upgrade. It is there because we were told, or because
// `drain upgrade` has the same Redis. Where there is none, as after that Redis was moved and lost it, what
// we were told counts. Without an App nothing is known.
func (d *Daemon) lastUpgrade(ctx context.Context, app string) (upgrade.Entry, error) {
	e, err := d.upgrades().Last(ctx, app)
	switch {
	case err == nil:
		return d.moves.hear(e), nil
	case errors.Is(err, upgrade.ErrNoEntry):
		return d.moves.last(app), nil
	}
	return upgrade.Entry{}, err
}

// known is what the scaler is to know of an upgrade.
func known(e upgrade.Entry) scale.Upgrade {
	u := scale.Upgrade{Addon: e.Addon, Plan: e.To, Stopped: e.Stops(), Began: e.Started, Told: e.Saved}
	if e.Step == upgrade.StepDone {
		u.Ended = e.Saved
	}
	return u
}

const (
	noteMost = 4 * time.Second // the ledger may take to note an upgrade; `drain upgrade` waits a little longer
	skew     = 2 * time.Minute // between its clock and ours; the scaler allows for as much
)

// wrongUpgrade says what no `drain upgrade` would say.
func wrongUpgrade(e upgrade.Entry) error {
	switch {
	case !config.IsAppName(e.App):
		return fmt.Errorf("%.80q is not a Heroku app's name", e.App)
	case e.Started.IsZero():
		return errors.New("started: the time when the upgrade began is missing")
	case e.Started.After(e.Saved.Add(skew)):
		return fmt.Errorf("started: %s is in the future, here it is %s; set the clock of where the upgrade runs", e.Started.UTC().Format(time.RFC3339), e.Saved.UTC().Format(time.RFC3339))
	}
	return nil
}

// apiUpgrade is told by `drain upgrade -daemon` what it is about to do. It answers 409 where that mustn't
// begin now, or that would replace what alone knows how an app is brought back up, and 421 where another
// process of ours must hear of it: the one that acts.
func (d *Daemon) apiUpgrade(w http.ResponseWriter, r *http.Request) {
	app := r.PathValue("app")
	if d.misdirected(w) {
		return
	}
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
	e.Saved = d.now() // by our own clock
	if err = wrongUpgrade(e); err != nil {
		d.refuse(w, http.StatusBadRequest, err)
		return
	}
	// It is noted or taken back as a whole, also when who asks has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), noteMost)
	defer cancel()
	d.noting.Lock()
	defer d.noting.Unlock()
	before, err := d.upgrades().Last(ctx, app)
	had := err == nil
	if had || errors.Is(err, upgrade.ErrNoEntry) {
		// In the ledger first: the scaler looks there when it has the right to act, and acts only if there is none.
		err = d.upgrades().Announce(ctx, e)
	}
	switch {
	case errors.Is(err, upgrade.ErrAnother), errors.Is(err, upgrade.ErrOver):
		d.refuse(w, http.StatusConflict, err)
		return
	case err != nil:
		d.metrics.ledger.Inc()
		d.log.Error().Err(err).Msg("the ledger fails; an upgrade can't be noted")
		if d.moves.goesOn(e) { // it may be our own ledger's Redis that is moved; that the upgrade lives is known all the same
			_ = d.scaler.Upgrade(app, known(e)) // it fails only for one that begins
		}
		d.refuse(w, http.StatusServiceUnavailable, errors.New("the ledger fails; try again"))
		return
	}
	if err = d.scaler.Upgrade(app, known(e)); err != nil {
		if had {
			err = errors.Join(err, d.upgrades().Save(ctx, before))
		} else {
			err = errors.Join(err, d.ledger.Shelf(ledger.Upgrades).Delete(ctx, app))
		}
		// Who read the ledger meanwhile may have heard of it.
		d.moves.hear(upgrade.Entry{App: app, Started: e.Started, Step: upgrade.StepDone, Saved: d.now()})
		d.refuse(w, http.StatusConflict, err)
		return
	}
	d.moves.hear(e)
	d.log.Info().Str("app", app).Str("addon", e.Addon).Str("plan", e.To).Str("step", string(e.Step)).Msg("drain upgrade")
	w.WriteHeader(http.StatusNoContent)
}

// misdirected sends on what another process of ours must hear.
func (d *Daemon) misdirected(w http.ResponseWriter) bool {
	if d.acts {
		return false
	}
	d.refuse(w, http.StatusMisdirectedRequest, fmt.Errorf("this is %s of the drain, and web.1 is what acts and must be asked", d.opts.Env.Dyno))
	return true
}

// apiUpgradeLeft gives what is known of an upgrade that was cut off to who goes on with it elsewhere than
// where its journal is. It answers 404 where there is none, and 409 while it seems to live.
func (d *Daemon) apiUpgradeLeft(w http.ResponseWriter, r *http.Request) {
	if d.misdirected(w) {
		return
	}
	e, err := d.lastUpgrade(r.Context(), r.PathValue("app"))
	if err != nil {
		d.refuse(w, http.StatusServiceUnavailable, errors.New("the ledger fails; try again"))
		return
	}
	if e.App == "" || e.Step == upgrade.StepDone {
		d.refuse(w, http.StatusNotFound, upgrade.ErrNoEntry)
		return
	}
	if quiet := d.now().Sub(e.Saved); quiet < upgradeHandsOn/time.Duration(d.opts.Pace) {
		d.refuse(w, http.StatusConflict, fmt.Errorf("the upgrade said %s ago that it goes on, elsewhere; try again when it has been silent for %s", ago(quiet), upgradeHandsOn))
		return
	}
	d.answer(w, e)
}

const (
	upgradeHandsOn = 2 * time.Minute // of silence, after which another process may go on with it
	upgradeLook    = time.Minute     // between two looks whether upgrades live
	upgradeQuiet   = 5 * time.Minute // without a word in so long one is held to be cut off; it tells each step, and us by HTTP more often
	upgradeStory   = 24 * time.Hour  // after that it is no news
)

// watchUpgrades looks again and again whether upgrades live. What was under way when we were started is muted
// at once, and has until the first look to say that it goes on.
func (d *Daemon) watchUpgrades(ctx context.Context) {
	_ = d.hearUpgrades(ctx) // the first look says what is wrong
	for wait.For(ctx, upgradeLook/time.Duration(d.opts.Pace)) == nil {
		if err := d.lookAtUpgrades(ctx); err != nil && ctx.Err() == nil {
			d.log.Debug().Err(err).Msg("upgrades can't be read")
		}
	}
}

// lookAtUpgrades tells of upgrades that were cut off: the app is down then, and nobody may know.
func (d *Daemon) lookAtUpgrades(ctx context.Context) error {
	if err := d.hearUpgrades(ctx); err != nil {
		return err
	}
	for _, e := range d.moves.all() { // what a Redis that was moved tells may be less than what we heard
		d.upgradeTrouble(e, d.cutOff(ctx, e))
	}
	return nil
}

// hearUpgrades hears the last upgrade of each app in the ledger.
func (d *Daemon) hearUpgrades(ctx context.Context) error {
	return d.ledger.Shelf(ledger.Upgrades).Each(ctx, func(app string, entry []byte) error {
		if e, err := upgrade.Decode(entry, "in the ledger", app); err == nil {
			d.moves.hear(e)
		}
		return nil
	})
}

// cutOff says whether an upgrade has died before its end. One with our Redis has the right to act for as long
// as it lives.
func (d *Daemon) cutOff(ctx context.Context, e upgrade.Entry) bool {
	quiet, pace := d.now().Sub(e.Saved), time.Duration(d.opts.Pace)
	if e.Step == upgrade.StepDone || quiet < upgradeQuiet/pace || quiet > upgradeStory {
		return false
	}
	_, release, err := d.holdApp(ctx, e.App)
	if err != nil {
		return false
	}
	release()
	return true
}

// effects are the causes of incidents that stopping an app, or moving its Redis, is the reason of.
var effects = []string{rules.RedisCause, "no-web-dynos", "router-errors", "request-timeouts", "app-crashed", "worker-crash-loop", "drain-silent"}

// silenced says why nobody is to be told of an alert now. What an upgrade does to an app is told when it
// still is so afterwards.
func (d *Daemon) silenced(a alert.Alert) string {
	if why := d.silences.Why(a); why != "" || !slices.Contains(effects, a.Cause) {
		return why
	}
	e := d.moves.last(a.App)
	if e.App == "" || e.Step == upgrade.StepDone || d.now().Sub(e.Saved) >= scale.DefaultTiming().Upgrade/time.Duration(d.opts.Pace) {
		return ""
	}
	return fmt.Sprintf("muted while drain upgrade takes %s to %s", e.Addon, e.To)
}

// moves are what each app's last upgrade said last, as far as this process has heard: from the upgrade
// itself, also while the ledger fails, or from the ledger. There is one an app.
type moves struct {
	mu sync.Mutex
	of map[string]upgrade.Entry // guarded by mu; by app
}

// hear takes what an upgrade said, unless that is older than what the same one said before, and returns what
// is known now.
func (m *moves) hear(e upgrade.Entry) upgrade.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, known := m.of[e.App]; known && e.Started.Equal(last.Started) && e.Saved.Before(last.Saved) {
		return last
	}
	m.of[e.App] = e
	return e
}

// last is the newest that is known of the app's; without an App where nothing is.
func (m *moves) last(app string) upgrade.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of[app]
}

// all is what is known of every app's.
func (m *moves) all() []upgrade.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.of))
}

// goesOn hears e if it is of an upgrade that is known to be under way.
func (m *moves) goesOn(e upgrade.Entry) bool {
	last := m.last(e.App)
	if !last.Started.Equal(e.Started) || last.Step == upgrade.StepDone {
		return false
	}
	m.hear(e)
	return true
}
