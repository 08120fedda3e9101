package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Nothing is created where the daemon can't be used, and what is left is told where it fails later.
func TestAttachRefused(t *testing.T) {
	t.Parallel()
	h := newHerokuToUpgrade(t)
	var asked, good atomic.Int32 // how often the daemon's API was, and how often it answers
	daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		switch {
		case r.URL.Path == "/healthz":
			_, _ = io.WriteString(w, "alive\n")
		case r.URL.Path != "/api/v1/apps":
			w.WriteHeader(http.StatusNoContent)
		case password != "admin":
			w.WriteHeader(http.StatusUnauthorized)
		case asked.Add(1) > good.Load():
			w.WriteHeader(http.StatusInternalServerError)
		default:
			heard := make(map[string]time.Time)
			for _, token := range h.Drains() {
				heard[token] = time.Now()
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"apps": []any{map[string]any{"name": "enketo", "drains": heard}}})
		}
	}))
	defer daemon.Close()
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	h.env["DRAIN_PASSWORD"] = "p4ss"
	f := func(url string, drains int, parts ...string) {
		t.Helper()
		code, out, failed := h.drain("n\n", "attach", "-app", "enketo", "-url", url, "-wait", "20s")
		if code != exitFailed {
			t.Errorf("exit %d, want %d", code, exitFailed)
		}
		for _, part := range parts {
			if !strings.Contains(failed, part) {
				t.Errorf("%q isn't in\n%s%s", part, out, failed)
			}
		}
		if got := len(h.Drains()); got != drains {
			t.Errorf("%d drains are left, want %d:\n%s%s", got, drains, out, failed)
		}
	}
	f(down.URL, 0, "drain attach: nothing was changed", "/api/v1/apps", "refused")
	// Who isn't on this machine is asked for its life only, where there is no password. 0.0.0.0 stands for it.
	f(strings.Replace(down.URL, "http://127.0.0.1", "https://0.0.0.0", 1), 0, "drain attach: nothing was changed", "/healthz", "refused")
	h.env["ADMIN_PASSWORD"] = "wrong"
	f(down.URL, 0, "drain attach: nothing was changed", "refused")
	f(daemon.URL, 0, "drain attach: nothing was changed", "set ADMIN_PASSWORD as the daemon has it")
	h.env["ADMIN_PASSWORD"] = "admin"
	f(daemon.URL, 0, "drain attach: nothing was changed", "500 Internal Server Error")
	undo := "`drain detach -app enketo -url " + daemon.URL + "` undoes it"
	good.Store(2 + asked.Load())
	f(daemon.URL, 1, "the drain is attached and delivers ("+undo, "500 Internal Server Error")
	good.Store(1 + asked.Load())
	f(daemon.URL, 1, "500 Internal Server Error. The drain d.", "stays attached; "+undo)
}

// Without the admin's password the daemon is asked what it tells anybody.
func TestDaemonIsAlive(t *testing.T) {
	f := func(status int, says, want string) {
		t.Helper()
		daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/healthz" {
				t.Errorf("it was asked for %s", r.URL)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, says)
		}))
		defer daemon.Close()
		c, err := newClient(daemon.URL, system{getenv: func(string) string { return "" }})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := c.alive(t.Context()); err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, want) || want == "" && got != "" {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f(http.StatusOK, "alive\n", "")
	f(http.StatusOK, "<html>", "what answers at /healthz is not drain")
	f(http.StatusNotFound, "alive\n", "404 Not Found")
	f(http.StatusServiceUnavailable, "", "503 Service Unavailable")
}
