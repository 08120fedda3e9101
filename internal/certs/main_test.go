package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// end is when made-up certificates expire.
var end = time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)

// pair returns a self-signed certificate with a serial number to know it by, and its key, as PEM.
func pair(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: end, DNSNames: []string{"drain.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// folder is where the files lie that a Source reads.
type folder struct {
	t         *testing.T
	cert, key string
}

func newFolder(t *testing.T) folder {
	dir := t.TempDir()
	return folder{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

func (f folder) write(cert, key []byte) {
	f.t.Helper()
	for file, text := range map[string][]byte{f.cert: cert, f.key: key} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
}
