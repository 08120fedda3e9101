package slack

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"drain/alert"
	"drain/internal/ledger"
	"drain/internal/ledger/redistest"
	simulated "drain/internal/simulator/slack"
)

var errKilled = errors.New("killed")

// fate kills a process before or after one of its steps: from then on nothing it does has an effect.
// A step is a request to Slack or a write of the ledger.
type fate struct {
	mu    sync.Mutex
	steps int
	kill  int // 0: never
	dead  bool
}

func (f *fate) reached() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return true
	}
	f.steps++
	f.dead = f.steps == f.kill
	return f.dead
}

func (f *fate) step(do func() error) error {
	if f.reached() {
		return errKilled
	}
	err := do()
	if f.reached() {
		return errKilled
	}
	return err
}

// mortal is a ledger and a connection to Slack that share the process's fate.
type mortal struct {
	*fate
	*ledger.Shelf
	http.RoundTripper
}

func (m mortal) Put(ctx context.Context, key string, value []byte) error {
	return m.step(func() error { return m.Shelf.Put(ctx, key, value) })
}

func (m mortal) Delete(ctx context.Context, key string) error {
	return m.step(func() error { return m.Shelf.Delete(ctx, key) })
}

func (m mortal) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	err = m.step(func() (err error) {
		resp, err = m.RoundTripper.RoundTrip(r)
		return err
	})
	return resp, err
}

// opener opens a ledger again and again, as each process that uses it does.
type opener func() (*ledger.Ledger, error)

// durable are the kinds of ledger that outlive a process. Each makes an empty one.
var durable = map[string]func(t *testing.T) opener{
	"file": func(t *testing.T) opener {
		file := filepath.Join(t.TempDir(), "ledger")
		return func() (*ledger.Ledger, error) { return ledger.OpenFile(file, time.Now) }
	},
	"redis": func(t *testing.T) opener {
		url := redistest.Start(t)
		return func() (*ledger.Ledger, error) { return ledger.OpenRedis(url, false, time.Now) }
	},
}

// live runs one process until story is over, and stops it if it isn't killed.
func live(t *testing.T, s *simulated.Server, open opener, f *fate, story func(*alert.Dispatcher)) {
	t.Helper()
	l, err := open()
	if err != nil {
		t.Fatal(err)
	}
	m := mortal{f, l.Shelf(ledger.Incidents), inMemory{s}}
	d := alert.New(alert.Options{
		Notifiers: []alert.Notifier{figured(t, s, m)}, Store: m, Log: zerolog.Nop(),
		Rand: func() float64 { return 1 }, FlushTimeout: time.Second,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	<-d.Loaded()
	story(d)
	cancel()
	<-done
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whenever the process is killed, before or after any request and any write, and started again, Slack
// shows exactly one message for the incident, at most one picture beside it, and in the end the message says
// that it is over.
func TestKilledAtEveryStep(t *testing.T) {
	for kind, empty := range durable {
		t.Run(kind, func(t *testing.T) { killAtEveryStep(t, empty) })
	}
}

func killAtEveryStep(t *testing.T, empty func(*testing.T) opener) {
	for kill := 1; ; kill++ {
		dead, pictures, open := false, 0, empty(t)
		synctest.Test(t, func(t *testing.T) {
			s := newSimulated(t)
			f := &fate{kill: kill}
			seq := uint64(0)
			send := func(d *alert.Dispatcher, dyno string, state alert.State) {
				seq++
				d.Send(alert.Alert{
					Seq: seq, App: "enketo", Cause: "memory", Rule: "memory-quota-exceeded", Key: dyno, Severity: alert.Warning,
					State: state, Summary: dyno + " is over its quota", Evidence: []string{"Error R14"},
					Plot: "memory",
				})
			}
			live(t, s, open, f, func(d *alert.Dispatcher) {
				send(d, "web.1", alert.Firing)
				time.Sleep(2 * time.Second)
				send(d, "web.2", alert.Firing)
				time.Sleep(8 * time.Second)
				d.Note("enketo", "memory", "nothing is done")
				time.Sleep(40 * time.Second)
			})
			dead = f.dead
			live(t, s, open, &fate{}, func(d *alert.Dispatcher) {
				send(d, "web.1", alert.Firing) // as the rules do after a restart
				send(d, "web.2", alert.Firing)
				time.Sleep(time.Minute)
				wantOne(t, s, kill, "*Warning*")
				send(d, "web.1", alert.Resolved)
				send(d, "web.2", alert.Resolved)
				time.Sleep(time.Minute)
				if n := len(d.Open()); n > 0 {
					t.Errorf("killed at step %d: %d incidents still open", kill, n)
				}
			})
			pictures = wantOne(t, s, kill, "*Resolved*")
		})
		if t.Failed() {
			return
		}
		if !dead {
			t.Logf("%d steps", kill-1)
			if pictures == 0 {
				t.Error("no picture though nobody was killed")
			}
			if kill < 20 {
				t.Errorf("only %d steps: the test kills nobody", kill-1)
			}
			return
		}
	}
}

// wantOne checks that the channel shows one message, that it says what is so, and that its thread says
// what the log said. It returns how many pictures are there.
func wantOne(t *testing.T, s *simulated.Server, kill int, says string) (pictures int) {
	t.Helper()
	var messages, replies []string
	for _, m := range s.Messages() {
		if m.File != nil {
			pictures++
		} else if shown := strings.Join(m.Last().Shown, "\n"); m.Thread == "" {
			messages = append(messages, shown)
		} else {
			replies = append(replies, shown)
		}
	}
	if len(messages) != 1 || !strings.Contains(messages[0], says) {
		t.Errorf("killed at step %d: %d messages, want one with %s: %s", kill, len(messages), says, strings.Join(messages, "\n---\n"))
	}
	if pictures > 1 {
		t.Errorf("killed at step %d: %d pictures, want one", kill, pictures)
	}
	if all := strings.Join(replies, "\n"); !strings.Contains(all, "web.2 is over its quota") {
		t.Errorf("killed at step %d: the thread says %s", kill, all)
	}
	return pictures
}
