package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/ledger"
	"drain/internal/ledger/redistest"
	"drain/internal/scale/heroku"
	"drain/internal/simulator"
	"drain/internal/upgrade"
)

// A lease that is lost, as when its Redis starts anew, is held again until it is released.
func TestLeaseIsTakenAgain(t *testing.T) {
	t.Parallel()
	redis := redistest.New(t)
	led, err := ledger.OpenRedis(redis.URL(), false, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Close()
	const lasts = 300 * time.Millisecond
	release, err := keepHold(t.Context(), led, "x", lasts)
	if err != nil {
		t.Fatal(err)
	}
	another := func() error {
		_, release, err := led.Hold(t.Context(), "x", "another", time.Minute)
		if err == nil {
			release()
		}
		return err
	}
	redis.Stop()
	time.Sleep(2 * lasts) // it can't be renewed in time
	redis.Start()
	until(t, func() bool { return errors.Is(another(), ledger.ErrHeld) })
	release()
	if err := another(); err != nil {
		t.Errorf("after its release: %v", err)
	}
}

// What would lose its own ledger is said before anything is touched.
func TestUpgradeOfItsOwnRedis(t *testing.T) {
	t.Parallel()
	h := newHerokuToUpgrade(t)
	url := redistest.Start(t)
	h.SetRedisURL("ENKETO_REDIS_MAIN", strings.Replace(url, "redis://", "rediss://:s3cret@", 1))
	h.env["REDIS_URL"] = url
	f := func(code int, want string, not string, args ...string) {
		t.Helper()
		got, out, failed := h.drain("", append([]string{"upgrade", "-app", "enketo", "-dry-run"}, args...)...)
		if said := out + failed; got != code || !strings.Contains(said, want) || not != "" && strings.Contains(said, not) || strings.Contains(said, "s3cret") {
			t.Errorf("%q: exit %d, want %d and %q in\n%s", args, got, code, want, said)
		}
		h.asBefore(t)
	}
	main := []string{"ENKETO_REDIS_MAIN", "premium-2"}
	journal := []string{"-journal", filepath.Join(t.TempDir(), "journal")}
	told := []string{"-daemon", "http://127.0.0.1:1"}
	f(exitFailed, "run this with -daemon URL, so that the drain", "-journal", main...)
	f(exitOK, "only the drain at -daemon hears of the upgrade", "", append(told, main...)...)
	f(exitOK, "4. back to web 4", "REDIS_URL", "ENKETO_REDIS_CACHE", "premium-2")
	h.env["DYNO"] = "run.1"
	f(exitFailed, "run this with -journal FILE on a machine where files last and -daemon URL", "", main...)
	f(exitFailed, "run this with -journal FILE on a machine where files last\n", "", append(told, main...)...)
	f(exitFailed, "run this with -daemon URL", "-journal FILE", append(journal, main...)...)
	f(exitOK, "only the drain at -daemon hears of the upgrade", "", append(append(told, journal...), main...)...)
	h.SetRedisURL("ENKETO_REDIS_MAIN", "") // as a key without read-protected sees it
	f(exitOK, "can't be found out (reading the config vars of enketo", "", main...)
}

// The ledger of the drain is in the very Redis that is moved: it is gone for a while, and all it held since.
// The upgrade ends as any, the drain knows that, and nobody hears of one that was cut off.
func TestUpgradeOfTheDrainsOwnRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.New(t)
	var mu sync.Mutex // over what happens to redis
	moved := false
	sim, err := simulator.New(simulator.Options{Speed: 30, Web: 4, OnEvent: func(e simulator.Event) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strings.HasPrefix(e.Text, "ENKETO_REDIS_MAIN moves from "):
			redis.Stop()
		case strings.HasPrefix(e.Text, "ENKETO_REDIS_MAIN is on "):
			redis.Start()
			moved = true
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	h := runToUpgrade(t, sim)
	h.SetRedisURL("ENKETO_REDIS_MAIN", redis.URL())
	d, err := daemon.New(daemon.Options{Config: &config.Config{}, Pace: 30, Log: zerolog.Nop(), Env: config.Env{
		Listen: "127.0.0.1:0", DrainPassword: "p4ss", RedisURL: config.Secret(redis.URL()), HerokuAPIKey: config.Secret(sim.APIKey()), HerokuAPIURL: sim.APIURL(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	defer stop(t, d)
	h.env["REDIS_URL"] = redis.URL()
	code, out, failed := h.drain("", "upgrade", "-pace", pace, "-yes", "-app", "enketo", "-daemon", "http://"+d.Addr(), "ENKETO_REDIS_MAIN", "premium-2")
	mu.Lock()
	if code != exitOK || !moved {
		t.Errorf("exit %d, moved %v\n%s%s", code, moved, out, failed)
	}
	mu.Unlock()
	h.asBefore(t)
	led, err := ledger.OpenRedis(redis.URL(), false, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Close()
	last, err := upgrade.Ledger{Shelf: led.Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}.Last(t.Context(), "enketo")
	if err != nil || last.Step != upgrade.StepDone {
		t.Errorf("the drain knows that it is at %q, %v", last.Step, err)
	}
	resp, err := http.Get("http://" + d.Addr() + "/api/v1/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var incidents []alert.Incident
	if err := json.NewDecoder(resp.Body).Decode(&incidents); err != nil {
		t.Fatal(err)
	}
	for _, inc := range incidents {
		if inc.Cause == "upgrade-cut-off" {
			t.Errorf("%+v", inc)
		}
	}
}

// An upgrade whose machine is gone is gone on with, or back, from another, by what the drain was told.
func TestUpgradeFromAnotherMachine(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"-resume", "-abort"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			h := newHerokuToUpgrade(t)
			const soon = 600 // 200 ms of silence are enough
			d, err := daemon.New(daemon.Options{Config: &config.Config{}, Pace: soon, Log: zerolog.Nop(), Env: config.Env{Listen: "127.0.0.1:0"}})
			if err != nil {
				t.Fatal(err)
			}
			d.Start()
			defer stop(t, d)
			c, err := newClient("http://"+d.Addr(), system{getenv: func(string) string { return "" }})
			if err != nil {
				t.Fatal(err)
			}
			again := func(stdin string, args ...string) (int, string) {
				code, out, failed := h.drain(stdin, append([]string{"upgrade", "-pace", pace, "-app", "enketo", "-daemon", "http://" + d.Addr(), way}, args...)...)
				return code, out + failed
			}
			if code, said := again("y\n"); code != exitFailed || !strings.Contains(said, "no upgrade of this app is under way") {
				t.Errorf("exit %d: %s", code, said)
			}
			e := upgrade.Entry{
				App: "enketo", Addon: h.addon(t), From: "heroku-redis:premium-0", To: "heroku-redis:premium-2", Step: upgrade.StepDrain,
				Formation: map[string]int{"web": 4, "worker": 0}, Started: time.Now(),
			}
			if err := c.announce(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			api, err := heroku.New(heroku.Options{APIKey: h.APIKey(), URL: h.APIURL(), Log: zerolog.Nop()})
			if err != nil {
				t.Fatal(err)
			}
			defer api.Close()
			if err := errors.Join(api.SetMaintenance(t.Context(), "enketo", true), api.SetFormation(t.Context(), "enketo", map[string]int{"web": 0})); err != nil {
				t.Fatal(err)
			}
			until(t, func() bool { _, err := c.upgradeOf(t.Context(), "enketo"); return err == nil })
			if code, said := again("no\n"); code != exitFailed || !strings.Contains(said, "begun elsewhere at ") || !strings.Contains(said, "nothing was changed") || h.Formation()["web"] != 0 {
				t.Errorf("exit %d: %s", code, said)
			}
			if code, said := again("y\n"); code != exitOK {
				t.Errorf("exit %d: %s", code, said)
			}
			h.asBefore(t)
			if _, limit := h.Connections("ENKETO_REDIS_MAIN"); (limit == 198) != (way == "-resume") {
				t.Errorf("the limit is %d", limit)
			}
			if _, err := c.upgradeOf(t.Context(), "enketo"); err == nil || !strings.Contains(err.Error(), "no upgrade of this app is under way") {
				t.Errorf("the drain still knows of one: %v", err)
			}
		})
	}
}

// addon is the main Redis' own name.
func (h *herokuToUpgrade) addon(t *testing.T) string {
	t.Helper()
	_, out, _ := h.drain("", "upgrade", "-app", "enketo", "-dry-run", "ENKETO_REDIS_MAIN", "premium-2")
	_, rest, _ := strings.Cut(out, "3. ")
	name, _, found := strings.Cut(rest, ":")
	if !found {
		t.Fatal(out)
	}
	return name
}
