package main

import (
	"bytes"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
)

// Where the drain runs on two web dynos, web.1 hears of each step though the router asks the other as often.
func TestUpgradeToldToTwoDynos(t *testing.T) {
	t.Parallel()
	h := newHerokuToUpgrade(t)
	h.env["ADMIN_PASSWORD"] = "admin"
	var log bytes.Buffer // web.1's, to be read once it has stopped
	var dynos []*daemon.Daemon
	for _, dyno := range []string{"web.1", "web.2"} {
		o := daemon.Options{Config: &config.Config{}, Pace: 30, Log: zerolog.Nop(), Env: config.Env{
			Dyno: dyno, Listen: "127.0.0.1:0", DrainPassword: "p4ss", AdminPassword: "admin",
		}}
		if dyno == "web.1" {
			o.Log = zerolog.New(zerolog.SyncWriter(&log))
		}
		d, err := daemon.New(o)
		if err != nil {
			t.Fatal(err)
		}
		d.Start()
		dynos = append(dynos, d)
	}
	var asked atomic.Int64
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: dynos[int(asked.Add(1))%len(dynos)].Addr()})
	}})
	defer front.Close()
	code, out, failed := h.drain("", "upgrade", "-pace", pace, "-yes", "-app", "enketo", "-daemon", front.URL, "ENKETO_REDIS_MAIN", "premium-2")
	if said := out + failed; code != exitOK || strings.Contains(said, "couldn't be told") {
		t.Errorf("exit %d: %s", code, said)
	}
	h.asBefore(t)
	for _, d := range dynos {
		stop(t, d)
	}
	inOrder(t, "web.1's log", log.String(), `"step":"close"`, `"step":"stop"`, `"step":"drain"`, `"step":"change"`, `"step":"wait"`, `"step":"start"`, `"step":"open"`, `"step":"done"`)
}
