package app

import (
	"slices"
	"time"
)

// worker is one Node process of a web dyno.
type worker struct {
	dyno   *dyno
	number int   // as Enketo counts them; not used for the master
	held   []int // connections to each of App.redis
	ready  bool  // connected to each of them
	dead   bool  // it crashed and its successor is not up yet
}

func (w *worker) master() bool { return w == w.dyno.master }

// fork starts w, or its successor after a crash. It connects when it is first asked for a form.
func (a *App) fork(w *worker) {
	w.dyno.forked++
	w.number, w.dead = w.dyno.forked, false
	a.print(w.dyno, "Worker %d ready for duty at port %d! (environment: production)", w.number, w.dyno.port)
}

// connect opens what connections w lacks. Redis accepts as many as it has room for and drops the
// handshake of the next; then connect returns false, and w is dead unless it is the master, which
// tries again.
func (a *App) connect(w *worker) bool {
	for i, r := range a.redis {
		want := r.need(w) - w.held[i]
		got := r.open(want)
		w.held[i] += got
		if got < want {
			a.refused(w, r)
			return false
		}
	}
	w.ready = true
	a.recovered(w.dyno)
	return true
}

func (a *App) refused(w *worker, r *redis) {
	d := w.dyno
	if !r.full {
		r.full = true
		a.tell("%s is full: %d of %d connections", r.Attachment, r.used, r.limit())
	}
	if !slices.Contains(d.complained, r) {
		d.complained = append(d.complained, r)
		a.tell("%s can't connect to %s", d.name(), r.Attachment)
	}
	a.print(d, handshakeDropped, r.host, r.port)
	if w.master() {
		a.after(5*time.Second, func() {
			if !a.gone(d) {
				a.connect(w)
			}
		})
		return
	}
	a.crash(w)
}

// How long a worker takes to end after it threw, on a CPU that is busy starting others.
const (
	dyingLeast = 2 * time.Second
	dyingMost  = 5 * time.Second
)

// crash ends w: Node's redis client without an error listener throws. What connections it got last
// until its process has ended; its successor is up soon after and knows nothing of the trouble.
func (a *App) crash(w *worker) {
	d := w.dyno
	w.dead = true
	roll := a.opt.Dice
	t := roll.Between(dyingLeast, dyingMost)
	a.after(t, func() {
		if !a.gone(d) {
			a.release(w)
			a.print(d, "Worker %d sadly passed away. It will be reincarnated.", w.number)
		}
	})
	a.after(t+roll.Between(time.Second, 2*time.Second), func() {
		if !a.gone(d) {
			a.fork(w)
		}
	})
}

// release gives w's connections back.
func (a *App) release(w *worker) {
	w.ready = false
	for i, r := range a.redis {
		r.used -= w.held[i]
		w.held[i] = 0
		if r.full && r.used*10 <= r.limit()*9 {
			r.full = false
			a.tell("%s has room again: %d of %d connections", r.Attachment, r.used, r.limit())
		}
	}
}

// recovered tells of a dyno whose workers all have what they need, if they hadn't.
func (a *App) recovered(d *dyno) {
	waiting := func(w *worker) bool { return !w.ready }
	if len(d.complained) > 0 && d.master.ready && !slices.ContainsFunc(d.workers, waiting) {
		d.complained = nil
		a.tell("every worker of %s is connected again", d.name())
	}
}
