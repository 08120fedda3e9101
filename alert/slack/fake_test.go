package slack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"drain/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	token  = "xoxb-1234-secretsecret"
	hookID = "T000/B000/secretsecret"
)

// posted is a message as the fake holds it.
type posted struct {
	Text        string
	Blocks      json.RawMessage
	Attachments json.RawMessage
	Metadata    string
}

// workspace is a small strict Slack with one channel: #ops, whose ID is C1.
type workspace struct {
	t   *testing.T
	url string
	c   *http.Client

	mu       sync.Mutex
	requests []string // "chat.postMessage 1", the path and the ts
	messages map[string]posted
	answer   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func newWorkspace(t *testing.T) *workspace {
	w := &workspace{t: t, messages: map[string]posted{}}
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	w.url, w.c = srv.URL, srv.Client()
	return w
}

func (w *workspace) bot() *Notifier {
	w.t.Helper()
	n, err := New(Options{Token: token, Channel: "#ops", APIURL: w.url + "/api", HTTPClient: w.c})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *workspace) hook() *Notifier {
	w.t.Helper()
	n, err := New(Options{WebhookURL: w.url + "/services/" + hookID, HTTPClient: w.c})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// fail makes every request end with this.
func (w *workspace) fail(status int, header, body string) {
	w.answer = func(rw http.ResponseWriter, _ *http.Request) bool {
		if k, v, ok := strings.Cut(header, ": "); ok {
			rw.Header().Set(k, v)
		}
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
		return true
	}
}

// failOnce makes the nth request end with an error of Slack's, the others succeed.
func (w *workspace) failNth(n int, code string) {
	seen := 0
	w.answer = func(rw http.ResponseWriter, _ *http.Request) bool {
		if seen++; seen != n {
			return false
		}
		_, _ = fmt.Fprintf(rw, `{"ok":false,"error":%q}`, code)
		return true
	}
}

func (w *workspace) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.requests, ", ")
}

func (w *workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	method := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api/"), "/services/")
	if method == hookID {
		w.serveHook(rw, r)
		return
	}
	_ = r.ParseForm()
	w.requests = append(w.requests, strings.TrimSpace(method+" "+r.Form.Get("ts")))
	if w.answer != nil && w.answer(rw, r) {
		return
	}
	refuse := func(code string) { _, _ = fmt.Fprintf(rw, `{"ok":false,"error":%q}`, code) }
	m := posted{
		Text: r.Form.Get("text"), Blocks: json.RawMessage(r.Form.Get("blocks")),
		Attachments: json.RawMessage(r.Form.Get("attachments")), Metadata: r.Form.Get("metadata"),
	}
	ts := r.Form.Get("ts")
	switch {
	case r.Method != http.MethodPost || r.Form.Get("token") != token:
		refuse("invalid_auth")
	case m.Text == "" || r.Form.Get("parse") != "none" || !json.Valid(m.Blocks) || !json.Valid(m.Attachments):
		refuse("invalid_arguments")
	case method == "chat.postMessage" && (r.Form.Get("channel") == "#ops" || r.Form.Get("channel") == "C1"):
		ts = fmt.Sprintf("1795316645.%06d", len(w.messages)+1)
		w.messages[ts] = m
		_, _ = fmt.Fprintf(rw, `{"ok":true,"channel":"C1","ts":%q,"message":{}}`, ts)
	case method == "chat.update" && r.Form.Get("channel") == "C1":
		if _, ok := w.messages[ts]; !ok {
			refuse("message_not_found")
			return
		}
		w.messages[ts] = m
		_, _ = fmt.Fprintf(rw, `{"ok":true,"channel":"C1","ts":%q,"text":"","message":{}}`, ts)
	default:
		refuse("channel_not_found")
	}
}

func (w *workspace) serveHook(rw http.ResponseWriter, r *http.Request) {
	w.requests = append(w.requests, "webhook")
	if w.answer != nil && w.answer(rw, r) {
		return
	}
	var m posted
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil || m.Text == "" {
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	w.messages[fmt.Sprint(len(w.messages)+1)] = m
	_, _ = io.WriteString(rw, "ok")
}

func isRetry(err error) (*alert.RetryError, bool) {
	r, ok := err.(*alert.RetryError)
	return r, ok
}
