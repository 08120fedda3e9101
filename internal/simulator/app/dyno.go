package app

import (
	"slices"
	"strconv"
	"time"
)

// The states of a dyno that occur here.
const (
	starting = "starting"
	up       = "up"
	down     = "down" // its processes are ending; gone once they have
)

const workersPerDyno = 8 // Enketo starts one for each of the host's CPUs

// Dyno is a dyno that is starting or up.
type Dyno struct {
	ID      string
	Name    string // web.1
	Type    string
	Command string
	State   string // starting, up
	Size    string
	Created time.Time
	Updated time.Time
}

type dyno struct {
	id      string
	process *process
	number  int
	state   string
	aside   bool // the formation doesn't count it: one of the release before, with preboot, or a one-off dyno
	created time.Time
	updated time.Time

	master     *worker   // nil but for web dynos
	workers    []*worker // likewise
	forked     int       // workers so far
	port       int
	complained []*redis // those it could not connect to and not said otherwise since
}

func (d *dyno) name() string { return d.process.Type + "." + strconv.Itoa(d.number) }

// Dynos lists the dynos that are starting or up.
func (a *App) Dynos() []Dyno {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []Dyno
	for _, d := range a.dynos {
		if d.state != down {
			list = append(list, Dyno{
				ID: d.id, Name: d.name(), Type: d.process.Type, Command: d.process.Command,
				State: d.state, Size: d.process.Size, Created: d.created, Updated: d.updated,
			})
		}
	}
	return list
}

// newDyno makes the dyno with the lowest number that is free.
func (a *App) newDyno(p *process) *dyno {
	taken := func(n int) bool {
		return slices.ContainsFunc(a.dynos, func(d *dyno) bool {
			return d.process == p && d.number == n && d.state != down && !d.aside
		})
	}
	n := 1
	for taken(n) {
		n++
	}
	now := time.Now()
	d := &dyno{
		id: a.opt.Dice.UUID(), process: p, number: n, state: starting,
		created: now, updated: now, port: 3000 + a.opt.Dice.IntN(57_000),
	}
	a.dynos = append(a.dynos, d)
	return d
}

// boot brings a new dyno up, as Heroku does and logs it.
func (a *App) boot(d *dyno) {
	a.after(a.opt.Dice.Between(time.Second, 3*time.Second), func() {
		if d.state == starting {
			a.lifecycle(d, "Starting process with command `%s`", d.process.Command)
		}
	})
	a.after(a.opt.Dice.Between(7*time.Second, 12*time.Second), func() {
		if d.state == starting {
			a.lifecycle(d, "State changed from starting to up")
			a.welcome(d)
			a.tell("%s is up", d.name())
		}
	})
}

// welcome makes a started dyno part of the app.
func (a *App) welcome(d *dyno) {
	d.state, d.updated = up, time.Now()
	if !a.opt.Quiet {
		a.after(a.opt.Dice.Between(0, metricsEvery), func() { a.measure(d) })
	}
	if d.process.Type != "web" || a.opt.Quiet {
		return
	}
	d.master = &worker{dyno: d, held: make([]int, len(a.redis))}
	for range workersPerDyno {
		w := &worker{dyno: d, held: make([]int, len(a.redis))}
		d.workers = append(d.workers, w)
		a.fork(w)
	}
	a.connect(d.master)
}

// shutDown ends a dyno. The router leaves it at once; its connections last until its processes end.
func (a *App) shutDown(d *dyno) {
	if d.state == down { // an owner was faster than preboot
		return
	}
	was := d.state
	d.state, d.updated = down, time.Now()
	t := a.opt.Dice.Between(300*time.Millisecond, time.Second)
	a.after(t, func() { a.lifecycle(d, "State changed from %s to down", was) })
	t += a.opt.Dice.Between(100*time.Millisecond, 300*time.Millisecond)
	a.after(t, func() { a.lifecycle(d, "Stopping all processes with SIGTERM") })
	t += a.opt.Dice.Between(time.Second, 3*time.Second)
	a.after(t, func() {
		a.lifecycle(d, "Process exited with status 143")
		a.dynos = slices.DeleteFunc(a.dynos, func(x *dyno) bool { return x == d })
		for _, w := range d.workers {
			a.release(w)
		}
		if d.master != nil {
			a.release(d.master)
		}
		a.tell("%s has stopped", d.name())
	})
}

// gone says that d's processes have ended.
func (a *App) gone(d *dyno) bool { return !slices.Contains(a.dynos, d) }
