package ingest

import (
	"math/bits"
	"sync"
)

// Buffers come in powers of two. Kept for reuse are those of 4 to 256 KiB: a Logplex body is at most
// about 110 KiB, and a rare huge one must not stay in memory.
const (
	minBufferBits  = 12
	maxPooledBits  = 18
	pooledClasses  = maxPooledBits - minBufferBits + 1
	firstUnknown   = 32 << 10 // the first buffer of a body of unknown length
	smallestBuffer = 1 << minBufferBits
)

// buffer is what a body is read into. It is passed by pointer since a slice in a sync.Pool allocates.
type buffer struct{ b []byte }

// buffers lends buffers. What lies idle is dropped by the garbage collector.
type buffers struct{ classes [pooledClasses]sync.Pool }

// bufferSize is how large a buffer for n bytes is: the next power of two, at least 4 KiB.
func bufferSize(n int64) int64 {
	if n <= smallestBuffer {
		return smallestBuffer
	}
	return 1 << bits.Len64(uint64(n-1))
}

// lend returns an empty buffer with room for at least n bytes.
func (p *buffers) lend(n int64) *buffer {
	size := bufferSize(n)
	if class := classOf(size); class < pooledClasses {
		if buf, ok := p.classes[class].Get().(*buffer); ok {
			return buf
		}
	}
	return &buffer{make([]byte, 0, size)}
}

// giveBack takes a buffer that was lent. Its bytes may be overwritten from now on.
func (p *buffers) giveBack(buf *buffer) {
	if class := classOf(int64(cap(buf.b))); class < pooledClasses {
		buf.b = buf.b[:0]
		p.classes[class].Put(buf)
	}
}

func classOf(size int64) int { return bits.Len64(uint64(size)) - 1 - minBufferBits }
