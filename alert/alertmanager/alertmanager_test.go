package alertmanager

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"drain/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var began = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

func incident() alert.Incident {
	return alert.Incident{
		ID: "enketo/memory-quota/1", App: "enketo", Cause: "memory-quota", State: alert.Firing, Severity: alert.Critical, Began: began,
		Alerts: []alert.Alert{
			{
				App: "enketo", Cause: "memory-quota", Rule: "memory-quota-vastly-exceeded", Key: "web.1", Severity: alert.Critical,
				State: alert.Firing, Since: began, At: began, Summary: "web.1 uses 2 GB of 512 MB",
				Details: []string{"one", "two"}, Labels: map[string]string{"dyno": "web.1"},
				Evidence: []string{"Error R15", "GET /a"}, Requests: []string{"8b4fa2e5", "9c4fa2e5"},
			},
			{
				App: "enketo", Cause: "memory-quota", Rule: "memory-quota-exceeded", Key: "web.2", Severity: alert.Warning,
				State: alert.Resolved, Since: began, At: began.Add(time.Minute), Summary: "web.2 is over its quota",
			},
		},
		Actions: []string{"web 4 → 2"},
	}
}

// receiver remembers what was posted to it, and answers with a status.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    [][]sent
	path   string
}

func newReceiver(t *testing.T, status int) *receiver {
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		var alerts []sent
		if err := json.NewDecoder(req.Body).Decode(&alerts); err != nil {
			t.Errorf("not alerts: %v", err)
		}
		r.got, r.path = append(r.got, alerts), req.URL.Path
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func newNotifier(t *testing.T, urls ...string) *Notifier {
	t.Helper()
	n, err := New(Options{URLs: urls, Page: "https://drain.example/", Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return n
}

func TestWhatIsSent(t *testing.T) {
	r := newReceiver(t, http.StatusOK)
	before := time.Now()
	if _, err := newNotifier(t, r.URL+"/prefix/").Notify(t.Context(), incident(), alert.Receipt{}); err != nil {
		t.Fatal(err)
	}
	if r.path != "/prefix/api/v2/alerts" {
		t.Errorf("path %s", r.path)
	}
	got := r.got[0]
	if left := got[0].EndsAt.Sub(before); left < 4*time.Minute || left > 5*time.Minute {
		t.Errorf("what fires ends in %v, want 4 min", left)
	}
	got[0].EndsAt = time.Time{}
	want := []sent{
		{
			Labels: map[string]string{
				"alertname": "memory-quota-vastly-exceeded", "app": "enketo", "cause": "memory-quota", "severity": "critical",
				"key": "web.1", "dyno": "web.1",
			},
			Annotations: map[string]string{
				"summary": "web.1 uses 2 GB of 512 MB", "description": "one\ntwo", "incident": "enketo/memory-quota/1", "actions": "web 4 → 2",
				"evidence": "Error R15\nGET /a", "requests": "8b4fa2e5, 9c4fa2e5",
			},
			StartsAt: began, GeneratorURL: "https://drain.example/",
		},
		{
			Labels: map[string]string{
				"alertname": "memory-quota-exceeded", "app": "enketo", "cause": "memory-quota", "severity": "warning", "key": "web.2",
			},
			Annotations: map[string]string{"summary": "web.2 is over its quota", "incident": "enketo/memory-quota/1", "actions": "web 4 → 2"},
			StartsAt:    began, EndsAt: began.Add(time.Minute), GeneratorURL: "https://drain.example/",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEndIsNotBeforeStart(t *testing.T) {
	inc := incident()
	inc.Alerts[1].At = began.Add(-time.Second)
	if got := newNotifier(t, "http://a").alertsOf(inc, began)[1].EndsAt; !got.Equal(began) {
		t.Errorf("ends at %v, want %v", got, began)
	}
}

// All are told; one that takes it is enough; what may pass is tried again.
func TestSeveral(t *testing.T) {
	f := func(a, b int, ok, again bool) {
		t.Helper()
		one, two := newReceiver(t, a), newReceiver(t, b)
		_, err := newNotifier(t, one.URL, two.URL).Notify(t.Context(), incident(), alert.Receipt{})
		_, retry := errors.AsType[*alert.RetryError](err)
		if (err == nil) != ok || retry != again || len(one.got) != 1 || len(two.got) != 1 {
			t.Errorf("%d, %d: %v, told %d and %d times; want ok %v, again %v", a, b, err, len(one.got), len(two.got), ok, again)
		}
	}
	f(200, 200, true, false)
	f(400, 200, true, false)
	f(200, 503, true, false)
	f(400, 400, false, false)
	f(400, 503, false, true)
	f(503, 503, false, true)
}

func TestManyAlertsAreSeveralRequests(t *testing.T) {
	r := newReceiver(t, http.StatusOK)
	inc := incident()
	inc.Alerts = slices.Repeat(inc.Alerts[:1], maxBatch+1)
	if _, err := newNotifier(t, r.URL).Notify(t.Context(), inc, alert.Receipt{}); err != nil {
		t.Fatal(err)
	}
	if len(r.got) != 2 || len(r.got[0]) != maxBatch || len(r.got[1]) != 1 {
		t.Errorf("%d requests", len(r.got))
	}
}

// roundTrip answers without a network, for the fake clock.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What fires and was told here is repeated before it ends there, and nothing else is.
func TestRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sends []string
		var fail atomic.Bool
		n, err := New(Options{URLs: []string{"http://a"}, Log: zerolog.Nop(), HTTP: &http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				var alerts []sent
				_ = json.NewDecoder(r.Body).Decode(&alerts)
				for _, a := range alerts {
					if left := time.Until(a.EndsAt); left != 4*time.Minute {
						t.Errorf("%s ends in %v", a.Labels["app"], left)
					}
					sends = append(sends, a.Labels["app"]+" "+a.Labels["key"])
				}
				if fail.Load() {
					return nil, errors.New("down")
				}
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		at := func(app string, s alert.State, deliveries ...alert.Delivery) alert.Incident {
			inc := incident()
			inc.Alerts[0].App, inc.Alerts[0].Since = app, time.Now()
			inc.State, inc.Deliveries = s, deliveries
			return inc
		}
		open := func() []alert.Incident {
			return []alert.Incident{
				at("told", alert.Firing, alert.Delivery{Notifier: "slack"}, alert.Delivery{Notifier: "alertmanager", Told: alert.Firing}),
				at("untold", alert.Firing, alert.Delivery{Notifier: "alertmanager"}),
				at("elsewhere", alert.Firing, alert.Delivery{Notifier: "slack", Told: alert.Firing}),
				at("over", alert.Resolved, alert.Delivery{Notifier: "alertmanager", Told: alert.Firing}),
			}
		}
		done := make(chan struct{})
		go func() { defer close(done); n.Run(t.Context(), open) }()
		time.Sleep(2*time.Minute + time.Second)
		synctest.Wait()
		fail.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got, want := strings.Join(sends, ", "), "told web.1, told web.1, told web.1"; got != want {
			t.Errorf("repeated %s, want %s", got, want)
		}
	})
}

func TestNew(t *testing.T) {
	for _, urls := range [][]string{nil, {""}, {"http://ok", "ftp://u:secret@h"}} {
		if _, err := New(Options{URLs: urls}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("New(%q): %v", urls, err)
		}
	}
	n := newNotifier(t, "http://u:hunter2@127.0.0.1:1")
	_, err := n.Notify(t.Context(), incident(), alert.Receipt{})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
	if n.Name() != "alertmanager" || !n.Updates() {
		t.Error("name or updates")
	}
}
