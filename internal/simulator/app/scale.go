package app

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const maxQuantity = 100 // of one process type

// Process is an entry of the formation.
type Process struct {
	ID       string
	Type     string
	Command  string
	Size     string
	Quantity int
	Created  time.Time
	Updated  time.Time
}

type process struct{ Process }

func (a *App) newProcess(name, command string, n int) *process {
	return &process{Process{
		ID: a.opt.Dice.UUID(), Type: name, Command: command,
		// Basic and Eco dynos can't be scaled beyond 1.
		Size: "Standard-1X", Quantity: n, Created: a.Created, Updated: a.Created,
	}}
}

// RefusedError is what Heroku says to a scaling it won't do. Message is its whole text.
type RefusedError struct{ Message string }

func (e *RefusedError) Error() string { return e.Message }

// Update sets the quantity of a process type.
type Update struct {
	Process  string
	Quantity int
}

// Formation lists the process types.
func (a *App) Formation() []Process {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]Process, len(a.processes))
	for i, p := range a.processes {
		list[i] = p.Process
	}
	return list
}

// Scale does all the updates, or none and returns a *RefusedError. by is the user the log names.
// Setting the same quantity again is fine and is logged.
func (a *App) Scale(by string, updates ...Update) (err error) {
	a.locked(func() {
		if err = a.check(updates); err != nil {
			return
		}
		var entries []string
		for _, u := range updates {
			p := a.process(u.Process)
			if p.Quantity != u.Quantity {
				a.tell("%s scaled from %d to %d by %s", p.Type, p.Quantity, u.Quantity, by)
			}
			p.Quantity, p.Updated = u.Quantity, time.Now()
			entries = append(entries, fmt.Sprintf("%s@%d:%s", p.Type, p.Quantity, p.Size))
		}
		slices.Sort(entries)
		a.api("Scaled to %s by user %s", strings.Join(entries, " "), by)
		for _, u := range updates {
			a.adjust(a.process(u.Process))
		}
	})
	return err
}

// Restart stops all dynos and starts new ones, by the user that the log names.
func (a *App) Restart(by string) {
	a.locked(func() {
		a.tell("all dynos are restarted by %s", by)
		for _, p := range a.processes {
			quantity := p.Quantity
			p.Quantity = 0
			a.adjust(p)
			p.Quantity = quantity
			a.adjust(p)
		}
	})
}

// RestartDyno stops one dyno and starts another in its place, by the user that the log names. It returns
// whether there is a dyno of that name or id.
func (a *App) RestartDyno(by, key string) (found bool) {
	a.locked(func() {
		for _, d := range a.dynos {
			if d.state != down && (d.name() == key || d.id == key) {
				found = true
				a.tell("%s is restarted by %s", d.name(), by)
				a.shutDown(d)
				a.adjust(d.process)
				return
			}
		}
	})
	return found
}

func (a *App) check(updates []Update) error {
	for _, u := range updates {
		p := a.process(u.Process)
		switch {
		case p == nil:
			return &RefusedError{fmt.Sprintf("Couldn't find that process type (%s).", u.Process)}
		case u.Quantity < 0:
			return &RefusedError{"Quantity must be greater than or equal to 0."}
		case u.Quantity > a.most:
			return &RefusedError{fmt.Sprintf("Cannot update to more than %d %s size dynos per process type.", a.most, p.Size)}
		}
	}
	return nil
}

// process finds a process type by name or id.
func (a *App) process(key string) *process {
	for _, p := range a.processes {
		if p.Type == key || p.ID == key {
			return p
		}
	}
	return nil
}

// adjust starts and stops dynos until there are as many as p wants. The highest numbers go first.
func (a *App) adjust(p *process) {
	var mine []*dyno
	for _, d := range a.dynos {
		if d.process == p && d.state != down && !d.aside {
			mine = append(mine, d)
		}
	}
	slices.SortFunc(mine, func(x, y *dyno) int { return x.number - y.number })
	for i := len(mine) - 1; i >= p.Quantity; i-- {
		a.shutDown(mine[i])
	}
	for range p.Quantity - len(mine) {
		a.boot(a.newDyno(p))
	}
}
