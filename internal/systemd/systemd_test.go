package systemd

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func env(pairs ...string) func(string) string {
	m := make(map[string]string)
	for _, p := range pairs {
		k, v, _ := strings.Cut(p, "=")
		m[k] = v
	}
	return func(k string) string { return m[k] }
}

// listen returns a socket as systemd's, and a function that reads the next datagram.
func listen(t *testing.T, name string) (read func() string) {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return func() string {
		b := make([]byte, 256)
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestStates(t *testing.T) {
	f := func(name string) {
		t.Helper()
		read := listen(t, name)
		m, err := Open(env("NOTIFY_SOCKET="+name), 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, say := range []func() error{m.Ready, m.Reloading, m.Ready, m.Stopping} {
			if err := say(); err != nil {
				t.Fatal(err)
			}
		}
		got := []string{read(), read(), read(), read()}
		if diff := cmp.Diff([]string{"READY=1", "RELOADING=1", "READY=1", "STOPPING=1"}, got); diff != "" {
			t.Error(diff)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	f(filepath.Join(t.TempDir(), "notify"))
	f("@drain-test-" + filepath.Base(t.TempDir())) // abstract, as some managers use
}

func TestElsewhereNothingIsSaid(t *testing.T) {
	m, err := Open(env("WATCHDOG_USEC=1000"), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Ready(), m.Reloading(), m.Stopping(), m.Close()); err != nil {
		t.Error(err)
	}
	m.Watch(t.Context(), func(context.Context) error { t.Error("asked for a sign"); return nil }, nil) // returns
}

func TestWatchdog(t *testing.T) {
	f := func(want time.Duration, fails bool, pairs ...string) {
		t.Helper()
		got, err := watchdog(env(pairs...), 42)
		if got != want || (err != nil) != fails {
			t.Errorf("%v: %v, %v; want %v", pairs, got, err, want)
		}
	}
	f(0, false)
	f(30*time.Second, false, "WATCHDOG_USEC=30000000")
	f(30*time.Second, false, "WATCHDOG_USEC=30000000", "WATCHDOG_PID=42")
	f(0, false, "WATCHDOG_USEC=30000000", "WATCHDOG_PID=41") // our parent's
	f(0, true, "WATCHDOG_USEC=30s")
	f(0, true, "WATCHDOG_USEC=0")
	f(0, true, "WATCHDOG_USEC=9223372036854775807") // no Duration holds it
}

func TestOpenFails(t *testing.T) {
	if _, err := Open(env("NOTIFY_SOCKET="+t.TempDir()+"/none"), 1); err == nil {
		t.Error("a socket that isn't there was taken")
	}
	name := filepath.Join(t.TempDir(), "notify")
	listen(t, name)
	if _, err := Open(env("NOTIFY_SOCKET="+name, "WATCHDOG_USEC=soon"), 1); err == nil {
		t.Error("a bad interval was taken")
	}
}

// texts is what was said so far. It may be read while more is said.
type texts struct {
	mu  sync.Mutex
	all []string
}

func (l *texts) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, s)
}

func (l *texts) so() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

func TestSignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent, told texts
		var hangs atomic.Bool
		m := &Manager{watchdog: 30 * time.Second, send: func(s string) error { sent.add(s); return nil }}
		alive := func(ctx context.Context) error {
			if hangs.Load() {
				<-ctx.Done()
				return errors.New("it hangs")
			}
			return nil
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			m.Watch(ctx, alive, func(err error) { told.add(err.Error()) })
			close(done)
		}()
		after := func(wait time.Duration, signs int, failures ...string) {
			t.Helper()
			time.Sleep(wait)
			synctest.Wait()
			want := slices.Repeat([]string{"WATCHDOG=1"}, signs)
			if diff := cmp.Diff([][]string{want, failures}, [][]string{sent.so(), told.so()}, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		}
		after(15*time.Second-time.Nanosecond, 0)
		after(time.Nanosecond, 1) // at half of the interval
		after(45*time.Second, 4)
		hangs.Store(true)
		after(31*time.Second, 4, "no sign of life for systemd: it hangs")
		stop()
		<-done
	})
}
