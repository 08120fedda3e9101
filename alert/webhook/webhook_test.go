package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"drain/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

const secret = "a secret of some length"

func incident() alert.Incident {
	began := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	return alert.Incident{
		ID: "enketo/redis-connections/dh1", App: "enketo", Cause: "redis-connections",
		State: alert.Firing, Severity: alert.Critical, Began: began,
		Alerts: []alert.Alert{{
			Seq: 7, App: "enketo", Cause: "redis-connections", Rule: "redis-connections-exhausted", Key: "redis-x",
			Severity: alert.Critical, State: alert.Firing, Since: began, At: began.Add(time.Second), Value: 1,
			Summary: "REDIS is out of connections", Details: []string{"web 4 × 26 = 104 of 38; 1 fits"},
			Evidence: []string{"ERR max number of clients reached", "GET /submission"}, Requests: []string{"8b4fa2e5-1f6c"}, Labels: map[string]string{"addon": "redis-x"},
		}},
		Actions:    []string{"web 4 → 1"},
		Deliveries: []alert.Delivery{{Notifier: "slack"}},
	}
}

// delivered is one request as a receiver gets it.
type delivered struct {
	header http.Header
	body   string
}

// deliver sends inc to a receiver that answers with status.
func deliver(t *testing.T, inc alert.Incident, status int) (delivered, error) {
	t.Helper()
	var got delivered
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = delivered{r.Header, string(body)}
		w.Header().Set("Location", "/other")
		w.WriteHeader(status)
	}))
	defer srv.Close()
	n, err := New(Options{URL: srv.URL + "/hook?key=s3cr3t", Secret: secret, Page: "https://drain.example/", HTTP: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Notify(t.Context(), inc, alert.Receipt{})
	if err != nil && (strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), secret)) {
		t.Errorf("the error holds a secret: %v", err)
	}
	return got, err
}

// The body's fields are promises: this file changes only by additions.
func TestBody(t *testing.T) {
	f := func(file string, inc alert.Incident) {
		t.Helper()
		got, err := deliver(t, inc, http.StatusNoContent)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, []byte(got.body+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.body+"\n"); diff != "" {
			t.Error(diff)
		}
	}
	f("testdata/firing.json", incident())
	over := incident()
	over.State, over.Ended = alert.Resolved, over.Began.Add(time.Hour)
	over.Alerts[0].State, over.Alerts[0].At = alert.Resolved, over.Ended
	f("testdata/resolved.json", over)
	f("testdata/bare.json", alert.Incident{ID: "a/b/c", App: "a", Cause: "b", State: alert.Firing})
}

// A receiver that knows the secret finds the signature right, and only then.
func TestSignature(t *testing.T) {
	got, err := deliver(t, incident(), http.StatusOK)
	if err != nil {
		t.Fatal(err)
	}
	at, err := strconv.ParseInt(got.header.Get("webhook-timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > time.Minute {
		t.Errorf("timestamp %v, %v", at, err)
	}
	sign := func(key, body string) string {
		mac := hmac.New(sha256.New, []byte(key))
		_, _ = io.WriteString(mac, got.header.Get("webhook-id")+"."+got.header.Get("webhook-timestamp")+"."+body)
		return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	signature := got.header.Get("webhook-signature")
	if want := sign(secret, got.body); signature != want {
		t.Errorf("signature %s, want %s", signature, want)
	}
	if signature == sign("another", got.body) || signature == sign(secret, got.body+" ") {
		t.Error("the signature says nothing")
	}
}

// The example of the specification's own documentation.
func TestStandardWebhooksExample(t *testing.T) {
	key, err := signingKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	n := &Notifier{key: key}
	got := n.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestID(t *testing.T) {
	inc := incident()
	first := messageID(inc)
	inc.Alerts, inc.Actions = nil, nil
	if again := messageID(inc); again != first {
		t.Errorf("the same state was %s and is %s", first, again)
	}
	over, other, back := inc, inc, inc
	over.State = alert.Resolved
	other.ID += "2"
	back.Flaps++
	if messageID(over) == first || messageID(other) == first || messageID(back) == first {
		t.Error("another state or incident has the same id")
	}
}

func TestStatus(t *testing.T) {
	f := func(status int, ok, again bool) {
		t.Helper()
		_, err := deliver(t, incident(), status)
		_, retry := errors.AsType[*alert.RetryError](err)
		if (err == nil) != ok || retry != again {
			t.Errorf("%d: %v; want ok %v, again %v", status, err, ok, again)
		}
	}
	f(200, true, false)
	f(202, true, false)
	f(302, false, false)
	f(401, false, false)
	f(410, false, false)
	f(429, false, true)
	f(503, false, true)
}

func TestNew(t *testing.T) {
	f := func(url, key, want string) {
		t.Helper()
		_, err := New(Options{URL: url, Secret: key})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("New(%q, %q): %v, want %q", url, key, err, want)
		}
	}
	f("s3cr3t", "x", "not one like")
	f("https://h/s3cr3t", "", "no secret")
	f("https://h/", "whsec_s3cr3t!", "not base64")
	n, err := New(Options{URL: "https://h/", Secret: "x"})
	if err != nil || n.Name() != "webhook" || n.Updates() {
		t.Errorf("name, updates: %v", err)
	}
}
