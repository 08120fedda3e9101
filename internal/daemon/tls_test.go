package daemon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
)

// writePair writes a self-signed certificate and its key.
func writePair(t *testing.T, env config.TLS, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"drain.example.com"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		env.CertFile: {Type: "CERTIFICATE", Bytes: cert}, env.KeyFile: {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTLSFromFiles(t *testing.T) {
	dir := t.TempDir()
	env := config.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	writePair(t, env, 1)
	r := start(t, Options{
		Env:        config.Env{TLS: env, DrainPassword: "p4ss"},
		ReadConfig: func() (*config.Config, error) { return &config.Config{}, nil },
	})
	handshake := func(c *tls.Config) (tls.ConnectionState, error) {
		c.InsecureSkipVerify = true // as Logplex does
		conn, err := tls.Dial("tcp", r.Addr(), c)
		if err != nil {
			return tls.ConnectionState{}, err
		}
		defer conn.Close()
		return conn.ConnectionState(), nil
	}
	inForce := func(want int64) {
		t.Helper()
		waitUntil(t, func() bool {
			state, err := handshake(&tls.Config{})
			if err != nil {
				t.Fatal(err)
			}
			return state.PeerCertificates[0].SerialNumber.Int64() == want
		})
	}
	inForce(1)
	if _, err := handshake(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
	if state, err := handshake(&tls.Config{NextProtos: []string{"h2", "http/1.1"}}); err != nil || state.NegotiatedProtocol != "http/1.1" {
		t.Errorf("protocol %q, %v", state.NegotiatedProtocol, err)
	}

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodPost, "https://"+r.Addr()+"/logs/enketo", strings.NewReader(string(body("app web.1 hello"))))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("drain", "p4ss")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("status %d", resp.StatusCode)
	}
	// The password must not go over the same port in the clear and be taken.
	if status := r.post(t, "/logs/enketo", "p4ss", "", "app web.1 hello"); status != http.StatusBadRequest {
		t.Errorf("without TLS: status %d, want 400", status)
	}

	writePair(t, env, 2)
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	inForce(2)
	if err := os.WriteFile(env.CertFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Reload(); err != nil {
		t.Errorf("a broken certificate kept the configuration from being read: %v", err)
	}
	waitUntil(t, func() bool { return strings.Contains(r.log.String(), "no new certificate") })
	inForce(2)
}

func TestTLSFilesMustBeThereAtTheStart(t *testing.T) {
	_, err := New(Options{Config: &config.Config{}, Env: config.Env{
		Listen: "127.0.0.1:0", TLS: config.TLS{CertFile: "/nowhere/cert.pem", KeyFile: "/nowhere/key.pem"},
	}})
	if err == nil || !strings.Contains(err.Error(), "/nowhere/cert.pem") {
		t.Errorf("%v", err)
	}
}
