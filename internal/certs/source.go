package certs

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Options are what both kinds of Source need.
type Options struct {
	Log        zerolog.Logger
	Registerer prometheus.Registerer // nil: nothing is counted
	Now        func() time.Time
}

// Source is where a listener's certificates come from.
type Source struct {
	log    zerolog.Logger
	now    func() time.Time
	get    func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	look   func()        // whether there is something new; may take as long as an order
	every  time.Duration // between two looks
	wake   chan struct{} // cap 1; a token means that Run is to look now
	protos []string      // offered beside HTTP

	loaded  prometheus.Gauge
	expires prometheus.Gauge

	mu      sync.Mutex
	failing map[string]bool      // guarded by mu; what was told in the log
	ends    map[string]time.Time // guarded by mu; notAfter of what is in force
}

func newSource(o Options) (*Source, error) {
	s := &Source{
		log: o.Log.With().Str("component", "tls").Logger(), now: o.Now,
		wake: make(chan struct{}, 1), failing: make(map[string]bool), ends: make(map[string]time.Time),
		loaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "drain_tls_last_load_successful", Help: "Whether every certificate could be loaded or ordered when last tried.",
		}),
		expires: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "drain_tls_certificate_expiry_timestamp_seconds", Help: "When the first of the certificates in force expires.",
		}),
	}
	if o.Registerer == nil {
		return s, nil
	}
	for _, c := range []prometheus.Collector{s.loaded, s.expires} {
		if err := o.Registerer.Register(c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// TLSConfig is for a server. It asks for TLS 1.2 at least.
func (s *Source) TLSConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.get, NextProtos: s.protos}
}

// Check has Run look at once whether there is a new certificate, and doesn't wait for it. What comes of
// it is logged and counted.
func (s *Source) Check() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run looks for new certificates until ctx ends.
func (s *Source) Run(ctx context.Context) {
	ticker := time.NewTicker(s.every)
	defer ticker.Stop()
	for {
		// Nothing cancels an order under way, and stopping must not wait for it.
		looked := make(chan struct{})
		go func() { defer close(looked); s.look() }()
		select {
		case <-looked:
		case <-ctx.Done():
			return
		}
		select {
		case <-ticker.C:
		case <-s.wake:
		case <-ctx.Done():
			return
		}
	}
}

// took notes that the certificate of name is in force.
func (s *Source) took(name string, notAfter time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing[name] {
		s.log.Info().Str("certificate", name).Msg("the certificate can be had again")
	}
	delete(s.failing, name)
	s.end(name, notAfter)
	s.show()
}

// stays notes that the certificate of name is in force and that there should be a newer one.
func (s *Source) stays(name string, notAfter time.Time, err error) {
	s.mu.Lock()
	s.end(name, notAfter)
	s.mu.Unlock()
	s.failed(name, err)
}

// end needs mu.
func (s *Source) end(name string, notAfter time.Time) {
	s.ends[name] = notAfter
	first := notAfter
	for _, t := range s.ends {
		if t.Before(first) {
			first = t
		}
	}
	s.expires.Set(float64(first.Unix()))
}

// failed notes that there is no new certificate for name, though there should be.
func (s *Source) failed(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.failing[name] {
		e := s.log.Error().Err(err).Str("certificate", name)
		if end, ok := s.ends[name]; ok {
			e = e.Time("old_expires", end)
		}
		e.Msg("no new certificate; the old one, if any, stays in force")
	}
	s.failing[name] = true
	s.show()
}

// show needs mu.
func (s *Source) show() {
	value := 1.0
	if len(s.failing) > 0 {
		value = 0
	}
	s.loaded.Set(value)
}
