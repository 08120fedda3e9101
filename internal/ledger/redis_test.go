package ledger

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// redisServer is a real Redis with a password, empty, over TCP and over TLS with a certificate that
// it signed itself, as Heroku's are.
type redisServer struct {
	url, tlsURL string
	process     *exec.Cmd
}

const redisPassword = "s3cret-of-redis"

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (Debian's package redis-server has it)")
	}
	dir := t.TempDir()
	cert, key := selfSigned(t, dir)
	port, tlsPort := freePort(t), freePort(t)
	r := &redisServer{
		url:    "redis://:" + redisPassword + "@127.0.0.1:" + port,
		tlsURL: "rediss://:" + redisPassword + "@127.0.0.1:" + tlsPort,
		process: exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--tls-port", tlsPort, "--tls-cert-file", cert,
			"--tls-key-file", key, "--tls-auth-clients", "no", "--requirepass", redisPassword, "--save", "", "--dir", dir),
	}
	var log bytes.Buffer
	r.process.Stdout = &log
	must(t, r.process.Start())
	t.Cleanup(r.stop)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+tlsPort)
		if err == nil {
			conn.Close()
			return r
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis-server does not listen: %v\n%s", err, &log)
		}
	}
}

func (r *redisServer) stop() {
	_ = r.process.Process.Kill() // it may be over already
	_ = r.process.Wait()
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}

func selfSigned(t *testing.T, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", private)
}

func TestRedisOutlivesTheProcess(t *testing.T) {
	server, c := startRedis(t), newClock()
	first, err := OpenRedis(server.url, false, c.Now)
	must(t, err)
	must(t, first.Shelf(Actions).Put(t.Context(), "k", []byte("v")))
	must(t, first.Close())
	second, err := OpenRedis(server.url, false, c.Now)
	must(t, err)
	defer second.Close()
	if diff := cmp.Diff([]string{"k=v"}, contents(t, second.Shelf(Actions))); diff != "" || !second.Durable() {
		t.Errorf("durable %v; %s", second.Durable(), diff)
	}
}

func TestRedisCertificate(t *testing.T) {
	server, c := startRedis(t), newClock()
	strict, err := OpenRedis(server.tlsURL, false, c.Now)
	must(t, err)
	defer strict.Close()
	if err := strict.Shelf(Actions).Put(t.Context(), "k", nil); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a self-signed certificate was taken: %v", err)
	}
	lenient, err := OpenRedis(server.tlsURL, true, c.Now)
	must(t, err)
	defer lenient.Close()
	must(t, lenient.Shelf(Actions).Put(t.Context(), "k", []byte("v")))
	if diff := cmp.Diff([]string{"k=v"}, contents(t, lenient.Shelf(Actions))); diff != "" {
		t.Error(diff)
	}
}

// A Redis that goes away is an error of each use, holds no secret, and is forgotten when it is back.
func TestRedisGoesAndComesBack(t *testing.T) {
	server, c := startRedis(t), newClock()
	l, err := OpenRedis(server.url, false, c.Now)
	must(t, err)
	defer l.Close()
	must(t, l.Shelf(Actions).Put(t.Context(), "k", []byte("v")))
	server.stop()
	for _, err := range []error{
		l.Shelf(Actions).Put(t.Context(), "k", nil), l.Shelf(Actions).Delete(t.Context(), "k"),
		l.Shelf(Actions).Each(t.Context(), func(string, []byte) error { return nil }),
	} {
		if err == nil || strings.Contains(fmt.Sprint(err), redisPassword) {
			t.Errorf("got %v, want an error without the password", err)
		}
	}
	again := exec.Command(server.process.Path, server.process.Args[1:]...)
	must(t, again.Start())
	server.process = again
	t.Cleanup(server.stop)
	for deadline := time.Now().Add(30 * time.Second); l.Shelf(Actions).Put(t.Context(), "k", []byte("v")) != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never worked again")
		}
	}
}

func TestRedisURLIsNeverQuoted(t *testing.T) {
	for _, url := range []string{"", "http://:" + redisPassword + "@h", "redis://:" + redisPassword + "@h:port", "redis://:" + redisPassword + "@h/db", "\x7f" + redisPassword} {
		if _, err := OpenRedis(url, false, time.Now); err == nil || strings.Contains(err.Error(), redisPassword) {
			t.Errorf("OpenRedis(%q): %v", url, err)
		}
	}
}

// libraryLog takes what go-redis would write to stderr.
type libraryLog struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (l *libraryLog) Printf(_ context.Context, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// Of a Redis that can't be reached our errors tell, and the library writes nothing beside them.
func TestLibraryWritesNoLog(t *testing.T) {
	var log libraryLog
	redis.SetLogger(&log)
	defer logging.Disable()
	l, err := OpenRedis("redis://:"+redisPassword+"@127.0.0.1:"+freePort(t), false, time.Now) // nobody listens there
	must(t, err)
	defer l.Close()
	_, err = l.Shelf(Actions).Get(t.Context(), "k")
	if err == nil || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), redisPassword) {
		t.Errorf("got %v, want that the connection was refused, and no secret", err)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	if diff := cmp.Diff([]string(nil), log.lines); diff != "" {
		t.Errorf("the library's log: %s", diff)
	}
}
