package main

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/ledger/redistest"
	"drain/internal/scale"
	"drain/internal/upgrade"
)

// A daemon reads in the Redis that it shares with an upgrade whose doing the log's lines are.
func TestAnUpgradeInTheSharedRedis(t *testing.T) {
	t.Parallel()
	const pace = 100
	s := newStage(t, pace)
	url := redistest.Start(t)
	s.env.Ledger, s.env.RedisURL = "", config.Secret(url)
	s.cfg.Policies[0].Restore = scale.RestoreAutomatic
	led, err := ledger.OpenRedis(url, false, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Close()
	wanted, err := json.Marshal(scale.Wanted{App: "enketo", Process: "web", Policy: "shed-web", Quantity: 4, From: 1, To: 1, At: time.Now().Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if err := led.Shelf(ledger.Formations).Put(t.Context(), "enketo/web", wanted); err != nil {
		t.Fatal(err)
	}
	d := s.start(t, pace)
	defer stop(t, d)
	decided := func(why scale.Guard, verdict scale.Verdict) bool {
		return slices.ContainsFunc(d.Decisions(), func(d scale.Decision) bool { return d.Why == why && d.Verdict == verdict })
	}
	scaled := func(n string) { take(d, true, "app api Scaled to web@"+n+":Standard-1X by user ada@example.com") }

	announced := upgrade.Ledger{Shelf: led.Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}
	e := upgrade.Entry{
		App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepStop,
		Formation: map[string]int{"web": 1}, Started: time.Now(), Saved: time.Now(),
	}
	until(t, func() bool { return len(d.Decisions()) > 0 })
	if err := announced.Save(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	scaled("0")
	until(t, func() bool { return decided(scale.GuardUpgrade, scale.Hold) })
	scaled("1")
	if err := announced.Remove(t.Context(), "enketo"); err != nil {
		t.Fatal(err)
	}
	scaled("3") // that is nobody's but a person's
	until(t, func() bool { return decided(scale.GuardForeign, scale.Dropped) })
	all := d.Decisions()
	if text := all[len(all)-1].Text; text != "web is not restored to the 4 before the incident: somebody else set it to 3" {
		t.Error(text)
	}
}
