package ingest

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Refusal is a reason for which POSTs were refused.
type Refusal struct {
	Reason string // as drain_ingest_refused_total has it
	Posts  uint64 // since New
}

// Refused has the reasons for which any POST was refused so far.
func (h *Handler) Refused() []Refusal {
	var all []Refusal
	for v := range answers {
		if n := h.metrics.refusals[v].Load(); n > 0 {
			all = append(all, Refusal{answers[v].reason, n})
		}
	}
	return all
}

// complaints tell the log of drains whose URL is wrong: nothing else would, since what they send belongs to
// no app. Anybody can make such requests, so each kind has a line a minute of its own, and a flood of one
// hides no other.
type complaints struct {
	secrets []string
	log     [len(answers)]zerolog.Logger // by verdict; silent where the URL isn't to blame
}

func newComplaints(log zerolog.Logger, secrets []string) *complaints {
	c := &complaints{secrets: slices.DeleteFunc(secrets, func(s string) bool { return s == "" })}
	for _, v := range []verdict{wrongPassword, unknownPath, wrongMethod} {
		c.log[v] = log.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute})
	}
	return c
}

// tell says why a POST was refused, where its sender's URL may be to blame; n is how many were refused for
// that since the start.
func (c *complaints) tell(v verdict, posted *posted, app string, n uint64) {
	e := c.log[v].Warn()
	if !e.Enabled() {
		return
	}
	e = e.Str("reason", answers[v].reason).Uint64("refused", n)
	switch v {
	case wrongPassword:
		of := "APP"
		if app != "" {
			of = c.shown(app)
			e = e.Str("app", of)
		}
		e.Msg("a delivery with a wrong password or none was refused, its lines are lost: the drain's URL must have the password " +
			"that DRAIN_PASSWORD and the app's name make; compare `heroku drains -a " + of + "`, or attach it again: `drain attach -app " + of + " -url URL`")
	case unknownPath:
		e.Str("path", c.shown(posted.r.URL.Path)).
			Msg("a delivery to a wrong path was refused, its lines are lost: the drain's URL must end in /logs/APP; compare `heroku drains -a APP`")
	case wrongMethod:
		e.Str("path", c.shown(posted.r.URL.Path)).
			Msg("a request under /logs was refused since it is no POST: somebody looks there, or a proxy changes what Logplex sends")
	}
}

// The parts of a path that are shown, and the bytes of each: as long as an app's name can be, and shorter
// than any password that AppPassword makes.
const (
	shownParts    = 4
	shownPartSize = 30
)

// shown is what may be logged of a path, which is anybody's text: printable ASCII but for what stands for
// the rest, short, and none of our passwords, should somebody have written one into it.
func (c *complaints) shown(path string) string {
	const rest = "…"
	if slices.ContainsFunc(c.secrets, func(secret string) bool { return strings.Contains(path, secret) }) {
		return rest
	}
	parts := strings.SplitN(path, "/", 1+shownParts+1) // in front of the first slash is nothing
	for i, part := range parts {
		if i > shownParts || len(part) > shownPartSize {
			parts[i] = rest
		} else {
			parts[i] = url.PathEscape(part)
		}
	}
	return strings.Join(parts, "/")
}
