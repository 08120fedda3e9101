package config

import (
	"net/url"
	"regexp"
	"strings"
)

// TLS says how the port does TLS: not at all (the zero TLS: a proxy in front does), with files that
// somebody renews, or with certificates ordered from an ACME server.
type TLS struct {
	CertFile, KeyFile string // DRAIN_TLS_CERT, DRAIN_TLS_KEY: PEM

	ACMEHosts []string // DRAIN_ACME_HOSTS, separated by commas
	ACMECache string   // DRAIN_ACME_CACHE: a directory
	ACMEEmail string   // DRAIN_ACME_EMAIL
	ACMEURL   string   // DRAIN_ACME_URL: elsewhere than Let's Encrypt
}

func loadTLS(getenv func(string) string) TLS {
	t := TLS{
		CertFile: getenv("DRAIN_TLS_CERT"), KeyFile: getenv("DRAIN_TLS_KEY"),
		ACMECache: getenv("DRAIN_ACME_CACHE"), ACMEEmail: getenv("DRAIN_ACME_EMAIL"), ACMEURL: getenv("DRAIN_ACME_URL"),
	}
	for host := range strings.SplitSeq(getenv("DRAIN_ACME_HOSTS"), ",") {
		if host = strings.ToLower(strings.TrimSpace(host)); host != "" {
			t.ACMEHosts = append(t.ACMEHosts, host)
		}
	}
	return t
}

// hostPattern is a name that a certificate can be ordered for: no address, no wildcard, no port.
var hostPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`)

func (t TLS) check(dyno string, fail func(name, wrong, right string)) {
	acme := len(t.ACMEHosts) > 0
	switch {
	case t.CertFile != "" && t.KeyFile == "":
		fail("DRAIN_TLS_KEY", "is not set, but DRAIN_TLS_CERT is", "name the file of the certificate's key")
	case t.CertFile == "" && t.KeyFile != "":
		fail("DRAIN_TLS_CERT", "is not set, but DRAIN_TLS_KEY is", "name the file of the key's certificate")
	case t.CertFile != "" && acme:
		fail("DRAIN_ACME_HOSTS", "is set beside DRAIN_TLS_CERT", "keep one of them")
	}
	for _, host := range t.ACMEHosts {
		if !hostPattern.MatchString(host) {
			fail("DRAIN_ACME_HOSTS", "\""+host+"\" is not a host's full name", "use names like drain.example.com, separated by commas")
		}
	}
	if acme && t.ACMECache == "" {
		fail("DRAIN_ACME_CACHE", "is not set, but DRAIN_ACME_HOSTS is: each start would order anew, until the server refuses", "name a directory that stays")
	}
	if u, err := url.Parse(t.ACMEURL); t.ACMEURL != "" && (err != nil || u.Host == "" || u.Scheme != "https") {
		fail("DRAIN_ACME_URL", "is not an https URL", "name the server's directory, or leave it out for Let's Encrypt")
	}
	if dyno != "" && (t.CertFile != "" || acme) {
		fail("DRAIN_TLS_CERT, DRAIN_ACME_HOSTS", "one is set, and Heroku's router in front speaks plain HTTP to a dyno", "leave both out on Heroku")
	}
}
