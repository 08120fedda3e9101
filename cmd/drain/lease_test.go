package main

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"drain/internal/ledger"
)

// An upgrade and a drain with the same Redis never act on an app at the same time.
func TestUpgradeAndDrainTakeTurns(t *testing.T) {
	t.Parallel()
	url := redisAt(t)
	led, err := ledger.OpenRedis(url, false, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Close()
	h := newHerokuToUpgrade(t)
	h.env["REDIS_URL"] = url
	upgrade := func() (code int, failed string) {
		code, out, failed := h.drain("", "upgrade", "-pace", pace, "-yes", "-app", "enketo", "ENKETO_REDIS_MAIN", "premium-2")
		return code, out + failed
	}

	_, release, err := led.Hold(t.Context(), ledger.ActingOn("enketo"), "a drain", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if code, said := upgrade(); code != exitFailed || !strings.Contains(said, "a drain, or another upgrade, is acting on enketo") {
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
	if code, said := upgrade(); code != exitOK {
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
}

// redisAt is the URL of a real Redis, empty.
func redisAt(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (Debian's package redis-server has it)")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	server := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may be over already
		_ = server.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			return "redis://127.0.0.1:" + port
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
