package main

import (
	"context"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/ingest"
)

// A drain is attached to a simulated app, delivers to a real daemon, gets a new password, and is undone.
func TestAttachCommand(t *testing.T) {
	t.Parallel()
	h := newHerokuToUpgrade(t)
	d, err := daemon.New(daemon.Options{
		Config: &config.Config{}, Log: zerolog.Nop(),
		Env: config.Env{Listen: "127.0.0.1:0", DrainPassword: "new", DrainPasswordOld: "old", AdminPassword: "admin"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	t.Cleanup(func() {
		if err := d.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	base := "http://" + d.Addr()
	h.env["ADMIN_PASSWORD"] = "admin"
	f := func(verb string, code int, parts ...string) {
		t.Helper()
		got, out, failed := h.drain("y\n", verb, "-app", "enketo", "-url", base, "-wait", "20s")
		if got != code {
			t.Errorf("%s: exit %d, want %d", verb, got, code)
		}
		for _, part := range parts {
			if !strings.Contains(out+failed, part) {
				t.Errorf("%s: %q isn't in\n%s%s", verb, part, out, failed)
			}
		}
		for _, password := range []string{"new", "old"} {
			if strings.Contains(out+failed, ingest.AppPassword(password, "enketo")) {
				t.Errorf("%s shows a password:\n%s%s", verb, out, failed)
			}
		}
	}
	f("attach", exitFailed, "DRAIN_PASSWORD is not set")
	h.env["DRAIN_PASSWORD"] = "old"
	f("detach", exitFailed, "enketo has no drain to 127.0.0.1")
	f("attach", exitOK, "attached, as d.", "its first lines came")
	f("attach", exitOK, "attached already, as d.")
	h.env["DRAIN_PASSWORD"] = "new"
	f("attach", exitOK, "attached, as d.", "its first lines came", "deleting the older drain d.", "2 drains of enketo delivered")
	h.env["ADMIN_PASSWORD"] = "wrong"
	f("attach", exitFailed, "set ADMIN_PASSWORD as the daemon has it")
	f("detach", exitOK, "deleted d.", "log-runtime-metrics turned off")
	h.env["ADMIN_PASSWORD"] = "admin"
	f("attach", exitOK, "log-runtime-metrics turned on", "restarting the dynos", "its first lines came")
	if drains := h.Drains(); len(drains) != 1 {
		t.Errorf("%d drains are left", len(drains))
	}
	if code, _, failed := h.drain("", "attach", "-app", "enketo"); code != exitUsage || !strings.Contains(failed, "-url URL is needed") {
		t.Errorf("without a URL: exit %d, %s", code, failed)
	}
}
