package app

import (
	"fmt"
	"time"
)

// How often people come, in Heroku's time.
const (
	restGap = 2 * time.Second
	rushGap = restGap / 4
)

// What the router gives an app.
const (
	requestTimeout = 30 * time.Second // H12
	bootTimeout    = 75 * time.Second // H20
	maxWaiting     = 1000             // H11
)

type request struct {
	arrived      time.Time
	method, path string
	id, fwd      string
	form         bool // needs Redis
}

var (
	pages = [][2]string{
		{"GET", "/"},
		{"GET", "/css/theme-kobo.css"},
		{"GET", "/js/build/enketo-webform.js"},
		{"GET", "/favicon.ico"},
	}
	forms = [][2]string{
		{"GET", "/x/%s"},
		{"POST", "/transform/xform/%s"},
		{"GET", "/submission/max-size/%s"},
		{"POST", "/submission/%s"},
	}
)

// visit is one request out of nowhere, and arranges for the next.
func (a *App) visit() {
	roll := a.opt.Dice
	gap, kinds := restGap, pages
	if a.rush {
		gap = rushGap
		if roll.Chance(0.9) {
			kinds = forms
		}
	}
	a.after(roll.Gap(gap), a.visit)
	kind := kinds[roll.IntN(len(kinds))]
	q := &request{
		arrived: time.Now(), method: kind[0], path: kind[1], id: roll.UUID(),
		fwd: fmt.Sprintf("203.0.113.%d", 1+roll.IntN(254)), form: &kinds[0] == &forms[0],
	}
	if q.form {
		q.path = fmt.Sprintf(q.path, roll.Hex(4))
	}
	a.route(q)
}

// route is the router: it picks one of the web dynos that are up.
func (a *App) route(q *request) {
	var ready []*dyno
	booting := false
	for _, d := range a.dynos {
		if d.process.Type == "web" {
			booting = booting || d.state == starting
			if d.state == up {
				ready = append(ready, d)
			}
		}
	}
	switch {
	case a.maintenance:
		a.failed(q, nil, "info", "H80", "Maintenance mode", 0)
	case len(ready) > 0:
		a.serve(q, ready[a.opt.Dice.IntN(len(ready))])
	case !booting:
		a.failed(q, nil, "error", "H14", "No web processes running", 0)
	case a.since(q.arrived) >= bootTimeout:
		a.failed(q, nil, "error", "H20", "App boot timeout", 0)
	default:
		a.wait(q, time.Second, func() { a.route(q) })
	}
}

// serve is what one dyno makes of q.
func (a *App) serve(q *request, d *dyno) {
	roll := a.opt.Dice
	took := roll.Between(time.Millisecond, 9*time.Millisecond)
	if !q.form {
		a.wait(q, took, func() { a.answered(q, d, took, 200) })
		return
	}
	w := d.pick(roll.IntN(workersPerDyno))
	if w == nil {
		a.wait(q, requestTimeout, func() { a.failed(q, d, "error", "H12", "Request timeout", requestTimeout) })
		return
	}
	took += roll.Between(15*time.Millisecond, 120*time.Millisecond)
	if w.ready || a.connect(w) {
		a.wait(q, took, func() { a.answered(q, d, took, 200) })
		return
	}
	// The worker dies under the request, or leaves it without an answer, or has time for its error
	// page.
	switch n := roll.IntN(10); {
	case n < 6:
		took = roll.Between(dyingLeast, dyingMost)
		a.wait(q, took, func() { a.failed(q, d, "error", "H13", "Connection closed without response", took) })
	case n < 8:
		a.wait(q, requestTimeout, func() { a.failed(q, d, "error", "H12", "Request timeout", requestTimeout) })
	default:
		a.wait(q, took, func() { a.answered(q, d, took, 500) })
	}
}

// pick is the worker that takes the next connection: the nth, or the next that lives.
func (d *dyno) pick(n int) *worker {
	for i := range d.workers {
		if w := d.workers[(n+i)%len(d.workers)]; !w.dead {
			return w
		}
	}
	return nil
}

// wait lets q be without an answer for t, unless too many are.
func (a *App) wait(q *request, t time.Duration, then func()) {
	if a.waiting >= maxWaiting {
		a.failed(q, nil, "error", "H11", "Backlog too deep", 0)
		return
	}
	a.waiting++
	a.after(t, func() {
		a.waiting--
		then()
	})
}

// since is how much of Heroku's time has passed since t.
func (a *App) since(t time.Time) time.Duration {
	return time.Duration(float64(time.Since(t)) * a.opt.Speed)
}
