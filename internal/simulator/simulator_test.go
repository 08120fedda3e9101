package simulator

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	heroku "github.com/heroku/heroku-go/v5"
	"github.com/slack-go/slack"
	"go.uber.org/goleak"

	"drain/internal/simulator/faults"
	"drain/internal/simulator/logplex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run starts sim. The returned function ends it and returns once Run has.
func run(t *testing.T, sim *Simulator) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// events passes on what happens.
type events chan string

func (e events) on(ev Event) { e <- ev.Text }

// await reads events until each of the texts has come, in any order.
func (e events) await(t *testing.T, texts ...string) {
	t.Helper()
	seen := []string{}
	for len(texts) > 0 {
		select {
		case got := <-e:
			seen = append(seen, got)
			texts = slices.DeleteFunc(texts, func(text string) bool { return strings.Contains(got, text) })
		case <-time.After(30 * time.Second):
			t.Fatalf("never heard of %q, but of %q", texts, seen)
		}
	}
}

// receiver counts the messages it got, L10 lines excepted.
type receiver struct {
	mu    sync.Mutex
	lines []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body := bufio.NewReader(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		size, err := body.ReadString(' ')
		if err != nil {
			break
		}
		n, _ := strconv.Atoi(strings.TrimSpace(size))
		line := make([]byte, n)
		if _, err := io.ReadFull(body, line); err != nil {
			break
		}
		if !strings.Contains(string(line), " logplex - ") {
			r.lines = append(r.lines, string(line))
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// TestWholeStory is what the daemon sees, with a person in its place.
func TestWholeStory(t *testing.T) {
	happened := make(events, 1000)
	sim, err := New(Options{Speed: 30, Seed: 1, OnEvent: happened.on})
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, sim)
	r := &receiver{}
	srv := httptest.NewServer(r)
	defer srv.Close()
	token, err := sim.Attach(srv.URL + "/logs/" + sim.App())
	if err != nil {
		t.Fatal(err)
	}
	if used, limit := sim.Connections("ENKETO_REDIS_MAIN"); used != 8 || limit != 38 {
		t.Errorf("at rest %d of %d connections, want 8 of 38", used, limit)
	}

	sim.Rush()
	happened.await(t, "ENKETO_REDIS_MAIN is full: 38 of 38 connections", "web.1 can't connect to ENKETO_REDIS_MAIN")

	people := slack.New(sim.SlackToken(), slack.OptionAPIURL(sim.SlackURL()), slack.OptionHTTPClient(srv.Client()))
	channel, ts, err := people.PostMessageContext(t.Context(), sim.SlackChannel(), slack.MsgOptionText("firing", false))
	if err != nil {
		t.Fatal(err)
	}
	api := heroku.NewService(&http.Client{Transport: &heroku.Transport{BearerToken: sim.APIKey(), Transport: srv.Client().Transport}})
	api.URL = sim.APIURL()
	if _, err := api.FormationUpdate(t.Context(), sim.App(), "web", heroku.FormationUpdateOpts{Quantity: heroku.Int(1)}); err != nil {
		t.Fatal(err)
	}
	happened.await(t, "web scaled from 4 to 1 by drain@example.com", "ENKETO_REDIS_MAIN has room again",
		"web.2 has stopped", "web.3 has stopped", "web.4 has stopped", "every worker of web.1 is connected again")
	if used, _ := sim.Connections("ENKETO_REDIS_MAIN"); used != 26 {
		t.Errorf("%d connections in the end, want 26", used)
	}
	if _, _, _, err := people.UpdateMessageContext(t.Context(), channel, ts, slack.MsgOptionText("resolved", false)); err != nil {
		t.Fatal(err)
	}
	if m := sim.Messages(); len(m) != 1 || len(m[0].Versions) != 2 || m[0].Last().Text != "resolved" {
		t.Errorf("messages %+v, want one, updated once", m)
	}
	if f := sim.Formation(); f["web"] != 1 || f["worker"] != 0 {
		t.Errorf("formation %v, want web 1 and worker 0", f)
	}

	stop()
	got := sim.Delivery(token)
	if got.Waiting() != 0 || got.Delivered != uint64(len(r.lines)) || got.Delivered < 100 {
		t.Errorf("delivery %+v, received %d", got, len(r.lines))
	}
	if n := strings.Count(strings.Join(r.lines, ""), "api - Scaled to web@1:Standard-1X by user drain@example.com\n"); n != 1 {
		t.Errorf("%d lines say it was scaled, want 1", n)
	}
	if v := sim.Violations(); len(v) != 0 {
		t.Errorf("violations %q", v)
	}
}

func TestAHuman(t *testing.T) {
	happened := make(events, 100)
	sim, err := New(Options{OnEvent: happened.on})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	if err := sim.Scale("ada@example.com", "web", 2); err != nil {
		t.Error(err)
	}
	happened.await(t, "web scaled from 4 to 2 by ada@example.com")
	if err := sim.Scale("ada@example.com", "clock", 2); err == nil {
		t.Error("scaled a process type that isn't there")
	}
}

// TestRunEndsInTheMiddle: a delayed answer does not outlive the simulator.
func TestRunEndsInTheMiddle(t *testing.T) {
	sim, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, sim)
	ask := func(url string) {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
		}
	}
	ask(sim.APIURL()) // serves
	sim.APIFaults().Next(1, faults.Fault{Delay: time.Hour})
	answered := make(chan struct{})
	go func() {
		ask(sim.APIURL())
		close(answered)
	}()
	stop()
	<-answered
	http.DefaultClient.CloseIdleConnections()
	if err := sim.Close(); err != nil {
		t.Errorf("closing after Run: %v", err)
	}
}

func TestViolationsNameNoSecret(t *testing.T) {
	sim, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer run(t, sim)()
	for _, url := range []string{sim.APIURL() + "/apps/enketo", sim.SlackURL() + "chat.postMessage", sim.WebhookURL()} {
		resp, err := http.Post(url, "application/x-www-form-urlencoded", strings.NewReader("token="+sim.SlackToken()+"&key="+sim.APIKey()))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	all := strings.Join(sim.Violations(), "\n")
	for _, part := range []string{"Platform API: POST /apps/enketo: 401", "Slack: POST /api/chat.postMessage:", "Slack: POST /services/…: invalid_payload"} {
		if !strings.Contains(all, part) {
			t.Errorf("no violation %q in\n%s", part, all)
		}
	}
	hook := sim.WebhookURL()
	for _, secret := range []string{sim.APIKey(), sim.SlackToken(), hook[strings.LastIndex(hook, "/")+1:]} {
		if strings.Contains(all, secret) {
			t.Errorf("a secret is in\n%s", all)
		}
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, opt := range []Options{{Speed: -1}, {Speed: 1001}, {Speed: math.NaN()}, {Web: -1}, {Web: 101}} {
		if sim, err := New(opt); err == nil {
			sim.Close()
			t.Errorf("New(%+v) did not refuse", opt)
		}
	}
}

func TestRunTellsOfABrokenPort(t *testing.T) {
	sim, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	sim.Close()
	if err := sim.Run(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Run on closed ports: %v, want net.ErrClosed", err)
	}
}

func TestAttachErrors(t *testing.T) {
	sim, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	if _, err := sim.Attach("https://drain.example.com/logs"); !errors.Is(err, logplex.ErrURL) {
		t.Errorf("%v, want ErrURL", err)
	}
	if got := sim.Delivery("d.nobody"); got != (logplex.Stats{}) {
		t.Errorf("delivery to nobody %+v", got)
	}
}
