package ingest

import (
	"context"
	"net"
	"sync"
	"time"
)

// Lane is a net.Listener for an http.Server. It answers plain deliveries itself, on whichever connection
// they come, and gives a connection to the server with the first request that is anything else: every
// other method and path, a wrong password, a body that is packed or chunked or too large, a head that is
// over 4 KiB, comes in pieces or leaves room for two readings. What the server gets it gets from that
// request's first byte on, and for good. So a keep-alive connection of Logplex costs no goroutine, no
// http.Request and no deadline for each POST, and all that is unusual is judged in one place.
//
// Accept may be called by one goroutine. The server's Shutdown closes the Lane; then call Shutdown too.
type Lane struct {
	below net.Listener
	h     *Handler
	first time.Duration
	idle  time.Duration

	begin  sync.Once
	ready  chan net.Conn
	failed chan error
	closed chan struct{}
	cut    context.Context // ends when nobody is waited for any more
	end    context.CancelFunc

	conns sync.WaitGroup
	mu    sync.Mutex
	open  map[*laneConn]struct{} // guarded by mu
}

// Lane returns a Lane over l. A connection has the time first for its first byte, and the time idle for
// each request's after that; it is closed when they are over.
func (h *Handler) Lane(l net.Listener, first, idle time.Duration) *Lane {
	cut, end := context.WithCancel(context.Background())
	return &Lane{
		below: Listener(l), h: h, first: first, idle: idle,
		ready: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{}),
		cut: cut, end: end, open: make(map[*laneConn]struct{}),
	}
}

// Addr implements net.Listener.
func (l *Lane) Addr() net.Addr { return l.below.Addr() }

// Accept returns the next connection that is the server's.
func (l *Lane) Accept() (net.Conn, error) {
	l.begin.Do(func() { go l.accept() })
	select {
	case c := <-l.ready:
		return c, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// accept ends when the Lane is closed. After an error it goes on once that was told: of some the server
// thinks they pass.
func (l *Lane) accept() {
	for {
		c, err := l.below.Accept()
		if err != nil {
			select {
			case l.failed <- err:
				continue
			case <-l.closed:
				return
			}
		}
		one := &laneConn{lane: l, conn: c.(*conn)}
		l.mu.Lock()
		if l.closing() {
			l.mu.Unlock()
			c.Close()
			return
		}
		l.open[one] = struct{}{}
		l.conns.Go(one.serve)
		l.mu.Unlock()
	}
}

// give gives a connection to the server, or closes it if there is none any more.
func (l *Lane) give(c net.Conn) {
	select {
	case l.ready <- c:
	case <-l.closed:
		c.Close()
	}
}

// Close accepts no more connections, and closes those on which no request is under way.
func (l *Lane) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing() {
		return net.ErrClosed
	}
	err := l.below.Close()
	close(l.closed)
	for one := range l.open {
		if one.state.CompareAndSwap(waiting, over) {
			one.conn.Close()
		}
	}
	return err
}

// Shutdown closes the Lane and waits for the requests under way. Those that ctx is too short for are cut
// off, unanswered, and it returns ctx's error.
func (l *Lane) Shutdown(ctx context.Context) error {
	_ = l.Close() // the server's Shutdown mostly has
	defer l.end()
	answered := make(chan struct{})
	go func() {
		l.conns.Wait()
		close(answered)
	}()
	select {
	case <-answered:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for one := range l.open {
		one.conn.Close()
	}
	return ctx.Err()
}

func (l *Lane) closing() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

func (l *Lane) forget(c *laneConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}
