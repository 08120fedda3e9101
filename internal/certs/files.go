package certs

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// lookEvery is how often the files are read. Two reads of a few KiB cost nothing, and unlike a watch
// on a directory they see a change through any chain of links and mounts.
const lookEvery = 10 * time.Second

// FromFiles takes the certificate, with its chain, and the key from PEM files. It fails if they can't
// be loaded: there is nothing to fall back to yet.
func FromFiles(certFile, keyFile string, o Options) (*Source, error) {
	s, err := newSource(o)
	if err != nil {
		return nil, err
	}
	f := &files{cert: certFile, key: keyFile, source: s}
	s.every, s.look = lookEvery, f.look
	s.get = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.inForce.Load(), nil }
	if err := f.load(); err != nil {
		return nil, err
	}
	return s, nil
}

type files struct {
	cert, key string
	source    *Source
	inForce   atomic.Pointer[tls.Certificate]

	mu   sync.Mutex
	seen [sha256.Size]byte // guarded by mu; of what was last loaded
}

func (f *files) look() {
	if err := f.load(); err != nil {
		f.source.failed(f.cert, err)
	}
}

// load puts the files' certificate in force, if it isn't.
func (f *files) load() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	cert, err := os.ReadFile(f.cert)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	key, err := os.ReadFile(f.key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	sum := sha256.Sum256(append(append([]byte{}, cert...), key...))
	if old := f.inForce.Load(); old != nil && sum == f.seen {
		f.source.took(f.cert, old.Leaf.NotAfter) // a broken file may have been put right
		return nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s and %s: %w", f.cert, f.key, err)
	}
	f.seen = sum
	if f.inForce.Swap(&pair) != nil {
		f.source.log.Info().Str("certificate", f.cert).Time("expires", pair.Leaf.NotAfter).Msg("new certificate in force")
	}
	f.source.took(f.cert, pair.Leaf.NotAfter)
	return nil
}
