package daemon

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"drain/rules"
)

// Reload reads the configuration again and puts it in force. With any mistake the old one stays
// whole: everything that can fail is done before anything is changed. Routes, the settings of
// incidents, redactions and secrets are taken at the start only.
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
	return nil
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
	if old := d.config.Swap(cfg); !reflect.DeepEqual(old.Routes, cfg.Routes) ||
		!reflect.DeepEqual(old.Incidents, cfg.Incidents) || !slices.Equal(old.Redact, cfg.Redact) {
		d.log.Warn().Msg("routes, incidents or redact changed; they are taken at the next start")
	}
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
	d.silences.Replace(quietness(cfg))
	d.apps.each(func(one *app) {
		one.mu.Lock()
		defer one.mu.Unlock()
		one.budget.Configure(cfg.Apps[one.name].Redis)
		one.events = one.engine.Replace(one.events[:0], set)
		d.handOn(one)
	})
	return nil
}
