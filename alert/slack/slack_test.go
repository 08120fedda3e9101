package slack

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
)

func notify(t *testing.T, n *Notifier, inc alert.Incident, was alert.Receipt) alert.Receipt {
	t.Helper()
	got, err := n.Notify(t.Context(), inc, was)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// One message, changed in place, found by channel ID and ts, marked with the incident's ID.
func TestBot(t *testing.T) {
	w := newWorkspace(t)
	n := w.bot()
	first := notify(t, n, redis(), alert.Receipt{})
	if want := (alert.Receipt{Channel: "C1", TS: "1795316645.000001"}); first != want {
		t.Errorf("receipt %+v, want %+v", first, want)
	}
	if m := w.messages[first.TS]; m.Metadata != `{"event_type":"drain_incident","event_payload":{"id":"`+redis().ID+`"}}` {
		t.Errorf("metadata %s", m.Metadata)
	}
	second := notify(t, n, resolved(), first)
	if second != first {
		t.Errorf("receipt after the update %+v, want %+v", second, first)
	}
	if len(w.messages) != 1 {
		t.Errorf("%d messages, want 1", len(w.messages))
	}
	m := w.messages[first.TS]
	if !strings.HasPrefix(m.Text, ":white_check_mark:") || !strings.Contains(string(m.Attachments), `"color":"#2eb67d"`) {
		t.Errorf("not resolved in green: %s %s", m.Text, m.Attachments)
	}
	if want := "chat.postMessage, chat.update 1795316645.000001"; w.log() != want {
		t.Errorf("requests %s, want %s", w.log(), want)
	}
	if !n.Updates() || n.Name() != "slack" {
		t.Error("a bot can update and is called slack")
	}
}

func TestWebhook(t *testing.T) {
	w := newWorkspace(t)
	n := w.hook()
	if n.Updates() {
		t.Error("a webhook can't update")
	}
	was := notify(t, n, redis(), alert.Receipt{})
	notify(t, n, resolved(), was)
	if len(w.messages) != 2 || !strings.HasPrefix(w.messages["2"].Text, ":white_check_mark:") || len(w.messages["2"].Blocks) == 0 {
		t.Errorf("messages %+v", w.messages)
	}
	if n.In("#other") != alert.Notifier(n) {
		t.Error("a webhook is bound to its channel")
	}
}

func TestIn(t *testing.T) {
	w := newWorkspace(t)
	n := w.bot()
	if n.In("#ops") != alert.Notifier(n) || n.In("") != alert.Notifier(n) {
		t.Error("the own channel is n itself")
	}
	notify(t, n.In("C1").(*Notifier), redis(), alert.Receipt{})
	if _, err := n.In("#none").Notify(t.Context(), redis(), alert.Receipt{}); err == nil || !strings.Contains(err.Error(), "channel_not_found") {
		t.Errorf("error %v, want channel_not_found", err)
	}
}

// What Slack finds too long or malformed goes out shorter rather than not at all.
func TestShorter(t *testing.T) {
	for _, code := range []string{"msg_blocks_too_long", "invalid_blocks", "metadata_too_large"} {
		w := newWorkspace(t)
		w.failNth(1, code)
		was := notify(t, w.bot(), storm(), alert.Receipt{})
		if m := w.messages[was.TS]; strings.Contains(string(m.Attachments), "From the log") || !strings.Contains(string(m.Attachments), "web.1") {
			t.Errorf("%s: not the brief form: %s", code, m.Attachments)
		}
		w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
			if r.Form.Get("blocks") == "[]" && r.Form.Get("attachments") == "[]" {
				return false
			}
			_, _ = io.WriteString(rw, `{"ok":false,"error":"`+code+`"}`)
			return true
		}
		notify(t, w.bot(), resolved(), was)
		if m := w.messages[was.TS]; !strings.Contains(m.Text, "*Resolved*") {
			t.Errorf("%s: not the plain form: %+v", code, m)
		}
	}
	w := newWorkspace(t)
	w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
		if raw, _ := io.ReadAll(r.Body); !strings.Contains(string(raw), `"blocks"`) {
			_, _ = io.WriteString(rw, "ok")
		} else {
			http.Error(rw, "invalid_blocks", http.StatusBadRequest)
		}
		return true
	}
	notify(t, w.hook(), redis(), alert.Receipt{})
	if want := "webhook, webhook, webhook"; w.log() != want {
		t.Errorf("requests %s, want %s", w.log(), want)
	}
}

// A message that is no more, or may not be changed, is posted anew while it matters.
func TestMessageGone(t *testing.T) {
	f := func(name, code string, inc alert.Incident, want string) {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			w.failNth(1, code)
			got := notify(t, w.bot(), inc, alert.Receipt{Channel: "C1", TS: "9.9"})
			if w.log() != want {
				t.Errorf("requests %s, want %s", w.log(), want)
			}
			if posted := strings.Contains(want, "post"); posted == (got.TS == "9.9") {
				t.Errorf("receipt %+v", got)
			}
		})
	}
	f("deleted, firing", "message_not_found", redis(), "chat.update 9.9, chat.postMessage")
	f("deleted, resolved", "message_not_found", resolved(), "chat.update 9.9")
	f("too old to edit, resolved", "edit_window_closed", resolved(), "chat.update 9.9, chat.postMessage")
	f("not ours, firing", "cant_update_message", redis(), "chat.update 9.9, chat.postMessage")
}

func TestNew(t *testing.T) {
	f := func(o Options, want string) {
		t.Helper()
		_, err := New(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: error %v, want one with %q", o, err, want)
		}
	}
	f(Options{}, "neither")
	f(Options{Token: "secret", WebhookURL: "https://x/secret"}, "keep the token")
	f(Options{Token: "secret"}, "needs a channel")
	f(Options{WebhookURL: "https://h:p%zz@secret"}, "webhook URL")
	f(Options{WebhookURL: "secret/path"}, "webhook URL")
	f(Options{Token: "secret", Channel: "#ops", APIURL: "ftp://secret"}, "API URL")
}

// The whole way: a Dispatcher over a real client.
func TestWithDispatcher(t *testing.T) {
	w := newWorkspace(t)
	told := make(chan error, 10)
	d := alert.New(alert.Options{Notifiers: []alert.Notifier{signalling{w.bot(), told}}, Log: zerolog.Nop()})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	a := redis().Alerts[0]
	a.Seq, a.Evidence, a.Requests = 1, nil, nil // so that there is nothing to say beside the message at first
	d.Send(a)
	if err := <-told; err != nil {
		t.Fatal(err)
	}
	a.Seq, a.State, a.At = 2, alert.Resolved, a.At.Add(time.Minute)
	d.Send(a)
	if err := <-told; err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if want := "chat.postMessage, chat.update 1795316645.000001"; !strings.HasPrefix(w.log(), want) {
		t.Errorf("requests %s, want %s and maybe a reply", w.log(), want)
	}
	if m := w.messages["1795316645.000001"]; !strings.Contains(m.Text, "resolved after 1 min 0 s") {
		t.Errorf("message %+v", m)
	}
}

// signalling says when a call is over.
type signalling struct {
	*Notifier
	told chan<- error
}

func (s signalling) Notify(ctx context.Context, inc alert.Incident, was alert.Receipt) (alert.Receipt, error) {
	r, err := s.Notifier.Notify(ctx, inc, was)
	s.told <- err
	return r, err
}
