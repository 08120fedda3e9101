package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// laneConn is a connection that a Lane answers on. It is a request too: the one under way.
type laneConn struct {
	lane  *Lane
	conn  *conn
	state atomic.Int32

	buf   [smallestBuffer]byte
	ahead []byte // of buf or lent, what was read and not used yet

	raw     syscall.RawConn       // nil: there is none, and nothing is borrowed
	fillNow func(fd uintptr) bool // readReady
	lent    *buffer               // nil if nothing is borrowed
	usual   int64                 // bytes that a request has at most, mostly

	head     plainHead
	left     int64 // of the body, not read yet
	delivery Delivery

	ended  time.Time // when the last request was judged; at first, when the connection began
	answer []byte    // 204, as it was sent last
	dated  time.Time // the second it tells
}

// The states of a laneConn.
const (
	busy    int32 = iota
	waiting       // for the first byte of a request: it may be closed
	over
)

const (
	// mostLeft is how much of a body is read that nobody needs, so that the connection can go on.
	mostLeft = 256 << 10
	// lingering is how long a connection that ends with something unread is kept, or its reset could
	// overtake the answer.
	lingering = 500 * time.Millisecond
)

// serve answers until the connection ends, or is the server's.
func (c *laneConn) serve() {
	defer c.lane.forget(c)
	defer c.giveBack()
	defer func() {
		if cause := recover(); cause != nil {
			c.conn.Close()
			c.lane.h.o.Log.Error().Str("panic", fmt.Sprint(cause)).Bytes("stack", debug.Stack()).Msg("answering a delivery panicked")
		}
	}()
	c.ended, c.raw, c.fillNow = c.conn.began, rawOf(c.conn.Conn), c.readReady
	for patience := c.lane.first; c.await(patience); patience = c.lane.idle {
		if !c.begin() {
			c.handOver()
			_ = c.conn.SetReadDeadline(time.Time{})
			c.lane.give(c.conn)
			return
		}
		var v verdict
		v, c.ended = c.lane.h.admit(c, &c.delivery)
		c.lane.h.metrics.answered(v, c.delivery.MsgCount)
		n := len(c.delivery.Body)
		c.head, c.delivery = plainHead{}, Delivery{}
		if len(c.ahead) == 0 {
			c.giveBack() // before others go first, who want it too
		}
		c.lane.h.yield(n)
		if !c.reply(v) {
			break
		}
	}
	c.conn.Close()
}

// await returns when there is the first byte of a request; false if there won't be one.
func (c *laneConn) await(patience time.Duration) bool {
	_ = c.conn.SetReadDeadline(c.ended.Add(patience))
	for {
		// Empty lines, which some send behind a POST: RFC 9112, section 2.2. A server that is new to the
		// connection would answer 400.
		c.ahead = bytes.TrimLeft(c.ahead, "\r\n")
		if len(c.ahead) > 0 {
			return true
		}
		c.state.Store(waiting)
		if c.lane.closing() { // it may have looked at the state before
			return false
		}
		c.fill()
		if len(c.ahead) == 0 || !c.state.CompareAndSwap(waiting, busy) {
			return false
		}
	}
}

// begin reads the head of a plain delivery. It returns false, with nothing taken, if it is none.
func (c *laneConn) begin() bool {
	const end = "\n\r\n" // parseHead wants the CR in front; to look for it here takes twice as long
	n := bytes.Index(c.ahead[:min(len(c.ahead), smallestBuffer)], []byte(end)) + len(end)
	if n < len(end) {
		return false
	}
	var ok bool
	if c.head, ok = parseHead(string(c.ahead[:n])); !ok || c.head.size > c.lane.h.o.MaxBody {
		return false
	}
	if c.lane.h.identify(c.head.path, c, &c.delivery) != taken {
		return false
	}
	c.ahead, c.left = c.ahead[n:], c.head.size
	c.usual = max(int64(n)+c.head.size, c.usual-c.usual/8)
	return true
}

// reply answers, and returns whether another request may follow.
func (c *laneConn) reply(v verdict) bool {
	if v.refused() && v != incomplete && c.left <= mostLeft {
		c.lane.h.limitReading(c) // or it would have until the next request is due
		_, _ = io.Copy(io.Discard, c)
	}
	last := c.left > 0 || c.lane.closing()
	if _, err := c.conn.writeAt(c.ended, c.answerOf(v, last)); err != nil || !last {
		return err == nil
	}
	if c.left > 0 && c.conn.CloseWrite() == nil {
		_ = c.conn.SetReadDeadline(time.Now().Add(lingering))
		_, _ = io.Copy(io.Discard, io.LimitReader(c.conn, mostLeft))
	}
	return false
}

func (c *laneConn) answerOf(v verdict, last bool) []byte {
	if v.code() == http.StatusNoContent && !last {
		if c.answer == nil || c.ended.Sub(c.dated) >= time.Second {
			c.answer, c.dated = appendAnswer(c.answer[:0], v, c.ended), c.ended.Truncate(time.Second)
			c.answer = append(c.answer, "\r\n"...)
		}
		return c.answer
	}
	b := appendAnswer(nil, v, c.ended)
	if last {
		b = append(b, "Connection: close\r\n"...)
	}
	return append(b, "\r\n"...)
}

// appendAnswer appends an answer without a body, but for the line that ends it.
func appendAnswer(b []byte, v verdict, now time.Time) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(v.code()), 10)
	b = append(append(b, ' '), http.StatusText(v.code())...)
	b = append(b, "\r\nDate: "...)
	b = now.UTC().AppendFormat(b, http.TimeFormat)
	b = append(b, "\r\n"...)
	if v.code() != http.StatusNoContent { // which has none by definition
		b = append(b, "Content-Length: 0\r\n"...)
	}
	return b
}

// Read implements request: it reads from the body.
func (c *laneConn) Read(p []byte) (n int, err error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), c.left)]
	if len(c.ahead) > 0 {
		n = copy(p, c.ahead)
		if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
			c.giveBack()
		}
	} else {
		n, err = c.conn.Read(p)
	}
	c.left -= int64(n)
	return n, err
}

func (c *laneConn) length() int64                  { return c.head.size }
func (c *laneConn) header(canonical string) string { return c.head.header(canonical) }

// context ends with the Lane. That a client has gone isn't noticed before it is answered.
func (c *laneConn) context() context.Context { return c.lane.cut }

func (c *laneConn) arrived() bool                { return c.left <= int64(len(c.ahead)) }
func (c *laneConn) limitReading(until time.Time) { _ = c.conn.SetReadDeadline(until) }
