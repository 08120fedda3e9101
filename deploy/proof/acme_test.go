package proof

import (
	"crypto/tls"
	"os"
	"strings"
	"testing"
	"time"
)

// An ACME server asks drain's own port for proof and signs; the certificate outlives a restart, and
// nobody else's name is ordered.
func TestCertificateFromPebble(t *testing.T) {
	drain, p := build(t, "../..", "./cmd/drain"), startPebble(t, 90*24*time.Hour)
	first := run(t, p.env, drain, "serve")
	ordered := p.certificate(t)
	if err := ordered.VerifyHostname(host); err != nil {
		t.Error(err)
	}
	p.deliver(t)
	conn, err := tls.Dial("tcp", "127.0.0.1:"+p.port, &tls.Config{ServerName: "other.example.com", RootCAs: p.roots})
	if err == nil {
		conn.Close()
		t.Error("a certificate for a name that isn't configured")
	}
	first.stop(t)
	if text := first.log.String(); strings.Contains(text, "PRIVATE KEY") || strings.Contains(text, "no new certificate") {
		t.Errorf("the log:\n%s", text)
	}

	run(t, p.env, drain, "serve")
	if again := p.certificate(t); again.SerialNumber.Cmp(ordered.SerialNumber) != 0 {
		t.Error("a restart ordered another certificate")
	}
	files, err := os.ReadDir(p.cache)
	if err != nil || len(files) == 0 {
		t.Fatalf("the cache: %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s, with a key in it, can be read by others: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// A certificate is renewed when a third of its life is left, and the new one is served by the same
// process: at no time is there a handshake without a valid one, nor a delivery that isn't taken.
func TestCertificateIsRenewed(t *testing.T) {
	p := startPebble(t, 15*time.Second)
	run(t, p.env, build(t, "../..", "./cmd/drain"), "serve")
	first := p.certificate(t)
	expires := p.expires(t)
	if want := float64(first.NotAfter.Unix()); expires != want {
		t.Errorf("the certificate expires at %v, and metrics say %v", want, expires)
	}
	for time.Now().Before(first.NotAfter.Add(time.Second)) {
		conn, err := p.handshake()
		if err != nil {
			t.Fatalf("%v before the first certificate ends: %v", time.Until(first.NotAfter), err)
		}
		conn.Close()
		p.deliver(t)
		time.Sleep(100 * time.Millisecond)
	}
	second := p.certificate(t)
	life := first.NotAfter.Sub(first.NotBefore)
	if second.SerialNumber.Cmp(first.SerialNumber) == 0 || first.NotAfter.Sub(second.NotBefore) < life/5 {
		t.Errorf("after one of %v to %v came one of %v to %v", first.NotBefore, first.NotAfter, second.NotBefore, second.NotAfter)
	}
	if renewed := p.expires(t); renewed <= expires {
		t.Errorf("metrics still say that it expires at %v", renewed)
	}
}
