package daemon

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
)

// A flood of wrong passwords costs a right one nothing: Logplex's nodes are shared, and behind Heroku's
// router all senders have its addresses, so that nobody can be told apart before the password is read.
func TestAFloodOfWrongPasswords(t *testing.T) {
	r := startGuarded(t)
	r.ordinary(t, "p")
	right := r.dial(t)
	r.post(t, "/logs/enketo", "wrong", "", h12) // of which the log tells, and of none of the flood
	var wrong []*peer
	// The answers to the first 256 are delayed, and others are not: a flood of either size is no matter.
	for _, flood := range []int{100, 600} {
		for len(wrong) < flood {
			w := r.dial(t)
			w.frame("A", body(h12), "Authorization: "+basic("drain:wrong"), "Logplex-Msg-Count: 1")
			wrong = append(wrong, w)
		}
		var took []time.Duration
		r.quietly(t, func() {
			for i := range 20 {
				began := time.Now()
				right.frame(fmt.Sprint("A", flood, i), body(h12), auth)
				right.want(204)
				took = append(took, time.Since(began))
			}
		})
		slices.Sort(took)
		if median := took[len(took)/2]; median > 300*time.Millisecond {
			t.Errorf("among %d wrong ones a right one took %v", flood, median)
		}
	}
	for _, w := range wrong {
		w.want(401)
	}
	if got := r.metric(t, `heroku_errors_total{app="enketo",code="H12"}`); got != 40 {
		t.Errorf("counted %g lines, want 40", got)
	}
	if got := r.metric(t, "drain_ingest_refused_messages_total"); got != 0 {
		t.Errorf("strangers added %g refused messages", got)
	}
	r.ordinary(t, "p")
}

// Two purposes with one password are told of, in the log as on the page, and the password isn't.
func TestSharedPasswordsAreTold(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "s3cret", AdminPassword: "s3cret"}})
	const want = "ADMIN_PASSWORD is the same as DRAIN_PASSWORD"
	if log := r.log.String(); !strings.Contains(log, want) || strings.Contains(log, "s3cret") {
		t.Errorf("the log: %s", log)
	}
	if _, page := r.get(t, "/", "s3cret"); !strings.Contains(page, want) || strings.Contains(page, "s3cret") {
		t.Errorf("the page: %s", page)
	}
}

// Whoever writes a password into the path of a drain's URL, of whatever purpose, doesn't find it in the log.
func TestAPasswordInAPathIsNotLogged(t *testing.T) {
	for _, path := range []string{"/logs/enketo/dr41n", "/logs/enketo/4dm1n", "/m3tr1cs/logs"} {
		r := start(t, Options{Env: config.Env{DrainPassword: "dr41n", AdminPassword: "4dm1n", MetricsPassword: "m3tr1cs"}})
		r.post(t, path, "dr41n", "f1", h12)
		if log := r.loud(); !strings.Contains(log, `"path":"…"`) {
			t.Errorf("%s: logged %s", path, log)
		}
	}
}
