package ingest

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Listener returns l with connections whose read deadlines cost next to nothing to set. An http.Server
// sets seven of them for each POST, and replaces nearly all before anything waits for them; on a
// net.Conn each goes through the runtime's timers all the same, which is 5 % of a small POST.
//
// A deadline means what it means on a net.Conn. While no write deadline is set, a Write has one to two
// minutes: who reads nothing of what it is sent would else keep its connection for good. Everything else is
// l's own.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, began: time.Now()}, nil
}

// conn keeps the read deadline to itself until a Read could miss it. The connection below may have an
// earlier one left over: a Read that it ends for nothing goes on.
type conn struct {
	net.Conn
	began time.Time
	ahead []byte // what a Lane read, to be read again first

	mu      sync.Mutex
	wanted  time.Time // the deadline that was set last; zero: none
	below   time.Time // the one that the connection below has
	reading int       // Reads under way there
	written bool      // a write deadline is set
	sendBy  time.Time // while there is none: ours; zero: not set yet
	drained func()    // called when ahead was read, or won't be; nil: nobody waits for that
}

func (c *conn) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
			c.ahead = nil
			c.drain()
		}
		return n, nil
	}
	return c.readBelow(func() (int, error) { return c.Conn.Read(p) })
}

// readRaw is Read for one that reads the file descriptor itself.
func (c *conn) readRaw(raw syscall.RawConn, read func(fd uintptr) (done bool)) error {
	_, err := c.readBelow(func() (int, error) { return 0, raw.Read(read) })
	return err
}

// readBelow reads from the connection below until something has come, or the deadline.
func (c *conn) readBelow(read func() (int, error)) (int, error) {
	for {
		if !c.begin() {
			return 0, os.ErrDeadlineExceeded
		}
		n, err := read()
		if goesOn := c.end(err); !goesOn || n > 0 {
			return n, err
		}
	}
}

// begin prepares a Read below. It returns false where the deadline is one before the connection began:
// that is net/http's way to end a Read, mostly one that has not got this far yet.
func (c *conn) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wanted.IsZero() && c.wanted.Before(c.began) {
		return false
	}
	c.reading++
	c.keep()
	return true
}

// end is told how a Read below ended. It returns true where that was for a deadline left over.
func (c *conn) end(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading--
	if !errors.Is(err, os.ErrDeadlineExceeded) || !c.wanted.IsZero() && !time.Now().Before(c.wanted) {
		return false
	}
	c.arm()
	return true
}

// keep sees to it that a Read below does not outlast the deadline. The caller holds mu.
func (c *conn) keep() {
	if !c.wanted.IsZero() && (c.below.IsZero() || c.wanted.Before(c.below)) {
		c.arm()
	}
}

// arm gives the connection below the deadline that is wanted. The caller holds mu.
func (c *conn) arm() {
	c.below = c.wanted
	_ = c.Conn.SetReadDeadline(c.below) // fails where the connection is closed; Read says so
}

// SetReadDeadline implements net.Conn. It never fails: a closed connection tells the next Read.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted = t
	if c.reading > 0 {
		c.keep()
	}
	return nil
}

// sending is how long a Write has, to within seconds at least, while no deadline is set.
const sending = time.Minute

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) { return c.writeAt(time.Now(), p) }

// writeAt is Write for one that knows the time.
func (c *conn) writeAt(now time.Time, p []byte) (int, error) {
	c.hurry(now)
	return c.Conn.Write(p)
}

// hurry sees to it that a Write ends. One deadline serves all of a minute: to set one for each would cost more
// than what it ends.
func (c *conn) hurry(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.written && c.sendBy.Sub(now) < sending {
		c.sendBy = now.Add(2 * sending)
		_ = c.Conn.SetWriteDeadline(c.sendBy) // fails where the connection is closed; Write says so
	}
}

// SetWriteDeadline implements net.Conn. net/http takes it away after each answer, though it mostly sets none.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.IsZero() && !c.written {
		return nil
	}
	c.written, c.sendBy = !t.IsZero(), time.Time{}
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// lead puts what was read already in front. drained is called once, when it was read again or the connection is
// closed.
func (c *conn) lead(ahead []byte, drained func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead, c.drained = ahead, drained
}

func (c *conn) drain() {
	c.mu.Lock()
	drained := c.drained
	c.drained = nil
	c.mu.Unlock()
	if drained != nil {
		drained()
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.drain()
	return c.Conn.Close()
}

// CloseWrite ends the sending side, as net/http does before it closes a connection whose client may
// still be sending.
func (c *conn) CloseWrite() error {
	if below, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return below.CloseWrite()
	}
	return nil
}
