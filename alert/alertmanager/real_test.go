package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := port.Addr().String()
	port.Close()
	var log bytes.Buffer
	cmd := exec.Command(path, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+addr, "--cluster.listen-address=")
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // "signal: killed" is what was wanted
		if t.Failed() {
			t.Log(log.String())
		}
		http.DefaultClient.CloseIdleConnections()
	})
	url := "http://" + addr
	until(t, func() bool {
		resp, err := http.Get(url + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return url
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true within 20 s")
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
	n, err := New(Options{URLs: []string{url}, Resend: 100 * time.Millisecond, Log: zerolog.Nop()})
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
	go func() { defer close(done); n.Run(ctx, func() []alert.Incident { return []alert.Incident{inc} }) }()
	for over := time.Now().Add(3 * lasting * 100 * time.Millisecond); time.Now().Before(over); time.Sleep(50 * time.Millisecond) {
		if active(t, url) == "" {
			t.Fatal("it ended although it was repeated")
		}
	}
	cancel()
	<-done
	until(t, func() bool { return active(t, url) == "" })
}
