package pagerduty

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"drain/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "0123456789abcdef0123456789abcdef"

func incident() alert.Incident {
	began := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	return alert.Incident{
		ID: "enketo/redis-connections/dh1", App: "enketo", Cause: "redis-connections",
		State: alert.Firing, Severity: alert.Warning, Began: began,
		Alerts: []alert.Alert{{
			App: "enketo", Rule: "redis-connections-high", Key: "redis-x", Severity: alert.Warning, State: alert.Firing,
			Since: began, At: began, Summary: "REDIS has\nused 31 of 38", Details: []string{"web 4 × 26 = 104 of 38; 1 fits"},
		}},
		Actions: []string{"web 4 → 1"},
	}
}

// api is PagerDuty as its documentation describes it.
type api struct {
	*httptest.Server
	n      *Notifier
	mu     sync.Mutex
	events []event
	log    []string
	status int // answered instead of 202
}

func newAPI(t *testing.T) *api {
	a := &api{}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	n, err := New(Options{RoutingKey: key, APIURL: a.URL, Page: "https://drain.example/", HTTP: a.Client()})
	if err != nil {
		t.Fatal(err)
	}
	a.n = n
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var e event
	wrong := func(what string) {
		a.log = append(a.log, "invalid: "+what)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"status":"invalid event","message":"Event object is invalid","errors":[%q]}`, what)
	}
	switch err := json.Unmarshal(body, &e); {
	case a.status != 0:
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(a.status)
		return
	case err != nil || r.Method != http.MethodPost || r.URL.Path != "/v2/enqueue" || len(body) > 512<<10:
		wrong("request")
		return
	case len(e.RoutingKey) != 32:
		wrong("Length of 'routing_key' is incorrect: " + e.RoutingKey)
		return
	case utf8.RuneCountInString(e.DedupKey) > 255 || e.DedupKey == "":
		wrong("dedup_key")
		return
	case e.Action == trigger:
		p := e.Payload
		if p == nil || p.Source == "" || p.Summary == "" || utf8.RuneCountInString(p.Summary) > 1024 ||
			!strings.Contains("critical error warning info", p.Severity) {
			wrong("payload")
			return
		}
	case e.Action != resolve && e.Action != acknowledge:
		wrong("event_action")
		return
	}
	a.events = append(a.events, e)
	a.log = append(a.log, e.Action)
	w.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprintf(w, `{"status":"success","message":"Event processed","dedup_key":%q}`, e.DedupKey)
}

func (a *api) notify(t *testing.T, inc alert.Incident, was alert.Receipt) alert.Receipt {
	t.Helper()
	got, err := a.n.Notify(t.Context(), inc, was)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A whole life: nothing is said twice, and a worse severity is said again.
func TestLife(t *testing.T) {
	a := newAPI(t)
	inc := incident()
	was := a.notify(t, inc, alert.Receipt{})
	inc.Actions = append(inc.Actions, "and more")
	was = a.notify(t, inc, was)
	inc.Severity = alert.Critical
	was = a.notify(t, inc, was)
	inc.Acknowledged = alert.Acknowledgement{By: "U1"}
	was = a.notify(t, inc, was)
	was = a.notify(t, inc, was)
	inc.State = alert.Resolved
	was = a.notify(t, inc, was)
	inc.State, inc.Flaps = alert.Firing, 1
	a.notify(t, inc, was)
	if diff := cmp.Diff([]string{trigger, trigger, acknowledge, resolve, trigger, acknowledge}, a.log); diff != "" {
		t.Error(diff)
	}
	for _, e := range a.events {
		if e.DedupKey != inc.ID || e.RoutingKey != key {
			t.Errorf("event %+v", e)
		}
	}
}

// One acknowledged before PagerDuty was reached is triggered first.
func TestAcknowledgedAtOnce(t *testing.T) {
	a := newAPI(t)
	inc := incident()
	inc.Acknowledged = alert.Acknowledgement{By: "U1"}
	if got, want := a.notify(t, inc, alert.Receipt{}), (alert.Receipt{TS: "warning acknowledge"}); got != want {
		t.Errorf("receipt %+v, want %+v", got, want)
	}
	if diff := cmp.Diff([]string{trigger, acknowledge}, a.log); diff != "" {
		t.Error(diff)
	}
}

func TestTrigger(t *testing.T) {
	a := newAPI(t)
	a.notify(t, incident(), alert.Receipt{})
	want := event{
		RoutingKey: key, Action: "trigger", DedupKey: "enketo/redis-connections/dh1", Client: "drain", ClientURL: "https://drain.example/",
		Payload: &payload{
			Summary: "enketo: REDIS has used 31 of 38", Source: "enketo", Severity: "warning", Timestamp: incident().Began,
			Component: "redis-x", Group: "enketo", Class: "redis-connections",
			Details: details{
				Incident: "enketo/redis-connections/dh1", Alerts: []string{"firing: REDIS has used 31 of 38"},
				Details: []string{"web 4 × 26 = 104 of 38; 1 fits"}, Actions: []string{"web 4 → 1"},
			},
		},
	}
	if diff := cmp.Diff(want, a.events[0]); diff != "" {
		t.Error(diff)
	}
}

// Whatever an incident holds, the API takes it.
func TestLimits(t *testing.T) {
	a := newAPI(t)
	long := strings.Repeat("é\"\\<", 3000)
	inc := incident()
	inc.ID, inc.App, inc.Cause, inc.Severity = long, long, long, "loud"
	one := inc.Alerts[0]
	one.Summary, one.Key, one.Details = long, long, []string{long, long}
	inc.Alerts = nil
	for range 10_000 {
		inc.Alerts = append(inc.Alerts, one)
	}
	inc.Actions = []string{long}
	a.notify(t, inc, alert.Receipt{})
	if got := a.events[0].Payload.Details.Alerts; len(got) != maxAlerts+1 || got[maxAlerts] != "and 9950 more" {
		t.Errorf("%d alerts listed, the last %q", len(got), got[len(got)-1])
	}
	a.notify(t, alert.Incident{ID: "x", State: alert.Firing}, alert.Receipt{})
}

func TestErrors(t *testing.T) {
	f := func(status int, want string, again bool) {
		t.Helper()
		a := newAPI(t)
		a.status = status
		_, err := a.n.Notify(t.Context(), incident(), alert.Receipt{})
		retry, is := errors.AsType[*alert.RetryError](err)
		if err == nil || is != again || !strings.Contains(err.Error(), want) || is && retry.After != 3*time.Second {
			t.Errorf("%d: %#v, want %q, again %v", status, err, want, again)
		}
	}
	f(400, "check PAGERDUTY_ROUTING_KEY", false)
	f(403, "HTTP status 403", false)
	f(302, "redirects are not followed", false)
	f(429, "HTTP status 429", true)
	f(500, "HTTP status 500", true)

	a := newAPI(t)
	n, err := New(Options{RoutingKey: "s3cr3t", APIURL: a.URL, HTTP: a.Client()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Notify(t.Context(), incident(), alert.Receipt{})
	if err == nil || strings.Contains(err.Error(), "s3cr3t") || !strings.Contains(err.Error(), "Length of 'routing_key'") {
		t.Errorf("error %v", err)
	}
}

func TestNew(t *testing.T) {
	for _, o := range []Options{{}, {RoutingKey: key, APIURL: "events"}} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("New: %v", err)
		}
	}
	n, err := New(Options{RoutingKey: key})
	if err != nil || n.url.String() != "https://events.pagerduty.com/v2/enqueue" || n.Name() != "pagerduty" || !n.Updates() {
		t.Errorf("%+v, %v", n, err)
	}
}
