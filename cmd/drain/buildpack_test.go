package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const root = "../.."

// directive finds "// +heroku NAME VALUE" in go.mod as the Go buildpack does: the words of a line,
// whatever stands between them.
func directive(t *testing.T, name string) string {
	t.Helper()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(line); len(f) > 3 && f[0] == "//" && f[1] == "+heroku" && f[2] == name {
			return strings.Join(f[3:], " ")
		}
	}
	t.Fatalf("go.mod has no // +heroku %s", name)
	return ""
}

// The whole way of a Heroku release: go.mod's directives, an empty bin, the Procfile's line with
// PORT set, and the first delivery.
func TestHerokuRelease(t *testing.T) {
	if v := directive(t, "goVersion"); v != "go1.26" {
		t.Errorf("goVersion %s: a patch level here would pin an unpatched Go", v)
	}
	dir := t.TempDir()
	build := exec.Command("go", append([]string{"install", "-tags", "heroku", "-ldflags", "-X main.version=v7"}, strings.Fields(directive(t, "install"))...)...)
	build.Dir = root
	build.Env = append(os.Environ(), "GOBIN="+filepath.Join(dir, "bin"))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go install: %v\n%s", err, out)
	}
	bins, err := os.ReadDir(filepath.Join(dir, "bin"))
	if err != nil || len(bins) != 1 || bins[0].Name() != "drain" {
		t.Fatalf("bin holds %v, %v; want drain alone", bins, err)
	}

	procfile, err := os.ReadFile(filepath.Join(root, "Procfile"))
	if err != nil {
		t.Fatal(err)
	}
	command, ok := strings.CutPrefix(strings.TrimSpace(string(procfile)), "web: ")
	if !ok {
		t.Fatalf("Procfile %q has no web process alone", procfile)
	}
	if err := os.WriteFile(filepath.Join(dir, "Procfile"), procfile, 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	web := exec.CommandContext(ctx, "sh", "-c", "exec "+command)
	web.Dir = dir
	web.Env = []string{"PORT=" + port, "DYNO=web.1", "DRAIN_PASSWORD=p4ss", "ADMIN_PASSWORD=adm1n"}
	var log bytes.Buffer
	web.Stdout, web.Stderr = &log, &log
	began := time.Now()
	if err := web.Start(); err != nil {
		t.Fatal(err)
	}
	took := firstDelivery(t, "http://127.0.0.1:"+port+"/logs/enketo", began)
	// It takes some 15 ms; a start that waits for anything outside is far over the limit.
	t.Logf("first 204 after %v", took)
	if took > 500*time.Millisecond {
		t.Errorf("first 204 after %v, want under 500ms", took)
	}

	if err := web.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := web.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, log.Bytes())
	}
	if strings.Contains(log.String(), "p4ss") || strings.Contains(log.String(), "adm1n") {
		t.Errorf("a password is in the log:\n%s", log.Bytes())
	}
	if !strings.Contains(log.String(), `"version":"v7"`) {
		t.Errorf("the linker's version is not in the log:\n%s", log.Bytes())
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// firstDelivery posts until somebody answers, and returns how long that took.
func firstDelivery(t *testing.T, url string, began time.Time) time.Duration {
	t.Helper()
	frame := "<190>1 2026-11-22T20:00:00+00:00 host app web.1 - hello\n"
	for time.Since(began) < time.Minute {
		req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(fmt.Sprintf("%d %s", len(frame), frame)))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("drain", "p4ss")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			time.Sleep(2 * time.Millisecond) // not listening yet
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			t.Fatalf("status %d, want 204", resp.StatusCode)
		}
		return time.Since(began)
	}
	t.Fatal("no answer within a minute")
	return 0
}

func TestAppJSON(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(root, "app.json"))
	if err != nil {
		t.Fatal(err)
	}
	var app struct {
		Formation map[string]struct {
			Quantity int
			Size     string
		}
		Buildpacks []struct{ URL string }
		Addons     []string
		Env        map[string]struct {
			Generator string
			Required  *bool
			Value     string
		}
	}
	if err := json.Unmarshal(src, &app); err != nil {
		t.Fatal(err)
	}
	if web := app.Formation["web"]; web.Quantity != 1 || web.Size != "basic" {
		t.Errorf("web is %+v, want 1 × basic", web)
	}
	if len(app.Buildpacks) != 1 || app.Buildpacks[0].URL != "heroku/go" || !slices.Equal(app.Addons, []string{"heroku-redis:mini"}) {
		t.Errorf("buildpacks %v, addons %v", app.Buildpacks, app.Addons)
	}
	for name, v := range app.Env {
		secret := name == "DRAIN_PASSWORD" || name == "ADMIN_PASSWORD"
		if secret != (v.Generator == "secret") || !secret && (v.Required == nil || *v.Required) {
			t.Errorf("%s: generator %q, required %v", name, v.Generator, v.Required)
		}
	}
}
