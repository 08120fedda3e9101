// Package certs has the certificates of a TLS listener: from two files that somebody else renews, or
// ordered from an ACME server (RFC 8555) over the listener itself (tls-alpn-01, RFC 8737).
//
// A [Source] answers handshakes from the moment it is made; [Source.Run] keeps it fresh until its
// context ends. A new certificate is in force for the next handshake, without a restart; connections
// that are open go on. What can't be loaded never replaces what is in force: it is told once in the
// log and shows in drain_tls_last_load_successful until it works again, as does an ordered certificate
// whose renewal fails.
//
// All methods may be called from any goroutine, at any time.
//
// It won't listen, and won't judge a certificate's names or dates: Logplex doesn't either, and lines
// are worth more than a valid date. drain_tls_certificate_expiry_timestamp_seconds is for an alert.
package certs
