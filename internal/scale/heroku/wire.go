package heroku

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/scale"
	"drain/internal/wait"
)

const (
	tries     = 3
	firstWait = 500 * time.Millisecond // doubled for each further try
	longWait  = 5 * time.Second        // longer ones are the caller's, who may have better to do
	rateWait  = 30 * time.Second       // after a 429 that doesn't say; the account gets about 75 calls a minute back
	maxBody   = 8 << 20
	account   = 4500 // calls an account has at most (Platform API reference, "Rate limits")
	refill    = 75   // of them a minute
)

// wire sends requests below heroku.Transport, since that throws the answer's headers away. It
// repeats reading, and turns every answer that isn't a success into an *answerError.
type wire struct {
	base    http.RoundTripper
	attempt time.Duration
	log     zerolog.Logger
	hide    func(string) string

	mu    sync.Mutex
	calls int       // left, as last said; guarded by mu
	heard time.Time // when; zero if never; guarded by mu

	rests map[string]time.Time // hosts that said Retry-After, and its end; guarded by mu
}

// answerError is an answer other than 2xx.
type answerError struct {
	status  int
	message string // the API's own, cut and clean
	after   time.Duration
	request string // the API's id of the request, to be given to Heroku's support
}

func (e *answerError) Error() string {
	s := fmt.Sprintf("%d %s", e.status, http.StatusText(e.status))
	if e.message != "" {
		s += ": " + e.message
	}
	if e.request != "" {
		s += " (request " + e.request + ")"
	}
	return s
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	for try := 1; ; try++ {
		resp, err := w.once(req)
		if err == nil {
			return resp, nil
		}
		pause, again := w.again(req, err, try)
		if !again {
			return nil, err
		}
		w.log.Debug().Str("method", req.Method).Str("path", req.URL.Path).Str("err", w.hide(err.Error())).Dur("wait", pause).Msg("trying again")
		if wait.For(req.Context(), pause) != nil {
			return nil, err
		}
	}
}

// again says whether a failed request is worth another try, and after what wait. What changes something
// is sent once: it may have been done, and a second one would do away with what a person changed since.
func (w *wire) again(req *http.Request, err error, try int) (wait time.Duration, again bool) {
	if try >= tries || req.Context().Err() != nil || req.Method != http.MethodGet {
		return 0, false
	}
	wait = firstWait << (try - 1)
	if e, ok := errors.AsType[*answerError](err); ok {
		if e.status != http.StatusTooManyRequests && e.status < 500 {
			return 0, false
		}
		wait = max(wait, e.after)
	}
	if end, ok := req.Context().Deadline(); ok && time.Until(end) <= wait {
		return 0, false
	}
	return wait, wait <= longWait
}

// once sends req and reads the whole answer, so that the time for a try covers the body too.
func (w *wire) once(req *http.Request) (*http.Response, error) {
	if rest := w.rest(req.URL.Host); rest > 0 {
		return nil, &answerError{status: http.StatusTooManyRequests, message: "not asked, since Retry-After isn't over", after: rest}
	}
	ctx, cancel := context.WithTimeout(req.Context(), w.attempt)
	defer cancel()
	resp, err := w.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	w.note(resp.Header)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxBody)
	}
	if resp.StatusCode/100 != 2 {
		return nil, w.refusal(req.URL.Host, resp, body)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// note takes what the headers say. heroku-go would print a warning with the global logger, so it is
// taken away.
func (w *wire) note(h http.Header) {
	if text := h.Get("X-Heroku-Warning"); text != "" {
		w.log.Warn().Str("warning", w.hide(clean(text))).Msg("Heroku warns")
		h.Del("X-Heroku-Warning")
	}
	if n, err := strconv.Atoi(h.Get("RateLimit-Remaining")); err == nil && n >= 0 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls, w.heard = n, time.Now()
	}
}

// left counts what was refilled since, else a number that was too low for another call would stay
// too low for ever.
func (w *wire) left(now time.Time) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.heard.IsZero() {
		return scale.Unknown
	}
	return min(account, w.calls+int(now.Sub(w.heard).Minutes()*refill))
}

func (w *wire) refusal(host string, resp *http.Response, body []byte) *answerError {
	var said struct{ Message string }
	_ = json.Unmarshal(body, &said) // a proxy's page is no JSON, and the status says enough
	e := &answerError{status: resp.StatusCode, message: clean(said.Message), request: clean(resp.Header.Get("Request-Id"))}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.after = min(time.Duration(seconds)*time.Second, time.Hour)
		w.mu.Lock()
		w.rests[host] = time.Now().Add(e.after)
		w.mu.Unlock()
	} else if e.status == http.StatusTooManyRequests {
		e.after = rateWait
	}
	return e
}

// rest is how long a host is still to be left alone. What one caller was told goes for all: a host that
// is asked before only says so again, and may say it for longer.
func (w *wire) rest(host string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Until(w.rests[host])
}
