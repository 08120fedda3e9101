package certs

import (
	"bytes"
	"crypto/tls"
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

func TestTLSConfig(t *testing.T) {
	s, err := FromACME(ACME{Hosts: []string{"drain.example.com"}, Cache: t.TempDir()}, Options{Log: zerolog.Nop(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.TLSConfig(); c.MinVersion != tls.VersionTLS12 || strings.Join(c.NextProtos, " ") != "acme-tls/1" {
		t.Errorf("version %x, protocols %q", c.MinVersion, c.NextProtos)
	}
}
