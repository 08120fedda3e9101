package buttons

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "s1gn1ng-s3cret"

// office is everything a Handler needs, and what happened in it.
type office struct {
	*Handler
	t     *testing.T
	now   time.Time
	reg   *prometheus.Registry
	log   bytes.Buffer
	reply *httptest.Server // response_url

	mu     sync.Mutex
	done   []string
	claims map[string]bool
	told   []string
	fail   error // of the desk and the scaler
	down   error // of the claims
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, now: time.UnixMilli(1_795_316_645_000), claims: map[string]bool{}, reg: prometheus.NewRegistry()}
	o.reply = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var said struct {
			Type    string `json:"response_type"`
			Replace *bool  `json:"replace_original"`
			Text    string
		}
		if err := json.NewDecoder(r.Body).Decode(&said); err != nil || said.Type != "ephemeral" || said.Replace == nil || *said.Replace {
			t.Errorf("not for one person alone: %+v, %v", said, err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.told = append(o.told, said.Text)
	}))
	o.Handler = New(Options{
		Secret: secret, Approvers: func() []string { return []string{"U1", "U2"} }, Claims: o, Desk: o, Scaler: o,
		Now: func() time.Time { return o.now }, HTTP: o.reply.Client(), Log: zerolog.New(zerolog.SyncWriter(&o.log)), Registerer: o.reg,
	})
	t.Cleanup(func() { o.Close(); o.reply.Close() })
	return o
}

func (o *office) did(what string) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return "", o.fail
	}
	o.done = append(o.done, what)
	return "", nil
}

func (o *office) Acknowledge(_ context.Context, incident, person string) (string, error) {
	return o.did("acknowledge " + incident + " by " + person)
}

func (o *office) Silence(_ context.Context, incident, person string, lasts time.Duration) (string, error) {
	return o.did("silence " + incident + " by " + person + " for " + lasts.String())
}

func (o *office) Renew(incident string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = append(o.done, "renew "+incident)
}

func (o *office) Decide(_ context.Context, verb Verb, action, person string) (string, error) {
	_, err := o.did(string(verb) + " " + action + " by " + person)
	return "drain looks at it anew <now>", err
}

func (o *office) Claim(_ context.Context, id string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	first := !o.claims[id]
	o.claims[id] = true
	return first && o.down == nil, o.down
}

// request is a press of a button by a user, as Slack sends it.
func (o *office) request(user, value string) *http.Request {
	p, err := json.Marshal(map[string]any{
		"type": "block_actions", "user": map[string]string{"id": user, "username": "jo"}, "response_url": o.reply.URL + "/x",
		"actions": []any{map[string]string{"value": value}}, "message": map[string]any{"text": "and much more"},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return o.signed(url.Values{"payload": {string(p)}}.Encode())
}

func (o *office) signed(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/slack/interactions", strings.NewReader(body))
	timestamp := strconv.FormatInt(o.now.Unix(), 10)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", sign(secret, timestamp, []byte(body)))
	return r
}

func (o *office) send(r *http.Request) int {
	w := httptest.NewRecorder()
	o.ServeHTTP(w, r)
	if w.Body.Len() > 0 {
		o.t.Errorf("an answer with a body: %s", w.Body)
	}
	return w.Code
}

// press sends a press and returns what was told to the person.
func (o *office) press(user string, b Button) string {
	o.t.Helper()
	if b.Issued.IsZero() {
		b.Issued = o.now
	}
	if status := o.send(o.request(user, b.Value())); status != http.StatusOK {
		o.t.Errorf("status %d", status)
	}
	o.telling.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	told := strings.Join(o.told, "|")
	o.told = nil
	return told
}

func (o *office) want(done ...string) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if diff := cmp.Diff(done, o.done); diff != "" {
		o.t.Errorf("done (-want +got):\n%s", diff)
	}
	o.done = nil
}

func (o *office) count(outcome string) float64 {
	return testutil.ToFloat64(o.presses.WithLabelValues(outcome))
}

func TestEachVerb(t *testing.T) {
	f := func(b Button, wantDone, wantTold string) {
		t.Helper()
		o := newOffice(t)
		if got := o.press("U1", b); got != wantTold {
			t.Errorf("%s: told %q, want %q", b.Verb, got, wantTold)
		}
		o.want(wantDone)
		if o.count(done) != 1 {
			t.Error("not counted")
		}
	}
	f(Button{Verb: Acknowledge, Incident: "i"}, "acknowledge i by jo (U1)", "")
	f(Button{Verb: SilenceHour, Incident: "i"}, "silence i by jo (U1) for 1h0m0s", "")
	f(Button{Verb: SilenceDay, Incident: "i"}, "silence i by jo (U1) for 24h0m0s", "")
	const anew = "drain looks at it anew &lt;now&gt;"
	f(Button{Verb: Approve, Incident: "i", Action: "a"}, "approve a by jo (U1)", anew)
	f(Button{Verb: Refuse, Incident: "i", Action: "a"}, "refuse a by jo (U1)", anew)
	f(Button{Verb: Undo, Incident: "i", Action: "a"}, "undo a by jo (U1)", anew)
}

// Nothing that Slack didn't sign does anything, not even say why.
func TestUnsigned(t *testing.T) {
	o := newOffice(t)
	value := Button{Verb: Acknowledge, Incident: "i", Issued: o.now}.Value()
	f := func(change func(*http.Request)) {
		t.Helper()
		r := o.request("U1", value)
		change(r)
		if status := o.send(r); status != http.StatusUnauthorized {
			t.Errorf("status %d, want 401", status)
		}
	}
	f(func(r *http.Request) { r.Header.Del("X-Slack-Signature") })
	f(func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)) })
	f(func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "1") })
	f(func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(append(body, '&')))
	})
	o.telling.Wait()
	o.want()
	if len(o.claims)+len(o.told) > 0 || o.count(unsigned) != 4 {
		t.Errorf("claims %v, told %v, counted %v", o.claims, o.told, o.count(unsigned))
	}
	// Signed, but late.
	r := o.request("U1", value)
	o.now = o.now.Add(maxAge + time.Second)
	if status := o.send(r); status != http.StatusUnauthorized {
		t.Errorf("late: status %d, want 401", status)
	}
	o.want()
}

// The URL isn't signed, so a payload there doesn't count.
func TestPayloadInTheURL(t *testing.T) {
	o := newOffice(t)
	r := o.signed("x=1")
	r.URL.RawQuery = "payload=" + url.QueryEscape(`{"type":"block_actions"}`)
	if status := o.send(r); status != http.StatusBadRequest {
		t.Errorf("status %d, want 400", status)
	}
	o.want()
}

func TestOtherInteractions(t *testing.T) {
	o := newOffice(t)
	for _, payload := range []string{
		`{"type":"view_submission"}`, `{"type":"block_actions"}`, `{"type":"block_actions","actions":[{"action_id":"link"}]}`,
	} {
		if status := o.send(o.signed(url.Values{"payload": {payload}}.Encode())); status != http.StatusOK {
			t.Errorf("%s: status %d", payload, status)
		}
	}
	for _, body := range []string{"", "payload={", "%zz", strings.Repeat("x", maxBody+1)} {
		if status := o.send(o.signed(body)); status != http.StatusBadRequest {
			t.Errorf("%.20s: status %d, want 400", body, status)
		}
	}
	if status := o.send(o.request("U1", "somebody else's")); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	o.want()
}

func TestOnlyApprovers(t *testing.T) {
	o := newOffice(t)
	b := Button{Verb: Approve, Incident: "i", Action: "a"}
	if told := o.press("U9", b); !strings.Contains(told, "You (U9) are not among") {
		t.Errorf("told %q", told)
	}
	o.want()
	o.press("U1", b) // the other's press used nothing up
	o.want("approve a by jo (U1)")
}

func TestOnce(t *testing.T) {
	o := newOffice(t)
	b := Button{Verb: Acknowledge, Incident: "i", Issued: o.now}
	o.press("U1", b)
	if told := o.press("U2", b); !strings.Contains(told, "pressed before") {
		t.Errorf("told %q", told)
	}
	o.want("acknowledge i by jo (U1)")
	b.Issued = o.now.Add(time.Second) // a newer message's
	o.press("U1", b)
	o.want("acknowledge i by jo (U1)")

	// An action is decided once, by whichever button of whichever message.
	o.press("U1", Button{Verb: Refuse, Incident: "i", Action: "a"})
	o.press("U2", Button{Verb: Approve, Incident: "i", Action: "a", Issued: o.now.Add(-time.Minute)})
	o.want("refuse a by jo (U1)")
	o.press("U2", Button{Verb: Undo, Incident: "i", Action: "a"})
	o.want("undo a by jo (U2)")
}

// Of many presses at once, one counts.
func TestOnceAtOnce(t *testing.T) {
	o := newOffice(t)
	value := Button{Verb: Approve, Incident: "i", Action: "a", Issued: o.now}.Value()
	var presses sync.WaitGroup
	for range 50 {
		r := o.request("U1", value)
		presses.Go(func() { o.send(r) })
	}
	presses.Wait()
	o.telling.Wait()
	o.want("approve a by jo (U1)")
}

func TestVoid(t *testing.T) {
	o := newOffice(t)
	f := func(issued time.Duration) {
		t.Helper()
		if told := o.press("U1", Button{Verb: Approve, Incident: "i", Action: "a", Issued: o.now.Add(issued)}); !strings.Contains(told, "void") {
			t.Errorf("told %q", told)
		}
		o.want("renew i")
	}
	f(-maxLife - time.Second)
	f(2 * time.Minute)
	o.press("U1", Button{Verb: Approve, Incident: "i", Action: "a", Issued: o.now.Add(-maxLife)})
	o.want("approve a by jo (U1)")
}

// What couldn't be written down isn't done; what couldn't be done is said.
func TestFailures(t *testing.T) {
	o := newOffice(t)
	o.down = errors.New("ledger down")
	if told := o.press("U1", Button{Verb: Approve, Incident: "i", Action: "a"}); !strings.Contains(told, "does nothing") {
		t.Errorf("told %q", told)
	}
	o.want()
	o.down, o.fail = nil, errors.New("drain can't do that yet")
	if told, want := o.press("U1", Button{Verb: Approve, Incident: "i", Action: "b"}), "Nothing was done: drain can't do that yet."; told != want {
		t.Errorf("told %q, want %q", told, want)
	}
	o.want("renew i")
	if o.count(failed) != 2 {
		t.Errorf("counted %v", o.count(failed))
	}
}

func TestPerson(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		if got := person(name, "U1"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f("jo", "jo (U1)")
	f("", "U1")
	f("j\x1b[31mo\n", "j[31mo (U1)")
	f(strings.Repeat("é", 100), strings.Repeat("é", 80)+" (U1)")
}

func TestNoSecretInTheLog(t *testing.T) {
	o := newOffice(t)
	o.reply.Close() // the response_url is dead, and a secret too
	o.press("U9", Button{Verb: Acknowledge, Incident: "i"})
	if log := o.log.String(); !strings.Contains(log, "could not be told") || strings.Contains(log, secret) || strings.Contains(log, "/x") {
		t.Errorf("log: %s", log)
	}
}
