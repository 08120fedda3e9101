package ingest

import (
	"io"
	"syscall"
)

// DirectReader is a connection built on a TCPConn or UnixConn that leaves reading to it. A Lane reads its file
// descriptor, as it does theirs, and any other connection by its Read, which takes two calls for a large request.
type DirectReader interface {
	syscall.Conn
	ReadsDirectly()
}

// fill reads what is there, or comes next, to ahead, which is empty. It leaves it empty if there won't be anything.
//
// A connection that waits has 4 KiB. One whose requests are mostly larger reads what is there to a buffer that has
// room for all of it, so that the body isn't read in two parts of which one is copied: that takes half a
// microsecond. Only Options.MaxJudging connections have such a buffer at a time.
func (c *laneConn) fill() {
	c.giveBack()
	switch {
	case c.raw == nil:
		n, _ := c.conn.Read(c.buf[:])
		c.ahead = c.buf[:n]
	case c.conn.readRaw(c.raw, c.fillNow) != nil:
		c.giveBack()
	}
}

// readReady reads what is there to ahead, and returns false if that is nothing yet. It is called again once there
// is something.
func (c *laneConn) readReady(fd uintptr) (done bool) {
	to := c.buf[:]
	if c.borrow() {
		to = c.lent.b[:cap(c.lent.b)]
	}
	n, ok := readNow(fd, to)
	c.ahead = to[:n]
	if !ok {
		c.giveBack() // or a client that sends nothing would keep it
	}
	return ok
}

// borrow gets a buffer for a request of the usual size. It returns false where there is none, or no need.
func (c *laneConn) borrow() bool {
	size := bufferSize(c.usual + c.usual/8)
	if size <= smallestBuffer || size > 1<<maxPooledBits {
		return false
	}
	if !addOne(&c.lane.h.lent, int64(c.lane.h.o.MaxJudging)) {
		return false
	}
	c.lent = c.lane.h.bodies.buffers.lend(size)
	return true
}

// giveBack gives back what was borrowed, if anything was. What is ahead may not be used after it.
func (c *laneConn) giveBack() {
	c.ahead = nil
	if c.lent == nil {
		return
	}
	c.lane.h.bodies.buffers.giveBack(c.lent)
	c.lane.h.lent.Add(-1)
	c.lent = nil
}

// handOver gives what is ahead to the server, and with it what was borrowed for it.
func (c *laneConn) handOver() {
	switch {
	case c.lent == nil:
		c.conn.lead(c.ahead, nil)
	case len(c.ahead) <= len(c.buf):
		c.conn.lead(c.buf[:copy(c.buf[:], c.ahead)], nil)
		c.giveBack()
	default: // it counts as lent until it is read
		c.conn.lead(c.ahead, func() { c.lane.h.lent.Add(-1) })
		c.lent = nil
	}
}

// inPlace implements request: it reads the body to where its beginning is, if there is room.
func (c *laneConn) inPlace() (body []byte, ok bool, err error) {
	if int64(cap(c.ahead)) < c.left {
		return nil, false, nil
	}
	here := min(int64(len(c.ahead)), c.left)
	body = c.ahead[:c.left:c.left]
	c.ahead, c.left = c.ahead[here:], c.left-here
	_, err = io.ReadFull(c, body[here:])
	return body, true, err
}
