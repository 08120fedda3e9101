package logplex

import (
	"bufio"
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The numbers of heroku/logplex's defaults.
const (
	targetBytes  = 102_400         // a body ends before the message that would reach this
	bufferSize   = 1024            // messages that wait
	shrunkSize   = 10              // the same, after shrinkAfter without a success
	shrinkAfter  = 5 * time.Minute //
	tries        = 3               // of one frame
	dialTimeout  = 3 * time.Second
	replyTimeout = 5 * time.Second // from the first byte sent to the head of the answer
	idleClose    = 144 * time.Second
	backoffUnit  = 10 * time.Millisecond
)

type drain struct {
	Drain
	opt  Options
	url  *url.URL
	auth string             // Authorization header, may be empty
	stop context.CancelFunc // set when started, under Logplex.mu

	work chan struct{} // cap 1; a token means the buffer may have something

	mu    sync.Mutex
	buf   [][]byte  // guarded by mu; frames that wait
	size  int       // guarded by mu; how many may wait
	lost  uint64    // guarded by mu; dropped and not yet told of
	since time.Time // guarded by mu; of the first of them
	stats Stats     // guarded by mu

	// Owned by run's goroutine.
	conn     net.Conn
	reader   *bufio.Reader
	used     time.Time // when conn last answered
	failures int       // connection failures in a row
	good     time.Time // last success; zero before the first
}

// frame is one request's messages. All its tries carry the same id.
type frame struct {
	id   string
	body []byte
	msgs uint64
}

func newDrain(opt Options, d Drain, u *url.URL) *drain {
	return &drain{
		Drain: d, opt: opt, url: u, auth: authorization(u),
		work: make(chan struct{}, 1), size: bufferSize,
	}
}

func (d *drain) statistics() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}

func (d *drain) push(f []byte) {
	d.mu.Lock()
	d.stats.Offered++
	d.buf = append(d.buf, f)
	d.fit()
	d.mu.Unlock()
	select {
	case d.work <- struct{}{}:
	default:
	}
}

// fit drops the oldest messages that are too many. d.mu is held.
func (d *drain) fit() {
	if n := len(d.buf) - d.size; n > 0 {
		d.buf = d.buf[n:]
		d.drop(uint64(n))
	}
}

// drop counts n messages as lost. d.mu is held.
func (d *drain) drop(n uint64) {
	if d.lost == 0 {
		d.since = time.Now()
	}
	d.lost += n
	d.stats.Lost += n
}

// run posts frames until hard ends, or soft has ended and nothing waits.
func (d *drain) run(soft, hard context.Context) {
	defer d.hangUp()
	for {
		f, ok := d.pop()
		if !ok {
			select {
			case <-d.work:
				continue
			case <-soft.Done():
			case <-hard.Done():
			}
			// A message may have come between pop and the end of soft.
			if f, ok = d.pop(); !ok || hard.Err() != nil {
				return
			}
		}
		if !d.deliver(soft, hard, f) {
			return
		}
	}
}

// pop takes as many messages as fit a body. A message of the target's size or more still goes, and
// ends the body.
func (d *drain) pop() (frame, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := frame{}
	for room := targetBytes; len(d.buf) > 0 && room > 0; {
		m := d.buf[0]
		if len(m) >= room && len(m) < targetBytes {
			break
		}
		f.body = append(f.body, m...)
		f.msgs++
		d.buf = d.buf[1:]
		room -= len(m)
	}
	if f.msgs == 0 {
		return frame{}, false
	}
	f.id = strings.ToUpper(d.opt.Dice.Hex(16))
	return f, true
}

// deliver tries f until it is settled: delivered or lost. It returns false if there was no time to.
func (d *drain) deliver(soft, hard context.Context, f frame) bool {
	for try := 0; try < tries; {
		if err := d.connect(hard); err != nil {
			d.degrade()
			d.failures++
			if soft.Err() != nil || !wait(hard, d.backoff()) {
				return false
			}
			continue // nobody there costs no try
		}
		status, err := d.post(hard, f)
		switch {
		case hard.Err() != nil:
			return false
		case err == nil && status/100 == 2:
			return true
		case err == nil && status/100 == 4 && status != 429:
			d.lose(f)
			return true
		}
		d.hangUp()
		d.degrade()
		try++
	}
	d.lose(f)
	return true
}

func (d *drain) lose(f frame) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(f.msgs)
}

// settle records that f arrived, with told lost messages in its L10.
func (d *drain) settle(f frame, told uint64) {
	d.good = time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stats.Delivered += f.msgs
	d.stats.Reported += told
	d.lost -= told
	d.since = d.good
	d.size = bufferSize
}

// degrade shrinks the buffer of a drain that has not answered for long.
func (d *drain) degrade() {
	if d.good.IsZero() || time.Since(d.good) <= shrinkAfter {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.size = shrunkSize
	d.fit()
}

// backoff is 0 to 5.11 s, growing with the failures.
func (d *drain) backoff() time.Duration {
	slot := 1 + d.opt.Dice.IntN(min(10, d.failures))
	return backoffUnit * time.Duration((1<<slot-1)/2)
}

func wait(ctx context.Context, t time.Duration) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
