package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
)

func TestErrors(t *testing.T) {
	const final = time.Duration(-1)
	f := func(name string, bot bool, status int, header, body string, after time.Duration, want string) {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			w.fail(status, header, body)
			n := w.hook()
			if bot {
				n = w.bot()
			}
			_, err := n.Notify(t.Context(), redis(), alert.Receipt{})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("error %v, want one with %q", err, want)
			}
			switch retry, ok := isRetry(err); {
			case ok && after == final:
				t.Errorf("tried again: %v", err)
			case !ok && after != final:
				t.Errorf("final: %v", err)
			case ok && retry.After != after:
				t.Errorf("after %v, want %v", retry.After, after)
			}
		})
	}
	const bot, hook = true, false
	// Tried again.
	f("limited", bot, 429, "Retry-After: 17", "", 17*time.Second, "rate limited")
	f("limited, no time", bot, 429, "", "", limitedPause, "429")
	f("limited in words", bot, 200, "", `{"ok":false,"error":"ratelimited"}`, limitedPause, "ratelimited")
	f("limited webhook", hook, 429, "Retry-After: 1", "", time.Second, "rate limited")
	f("server error", bot, 503, "", "<html>", 0, "503")
	f("webhook server error", hook, 500, "", "", 0, "500")
	f("error in words", bot, 200, "", `{"ok":false,"error":"internal_error"}`, 0, "internal_error")
	f("not JSON", bot, 200, "", "<html>hello", 0, "invalid character")
	f("nothing", bot, 200, "", "", 0, "EOF")
	f("neither ok nor error", bot, 200, "", `{"ok":false}`, 0, "ts")
	f("no ts", bot, 200, "", `{"ok":true,"channel":"C1"}`, 0, "ts")
	// Final, with what to do.
	f("no channel", bot, 200, "", `{"ok":false,"error":"channel_not_found"}`, final, "SLACK_CHANNEL")
	f("not invited", bot, 200, "", `{"ok":false,"error":"not_in_channel"}`, final, "/invite")
	f("bad token", bot, 200, "", `{"ok":false,"error":"invalid_auth"}`, final, "SLACK_BOT_TOKEN")
	f("scope", bot, 200, "", `{"ok":false,"error":"missing_scope","needed":"chat:write"}`, final, "chat:write")
	f("archived", bot, 200, "", `{"ok":false,"error":"is_archived"}`, final, "archived")
	f("new to us", bot, 200, "", `{"ok":false,"error":"something_new"}`, final, "something_new")
	f("not Slack's", bot, 200, "", `{"ok":false,"error":"token `+token+` refused"}`, final, "unreadable")
	f("webhook gone", hook, 404, "", "no_service", final, "SLACK_WEBHOOK_URL")
	f("webhook archived", hook, 410, "", "channel_is_archived", final, "new webhook")
	f("webhook forbidden", hook, 403, "", "action_prohibited", final, "administrator")
	f("webhook malformed", hook, 400, "", "invalid_payload", final, "400")
	f("redirect", bot, 302, "Location: https://elsewhere.example/", "", final, "redirects are not followed")
}

// However a call fails, neither the error nor the log holds the token or the webhook's URL.
func TestNoSecretInErrors(t *testing.T) {
	failures := map[string]func(w *workspace, secret string){
		"500":      func(w *workspace, secret string) { w.fail(500, "", secret) },
		"400":      func(w *workspace, secret string) { w.fail(400, "", secret) },
		"404":      func(w *workspace, secret string) { w.fail(404, "", secret) },
		"429":      func(w *workspace, secret string) { w.fail(429, "Retry-After: x "+secret, "") },
		"redirect": func(w *workspace, secret string) { w.fail(307, "Location: "+w.url+"/"+secret, "") },
		"bad redirect": func(w *workspace, secret string) {
			w.fail(307, "Location: http://%zz/"+secret, "")
		},
		"broken header": func(w *workspace, secret string) { w.answer = raw("HTTP/1.1 " + secret + "\r\n\r\n") },
		"timeout":       func(w *workspace, _ string) { w.answer = hang },
		"refused":       func(w *workspace, _ string) { w.c = &http.Client{Transport: deaf{}} },
		"talkative":     func(w *workspace, _ string) { w.c = &http.Client{Transport: talkative{}} },
		// Only the Web API's answers are read.
		"bad JSON bot":   func(w *workspace, secret string) { w.fail(200, "", secret) },
		"cut short bot":  func(w *workspace, _ string) { w.answer = raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{") },
		"odd errors bot": func(w *workspace, secret string) { w.fail(200, "", `{"errors":["`+secret+`",{"x":"`+secret+`"}]}`) },
		"odd reason bot": func(w *workspace, secret string) { w.fail(200, "", `{"ok":false,"error":"`+secret+`"}`) },
	}
	f := func(name string, fail func(*workspace, string), secret string, make func(*workspace) *Notifier) {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			fail(w, secret)
			n := make(w)
			n.timeout = 100 * time.Millisecond
			said := failThroughDispatcher(t, n)
			if !strings.Contains(said, "slack: ") {
				t.Errorf("it didn't fail: %s", said)
			}
			if strings.Contains(said, "secretsecret") {
				t.Errorf("a secret in: %s", said)
			}
		})
	}
	for name, fail := range failures {
		if strings.HasSuffix(name, "bot") {
			f(name, fail, token, (*workspace).bot)
			continue
		}
		f(name+" bot", fail, token, (*workspace).bot)
		f(name+" webhook", fail, hookID, (*workspace).hook)
	}
}

// failThroughDispatcher returns all that is said when n is used: the error, the log, the snapshot.
func failThroughDispatcher(t *testing.T, n *Notifier) string {
	t.Helper()
	var log bytes.Buffer
	told := make(chan error, 10)
	d := alert.New(alert.Options{
		Notifiers: []alert.Notifier{signalling{n, told}}, Log: zerolog.New(zerolog.SyncWriter(&log)), RetryMin: time.Hour, RetryMax: time.Hour,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	d.Send(redis().Alerts[0])
	err := <-told
	cancel()
	end := <-done
	return fmt.Sprintf("%v | %+v | %v | %s | %+v", err, err, end, log.String(), d.Open())
}

// A call ends, and what the network says comes without the URL.
func TestNetworkErrors(t *testing.T) {
	w := newWorkspace(t)
	w.answer = hang
	n := w.bot()
	n.timeout = 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := n.Notify(ctx, redis(), alert.Receipt{})
	if err == nil || err.Error() != "slack: no answer in time" || ctx.Err() != nil {
		t.Errorf("error %v, want one that says that no answer came in time", err)
	}
	w.c.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("connection refused")
	}}
	_, err = w.bot().Notify(t.Context(), redis(), alert.Receipt{})
	if err == nil || err.Error() != "slack: connection refused" {
		t.Errorf("error %v, want slack: connection refused", err)
	}
}

// A redirect takes nothing anywhere.
func TestRedirectNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed to %s", r.URL)
	}))
	defer elsewhere.Close()
	w := newWorkspace(t)
	w.fail(308, "Location: "+elsewhere.URL, "")
	for _, n := range []*Notifier{w.bot(), w.hook()} {
		if _, err := n.Notify(t.Context(), redis(), alert.Receipt{}); err == nil {
			t.Error("no error")
		}
	}
}

// An endless answer ends.
func TestAnswerIsBounded(t *testing.T) {
	w := newWorkspace(t)
	sent := 0
	w.answer = func(rw http.ResponseWriter, _ *http.Request) bool {
		chunk := bytes.Repeat([]byte(" "), 64<<10)
		for n, err := 0, error(nil); err == nil; sent += n {
			n, err = rw.Write(chunk)
		}
		return true
	}
	_, err := w.bot().Notify(t.Context(), redis(), alert.Receipt{})
	if _, ok := isRetry(err); !ok || strings.Contains(err.Error(), "time") {
		t.Errorf("error %v, want one at once to try again", err)
	}
}

// raw answers with exactly these bytes.
func raw(bytes string) func(http.ResponseWriter, *http.Request) bool {
	return func(rw http.ResponseWriter, _ *http.Request) bool {
		conn, _, err := http.NewResponseController(rw).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, bytes)
			_ = conn.Close()
		}
		return true
	}
}

// hang answers nothing until the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) bool {
	_, _ = io.Copy(io.Discard, r.Body) // the server looks for the end only after that
	<-r.Context().Done()
	return true
}

type deaf struct{}

func (deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connect to %s: connection refused", r.URL)}
}

type talkative struct{}

func (talkative) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	return nil, fmt.Errorf("lookup %s: no such host; request was %s", r.URL, body)
}
