package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/ledger"
	"drain/internal/ledger/redistest"
	"drain/internal/upgrade"
)

// An upgrade and a drain with the same Redis never act on an app at the same time.
func TestUpgradeAndDrainTakeTurns(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t)
	led, err := ledger.OpenRedis(url, false, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Close()
	h := newHerokuToUpgrade(t)
	h.env["REDIS_URL"] = url
	run := func() (code int, failed string) {
		code, out, failed := h.drain("", "upgrade", "-pace", pace, "-yes", "-app", "enketo", "ENKETO_REDIS_MAIN", "premium-2")
		return code, out + failed
	}

	_, release, err := led.Hold(t.Context(), ledger.ActingOn("enketo"), "a drain", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if code, said := run(); code != exitFailed || !strings.Contains(said, "a drain, or another upgrade, is acting on enketo") {
		t.Errorf("exit %d: %s", code, said)
	}
	h.asBefore(t)
	release()

	// While the upgrade runs, web is down and the lease is its own.
	held := make(chan bool)
	go func() {
		for h.Formation()["web"] > 0 {
			time.Sleep(time.Millisecond)
		}
		_, release, err := led.Hold(t.Context(), ledger.ActingOn("enketo"), "a drain", time.Minute)
		if err == nil {
			release()
		}
		held <- err != nil
	}()
	if code, said := run(); code != exitOK {
		t.Errorf("exit %d: %s", code, said)
	}
	if !<-held {
		t.Error("a drain could act while the upgrade had the app down")
	}
	_, release, err = led.Hold(t.Context(), ledger.ActingOn("enketo"), "a drain", time.Minute)
	if err != nil {
		t.Fatalf("after the upgrade: %v", err)
	}
	release()
	// The drain hears of it from the ledger, also when it is over.
	last, err := upgrade.Ledger{Shelf: led.Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}.Last(t.Context(), "enketo")
	if diff := cmp.Diff(map[string]int{"web": 4}, last.Stops()); err != nil || last.Step != upgrade.StepDone || diff != "" {
		t.Errorf("%s at %q, %v", diff, last.Step, err)
	}
}

// Who goes on with an upgrade that died waits for the lease that it left.
func TestResumeWaitsForTheLease(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t)
	led, err := ledger.OpenRedis(url, false, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Close()
	h := newHerokuToUpgrade(t)
	h.env["REDIS_URL"] = url
	journal := filepath.Join(t.TempDir(), "journal")
	left := upgrade.Entry{App: "enketo", Addon: "redis-x", Formation: map[string]int{"web": 4}, Step: upgrade.StepStart}
	if err := upgrade.File(journal).Save(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	_, release, err := led.Hold(t.Context(), ledger.ActingOn("enketo"), "one that died", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	free := make(chan struct{})
	time.AfterFunc(1500*time.Millisecond, func() { close(free); release() })
	code, out, failed := h.drain("", "upgrade", "-app", "enketo", "-journal", journal, "-resume")
	select {
	case <-free:
	default:
		t.Error("it didn't wait")
	}
	if code != exitOK || !strings.Contains(failed, "another process has the right to act") {
		t.Errorf("exit %d: %s%s", code, out, failed)
	}
}
