//go:build unix

package ingest

import (
	"net"
	"syscall"
)

// rawOf returns what reads from c without waiting; nil where there is no such thing.
func rawOf(c net.Conn) syscall.RawConn {
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn, DirectReader: // any other's Read may do more than read
		if raw, err := c.(syscall.Conn).SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// readNow reads what is there. It returns false where that is nothing yet.
func readNow(fd uintptr, p []byte) (n int, ok bool) {
	for {
		n, err := syscall.Read(int(fd), p)
		switch err {
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, false
		default:
			return max(0, n), true
		}
	}
}
