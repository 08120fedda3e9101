package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// request is one call of a fake notifier.
type request struct {
	at  time.Time
	inc Incident
	was Receipt
	err error
}

// fake is a Notifier that remembers what it was asked to show.
type fake struct {
	name   string
	twice  bool                            // can't update
	answer func(n int, inc Incident) error // the nth call's failure; nil: none fails
	hold   func(ctx context.Context) error // runs before the answer
	in     map[string]*fake                // other channels
	mu     sync.Mutex
	calls  []request
	posted int
	busy   map[string]bool // incidents with a call under way
	broken string          // what must not happen
}

func (f *fake) Name() string  { return f.name }
func (f *fake) Updates() bool { return !f.twice }

func (f *fake) In(channel string) Notifier {
	if n, ok := f.in[channel]; ok {
		return n
	}
	return f
}

func (f *fake) Notify(ctx context.Context, inc Incident, was Receipt) (Receipt, error) {
	f.mu.Lock()
	if f.busy == nil {
		f.busy = map[string]bool{}
	}
	if f.busy[inc.ID] {
		f.broken = "two calls at once for " + inc.ID
	}
	f.busy[inc.ID] = true
	n, at := len(f.calls)+1, time.Now()
	f.calls = append(f.calls, request{at: at, inc: inc, was: was})
	f.mu.Unlock()

	var err error
	if f.hold != nil {
		err = f.hold(ctx)
	}
	if err == nil && f.answer != nil {
		err = f.answer(n, inc)
	}

	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.busy, inc.ID)
	f.calls[n-1].err = err
	if err != nil || f.twice {
		return Receipt{}, err
	}
	if was != (Receipt{}) {
		return was, nil
	}
	f.posted++
	return Receipt{Channel: "C1", TS: fmt.Sprint(f.posted)}, nil
}

func (f *fake) requests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]request(nil), f.calls...)
}

// story is what was asked for, as "2s post firing web.1" lines since the start.
func (f *fake) story(start time.Time) string {
	var b strings.Builder
	for _, r := range f.requests() {
		verb := "post"
		if r.was != (Receipt{}) {
			verb = "update " + r.was.TS
		}
		fmt.Fprintf(&b, "%v %s %s", r.at.Sub(start).Round(time.Millisecond), verb, r.inc.State)
		for _, a := range r.inc.Alerts {
			fmt.Fprintf(&b, " %s=%s", a.Key, a.State)
		}
		if r.err != nil {
			fmt.Fprintf(&b, " (%v)", r.err)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// memory is a Store.
type memory struct {
	mu   sync.Mutex
	m    map[string]string
	fail error
	puts []string // every value put
}

func (s *memory) Put(ctx context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.fail != nil {
		return s.fail
	}
	if s.m == nil {
		s.m = map[string]string{}
	}
	s.m[key] = string(value)
	s.puts = append(s.puts, string(value))
	return nil
}

func (s *memory) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	delete(s.m, key)
	return nil
}

func (s *memory) Each(_ context.Context, f func(string, []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	for k, v := range s.m {
		if err := f(k, []byte(v)); err != nil {
			return err
		}
	}
	return nil
}

func (s *memory) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.m)
}

// syncBuffer collects a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// running is a Dispatcher in a synctest bubble.
type running struct {
	*Dispatcher
	t     *testing.T
	start time.Time
	log   *syncBuffer
	seq   uint64
	stop  context.CancelFunc
	done  chan error
}

// run starts a Dispatcher. Jitter is off unless o says otherwise.
func run(t *testing.T, o Options) *running {
	t.Helper()
	r := &running{t: t, start: time.Now(), log: &syncBuffer{}, done: make(chan error, 1)}
	o.Log = zerolog.New(r.log)
	if o.Rand == nil {
		o.Rand = func() float64 { return 1 }
	}
	r.Dispatcher = New(o)
	ctx, cancel := context.WithCancel(t.Context())
	r.stop = cancel
	go func() { r.done <- r.Run(ctx) }()
	synctest.Wait()
	return r
}

// end stops the Dispatcher and returns what Run did.
func (r *running) end() error {
	r.stop()
	return <-r.done
}

func (r *running) send(state State, key string, change ...func(*Alert)) {
	r.seq++
	a := Alert{
		Seq: r.seq, App: "enketo", Cause: "memory", Rule: "memory-quota-exceeded", Key: key, Severity: Warning,
		State: state, Since: time.Now(), At: time.Now(), Summary: key + " is over its quota",
	}
	for _, c := range change {
		c(&a)
	}
	r.Send(a)
}

func (r *running) fire(key string, change ...func(*Alert))    { r.send(Firing, key, change...) }
func (r *running) resolve(key string, change ...func(*Alert)) { r.send(Resolved, key, change...) }

// after lets time pass and everything due happen.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func cause(c string) func(*Alert)    { return func(a *Alert) { a.Cause = c } }
func severity(s string) func(*Alert) { return func(a *Alert) { a.Severity = s } }

var errDown = &RetryError{Err: errors.New("down")}
