package ingest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sinkFunc lets a test judge.
type sinkFunc func(d *Delivery) int

func (f sinkFunc) Take(d *Delivery) int { return f(d) }

// record keeps copies of what it is given, and says it found as many messages as announced.
type record struct {
	mu  sync.Mutex
	got []Delivery
}

func (s *record) Take(d *Delivery) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := *d
	kept.Body = append([]byte{}, d.Body...)
	s.got = append(s.got, kept)
	return d.MsgCount
}

func (s *record) deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Delivery{}, s.got...)
}

// newHandler makes a Handler with the password "secret" unless o has one, and its registry.
func newHandler(t testing.TB, o Options) (*Handler, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewRegistry()
	o.Registerer = reg
	if o.Password == "" {
		o.Password = "secret"
	}
	if o.Sink == nil {
		o.Sink = &record{}
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h, reg
}

// post makes a POST with the bare password; headers are "Name: value".
func post(path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth("drain", "secret")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	return r
}

// serve returns the status of the answer.
func serve(h http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// metric returns the value of one series, given as name{label="value"} or name.
func metric(t testing.TB, reg *prometheus.Registry, series string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	name, label, _ := strings.Cut(strings.TrimSuffix(series, `"}`), "{")
	labelName, labelValue, _ := strings.Cut(label, `="`)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			if labelName == "" || m.GetLabel()[0].GetName() == labelName && m.GetLabel()[0].GetValue() == labelValue {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no series %s", series)
	return 0
}

// onlyReader hides the length of what it reads from.
type onlyReader struct{ io.Reader }
