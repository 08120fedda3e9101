package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// LiveOptions of NewLive. A zero duration means its default.
type LiveOptions struct {
	Build    string                                   // see Renderer.Build
	Sections func(r *http.Request) ([]Section, error) // as they are now, for who asks
	Every    time.Duration                            // how often they are looked at; default 1 s
	Comment  time.Duration                            // the longest silence; default 20 s: Heroku's router cuts after 55 s (Dev Center, "HTTP Routing")
	Watchers int                                      // at most; default 16, each costs the making of the page once in Every
	Failed   func(err error)                          // told of a Sections error, which ends the stream; may be nil
}

// Live is the stream of server-sent events that keeps the page up to date. It sends a Section when it
// differs from what was sent before, beginning with all of them.
//
//	event: build    the Build; another one than before means that the page is out of date
//	event: section  a Section as JSON
//
// It lives in its requests' goroutines. Close ends them; a stream ends too when a write takes more
// than ten seconds.
type Live struct {
	o        LiveOptions
	watching atomic.Int64
	closed   chan struct{}
	close    func()
}

// NewLive returns a Live that serves.
func NewLive(o LiveOptions) *Live {
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.Comment == 0 {
		o.Comment = 20 * time.Second
	}
	if o.Watchers == 0 {
		o.Watchers = 16
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	l := &Live{o: o, closed: make(chan struct{})}
	l.close = sync.OnceFunc(func() { close(l.closed) })
	return l
}

// Close ends all streams, also those that are still to come: a server waits for its requests.
func (l *Live) Close() { l.close() }

const writeMost = 10 * time.Second

func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer l.watching.Add(-1)
	if l.watching.Add(1) > int64(l.o.Watchers) {
		w.Header().Set("Retry-After", "10")
		http.Error(w, fmt.Sprintf("%d pages are live already", l.o.Watchers), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep events back until it has a buffer full
	out := &stream{w: w, control: http.NewResponseController(w)}

	sent := make(map[string]string)
	silent := time.Duration(0)
	ticker := time.NewTicker(l.o.Every)
	defer ticker.Stop()
	out.event("build", l.o.Build)
	for {
		sections, err := l.o.Sections(r)
		if err != nil {
			l.o.Failed(err)
			return
		}
		silent += l.o.Every
		for _, s := range sections {
			if sent[s.ID] != s.HTML {
				sent[s.ID] = s.HTML
				silent = 0
				out.section(s)
			}
		}
		if silent >= l.o.Comment {
			silent = 0
			out.write(": still here\n\n")
		}
		if out.flush() != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return
		case <-l.closed:
			return
		}
	}
}

// stream writes events until a write fails.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (s *stream) section(one Section) {
	text, err := json.Marshal(one) // one line, as an event's data must be
	if err != nil {
		s.err = err
		return
	}
	s.event("section", string(text))
}

func (s *stream) event(name, data string) { s.write("event: " + name + "\ndata: " + data + "\n\n") }

func (s *stream) write(text string) {
	if s.err != nil {
		return
	}
	// Who has gone without a word must not hold this goroutine for as long as TCP tries.
	if err := s.control.SetWriteDeadline(time.Now().Add(writeMost)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.err = err
		return
	}
	_, s.err = s.w.Write([]byte(text))
}

func (s *stream) flush() error {
	if s.err == nil {
		s.err = s.control.Flush()
	}
	return s.err
}
