package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const pressable = `[{"blocks":[{"type":"actions","elements":[` +
	`{"type":"button","action_id":"ack","value":"v1","text":{"type":"plain_text","text":"Acknowledge"}}]}]}]`

// listener is an app: it checks what Slack signs and answers with a status.
type listener struct {
	secret  string
	status  int
	payload struct {
		Type, ResponseURL string
		User              struct{ ID, Username string }
		Actions           []Button
	}
	wrong string
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte(l.secret))
	io.WriteString(mac, "v0:"+r.Header.Get("X-Slack-Request-Timestamp")+":"+string(body))
	if want := "v0=" + hex.EncodeToString(mac.Sum(nil)); r.Header.Get("X-Slack-Signature") != want {
		l.wrong = "the signature is wrong"
	}
	form, _ := url.ParseQuery(string(body))
	raw := strings.Replace(form.Get("payload"), "response_url", "ResponseURL", 1)
	if err := json.Unmarshal([]byte(raw), &l.payload); err != nil {
		l.wrong = err.Error()
	}
	w.WriteHeader(l.status)
}

func TestPress(t *testing.T) {
	r := &rig{}
	r.Server = newServer(r)
	slack := httptest.NewServer(r)
	defer slack.Close()
	l := &listener{secret: r.SigningSecret, status: http.StatusOK}
	app := httptest.NewServer(l)
	defer app.Close()
	defer http.DefaultClient.CloseIdleConnections()

	r.call("chat.postMessage", r.form("attachments", pressable))
	m := r.Messages()[0]
	if diff := cmp.Diff([]Button{{ActionID: "ack", Value: "v1", Label: "Acknowledge"}}, m.Last().Buttons); diff != "" {
		t.Error(diff)
	}
	press := Press{Endpoint: app.URL, Base: slack.URL, User: "U1", Name: "jo", TS: m.TS, Action: "ack"}
	if status, err := r.Press(t.Context(), press); status != http.StatusOK || err != nil || l.wrong != "" {
		t.Fatalf("%d, %v, %s", status, err, l.wrong)
	}
	p := l.payload
	if p.Type != "block_actions" || p.User.ID != "U1" || p.User.Username != "jo" || len(p.Actions) != 1 || p.Actions[0].Value != "v1" {
		t.Errorf("payload %+v", p)
	}

	// Up to five times, the person is told something.
	for i := range maxWhispers + 1 {
		resp, err := http.Post(p.ResponseURL, "application/json", strings.NewReader(`{"response_type":"ephemeral","replace_original":false,"text":"hi"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if ok := resp.StatusCode == http.StatusOK; ok != (i < maxWhispers) {
			t.Errorf("use %d of the response_url: %d", i+1, resp.StatusCode)
		}
	}
	if w := r.Whispers(); len(w) != maxWhispers || w[0] != (Whisper{"U1", "hi"}) {
		t.Errorf("whispers %+v", w)
	}
	if v := r.violated(); len(v) != 0 {
		t.Errorf("violations %q", v)
	}

	// An app that answers wrongly is reported, and so is one that says what Slack doesn't know.
	l.status = http.StatusInternalServerError
	if _, err := r.Press(t.Context(), press); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(p.ResponseURL, "application/json", strings.NewReader(`{"txt":"hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if v := r.violated(); len(v) != 2 || !strings.Contains(v[0], "answered 500") || !strings.Contains(v[1], "invalid_payload") {
		t.Errorf("violations %q", v)
	}
	for _, none := range []Press{{TS: "1.1"}, {TS: m.TS, Action: "other"}} {
		if _, err := r.Press(t.Context(), none); err == nil {
			t.Errorf("pressed %+v", none)
		}
	}
}
