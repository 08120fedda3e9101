package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"drain/internal/simulator/app"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/faults"
	"drain/internal/simulator/heroku"
	"drain/internal/simulator/logplex"
	"drain/internal/simulator/slack"
)

const (
	maxSpeed      = 1000
	maxViolations = 1000 // kept
)

// Options of New. The zero value is a good start.
type Options struct {
	Speed   float64     // how many times faster than Heroku the app lives, at most 1000; 0 means 1
	Seed    uint64      // of all randomness
	Web     int         // web dynos at first; 0 means 4, of which 1 fits the Redis plan
	OnEvent func(Event) // takes what happens; may be nil
}

// Event is something that happened to the app, in words: "web.3 can't connect to
// ENKETO_REDIS_MAIN".
type Event struct {
	At   time.Time
	Text string
}

// Simulator is the whole of it.
type Simulator struct {
	opt      Options
	key      string
	app      *app.App
	logplex  *logplex.Logplex
	api      *heroku.Server
	slack    *slack.Server
	apiPort  net.Listener
	slackAPI net.Listener

	telling sync.Mutex // held while OnEvent runs

	mu         sync.Mutex
	violations []string // guarded by mu
}

// New returns a Simulator that holds its ports but doesn't run. Close it if it never will. An error
// means an option out of range, or no free port.
func New(opt Options) (*Simulator, error) {
	if !(opt.Speed >= 0 && opt.Speed <= maxSpeed) || opt.Web < 0 || opt.Web > 100 {
		return nil, fmt.Errorf("simulator: Speed %v and Web %d; Speed must be within 0 to %v, Web within 0 to 100", opt.Speed, opt.Web, maxSpeed)
	}
	if opt.Speed == 0 {
		opt.Speed = 1
	}
	if opt.Web == 0 {
		opt.Web = 4
	}
	s := &Simulator{opt: opt, key: "HRKU-" + dice.New(opt.Seed, 1).UUID()}
	s.logplex = logplex.New(logplex.Options{Dice: dice.New(opt.Seed, 2), Violate: s.violate})
	s.app = app.New(app.Options{
		Name: "enketo", Web: opt.Web, Speed: opt.Speed, Dice: dice.New(opt.Seed, 3), Write: s.logplex.Write, Tell: s.tell,
	})
	s.api = heroku.New(heroku.Options{
		App: s.app, Logplex: s.logplex, Dice: dice.New(opt.Seed, 4), Key: s.key, Email: "drain@example.com", Violate: s.violate,
	})
	s.slack = slack.New(slack.Options{Dice: dice.New(opt.Seed, 5), Channel: "enketo-ops", Violate: s.violate})

	var err error
	if s.apiPort, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("simulator: a port for the Platform API: %w", err)
	}
	if s.slackAPI, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		s.apiPort.Close()
		return nil, fmt.Errorf("simulator: a port for Slack: %w", err)
	}
	return s, nil
}

// Close gives the ports back. Run does so when it returns.
func (s *Simulator) Close() error {
	return errors.Join(ignoreClosed(s.apiPort.Close()), ignoreClosed(s.slackAPI.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Run serves the APIs, delivers logs and lets the app live until ctx ends. It is called once. An
// error means that a port broke.
func (s *Simulator) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	delivering, stopDelivering := context.WithCancel(context.WithoutCancel(ctx))
	defer stopDelivering()

	var servers, logs sync.WaitGroup
	broken := make(chan error, 2) // one for each server
	serve := func(l net.Listener, h http.Handler) {
		srv := &http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
			// A fault that delays an answer ends with the simulator.
			BaseContext: func(net.Listener) context.Context { return serving },
		}
		servers.Go(func() {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				broken <- fmt.Errorf("simulator: serving %s: %w", l.Addr(), err)
				cancel()
			}
		})
		servers.Go(func() {
			<-serving.Done()
			last, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if srv.Shutdown(last) != nil {
				srv.Close()
			}
		})
	}
	serve(s.apiPort, s.api)
	serve(s.slackAPI, s.slack)
	logs.Go(func() { s.logplex.Run(delivering) })

	s.app.Run(ctx)
	stopDelivering()
	logs.Wait()
	stopServing()
	servers.Wait()
	select {
	case err := <-broken:
		return err
	default:
		return nil
	}
}

// APIURL is the Platform API's base, for HEROKU_API_URL.
func (s *Simulator) APIURL() string { return "http://" + s.apiPort.Addr().String() }

// APIKey is the bearer token the Platform API takes, for HEROKU_API_KEY.
func (s *Simulator) APIKey() string { return s.key }

// SlackURL is the base of Slack's methods, with the final slash that slack-go wants.
func (s *Simulator) SlackURL() string { return "http://" + s.slackAPI.Addr().String() + "/api/" }

// SlackToken is the bot's token.
func (s *Simulator) SlackToken() string { return s.slack.Token }

// SlackChannel is the channel's name, "#enketo-ops". Like the real one, chat.update wants its id.
func (s *Simulator) SlackChannel() string { return s.slack.Channel }

// WebhookURL is the incoming webhook of the same channel.
func (s *Simulator) WebhookURL() string { return "http://" + s.slackAPI.Addr().String() + s.slack.Hook }

// App is the app's name, "enketo".
func (s *Simulator) App() string { return s.app.Name }

// Attach adds a log drain and returns its token, as the API's log-drains does. The URL must be
// http:// on a loopback address; otherwise the error wraps logplex.ErrURL.
func (s *Simulator) Attach(drainURL string) (token string, err error) {
	d, err := s.logplex.Attach(drainURL)
	if err != nil {
		return "", fmt.Errorf("simulator: attaching a drain: %w", err)
	}
	return d.Token, nil
}

// Drains are the tokens of the drains there are, the oldest first.
func (s *Simulator) Drains() (tokens []string) {
	for _, d := range s.logplex.Drains() {
		tokens = append(tokens, d.Token)
	}
	return tokens
}

// Delivery counts the messages of the drain with this token; zero if there is no such.
func (s *Simulator) Delivery(token string) logplex.Stats {
	stats, _ := s.logplex.Stats(token)
	return stats
}

// Rush begins the survey that fills Redis.
func (s *Simulator) Rush() { s.app.Rush() }

// Scale is a human, or another program, setting a process type's quantity.
func (s *Simulator) Scale(by, process string, n int) error {
	return s.app.Scale(by, app.Update{Process: process, Quantity: n})
}

// Print makes the dyno write text, whose lines become log messages.
func (s *Simulator) Print(dyno, text string) { s.app.Print(dyno, text) }

// Formation is the quantity of each process type.
func (s *Simulator) Formation() map[string]int {
	f := map[string]int{}
	for _, p := range s.app.Formation() {
		f[p.Type] = p.Quantity
	}
	return f
}

// SetRedisURL has the config var of a Redis' attachment say another address, such as a real one's.
func (s *Simulator) SetRedisURL(attachment, address string) { s.app.SetRedisURL(attachment, address) }

// Connections of a Redis, by add-on or attachment name (ENKETO_REDIS_MAIN, ENKETO_REDIS_CACHE):
// open, and usable at most.
func (s *Simulator) Connections(addon string) (used, limit int) { return s.app.Connections(addon) }

// Messages is what people see in Slack, oldest first, each with all it said before.
func (s *Simulator) Messages() []slack.Message { return s.slack.Messages() }

// APIFaults makes the Platform API fail.
func (s *Simulator) APIFaults() *faults.Queue { return &s.api.Faults }

// SlackFaults makes Slack fail.
func (s *Simulator) SlackFaults() *faults.Queue { return &s.slack.Faults }

// Violations lists what clients and drains got wrong, at most the first 1000.
func (s *Simulator) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

func (s *Simulator) violate(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.violations) < maxViolations {
		s.violations = append(s.violations, fmt.Sprintf(format, args...))
	}
}

func (s *Simulator) tell(text string) {
	if s.opt.OnEvent == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.opt.OnEvent(Event{time.Now(), text})
}
