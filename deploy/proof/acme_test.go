package proof

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const host = "drain.example.com"

// An ACME server asks drain's own port for proof and signs; the certificate outlives a restart, and
// nobody else's name is ordered.
func TestCertificateFromPebble(t *testing.T) {
	drain := build(t, "../..", "./cmd/drain")
	pebble := build(t, ".", "github.com/letsencrypt/pebble/v2/cmd/pebble")
	names := build(t, ".", "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv")
	module := strings.TrimSpace(output(t, ".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/letsencrypt/pebble/v2"))
	p := ports(t, 5)
	port, acme, manage, dns := p[0], p[1], p[2], p[3]

	// Every name is this machine's.
	run(t, nil, names, "-dnsserver", "127.0.0.1:"+dns, "-management", "127.0.0.1:"+p[4], "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "")
	config := filepath.Join(t.TempDir(), "pebble.json")
	writeJSON(t, config, map[string]any{"pebble": map[string]any{
		"listenAddress": "127.0.0.1:" + acme, "managementListenAddress": "127.0.0.1:" + manage,
		"certificate": filepath.Join(module, "test/certs/localhost/cert.pem"),
		"privateKey":  filepath.Join(module, "test/certs/localhost/key.pem"),
		"httpPort":    1, "tlsPort": number(t, port), // where it asks for proof
		"profiles": map[string]any{"default": map[string]any{"description": "90 days", "validityPeriod": 7776000}},
	}})
	run(t, []string{"PEBBLE_VA_NOSLEEP=1"}, pebble, "-strict", "-config", config, "-dnsserver", "127.0.0.1:"+dns)

	trusted := filepath.Join(module, "test/certs/pebble.minica.pem") // signed Pebble's own certificate
	roots := x509.NewCertPool()
	pem := fetch(t, trusted, "https://localhost:"+manage+"/roots/0")
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("no root in %s", pem)
	}

	cache := filepath.Join(t.TempDir(), "acme")
	env := []string{
		"DRAIN_LISTEN=127.0.0.1:" + port, "DRAIN_PASSWORD=p4ss", "ADMIN_PASSWORD=adm1n", "SSL_CERT_FILE=" + trusted,
		"DRAIN_ACME_HOSTS=" + host, "DRAIN_ACME_CACHE=" + cache, "DRAIN_ACME_URL=https://localhost:" + acme + "/dir",
	}
	first := run(t, env, drain, "serve")
	ordered := certificate(t, port, roots)
	if err := ordered.VerifyHostname(host); err != nil {
		t.Error(err)
	}
	deliver(t, port, roots)
	conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{ServerName: "other.example.com", RootCAs: roots})
	if err == nil {
		conn.Close()
		t.Error("a certificate for a name that isn't configured")
	}
	first.stop(t)
	if text := first.log.String(); strings.Contains(text, "PRIVATE KEY") || strings.Contains(text, "no new certificate") {
		t.Errorf("the log:\n%s", text)
	}

	run(t, env, drain, "serve")
	if again := certificate(t, port, roots); again.SerialNumber.Cmp(ordered.SerialNumber) != 0 {
		t.Error("a restart ordered another certificate")
	}
	files, err := os.ReadDir(cache)
	if err != nil || len(files) == 0 {
		t.Fatalf("the cache: %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s, with a key in it, can be read by others: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// certificate waits for drain's to be signed by Pebble.
func certificate(t *testing.T, port string, roots *x509.CertPool) *x509.Certificate {
	t.Helper()
	var last error
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{ServerName: host, RootCAs: roots})
		if last = err; err != nil {
			continue
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0]
	}
	t.Fatalf("no certificate within a minute: %v", last)
	return nil
}

func deliver(t *testing.T, port string, roots *x509.CertPool) {
	t.Helper()
	client := client(roots, "127.0.0.1:"+port)
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
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
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

// process is a server that the test runs.
type process struct {
	*exec.Cmd
	log   bytes.Buffer // read it once the process has ended
	ended bool
}

func run(t *testing.T, env []string, path string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(path, args...)}
	p.Env = env
	p.Stdout, p.Stderr = &p.log, &p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended {
			_ = p.Process.Kill()
			_ = p.Wait() // it was killed
		}
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(path), &p.log)
		}
	})
	return p
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ended = true
	if err := p.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}
