package ingest

import (
	"context"
	"io"
	"net/http"
	"time"
)

// request is what a delivery comes in: net/http's, or a lane's.
type request interface {
	io.Reader                                   // its body
	length() int64                              // of the body; -1 where it isn't known
	header(canonical string) string             // the first value; "" where there is none
	arrived() bool                              // whether all of the body is known to be here
	inPlace() (body []byte, ok bool, err error) // reads the body to where its beginning is already; not ok: there is no room
	context() context.Context                   // ends when nobody waits for the answer any more
	limitReading(until time.Time)               // gives the client so long for the rest of the body
}

// posted is a request of net/http's.
type posted struct {
	w http.ResponseWriter
	r *http.Request
}

func (p *posted) Read(b []byte) (int, error)                 { return p.r.Body.Read(b) }
func (p *posted) length() int64                              { return p.r.ContentLength }
func (p *posted) header(canonical string) string             { return header(p.r, canonical) }
func (p *posted) arrived() bool                              { return false } // net/http doesn't say
func (p *posted) inPlace() (body []byte, ok bool, err error) { return nil, false, nil }
func (p *posted) context() context.Context                   { return p.r.Context() }

// limitReading does nothing where the ResponseWriter has no deadlines: it isn't a connection. net/http
// takes the limit away once it has the body.
func (p *posted) limitReading(until time.Time) {
	_ = http.NewResponseController(p.w).SetReadDeadline(until)
}
