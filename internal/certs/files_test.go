package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"
)

func serial(t *testing.T, s *Source) int64 {
	t.Helper()
	c, err := s.TLSConfig().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf.SerialNumber.Int64()
}

func TestNewFilesAreTakenAndBrokenOnesAreNot(t *testing.T) {
	f := newFolder(t)
	cert1, key1 := pair(t, 1)
	cert2, key2 := pair(t, 2)
	f.write(cert1, key1)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		reg := prometheus.NewPedanticRegistry()
		s, err := FromFiles(f.cert, f.key, Options{Log: zerolog.New(&log), Registerer: reg, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		after := func(what string, wait time.Duration, want int64, loaded int) {
			t.Helper()
			time.Sleep(wait)
			synctest.Wait()
			if got := serial(t, s); got != want {
				t.Errorf("%s: certificate %d in force, want %d", what, got, want)
			}
			if err := testutil.GatherAndCompare(reg, strings.NewReader(fmt.Sprintf(`
				# HELP drain_tls_certificate_expiry_timestamp_seconds When the first of the certificates in force expires.
				# TYPE drain_tls_certificate_expiry_timestamp_seconds gauge
				drain_tls_certificate_expiry_timestamp_seconds %d
				# HELP drain_tls_last_load_successful Whether every certificate could be loaded or ordered when last tried.
				# TYPE drain_tls_last_load_successful gauge
				drain_tls_last_load_successful %d
				`, end.Unix(), loaded))); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		after("at the start", 0, 1, 1)
		f.write(cert2, key1) // half of a renewal
		after("the key of another", lookEvery, 1, 0)
		after("still", 3*lookEvery, 1, 0)
		f.write(cert2, key2)
		after("a new pair", lookEvery, 2, 1)
		f.write([]byte("not a certificate"), key2)
		after("no PEM", lookEvery, 2, 0)
		f.write(cert2, key2)
		after("the old pair again", lookEvery, 2, 1)
		f.write(cert1, key1)
		s.Check()
		after("asked at once", 0, 1, 1)
		stop()
		<-done
		for what, want := range map[string]int{"no new certificate": 2, "new certificate in force": 2, "can be had again": 2} {
			if n := strings.Count(log.String(), what); n != want {
				t.Errorf("%q is in the log %d times, want %d:\n%s", what, n, want, &log)
			}
		}
	})
}

func TestFilesThatCantBeLoadedAtTheStart(t *testing.T) {
	f := newFolder(t)
	o := Options{Log: zerolog.Nop(), Now: time.Now}
	if _, err := FromFiles(f.cert, f.key, o); err == nil || !strings.Contains(err.Error(), "cert.pem") {
		t.Errorf("no files: %v", err)
	}
	cert, _ := pair(t, 1)
	_, key := pair(t, 2)
	f.write(cert, key)
	if _, err := FromFiles(f.cert, f.key, o); err == nil || !strings.Contains(err.Error(), "key.pem") {
		t.Errorf("a key of another: %v", err)
	}
}
