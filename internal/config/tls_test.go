package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTLSMistakes(t *testing.T) {
	f := func(want string, pairs ...string) {
		t.Helper()
		_, err := LoadEnv(env(append(pairs, "DRAIN_PASSWORD=p", "ADMIN_PASSWORD=q")...), noFile)
		if got := fmt.Sprint(err); !strings.Contains(got, want) || (want == "<nil>") != (err == nil) {
			t.Errorf("%v: %v, want %s", pairs, err, want)
		}
	}
	f("<nil>", "DRAIN_TLS_CERT=c", "DRAIN_TLS_KEY=k")
	f("<nil>", "DRAIN_ACME_HOSTS=a.example.com,b.example.com", "DRAIN_ACME_CACHE=d")
	f("DRAIN_TLS_KEY: is not set", "DRAIN_TLS_CERT=c")
	f("DRAIN_TLS_CERT: is not set", "DRAIN_TLS_KEY=k")
	f("DRAIN_ACME_HOSTS: is set beside", "DRAIN_TLS_CERT=c", "DRAIN_TLS_KEY=k", "DRAIN_ACME_HOSTS=a.example.com", "DRAIN_ACME_CACHE=d")
	f("DRAIN_ACME_CACHE: is not set", "DRAIN_ACME_HOSTS=a.example.com")
	for _, host := range []string{"localhost", "10.0.0.1", "*.example.com", "a.example.com:443", "https://a.example.com", "a b.example.com"} {
		f("is not a host's full name", "DRAIN_ACME_HOSTS="+host, "DRAIN_ACME_CACHE=d")
	}
	f("DRAIN_ACME_URL: is not an https URL", "DRAIN_ACME_HOSTS=a.example.com", "DRAIN_ACME_CACHE=d", "DRAIN_ACME_URL=http://x/")
	f("leave both out on Heroku", "DRAIN_TLS_CERT=c", "DRAIN_TLS_KEY=k", "DYNO=web.1")
}

func TestACMEHosts(t *testing.T) {
	e, err := LoadEnv(env("DRAIN_ACME_HOSTS= Drain.Example.com, b.example.com,", "DRAIN_ACME_CACHE=d"), noFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"drain.example.com", "b.example.com"}, e.TLS.ACMEHosts); diff != "" {
		t.Error(diff)
	}
}
