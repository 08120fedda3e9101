package daemon

import (
	"drain/internal/certs"
	"drain/internal/config"
	"drain/internal/ingest"
)

// newCertificates returns nil where the port speaks plain HTTP, behind a proxy that does TLS.
func newCertificates(env config.TLS, o certs.Options) (*certs.Source, error) {
	switch {
	case env.CertFile != "":
		return certs.FromFiles(env.CertFile, env.KeyFile, o)
	case len(env.ACMEHosts) > 0:
		return certs.FromACME(certs.ACME{
			Hosts: env.ACMEHosts, Cache: env.ACMECache, Email: env.ACMEEmail, URL: env.ACMEURL,
		}, o)
	}
	return nil, nil
}

// serve returns when the server was told to stop, or can't go on.
func (d *Daemon) serve() error {
	if d.lane != nil {
		return d.server.Serve(d.lane)
	}
	d.server.TLSConfig = d.certs.TLSConfig()
	return d.server.ServeTLS(ingest.Listener(d.listener), "", "")
}
