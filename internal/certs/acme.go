package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

const (
	// orderEvery is how often each certificate is looked at. autocert renews it by itself, see overdue.
	orderEvery = time.Hour
	// orderPause is how long after a failed order handshakes are refused rather than another is made:
	// Let's Encrypt gives back one failed validation in 12 minutes (letsencrypt.org/docs/rate-limits).
	orderPause = 15 * time.Minute
)

// ACME says what to order, and where.
type ACME struct {
	Hosts []string // the only names that are ordered
	Cache string   // a directory for the account's and the certificates' keys; made if it isn't there
	Email string   // told to the server; optional
	URL   string   // the server's directory; empty is Let's Encrypt's
}

// FromACME orders certificates from an ACME server, whose terms it agrees to. It makes no call before
// Run or the first handshake.
func FromACME(a ACME, o Options) (*Source, error) {
	s, err := newSource(o)
	if err != nil {
		return nil, err
	}
	url := a.URL
	if url == "" {
		url = autocert.DefaultACMEDirectory
	}
	m := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(a.Cache), Email: a.Email,
		HostPolicy: autocert.HostWhitelist(a.Hosts...),
		Client:     &acme.Client{DirectoryURL: url, UserAgent: "drain"},
	}
	orders := &orders{hosts: a.Hosts, source: s, get: m.GetCertificate, failedAt: make(map[string]time.Time)}
	s.protos = []string{acme.ALPNProto} // the server asks for proof with it, on this very listener
	s.every, s.look, s.get = orderEvery, orders.look, orders.certificate
	s.loaded.Set(1) // nothing was tried yet
	return s, nil
}

// orders keeps autocert from asking too often.
type orders struct {
	hosts  []string
	source *Source
	get    func(*tls.ClientHelloInfo) (*tls.Certificate, error)

	mu       sync.Mutex
	failedAt map[string]time.Time // guarded by mu
}

var errOrderFailed = errors.New("the last order failed, and it is too early for another")

// look has a certificate ordered for each host that has none, so that no delivery waits for it, and
// even if an order failed a moment ago: somebody may have asked for it with a reload.
func (o *orders) look() {
	for _, host := range o.hosts {
		o.mu.Lock()
		delete(o.failedAt, host)
		o.mu.Unlock()
		// As a client that can do ECDSA, as all do, or autocert orders an RSA key of its own.
		_, _ = o.certificate(&tls.ClientHelloInfo{ // certificate has told of its failure
			ServerName: host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		})
	}
}

func (o *orders) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	host := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if !slices.Contains(o.hosts, host) || slices.Contains(hello.SupportedProtos, acme.ALPNProto) {
		return o.get(hello) // a stranger's name, or the server's question: neither tells of a certificate
	}
	now := o.source.now()
	o.mu.Lock()
	failed, did := o.failedAt[host]
	o.mu.Unlock()
	if did && now.Sub(failed) < orderPause {
		return nil, errOrderFailed
	}
	cert, err := o.get(hello)
	if err != nil {
		o.mu.Lock()
		o.failedAt[host] = o.source.now()
		o.mu.Unlock()
		o.source.failed(host, err)
		return nil, err
	}
	if overdue(cert.Leaf, now) {
		o.source.stays(host, cert.Leaf.NotAfter, errOverdue)
	} else {
		o.source.took(host, cert.Leaf.NotAfter)
	}
	return cert, nil
}

var errOverdue = errors.New("it was to be renewed long ago; can the server reach this listener on port 443 of that name?")

// overdue reports whether a certificate should have been renewed by now. autocert begins when a third of
// its life is left, at most 30 days, tries again once or twice an hour, and tells nobody that it fails.
func overdue(leaf *x509.Certificate, now time.Time) bool {
	begins := min(leaf.NotAfter.Sub(leaf.NotBefore)/3, 30*24*time.Hour)
	return leaf.NotAfter.Sub(now) < begins*2/3
}
