package daemon

import (
	"fmt"
	"time"
)

const (
	// silentAfter is how long an app may say nothing until the page doubts that it is heard.
	silentAfter = 15 * time.Minute
	// blindAfter is how long a kind of line may not come until the page says so. Dynos' numbers come
	// every 20 s, an add-on's about each minute or two.
	blindAfter = 10 * time.Minute
	// twoDrains is how lately two drains of an app must both have delivered to be one too many; one that
	// was replaced ceases at once.
	twoDrains = 2 * time.Minute
)

// sight is when an app was first heard, and when its dynos last told of their memory. The app's lock
// guards it.
type sight struct{ first, memory time.Time }

func (s *sight) take(at time.Time, runtime bool) {
	if s.first.IsZero() {
		s.first = at
	}
	if runtime {
		s.memory = at
	}
}

// blind says in words what can't be seen of an app, and what would help. The caller holds its lock.
func (d *Daemon) blind(one *app, now time.Time) []string {
	pace := time.Duration(d.opts.Pace)
	if one.own.Load() || one.sight.first.IsZero() || now.Sub(one.last) > silentAfter/pace {
		return nil // the word for its health says more
	}
	var out []string
	missed := func(last time.Time) bool { // also where it never came
		return now.Sub(last) > blindAfter/pace && now.Sub(one.sight.first) > blindAfter/pace
	}
	if missed(one.sight.memory) {
		out = append(out, fmt.Sprintf("Memory and load: no dyno tells of them. `heroku labs:enable log-runtime-metrics -a %s`, then `heroku restart -a %s`", one.name, one.name))
	}
	for _, a := range one.budget.Snapshot().Addons {
		name := a.Attachment
		if name == "" {
			name = a.Addon
		}
		switch {
		case missed(a.At):
			out = append(out, fmt.Sprintf("Connections of %s: none of its metric lines comes, and so nothing acts on them. See `heroku redis:info -a %s`", name, one.name))
		case a.Limit == 0:
			out = append(out, fmt.Sprintf("The limit of %s: no line tells it. Write it into the configuration, under `redis: %s: limit:`", name, name))
		}
	}
	heard := 0
	for _, h := range one.drains {
		if now.Sub(h.last) < twoDrains/pace {
			heard++
		}
	}
	if heard > 1 {
		out = append(out, fmt.Sprintf("Right counts: %d drains deliver, and each line counts as often. See `heroku drains -a %s` and remove all but one", heard, one.name))
	}
	return out
}
