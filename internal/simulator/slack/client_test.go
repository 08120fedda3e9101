package slack

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	api "github.com/slack-go/slack"
	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"drain/internal/simulator/dice"
	"drain/internal/simulator/faults"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a Server on loopback and slack-go as its client.
type rig struct {
	*Server
	srv    *httptest.Server
	client *api.Client

	mu         sync.Mutex
	violations []string // guarded by mu
}

func newServer(r *rig) *Server {
	return New(Options{
		Dice: dice.New(1, 1), Channel: "enketo-ops",
		Violate: func(format string, args ...any) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.violations = append(r.violations, fmt.Sprintf(format, args...))
		},
	})
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{}
	r.Server = newServer(r)
	r.srv = httptest.NewServer(r.Server)
	t.Cleanup(r.srv.Close)
	r.client = api.New(r.Token, api.OptionAPIURL(r.srv.URL+"/api/"), api.OptionHTTPClient(r.srv.Client()))
	return r
}

// unlimited lets a test post as fast as it can.
func (r *rig) unlimited() *rig {
	for _, q := range []*quota{&r.post, &r.update, &r.hook, &r.read, &r.file} {
		q.limiter.SetLimit(rate.Inf)
	}
	return r
}

// violated returns the violations so far and forgets them.
func (r *rig) violated() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.violations
	r.violations = nil
	return v
}

func section(text string) api.Block {
	return api.NewSectionBlock(api.NewTextBlockObject("mrkdwn", text, false, false), nil, nil)
}

func TestSlackGo(t *testing.T) {
	r := newRig(t).unlimited()
	ctx := t.Context()
	if a, err := r.client.AuthTestContext(ctx); err != nil || a.User != "drain" {
		t.Errorf("auth.test: %+v, %v", a, err)
	}
	channel, ts, err := r.client.PostMessageContext(ctx, "#enketo-ops",
		api.MsgOptionText("firing", false), api.MsgOptionDisableLinkUnfurl(), api.MsgOptionBlocks(
			api.NewHeaderBlock(api.NewTextBlockObject("plain_text", "Redis is full", false, false)),
			api.NewDividerBlock(),
			section("38 of 38"),
			api.NewContextBlock("", api.NewTextBlockObject("mrkdwn", "since 20:00", false, false)),
			api.NewActionBlock("", api.NewButtonBlockElement("silence-1", "h", api.NewTextBlockObject("plain_text", "Silence 1h", false, false))),
		))
	if err != nil || channel != r.ChannelID {
		t.Fatalf("chat.postMessage: channel %q, %v, want %q", channel, err, r.ChannelID)
	}
	if _, got, _, err := r.client.UpdateMessageContext(ctx, channel, ts, api.MsgOptionText("resolved", false)); err != nil || got != ts {
		t.Errorf("chat.update: ts %q, %v, want %q", got, err, ts)
	}
	if _, _, err := r.client.PostMessageContext(ctx, channel, api.MsgOptionText("details", false), api.MsgOptionTS(ts)); err != nil {
		t.Errorf("reply: %v", err)
	}
	if err := api.PostWebhookContext(ctx, r.srv.URL+r.Hook, &api.WebhookMessage{
		Text: "by webhook", Blocks: &api.Blocks{BlockSet: []api.Block{section("shown")}},
	}); err != nil {
		t.Errorf("webhook: %v", err)
	}

	type version struct{ Text, Shown string }
	var got [][]version
	for _, m := range r.Messages() {
		var vs []version
		for _, v := range m.Versions {
			if d := time.Since(v.At); d < 0 || d > time.Minute {
				t.Errorf("a version from %v ago", d)
			}
			vs = append(vs, version{v.Text, strings.Join(v.Shown, "|")})
		}
		got = append(got, vs)
	}
	want := [][]version{
		{{"firing", "Redis is full|38 of 38|since 20:00|Silence 1h"}, {"resolved", "resolved"}},
		{{"details", "details"}},
		{{"by webhook", "shown"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if m := r.Messages(); m[1].Thread != ts || !m[2].Webhook {
		t.Errorf("messages %+v, want a reply and one by webhook", m)
	}
	if v := r.violated(); len(v) != 0 {
		t.Errorf("violations %q", v)
	}
}

func TestRefusals(t *testing.T) {
	r := newRig(t).unlimited()
	ctx := t.Context()
	text := api.MsgOptionText("x", false)
	_, ts, err := r.client.PostMessageContext(ctx, r.ChannelID, text)
	if err != nil {
		t.Fatal(err)
	}
	post := func(opts ...api.MsgOption) error {
		_, _, err := r.client.PostMessageContext(ctx, r.ChannelID, opts...)
		return err
	}
	update := func(channel, ts string) error {
		_, _, _, err := r.client.UpdateMessageContext(ctx, channel, ts, text)
		return err
	}
	as := func(token string) error {
		c := api.New(token, api.OptionAPIURL(r.srv.URL+"/api/"), api.OptionHTTPClient(r.srv.Client()))
		_, _, err := c.PostMessageContext(ctx, r.ChannelID, text)
		return err
	}
	hook := func(path string, m api.WebhookMessage) error {
		return api.PostWebhookContext(ctx, r.srv.URL+path, &m)
	}
	f := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		v := r.violated()
		if len(v) != 1 || strings.Contains(v[0], r.Token) || strings.Contains(v[0], r.Hook) {
			t.Errorf("%s: violations %q, want one without secrets", want, v)
		}
	}
	f(as(""), "not_authed")
	f(as("xoxb-wrong"), "invalid_auth")
	_, _, err = r.client.PostMessageContext(ctx, "#elsewhere", text)
	f(err, "channel_not_found")
	f(post(), "no_text")
	f(post(api.MsgOptionText(strings.Repeat("x", 40_001), false)), "msg_too_long")
	f(post(text, api.MsgOptionTS("1.2")), "thread_not_found")
	f(update("#enketo-ops", ts), "channel_not_found")
	f(update(r.ChannelID, "1.2"), "message_not_found")
	_, _, err = r.client.DeleteMessageContext(ctx, r.ChannelID, ts)
	f(err, "unknown_method")

	five := make([]api.Block, 5)
	for i := range five {
		five[i] = section(strings.Repeat("x", 2999))
	}
	f(post(api.MsgOptionBlocks(five...)), "msg_blocks_too_long")
	f(post(api.MsgOptionBlocks(section(strings.Repeat("x", 3001)))), "invalid_blocks")

	f(hook("/services/T1/B1/guess", api.WebhookMessage{Text: "x"}), "404")
	f(hook(r.Hook, api.WebhookMessage{}), "400")
	f(hook(r.Hook, api.WebhookMessage{Text: "x", Channel: "#elsewhere"}), "400")

	if got := len(r.Messages()); got != 1 {
		t.Errorf("%d messages, want 1: nothing refused is shown", got)
	}
	if err := hook(r.Hook, api.WebhookMessage{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	f(update(r.ChannelID, r.Messages()[1].TS), "cant_update_message")
	if err := post(text, api.MsgOptionUser("U1")); err != nil {
		t.Errorf("an unknown argument: %v, want it ignored as Slack does", err)
	}
	if v := r.violated(); len(v) != 1 || !strings.Contains(v[0], "unknown argument user") {
		t.Errorf("violations %q, want the unknown argument", v)
	}
}

func TestFaults(t *testing.T) {
	r := newRig(t).unlimited()
	post := func() error {
		_, _, err := r.client.PostMessageContext(t.Context(), r.ChannelID, api.MsgOptionText("x", false))
		return err
	}
	r.Faults.Next(1, faults.Fault{Status: 503})
	r.Faults.Next(1, faults.Fault{Status: 429, RetryAfter: 1500 * time.Millisecond})
	r.Faults.Next(1, faults.Fault{Drop: true})
	if err, ok := errors.AsType[api.StatusCodeError](post()); !ok || err.Code != 503 {
		t.Errorf("%v, want 503", err)
	}
	if err, ok := errors.AsType[*api.RateLimitedError](post()); !ok || err.RetryAfter != 2*time.Second {
		t.Errorf("%v, want 429 and 2s", err)
	}
	if err := post(); err == nil {
		t.Error("posted over a dropped connection")
	}
	if n := len(r.Messages()); n != 0 {
		t.Errorf("%d messages, want none", n)
	}
	if err := post(); err != nil {
		t.Error(err)
	}
}
