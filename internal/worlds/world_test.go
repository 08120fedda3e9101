package worlds

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"drain/internal/scale/heroku"
	"drain/internal/simulator/app"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/faults"
	api "drain/internal/simulator/heroku"
	"drain/internal/simulator/logplex"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // worlds are many, short and small: collecting less often takes a fifth less time
	goleak.VerifyTestMain(m)
}

// More worlds, or others, are for -worlds and -first.
var (
	worlds = flag.Int("worlds", enough, "how many worlds are tried")
	first  = flag.Uint64("first", 0, "the first world's seed")
)

const (
	enough = 1000                // worlds for all that may happen to have happened
	ours   = "drain@example.com" // whom the log names for what we did
	key    = "HRKU-0"
)

// errDead is what a process that has died gets from everything.
var errDead = errors.New("the process is dead")

// world is one Heroku.
type world struct {
	t      *testing.T
	random *rand.Rand // of what the world does
	luck   *rand.Rand // of what becomes of a request; used by one request at a time
	seen   *tally
	app    *app.App
	api    *api.Server
	client *heroku.Client

	scaled   func(by, process string, from, to int) // is told of each change of the formation
	requests func(r *http.Request)                  // is told of each request before it is made
	happens  func(text string)                      // is told what happens, in words

	mu     sync.Mutex
	have   map[string]int // the formation, as its log tells it
	lines  []line         // of the formation and of releases, that nobody was told of yet
	calls  map[int64]int  // by hour
	odds   int            // something is done to one request in so many
	tardy  int            // and one change in so many is done late, when nobody waits for the answer; 0: none
	late   int            // by less than so many seconds
	hold   int            // requests in a row that something is done to
	fault  faults.Fault   // what
	left   int            // of the account's calls, as last answered
	scales bool           // Heroku itself, as last answered
	died   func()         // may be nil
	dieIn  int            // passes until the process dies; 0: it doesn't
	dead   bool
	diedAt time.Time
	blind  time.Time // until then a change that is under way may do away with somebody else's, which nobody could know
	lateAt time.Time // one was done late
	story  []string  // what happened, for who looks into a failure
}

// line is one of the log.
type line struct {
	at   time.Time
	text string
}

// inWorlds runs a test in each world. The worlds are independent, and each has its time.
func inWorlds(t *testing.T, options func(*rand.Rand) app.Options, test func(w *world)) *tally {
	seen := &tally{n: map[string]int{}}
	t.Run("worlds", func(t *testing.T) {
		for seed := *first; seed < *first+uint64(*worlds); seed++ {
			t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					random := rand.New(rand.NewPCG(seed, 1))
					w := newWorld(t, options(random), seed)
					w.random, w.seen = random, seen
					ctx, end := context.WithCancel(t.Context())
					var living sync.WaitGroup
					living.Go(func() { w.app.Run(ctx) })
					test(w)
					if t.Failed() {
						t.Log("what happened:\n" + strings.Join(w.story, "\n"))
					}
					end()
					living.Wait()
					seen.add("world")
				})
			})
		}
	})
	return seen
}

func newWorld(t *testing.T, o app.Options, seed uint64) *world {
	w := &world{t: t, luck: rand.New(rand.NewPCG(seed, 2)), have: map[string]int{}, calls: map[int64]int{}, left: 4500, odds: 25}
	o.Name, o.Speed, o.Dice, o.Quiet, o.Lossy = "enketo", 1, dice.New(seed, 3), true, true
	o.Write, o.Tell = w.write, func(text string) {
		if w.happens != nil {
			w.happens(text)
		}
	}
	w.app = app.New(o)
	for _, p := range w.app.Formation() {
		w.have[p.Type] = p.Quantity
	}
	w.api = api.New(api.Options{
		App: w.app, Logplex: logplex.New(logplex.Options{Dice: dice.New(seed, 4), Violate: w.violated}), Dice: dice.New(seed, 5),
		Key: key, Email: ours, Violate: w.violated,
	})
	w.api.Faults.Roll(w.roll)
	const base = "http://127.0.0.1"
	client, err := heroku.New(heroku.Options{APIKey: key, URL: base, MetricsURL: base, Transport: w, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	return w
}

// refusals are what Heroku may answer us without our having done anything wrong.
var refusals = regexp.MustCompile(`Cannot update to more than|Add-on is being modified|Couldn't find that dyno`)

func (w *world) violated(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.mu.Lock()
	reborn, late := time.Since(w.diedAt) < time.Minute, w.lateAt.Equal(time.Now())
	w.mu.Unlock()
	switch {
	case refusals.MatchString(text):
		w.seen.add("422 or 404")
	case (reborn || late) && strings.Contains(text, "before Retry-After"): // what a process was told that died of it, or after it had asked
	default:
		w.t.Error(text)
	}
}

var formed = regexp.MustCompile(`(\S+)@(\d+):`)

// write takes the app's log. It is called under the app's lock.
func (w *world) write(m logplex.Message) {
	if m.Proc != "api" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line{m.Time, strings.TrimSpace(m.Text)})
	_, by, _ := strings.Cut(w.lines[len(w.lines)-1].text, " by user ")
	for _, f := range formed.FindAllStringSubmatch(m.Text, -1) {
		n, _ := strconv.Atoi(f[2])
		from := w.have[f[1]]
		w.have[f[1]] = n
		w.tellf("%s %d → %d by %s", f[1], from, n, by)
		if w.scaled != nil {
			w.scaled(by, f[1], from, n)
		}
	}
}

// RoundTrip is the network to Heroku.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.die() {
		return nil, errDead
	}
	w.mu.Lock()
	w.calls[time.Now().Unix()/3600]++
	w.mu.Unlock()
	if w.requests != nil {
		w.requests(r)
	}
	if w.postponed(r) {
		return nil, io.ErrUnexpectedEOF
	}
	answer := httptest.NewRecorder()
	cut := w.serve(answer, r)
	switch {
	case w.die():
		return nil, errDead
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	case cut:
		return nil, io.ErrUnexpectedEOF
	}
	if strings.HasSuffix(r.URL.Path, "/monitors") {
		on := w.app.Autoscaling()
		w.mu.Lock()
		w.scales = on && answer.Code == http.StatusOK
		w.mu.Unlock()
	}
	if n, err := strconv.Atoi(answer.Header().Get("RateLimit-Remaining")); err == nil {
		w.mu.Lock()
		w.left = n
		w.mu.Unlock()
	}
	return answer.Result(), nil
}

// serve says whether the connection was closed without an answer.
func (w *world) serve(answer http.ResponseWriter, r *http.Request) (cut bool) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		} else if p != nil {
			cut = true
		}
	}()
	w.api.ServeHTTP(answer, r)
	return false
}

// tellf goes on with the story. The caller holds the lock.
func (w *world) tellf(format string, args ...any) {
	w.story = append(w.story, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// dynos is how many of a process type the log tells of.
func (w *world) dynos(process string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.have[process]
}

// set is a person's change. A person is refused too.
func (w *world) set(process string, n int) (done bool) {
	return w.app.Scale("jo@example.com", app.Update{Process: process, Quantity: n}) == nil
}

// chance is true once in n times.
func (w *world) chance(n int) bool { return w.random.IntN(n) == 0 }

// most is the most requests there were in an hour.
func (w *world) most() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		n = max(n, c)
	}
	return n
}
