package daemon

import (
	"errors"
	"fmt"
	"slices"

	"drain/alert"
	"drain/rules"
)

// Reload reads the configuration again and puts it in force, all of it. With any mistake the old one
// stays whole: everything that can fail is done before anything is changed. What the environment says
// is taken at the start only; the log says so where it has changed.
func (d *Daemon) Reload() error {
	d.reloadMu.Lock()
	defer d.reloadMu.Unlock()
	if d.certs != nil {
		d.certs.Check() // tells of its failures itself; an order may take minutes
	}
	err := d.reload()
	d.metrics.reloaded(err == nil, d.now())
	d.reloadTrouble(err)
	if err != nil {
		d.log.Error().Err(err).Msg("the configuration was not reloaded; the old one stays in force")
		return err
	}
	d.log.Info().Msg("the configuration was reloaded")
	d.sayWhatWaits()
	return nil
}

// sayWhatWaits tells of what a reload can't put in force: what depends on it has been made.
func (d *Daemon) sayWhatWaits() {
	if d.opts.ReadEnv == nil {
		return
	}
	env, err := d.opts.ReadEnv()
	if err != nil {
		d.log.Warn().Err(err).Msg("the settings of the environment can't be read any more; those read at the start stay in force, and the next start would fail")
		return
	}
	for _, name := range env.Changed(d.opts.Env) {
		d.log.Warn().Str("setting", name).Msg("the secret has changed; the old one stays in force until the next start")
	}
}

func (d *Daemon) reload() error {
	if d.opts.ReadConfig == nil {
		return errors.New("reload: the configuration is not from a file or the environment")
	}
	cfg, err := d.opts.ReadConfig()
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	set, err := rules.NewSet(cfg.AllRules())
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	before := d.whatIsMissing()
	old := d.config.Swap(cfg)
	for _, why := range d.whatIsMissing() {
		if !slices.Contains(before, why) {
			d.log.Warn().Msg(why)
		}
	}
	d.tokens.configure(cfg)
	d.unclaimed.claim(d.tokens.resolve)
	rs := newRuleset(set)
	d.metrics.know(rs.byName)
	d.rules.Store(rs)
	d.scaler.Replace(cfg.Policies)
	d.forgetActions(old.Policies, cfg.Policies)
	d.silences.Replace(quietness(cfg))
	d.alerts.Reload(cfg.Incidents.Faster(d.opts.Pace), cfg.Routes, cfg.Redactions())
	d.peek.redact(alert.NewRedactor(cfg.Redactions()...))
	d.apps.each(func(one *app) {
		one.mu.Lock()
		defer one.mu.Unlock()
		one.budget.Configure(cfg.Apps[one.name].Redis)
		one.events = one.engine.Replace(one.events[:0], set)
		d.handOn(one)
	})
	return nil
}
