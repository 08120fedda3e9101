package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/simulator"
)

const pace = "30" // of the simulated Heroku

// herokuToUpgrade is a simulated Heroku, and the environment of a command that is to work on it.
type herokuToUpgrade struct {
	*simulator.Simulator
	env map[string]string
}

func newHerokuToUpgrade(t *testing.T) *herokuToUpgrade {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Speed: 30, Web: 4})
	if err != nil {
		t.Fatal(err)
	}
	return runToUpgrade(t, sim)
}

// runToUpgrade runs it until the test ends.
func runToUpgrade(t *testing.T, sim *simulator.Simulator) *herokuToUpgrade {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if v := sim.Violations(); len(v) > 0 {
			t.Errorf("Heroku got what it shouldn't: %q", v)
		}
	})
	return &herokuToUpgrade{sim, map[string]string{
		"HEROKU_API_KEY": sim.APIKey(), "HEROKU_API_URL": sim.APIURL(), "XDG_STATE_HOME": t.TempDir(),
	}}
}

func (h *herokuToUpgrade) drain(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, failed bytes.Buffer
	code = run(args, system{func(name string) string { return h.env[name] }, strings.NewReader(stdin), &out, &failed})
	return code, out.String(), failed.String()
}

// asBefore fails the test unless the app is, and no journal is left.
func (h *herokuToUpgrade) asBefore(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(map[string]int{"web": 4, "worker": 0}, h.Formation()); diff != "" {
		t.Error(diff)
	}
	if left, _ := filepath.Glob(filepath.Join(h.env["XDG_STATE_HOME"], "drain", "*")); len(left) > 0 {
		t.Errorf("a journal is left: %q", left)
	}
}

func TestUpgradeCommand(t *testing.T) {
	t.Parallel()
	h := newHerokuToUpgrade(t)
	f := func(stdin string, args []string, code int, parts ...string) {
		t.Helper()
		got, out, failed := h.drain(stdin, append([]string{"upgrade", "-pace", pace}, args...)...)
		if got != code {
			t.Errorf("%q: exit %d, want %d", args, got, code)
		}
		for _, part := range parts {
			if !strings.Contains(out+failed, part) {
				t.Errorf("%q: %q isn't in\n%s%s", args, part, out, failed)
			}
		}
	}
	_, limit := h.Connections("ENKETO_REDIS_MAIN")
	f("", []string{"REDIS", "premium-2"}, exitUsage, "-app APP is needed")
	f("", []string{"-app", "enketo", "REDIS"}, exitUsage, "an add-on and a plan are needed")
	f("", []string{"-app", "enketo", "-resume", "REDIS", "premium-2"}, exitUsage, "leave them out")
	f("", []string{"-app", "enketo", "-resume", "-abort"}, exitUsage, "only one of")
	f("", []string{"-app", "enketo", "REDIS", "premium-2"}, exitFailed, `no Redis "REDIS"; it has redis-`, "ENKETO_REDIS_MAIN")
	f("", []string{"-app", "enketo", "ENKETO_REDIS_MAIN", "premium-99"}, exitFailed, "there is no plan heroku-redis:premium-99")
	f("", []string{"-app", "enketo", "ENKETO_REDIS_MAIN", "premium-0"}, exitFailed, "already")
	f("", []string{"-app", "enketo", "-resume"}, exitFailed, "no upgrade of this app is under way")
	f("", []string{"-app", "enketo", "-dry-run", "ENKETO_REDIS_MAIN", "premium-2"}, exitOK, "1. maintenance mode on", "2. web 4 → 0", "3. redis-", "4. back to web 4", "allows 198 connections", "note: no drain is told")
	f("no\n", []string{"-app", "enketo", "ENKETO_REDIS_MAIN", "premium-2"}, exitFailed, "nothing was changed")
	h.asBefore(t)
	if _, now := h.Connections("ENKETO_REDIS_MAIN"); now != limit {
		t.Fatalf("the limit went from %d to %d", limit, now)
	}

	f("y\n", []string{"-app", "enketo", "ENKETO_REDIS_MAIN", "premium-2"}, exitOK, "maintenance mode on", "web 4 → web 0", "is on heroku-redis:premium-2", "→ web 4", "maintenance mode off", "done:")
	h.asBefore(t)
	if _, now := h.Connections("ENKETO_REDIS_MAIN"); now != 198 {
		t.Errorf("the limit is %d", now)
	}

	h.env["DYNO"] = "run.1"
	f("", []string{"-app", "enketo", "ENKETO_REDIS_MAIN", "premium-1"}, exitFailed, "REDIS_URL is not set")
}

// The command dies while Heroku changes the plan, and is started again.
func TestUpgradeKilledAndResumed(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary")
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "drain")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, way := range []string{"-resume", "-abort"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			h := newHerokuToUpgrade(t)
			command := exec.Command(path, "upgrade", "-pace", pace, "-app", "enketo", "-yes", "ENKETO_REDIS_MAIN", "premium-2")
			command.Env = os.Environ()
			for name, value := range maps.All(h.env) {
				command.Env = append(command.Env, name+"="+value)
			}
			seen := &waiter{want: "waiting for Heroku", found: make(chan struct{})}
			command.Stdout, command.Stderr = seen, seen
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-seen.found:
			case <-time.After(30 * time.Second):
				t.Error("it never waited for Heroku")
			}
			command.Process.Kill()
			command.Wait()
			if diff := cmp.Diff(map[string]int{"web": 0, "worker": 0}, h.Formation()); diff != "" {
				t.Fatalf("it was to die with the app down: %s", diff)
			}
			if code, _, failed := h.drain("", "upgrade", "-pace", pace, "-app", "enketo", "-yes", "ENKETO_REDIS_MAIN", "premium-2"); code != exitFailed || !strings.Contains(failed, "-resume") {
				t.Errorf("another one begins: exit %d, %s", code, failed)
			}
			if code, out, failed := h.drain("y\n", "upgrade", "-pace", pace, "-app", "enketo", way); code != exitOK {
				t.Errorf("exit %d\n%s%s", code, out, failed)
			}
			h.asBefore(t)
			if _, limit := h.Connections("ENKETO_REDIS_MAIN"); way == "-resume" && limit != 198 {
				t.Errorf("the limit is %d", limit)
			}
		})
	}
}

// waiter looks for a text in what is written.
type waiter struct {
	text  bytes.Buffer
	want  string
	found chan struct{} // closed when it was written
	seen  bool
}

func (w *waiter) Write(p []byte) (int, error) {
	w.text.Write(p)
	if !w.seen && strings.Contains(w.text.String(), w.want) {
		w.seen = true
		close(w.found)
	}
	return len(p), nil
}
