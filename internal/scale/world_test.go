package scale

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"drain/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const rule = "redis-connections-exhausted"

// world is a small Heroku with one app whose dynos take 26 connections each of 38. Its fields may be
// changed between calls of run; on… are called instead of what they are named for.
type world struct {
	t       *testing.T
	options Options
	scaler  *Scaler

	mu       sync.Mutex
	web      int
	perDyno  int
	limit    int
	fits     int       // Unknown where no budget is configured
	measured time.Time // the figure's own time
	used     int       // the figure
	shared   bool      // it came under the shared password
	calls    []string
	told     []Decision
	memory   map[string]float64 // of dynos, by name

	onFormation func(ctx context.Context, n int) (map[string]int, error) // n counts from 1
	onScale     func(ctx context.Context, quantity int) (int, error)
	onPut       func(value string) error
	onEach      func() error
	onDelete    func() error
	onRestart   func(dyno string) error
	reads       int
}

// inWorld runs a test in a bubble of fake time. The app has 4 dynos of which 1 fits.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, web: 4, perDyno: 26, limit: 38, fits: 1}
		kept := ledger.NewMemory(time.Now)
		w.options = Options{
			Policies: []Policy{shedWeb(Automatic)},
			Platform: w, Actions: shelf{kept.Shelf(ledger.Actions), w}, Formations: shelf{kept.Shelf(ledger.Formations), w},
			Durable: true, MayAct: true, Timing: DefaultTiming(), Evidence: w.evidence,
			Tell: func(d Decision) { w.mu.Lock(); w.told = append(w.told, d); w.mu.Unlock() },
			Log:  zerolog.Nop(),
		}
		test(t, w)
	})
}

// start runs a Scaler with w's options until the returned function is called, which waits for it.
func (w *world) start() (stop func()) {
	w.t.Helper()
	s, err := New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.scaler = s
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	}
}

// pass lets time go on, with a figure every minute as Heroku gives them.
func (w *world) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		w.measure()
		time.Sleep(min(time.Minute, time.Until(end)))
		synctest.Wait()
	}
}

func (w *world) measure() {
	w.mu.Lock()
	w.measured, w.used = time.Now(), min(w.limit, w.web*w.perDyno)
	w.mu.Unlock()
	w.scaler.Nudge("enketo")
	synctest.Wait()
}

func (w *world) fire() {
	w.scaler.Request(Request{App: "enketo", Rule: rule, Cause: "redis-connections", Firing: true, At: time.Now()})
	synctest.Wait()
}

func (w *world) resolve() {
	w.scaler.Request(Request{App: "enketo", Rule: rule, Cause: "redis-connections", At: time.Now()})
	synctest.Wait()
}

// want compares the decisions so far, as "verdict why from>to".
func (w *world) want(want ...string) {
	w.t.Helper()
	var got []string
	for _, d := range w.scaler.Decisions() {
		got = append(got, strings.Join(strings.Fields(string(d.Verdict)+" "+string(d.Why)+" "+arrow(d)), " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

func arrow(d Decision) string {
	if d.From == d.To {
		return ""
	}
	return string(rune('0'+d.From)) + ">" + string(rune('0'+d.To))
}

func (w *world) dynos() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.web
}

func (w *world) scaleCalls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, c := range w.calls {
		if c == "scale" {
			n++
		}
	}
	return n
}

func (w *world) evidence(app, process string) Evidence {
	w.mu.Lock()
	defer w.mu.Unlock()
	if app != "enketo" || process != "web" {
		w.t.Errorf("evidence asked for %s of %s", process, app)
	}
	e := Evidence{Fits: max(0, w.fits), FitsKnown: w.fits != Unknown}
	if !w.measured.IsZero() {
		e.Readings = []Reading{{Addon: "redis-main", Attachment: "REDIS", Used: w.used, Limit: w.limit, At: w.measured, Own: !w.shared}}
	}
	for dyno, used := range w.memory {
		e.Dynos = append(e.Dynos, Footprint{Dyno: dyno, Used: used, At: w.measured, Own: !w.shared})
	}
	return e
}

func (w *world) called(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, name)
}

func (w *world) Formation(ctx context.Context, _ string) (map[string]int, error) {
	w.called("formation")
	w.mu.Lock()
	w.reads++
	f, n := w.onFormation, w.reads
	have := map[string]int{"web": w.web}
	w.mu.Unlock()
	if f != nil {
		return f(ctx, n)
	}
	return maps.Clone(have), nil
}

func (w *world) Scale(ctx context.Context, _, _ string, quantity int) (int, error) {
	w.called("scale")
	if w.onScale != nil {
		return w.onScale(ctx, quantity)
	}
	return w.set(quantity), nil
}

func (w *world) set(quantity int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.web = quantity
	return quantity
}

func (w *world) RestartDyno(_ context.Context, _, dyno string) error {
	w.called("restart " + dyno)
	if w.onRestart != nil {
		return w.onRestart(dyno)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.memory[dyno] = 0.3
	return nil
}

func (w *world) Starting(context.Context, string, string) (int, error) {
	w.called("starting")
	return 0, nil
}

func (w *world) Releasing(context.Context, string) (bool, error) {
	w.called("releasing")
	return false, nil
}

func (w *world) SharedAddons(context.Context, string) ([]string, error) {
	w.called("shared")
	return nil, nil
}

func (w *world) Autoscaling(context.Context, string, string) (Autoscaling, error) {
	w.called("autoscaling")
	return AutoscalingOff, nil
}

func (w *world) CallsLeft() int { return 4000 }

// shelf is the ledger's, with w's hooks before it.
type shelf struct {
	*ledger.Shelf
	w *world
}

func (s shelf) Put(ctx context.Context, key string, value []byte) error {
	if f := s.w.onPut; f != nil {
		if err := f(string(value)); err != nil {
			return err
		}
	}
	return s.Shelf.Put(ctx, key, value)
}

func (s shelf) Delete(ctx context.Context, key string) error {
	if f := s.w.onDelete; f != nil {
		if err := f(); err != nil {
			return err
		}
	}
	return s.Shelf.Delete(ctx, key)
}

func (s shelf) Each(ctx context.Context, fn func(string, []byte) error) error {
	if f := s.w.onEach; f != nil {
		if err := f(); err != nil {
			return err
		}
	}
	return s.Shelf.Each(ctx, fn)
}
