package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"
)

// What a real server does with orders is tested in deploy/proof. This is what happens without one.
func TestFailedOrdersAreFewAndTold(t *testing.T) {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		http.Error(w, `{"type":"urn:ietf:params:acme:error:malformed"}`, http.StatusBadRequest)
	}))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections() // acme's
	var log bytes.Buffer
	now := time.Now()
	s, err := FromACME(ACME{Hosts: []string{"drain.example.com"}, Cache: t.TempDir(), URL: server.URL},
		Options{Log: zerolog.New(&log), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	handshake := func(host string, protos ...string) error {
		_, err := s.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: host, SupportedProtos: protos})
		return err
	}
	f := func(what string, host string, asks bool) {
		t.Helper()
		before := calls.Load()
		if handshake(host) == nil {
			t.Errorf("%s: a certificate from nowhere", what)
		}
		if asked := calls.Load() > before; asked != asks {
			t.Errorf("%s: the server was asked: %v", what, asked)
		}
	}
	f("a stranger's name", "other.example.com", false)
	f("no name", "", false)
	if testutil.ToFloat64(s.loaded) != 1 {
		t.Error("what strangers ask for is held for a failure")
	}
	f("ours", "drain.example.com", true)
	f("again", "DRAIN.example.com.", false)
	if err := handshake("drain.example.com", "acme-tls/1"); err == nil || err == errOrderFailed {
		t.Errorf("the server's own question: %v", err)
	}
	now = now.Add(orderPause)
	// autocert itself holds the first failure for a minute of the machine's time.
	if err := handshake("drain.example.com"); err == nil || err == errOrderFailed {
		t.Errorf("after the pause: %v", err)
	}
	if testutil.ToFloat64(s.loaded) != 0 || strings.Count(log.String(), "no new certificate") != 1 {
		t.Errorf("loaded %g, log:\n%s", testutil.ToFloat64(s.loaded), &log)
	}
}

// autocert tells nobody that it can't renew. The certificate stays in force, and it is told in time.
func TestRenewalThatFailsIsTold(t *testing.T) {
	const day = 24 * time.Hour
	f := func(life, left time.Duration, loaded float64) {
		t.Helper()
		var log bytes.Buffer
		now := time.Now().Truncate(time.Second)
		s, err := newSource(Options{Log: zerolog.New(&log), Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		leaf := &x509.Certificate{NotBefore: now.Add(left - life), NotAfter: now.Add(left)}
		o := &orders{
			hosts: []string{"drain.example.com"}, source: s, failedAt: make(map[string]time.Time),
			get: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &tls.Certificate{Leaf: leaf}, nil },
		}
		for range 3 {
			o.look()
		}
		if got := testutil.ToFloat64(s.loaded); got != loaded {
			t.Errorf("%v of %v left: loaded %g, want %g", left, life, got, loaded)
		}
		if got, want := testutil.ToFloat64(s.expires), float64(leaf.NotAfter.Unix()); got != want {
			t.Errorf("%v of %v left: expires at %g, want %g", left, life, got, want)
		}
		if told := strings.Count(log.String(), errOverdue.Error()); told != int(1-loaded) {
			t.Errorf("%v of %v left: told %d times:\n%s", left, life, told, &log)
		}
		leaf = &x509.Certificate{NotBefore: now, NotAfter: now.Add(life)}
		o.look()
		if testutil.ToFloat64(s.loaded) != 1 {
			t.Errorf("%v of %v left: loaded is 0 after the renewal", left, life)
		}
	}
	f(90*day, 31*day, 1)
	f(90*day, 21*day, 1) // renewal has begun
	f(90*day, 19*day, 0)
	f(365*day, 21*day, 1)
	f(365*day, 19*day, 0)
	f(6*day, 34*time.Hour, 1)
	f(6*day, 30*time.Hour, 0)
}

func TestTLSConfig(t *testing.T) {
	s, err := FromACME(ACME{Hosts: []string{"drain.example.com"}, Cache: t.TempDir()}, Options{Log: zerolog.Nop(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.TLSConfig(); c.MinVersion != tls.VersionTLS12 || strings.Join(c.NextProtos, " ") != "acme-tls/1" {
		t.Errorf("version %x, protocols %q", c.MinVersion, c.NextProtos)
	}
}
