package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
)

// real starts Debian's Alertmanager on a free port and returns its URL.
func real(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("prometheus-alertmanager is not installed; .ci/deps installs it")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &journal{}
	cmd := exec.Command(path, "--config.file="+config, "--storage.path="+dir, "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=")
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // "signal: killed" is what was wanted
		if t.Failed() {
			t.Log(log.text())
		}
		http.DefaultClient.CloseIdleConnections()
	})
	var url string
	until(t, func() bool {
		addr := address.FindStringSubmatch(log.text())
		if addr == nil {
			return false
		}
		url = "http://" + addr[1]
		resp, err := http.Get(url + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return url
}

// address is where an Alertmanager's log says that it listens.
var address = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// journal is a log that is read while it is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true within a minute")
		}
	}
}

// active are the keys of the alerts that an Alertmanager holds for firing.
func active(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url + "/api/v2/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var alerts []struct {
		sent
		Status struct{ State string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&alerts); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, a := range alerts {
		keys = append(keys, a.Labels["key"]+" "+a.Status.State)
		if want := "web.1 uses 2 GB of 512 MB"; a.Annotations["summary"] != want || !a.StartsAt.Equal(began) {
			t.Errorf("alert %+v, want %q since %v", a, want, began)
		}
	}
	return strings.Join(keys, ", ")
}

// received is how many alerts it counted as resolved when they came.
func resolved(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n, ok := strings.CutPrefix(line, `alertmanager_alerts_received_total{status="resolved",version="v2"} `); ok {
			return strings.TrimSpace(n)
		}
	}
	return "0"
}

// The alert and its resolution, as a real Alertmanager tells of them.
func TestRealAlertmanager(t *testing.T) {
	url := real(t)
	n := newNotifier(t, url)
	inc := incident()
	inc.Alerts = inc.Alerts[:1]
	if _, err := n.Notify(t.Context(), inc, alert.Receipt{}); err != nil {
		t.Fatal(err)
	}
	// What was just taken is unprocessed until the dispatcher of theirs has seen it.
	until(t, func() bool { return active(t, url) == "web.1 active" })

	inc.State, inc.Alerts[0].State, inc.Alerts[0].At = alert.Resolved, alert.Resolved, time.Now()
	if _, err := n.Notify(t.Context(), inc, alert.Receipt{}); err != nil {
		t.Fatal(err)
	}
	if got := active(t, url); got != "" {
		t.Errorf("after the end it still shows %s", got)
	}
	if got := resolved(t, url); got != "1" {
		t.Errorf("it counted %s resolved alerts, want 1", got)
	}
}

// What is repeated stays; what is not ends by itself.
func TestRealAlertmanagerResend(t *testing.T) {
	url := real(t)
	const every = 250 * time.Millisecond
	n, err := New(Options{URLs: []string{url}, Resend: every, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	inc := incident()
	inc.Alerts = inc.Alerts[:1]
	if _, err := n.Notify(t.Context(), inc, alert.Receipt{}); err != nil {
		t.Fatal(err)
	}
	inc.Deliveries = []alert.Delivery{{Notifier: "alertmanager", Told: alert.Firing}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	asks, checked := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(done)
		n.Run(ctx, func() []alert.Incident {
			select {
			case asks <- time.Now():
				<-checked
			case <-ctx.Done():
			}
			return []alert.Incident{inc}
		})
	}()
	// Each time before it is repeated, but for where this machine stood still and it may have ended: what was
	// sent last lasts from a tick that came after the ask before that.
	var before, last time.Time
	for seen := 0; seen < 2*lasting; {
		var now time.Time
		select {
		case now = <-asks:
		case <-time.After(time.Minute):
			t.Fatal("it isn't repeated")
		}
		ended := active(t, url) == ""
		if time.Since(before) < (lasting-1)*every {
			if seen++; ended {
				t.Fatal("it ended although it was repeated")
			}
		}
		before, last = last, now
		checked <- struct{}{}
	}
	cancel()
	<-done
	until(t, func() bool { return active(t, url) == "" })
}
