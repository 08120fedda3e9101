package ingest

import "io"

// repeat shows the front of a body whose frame was taken before, and reads the rest, which nobody
// needs: net/http would close the connection over a large one, and that costs its sender one of three
// tries. It takes no place: it holds smallestBuffer at most, as much as the connection itself. What is
// packed isn't shown, since unpacking holds more; Logplex packs nothing.
func (h *Handler) repeat(req request, enc encoding, d *Delivery) {
	h.limitReading(req)
	if enc == plain {
		buf := h.bodies.readFront(req)
		defer h.bodies.buffers.giveBack(buf)
		d.Body, d.At = buf.b, h.o.Now()
		h.o.Repeat(d)
	}
	io.Copy(io.Discard, io.LimitReader(req, h.o.MaxBody))
}

// readFront reads the first bytes of a body, as many as there are and the smallest buffer holds.
func (b *bodies) readFront(src io.Reader) *buffer {
	buf := b.buffers.lend(smallestBuffer)
	n, _ := io.ReadFull(src, buf.b[:smallestBuffer]) // cut short, it is still the front
	buf.b = buf.b[:n]
	return buf
}
