package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/simulator"
)

// A drain that posts to /logs says whose it is by its token alone. Heroku's API tells of which app
// that is; no configuration needs to.
func TestDrainTokenIsLearntFromTheAPI(t *testing.T) {
	sim, err := simulator.New(simulator.Options{Speed: 50, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	d, err := daemon.New(daemon.Options{
		Config: &config.Config{Apps: map[string]config.App{sim.App(): {}}}, Pace: 50, Log: zerolog.Nop(),
		Env: config.Env{
			Listen: "127.0.0.1:0", DrainPassword: "p4ss",
			HerokuAPIKey: config.Secret(sim.APIKey()), HerokuAPIURL: sim.APIURL(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Attach("http://drain:p4ss@" + d.Addr() + "/logs"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	d.Start()
	defer func() {
		if err := d.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()

	// Its lines may come before the API has told; then the token is unclaimed for a while.
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(get(t, "http://"+d.Addr()+"/metrics"), `heroku_last_line_timestamp_seconds{app="enketo"}`) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no line of enketo was counted:\n%s", get(t, "http://"+d.Addr()+"/api/v1/apps"))
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
