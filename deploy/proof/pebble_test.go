package proof

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const host = "drain.example.com"

// pebble is an ACME server, and what a drain that orders from it is to be like.
type pebble struct {
	roots *x509.CertPool // what it signs with
	port  string         // of drain, where it asks for proof
	cache string         // of drain
	env   []string       // of drain
}

// startPebble starts an ACME server whose certificates are valid for so long.
func startPebble(t *testing.T, validity time.Duration) *pebble {
	t.Helper()
	server := build(t, ".", "github.com/letsencrypt/pebble/v2/cmd/pebble")
	names := build(t, ".", "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv")
	module := strings.TrimSpace(output(t, ".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/letsencrypt/pebble/v2"))
	list := ports(t, 5)
	p := &pebble{roots: x509.NewCertPool(), port: list[0], cache: filepath.Join(t.TempDir(), "acme")}
	acme, manage, dns := list[1], list[2], list[3]

	// Every name is this machine's.
	run(t, nil, names, "-dnsserver", "127.0.0.1:"+dns, "-management", "127.0.0.1:"+list[4], "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "")
	config := filepath.Join(t.TempDir(), "pebble.json")
	writeJSON(t, config, map[string]any{"pebble": map[string]any{
		"listenAddress": "127.0.0.1:" + acme, "managementListenAddress": "127.0.0.1:" + manage,
		"certificate": filepath.Join(module, "test/certs/localhost/cert.pem"),
		"privateKey":  filepath.Join(module, "test/certs/localhost/key.pem"),
		"httpPort":    1, "tlsPort": number(t, p.port),
		"profiles": map[string]any{"default": map[string]any{"description": "the only one", "validityPeriod": validity / time.Second}},
	}})
	env := []string{"PEBBLE_VA_NOSLEEP=1"}
	if validity < time.Minute {
		env = append(env, "PEBBLE_WFE_NONCEREJECT=0") // drain tries again after seconds, which is much of so short a life
	}
	run(t, env, server, "-strict", "-config", config, "-dnsserver", "127.0.0.1:"+dns)

	trusted := filepath.Join(module, "test/certs/pebble.minica.pem") // signed Pebble's own certificate
	pem := fetch(t, trusted, "https://localhost:"+manage+"/roots/0")
	if !p.roots.AppendCertsFromPEM(pem) {
		t.Fatalf("no root in %s", pem)
	}
	p.env = []string{
		"DRAIN_LISTEN=127.0.0.1:" + p.port, "DRAIN_PASSWORD=p4ss", "ADMIN_PASSWORD=adm1n", "SSL_CERT_FILE=" + trusted,
		"DRAIN_ACME_HOSTS=" + host, "DRAIN_ACME_CACHE=" + p.cache, "DRAIN_ACME_URL=https://localhost:" + acme + "/dir",
	}
	return p
}

// handshake fails unless drain shows a valid certificate that Pebble signed.
func (p *pebble) handshake() (*tls.Conn, error) {
	return tls.Dial("tcp", "127.0.0.1:"+p.port, &tls.Config{ServerName: host, RootCAs: p.roots})
}

// certificate waits for drain's to be signed by Pebble.
func (p *pebble) certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	var last error
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		conn, err := p.handshake()
		if last = err; err != nil {
			continue
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0]
	}
	t.Fatalf("no certificate within a minute: %v", last)
	return nil
}

func (p *pebble) deliver(t *testing.T) {
	t.Helper()
	client := client(p.roots, "127.0.0.1:"+p.port)
	defer client.CloseIdleConnections()
	line := "<190>1 2026-11-22T20:00:00+00:00 host app web.1 - hello\n"
	req, err := http.NewRequest(http.MethodPost, "https://"+host+"/logs/enketo", strings.NewReader(fmt.Sprintf("%d %s", len(line), line)))
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
		t.Errorf("status %d, want 204", resp.StatusCode)
	}
}

// expires is what drain's metrics say of the certificate in force.
func (p *pebble) expires(t *testing.T) float64 {
	t.Helper()
	client := client(p.roots, "127.0.0.1:"+p.port)
	defer client.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodGet, "https://"+host+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("", "adm1n")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewScanner(resp.Body)
	for in.Scan() {
		if value, ok := strings.CutPrefix(in.Text(), "drain_tls_certificate_expiry_timestamp_seconds "); ok {
			at, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatal("no metric says when the certificate expires")
	return 0
}

func client(roots *x509.CertPool, addr string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		Dial:            func(network, _ string) (net.Conn, error) { return net.Dial(network, addr) },
	}}
}

// fetch waits for a server to be up.
func fetch(t *testing.T, trusted, url string) []byte {
	t.Helper()
	pem, err := os.ReadFile(trusted)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := client(roots, strings.Split(url, "/")[2])
	defer client.CloseIdleConnections()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		resp, err := client.Get(url)
		if err != nil {
			continue
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	t.Fatalf("%s doesn't answer", url)
	return nil
}
