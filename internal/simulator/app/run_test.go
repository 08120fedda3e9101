package app

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"drain/internal/simulator/dice"
	"drain/internal/simulator/logplex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// life is a running app and all it said.
type life struct {
	*App
	lines []logplex.Message // guarded by the app's lock

	ears   sync.Mutex
	events []string // guarded by ears
}

// live runs an app in fake time while body looks at it.
func live(t *testing.T, opt Options, body func(t *testing.T, l *life)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &life{}
		opt.Name = "enketo"
		if opt.Web == 0 {
			opt.Web = 4
		}
		if opt.Speed == 0 {
			opt.Speed = 1
		}
		opt.Dice = dice.New(1, 2)
		opt.Write = func(m logplex.Message) { l.lines = append(l.lines, m) }
		opt.Tell = func(text string) {
			l.ears.Lock()
			defer l.ears.Unlock()
			l.events = append(l.events, text)
		}
		l.App = New(opt)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		body(t, l)
		cancel()
		running.Wait()
	})
}

// forget drops the lines so far.
func (l *life) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = nil
}

// said lists the lines of a sender whose text has the pattern, as "proc text".
func (l *life) said(proc, pattern string) []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	re := regexp.MustCompile(pattern)
	sender := regexp.MustCompile(`^(` + proc + `)$`)
	var found []string
	for _, m := range l.lines {
		if sender.MatchString(m.Proc) && re.MatchString(m.Text) {
			found = append(found, m.Proc+" "+strings.TrimSuffix(m.Text, "\n"))
		}
	}
	return found
}

// count is how many such lines there were.
func (l *life) count(proc, pattern string) int { return len(l.said(proc, pattern)) }

// heard is all that happened, a line each.
func (l *life) heard() string {
	synctest.Wait()
	l.ears.Lock()
	defer l.ears.Unlock()
	return strings.Join(l.events, "\n")
}

func (l *life) connections() string {
	main, limit := l.Connections("ENKETO_REDIS_MAIN")
	cache, _ := l.Connections("ENKETO_REDIS_CACHE")
	return fmt.Sprintf("%d and %d of %d", main, cache, limit)
}
