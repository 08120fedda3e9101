package ingest

import (
	"context"
	"net/http"
	"time"
)

// penalty makes wrong passwords wait. At most cap(serving) wait at once, and the rest is answered
// without delay: a flood of wrong ones must not pile up goroutines.
type penalty struct {
	delay   time.Duration
	serving chan struct{}
}

// maxPenalties is how many wrong passwords are made to wait at once.
const maxPenalties = 256

func newPenalty(delay time.Duration) *penalty {
	return &penalty{delay: delay, serving: make(chan struct{}, maxPenalties)}
}

func (p *penalty) serve(ctx context.Context) {
	select {
	case p.serving <- struct{}{}:
		defer func() { <-p.serving }()
	default:
		return
	}
	timer := time.NewTimer(p.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// challenge is the WWW-Authenticate value of a 401. A browser asks for a password because of it.
const challenge = `Basic realm="drain", charset="UTF-8"`

// Require lets through to next only requests that carry one of the passwords, as Basic (any user
// name) or Bearer. Others get 401, delayed as a drain's. Empty passwords don't count; where none is
// left nothing gets through, so that a missing setting never opens a page.
func Require(next http.Handler, passwords ...string) http.Handler {
	keys, wrong := newKeyring(passwords...), newPenalty(defaultPenalty)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := keys.admit(header(r, headerAuthorization), ""); ok {
			next.ServeHTTP(w, r)
			return
		}
		wrong.serve(r.Context())
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
	})
}
