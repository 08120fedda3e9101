package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// prometheus is a real one that scrapes the daemon under test.
type prometheus struct{ url string }

// startPrometheus runs it with the very files of this directory, but for what differs on this machine.
func startPrometheus(t *testing.T, target, password string) prometheus {
	t.Helper()
	path := tool(t, "prometheus", "prometheus")
	dir := t.TempDir()
	config, err := os.ReadFile(filepath.Join("prometheus", "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(config)
	for old, mine := range map[string]string{
		"127.0.0.1:8080": target, "scrape_interval: 15s": "scrape_interval: 200ms\n    scrape_timeout: 200ms",
	} {
		if strings.Count(text, old) != 1 {
			t.Fatalf("%q is not there once in prometheus.yml", old)
		}
		text = strings.Replace(text, old, mine, 1)
	}
	rules, err := os.ReadFile(filepath.Join("prometheus", "alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"prometheus.yml": text, "alerts.yml": string(rules), "drain-password": password} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	addr := freeAddr(t)
	cmd := exec.Command(path, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+addr, "--log.level=warn")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("prometheus: %v\n%s", err, &log)
		}
	})
	return prometheus{"http://" + addr}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get asks Prometheus's API and decodes its data; false: it doesn't answer yet.
func (p prometheus) get(t *testing.T, path string, query url.Values, data any) bool {
	t.Helper()
	resp, err := http.Get(p.url + path + "?" + query.Encode())
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusServiceUnavailable {
		return false
	}
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.Unmarshal(b, &answer); err != nil || answer.Status != "success" {
		t.Fatalf("%s %s: %v %s", path, query, err, b)
	}
	return true
}

// sample is one series of an answer.
type sample struct {
	Metric map[string]string
	Value  [2]any // seconds, text
}

func (s sample) value(t *testing.T) float64 {
	t.Helper()
	text, _ := s.Value[1].(string)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	return v
}

// query evaluates at a time in seconds; 0 is now.
func (p prometheus) query(t *testing.T, expr string, at float64) []sample {
	t.Helper()
	q := url.Values{"query": {expr}}
	if at != 0 {
		q.Set("time", strconv.FormatFloat(at, 'f', 3, 64))
	}
	var data struct{ Result []sample }
	if !p.get(t, "/api/v1/query", q, &data) {
		return nil
	}
	return data.Result
}

// scraped waits until a scrape shows expr with a value, and returns the time of a scrape, in seconds.
func (p prometheus) scraped(t *testing.T, expr string, want float64) float64 {
	t.Helper()
	var last []sample
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		last = p.query(t, expr, 0)
		if len(last) != 1 || last[0].value(t) != want {
			continue
		}
		// All series of one scrape have its time.
		if at := p.query(t, "timestamp(drain_build_info)", 0); len(at) == 1 {
			return at[0].value(t)
		}
	}
	t.Fatalf("%s is %v after a minute, want %g", expr, last, want)
	return 0
}

// legend writes a series as Grafana does.
func legend(format string, labels map[string]string) string {
	for name, value := range labels {
		format = strings.ReplaceAll(format, "{{"+name+"}}", value)
	}
	return format
}

// ranged puts values in for Grafana's variables: everything, over a window of so many milliseconds.
func ranged(expr string, window int64) string {
	w := fmt.Sprintf("%dms", window)
	return strings.NewReplacer("$__rate_interval", w, "$__range", w, "$app", ".*").Replace(expr)
}
