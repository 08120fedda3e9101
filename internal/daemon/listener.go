package daemon

import (
	"fmt"
	"net"
	"sync"
)

// maxConnections is how many connections are open at once, most of them idle. It is more than all
// nodes of Logplex would open, and what bounds the memory that connections take.
const maxConnections = 16_384

// limitedListener accepts no more connections than it has places. Those beyond wait in the kernel, as
// if the answer were slow, which costs Logplex less than a connection that is cut.
type limitedListener struct {
	*net.TCPListener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

// listen binds a TCP address.
func listen(addr string, most int) (*limitedListener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return limit(l.(*net.TCPListener), most), nil
}

func limit(l *net.TCPListener, most int) *limitedListener {
	return &limitedListener{TCPListener: l, places: make(chan struct{}, most), closed: make(chan struct{})}
}

// Accept waits for a place first, and then for a connection.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.AcceptTCP()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &placedConn{TCPConn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close ends an Accept that waits, for a place too.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.TCPListener.Close()
}

// placedConn gives its place back with the first Close. It is a TCPConn in all else: net/http closes
// the sending side first where it can, or the client would lose the answer to what it still sends.
type placedConn struct {
	*net.TCPConn
	leave func()
}

// ReadsDirectly implements ingest.DirectReader.
func (c *placedConn) ReadsDirectly() {}

func (c *placedConn) Close() error {
	defer c.leave()
	return c.TCPConn.Close()
}
