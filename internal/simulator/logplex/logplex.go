package logplex

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"drain/internal/simulator/dice"
)

// Linger is how long Run goes on delivering after its context has ended.
const Linger = 2 * time.Second

const maxDrains = 6 // per app

// Why Attach refused a drain.
var (
	ErrURL   = errors.New("a drain's URL must be http://, on a loopback address, its password without a colon")
	ErrTaken = errors.New("a drain with this URL exists already")
	ErrMany  = fmt.Errorf("an app has at most %d drains", maxDrains)
)

// Options of New. All but Dice may be left out.
type Options struct {
	Dice    *dice.Dice
	Violate func(format string, args ...any)                                     // a drain did what the real Logplex can't cope with
	Dial    func(ctx context.Context, network, address string) (net.Conn, error) // instead of the network
}

// Drain says where log messages go.
type Drain struct {
	ID      string
	Token   string // d.<uuid>, sent as Logplex-Drain-Token
	URL     string // with its password
	Created time.Time
}

// Is says whether key is the drain's id, token or URL.
func (d Drain) Is(key string) bool { return key == d.ID || key == d.Token || key == d.URL }

// Stats counts a drain's messages, L10 lines excepted.
type Stats struct {
	Offered   uint64 // written while the drain was attached
	Delivered uint64 // answered with 2xx
	Lost      uint64 // dropped; those told of in an L10 that arrived included
	Reported  uint64 // of Lost, told of in an L10 that arrived
	Requests  uint64 // answered or not
}

// Waiting is how many messages are still to be delivered.
func (s Stats) Waiting() uint64 { return s.Offered - s.Delivered - s.Lost }

// Logplex delivers messages to drains.
type Logplex struct {
	opt Options

	mu     sync.Mutex
	drains []*drain        // guarded by mu
	soft   context.Context // guarded by mu; set while Run runs, ended: deliver the rest
	hard   context.Context // guarded by mu; ended: stop
	wg     sync.WaitGroup  // a count for each drain's goroutine; added to under mu while soft is set
}

// New returns a Logplex without drains.
func New(opt Options) *Logplex {
	if opt.Violate == nil {
		opt.Violate = func(string, ...any) {}
	}
	if opt.Dial == nil {
		opt.Dial = new(net.Dialer).DialContext
	}
	return &Logplex{opt: opt}
}

// Run delivers until ctx ends and what waited is delivered or Linger is over. It is called once.
func (l *Logplex) Run(ctx context.Context) {
	hard, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()

	l.mu.Lock()
	l.soft, l.hard = ctx, hard
	for _, d := range l.drains {
		l.start(d)
	}
	l.mu.Unlock()

	<-ctx.Done()
	l.mu.Lock()
	l.soft = nil // no drain starts from here on, so Wait can't miss one
	l.mu.Unlock()
	defer time.AfterFunc(Linger, stop).Stop()
	l.wg.Wait()
}

// start gives d its goroutine. l.mu is held.
func (l *Logplex) start(d *drain) {
	soft := l.soft
	hard, stop := context.WithCancel(l.hard)
	d.stop = stop
	l.wg.Go(func() {
		defer stop()
		d.run(soft, hard)
	})
}

// Attach adds a drain. It gets what is written from now on. Errors are ErrURL, ErrTaken, ErrMany.
func (l *Logplex) Attach(rawURL string) (Drain, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) {
		return Drain{}, ErrURL
	}
	// Logplex splits the user info at each colon, and a third part crashes the drain's process: it
	// would never deliver anything.
	if p, _ := u.User.Password(); strings.Contains(p, ":") {
		return Drain{}, ErrURL
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.drains {
		if d.URL == rawURL {
			return Drain{}, ErrTaken
		}
	}
	if len(l.drains) >= maxDrains {
		return Drain{}, ErrMany
	}
	d := newDrain(l.opt, Drain{
		ID: l.opt.Dice.UUID(), Token: "d." + l.opt.Dice.UUID(), URL: rawURL, Created: time.Now(),
	}, u)
	l.drains = append(l.drains, d)
	if l.soft != nil {
		l.start(d)
	}
	return d.Drain, nil
}

// Detach removes the drain with this id, token or URL; what waits for it is dropped.
func (l *Logplex) Detach(key string) (Drain, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, d := range l.drains {
		if d.Is(key) {
			l.drains = append(l.drains[:i:i], l.drains[i+1:]...)
			if d.stop != nil {
				d.stop()
			}
			return d.Drain, true
		}
	}
	return Drain{}, false
}

// Drains lists the attached drains, oldest first.
func (l *Logplex) Drains() []Drain {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Drain, len(l.drains))
	for i, d := range l.drains {
		list[i] = d.Drain
	}
	return list
}

// Stats of the drain with this id, token or URL.
func (l *Logplex) Stats(key string) (Stats, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.drains {
		if d.Is(key) {
			return d.statistics(), true
		}
	}
	return Stats{}, false
}

// Write hands m to every drain.
func (l *Logplex) Write(m Message) {
	f := m.frame()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.drains {
		d.push(f)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// authorization is the header's value for the URL's user info; empty without one.
func authorization(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	var r http.Request
	r.Header = http.Header{}
	p, _ := u.User.Password()
	r.SetBasicAuth(u.User.Username(), p)
	return r.Header.Get("Authorization")
}
