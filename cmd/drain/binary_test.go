package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// binary is the real drain, run as a process of its own.
type binary struct {
	path, port string
	process    *exec.Cmd
	log        bytes.Buffer
}

func buildBinary(t *testing.T) *binary {
	t.Helper()
	path := filepath.Join(t.TempDir(), "drain")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return &binary{path: path, port: freePort(t)} // not before the build: somebody else may get the port meanwhile
}

// command prepares drain serve with more variables than a test needs at the least.
func (b *binary) command(env ...string) {
	b.process = exec.Command(b.path, "serve")
	b.process.Env = append(env, "DRAIN_LISTEN=127.0.0.1:"+b.port, "DRAIN_PASSWORD=p4ss")
	b.process.Stderr = &b.log
}

func (b *binary) start(t *testing.T) {
	t.Helper()
	b.command()
	if err := b.process.Start(); err != nil {
		t.Fatal(err)
	}
	firstDelivery(t, b.url("/logs/enketo"), time.Now())
}

func (b *binary) kill(t *testing.T) {
	t.Helper()
	if err := b.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = b.process.Wait() // "signal: killed" is what was wanted
}

// resident is the memory that the process has in use, and how much of that are pages of files, its own
// above all, which come and go.
func (b *binary) resident(t *testing.T) (all, ofFiles int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(b.process.Process.Pid) + "/statm")
	if err != nil {
		t.Skipf("how much memory a process takes is read from /proc: %v", err)
	}
	var size int64
	if _, err := fmt.Sscan(string(text), &size, &all, &ofFiles); err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	return all * page, ofFiles * page
}

func (b *binary) url(path string) string { return "http://127.0.0.1:" + b.port + path }

const routerLine = "<158>1 2026-11-22T20:00:00+00:00 host heroku router - at=info method=GET path=\"/\" dyno=web.1 connect=0ms service=3ms status=200 bytes=1\n"

// threeLines is a body.
var threeLines = strings.Repeat(fmt.Sprintf("%d %s", len(routerLine), routerLine), 3)

// send posts frames of three router lines until stopped, and counts what was answered 204.
func (b *binary) send(t *testing.T) (acknowledged *atomic.Int64, stop func()) {
	t.Helper()
	acknowledged = new(atomic.Int64)
	quit := make(chan struct{})
	var senders sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for range 8 {
		senders.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
				}
				req, err := http.NewRequest(http.MethodPost, b.url("/logs/enketo"), strings.NewReader(threeLines))
				if err != nil {
					t.Error(err)
					return
				}
				req.SetBasicAuth("drain", "p4ss")
				resp, err := client.Do(req)
				if err != nil {
					time.Sleep(time.Millisecond) // it is down
					continue
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusNoContent {
					acknowledged.Add(3)
				}
			}
		})
	}
	return acknowledged, func() {
		close(quit)
		senders.Wait()
		client.CloseIdleConnections()
	}
}

func (b *binary) routerLines(t *testing.T) int64 {
	t.Helper()
	for line := range strings.Lines(get(t, b.url("/metrics"))) {
		if value, ok := strings.CutPrefix(line, `drain_lines_total{kind="router"} `); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return int64(n)
		}
	}
	t.Fatal("no drain_lines_total")
	return 0
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true within a minute")
		}
	}
}

// A process that is killed loses what it counted. What the next one counts is what was answered 204
// since, and it is ready at once.
func TestKilledAndStartedAgainUnderLoad(t *testing.T) {
	b := buildBinary(t)
	b.start(t)
	acknowledged, stop := b.send(t)
	until(t, func() bool { return acknowledged.Load() > 1000 })
	b.kill(t)
	stop()

	b.start(t)
	acknowledged, stop = b.send(t)
	until(t, func() bool { return acknowledged.Load() > 1000 })
	stop()
	if counted, want := b.routerLines(t), acknowledged.Load(); counted != want {
		t.Errorf("counted %d lines, acknowledged %d", counted, want)
	}
	if err := b.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := b.process.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, &b.log)
	}
}

func TestSignalUnderLoadEndsIt(t *testing.T) {
	b := buildBinary(t)
	b.start(t)
	acknowledged, stop := b.send(t)
	defer stop()
	until(t, func() bool { return acknowledged.Load() > 1000 })
	began := time.Now()
	if err := b.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := b.process.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, &b.log)
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("it took %v to stop, want under 25s", took)
	}
}
