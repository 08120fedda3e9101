package upgrade

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Step is a part of an upgrade.
type Step string

// The steps, in their order.
const (
	StepClose  Step = "close"  // maintenance mode on
	StepStop   Step = "stop"   // all process types to 0 that are not kept
	StepDrain  Step = "drain"  // until their dynos are down
	StepChange Step = "change" // the plan
	StepWait   Step = "wait"   // until Heroku is done
	StepStart  Step = "start"  // the formation as it was
	StepOpen   Step = "open"   // maintenance mode as it was
)

// StepDone is the step of an entry that is over. A Ledger keeps it, for drains that hear of it late; another
// Journal only where the drain couldn't be told.
const StepDone Step = "done"

var steps = [...]Step{StepClose, StepStop, StepDrain, StepChange, StepWait, StepStart, StepOpen}

// Entry is what a Journal keeps of one upgrade: all it takes to go on, or to go back.
type Entry struct {
	App         string         `json:"app"`
	Addon       string         `json:"addon"` // its own name, e.g. redis-rugged-24473
	From        string         `json:"from"`  // the plan it had
	To          string         `json:"to"`
	Keep        []string       `json:"keep,omitempty"` // process types that go on running
	Maintenance bool           `json:"maintenance"`    // as it was before
	Formation   map[string]int `json:"formation"`      // as it was before
	Started     time.Time      `json:"started"`
	Step        Step           `json:"step"` // begun, maybe done
	Saved       time.Time      `json:"saved,omitzero"`
}

// Stops returns what the process types had that are stopped meanwhile, for a drain that is told of it.
func (e *Entry) Stops() map[string]int { return e.stopped() }

// stopped returns what the process types that were stopped had.
func (e *Entry) stopped() map[string]int {
	out := map[string]int{}
	for process, n := range e.Formation {
		if n > 0 && !slices.Contains(e.Keep, process) {
			out[process] = n
		}
	}
	return out
}

// ErrNoEntry is what a Journal without an entry for the app returns.
var ErrNoEntry = errors.New("no upgrade of this app is under way")

// Journal keeps the Entry of each app's upgrade through a crash.
type Journal interface {
	Load(ctx context.Context, app string) (Entry, error) // ErrNoEntry if there is none
	Save(ctx context.Context, e Entry) error             // it is safe once this returned nil
	Remove(ctx context.Context, app string) error
}

// File is a Journal of one app in a file that only its owner can read.
type File string

// Load implements Journal.
func (f File) Load(_ context.Context, app string) (e Entry, err error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, os.ErrNotExist) {
		return e, ErrNoEntry
	}
	if err != nil {
		return e, fmt.Errorf("journal: %w", err)
	}
	return Decode(b, string(f), app)
}

// Decode reads an app's Entry, as a Journal keeps it; where is for errors.
func Decode(b []byte, where, app string) (e Entry, err error) {
	if err = json.Unmarshal(b, &e); err != nil {
		return e, fmt.Errorf("journal %s: JSON of an upgrade is expected: %w", where, err)
	}
	if e.place() < 0 && e.Step != StepDone {
		return e, fmt.Errorf("journal %s: step %q isn't known; one of %v is expected", where, e.Step, steps)
	}
	if e.App != app {
		return e, fmt.Errorf("journal %s: it is of an upgrade of %q, not of %q; each app needs its own", where, e.App, app)
	}
	return e, nil
}

// place is the number of the entry's step.
func (e *Entry) place() int { return slices.Index(steps[:], e.Step) }

// Save implements Journal. It replaces the file as a whole, so a crash leaves the old one or the new.
func (f File) Save(_ context.Context, e Entry) (err error) {
	b, err := json.MarshalIndent(e, "", "  ")
	if err == nil {
		err = replace(string(f), b)
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func replace(path string, b []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".upgrade-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once it is renamed, as it should
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes what happened to dir's names survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Remove implements Journal.
func (f File) Remove(context.Context, string) error {
	if err := os.Remove(string(f)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Shelf is where a Ledger keeps values; *ledger.Shelf is one.
type Shelf interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) error
}

// Ledger is a Journal on a shelf, for where files don't last. The last entry of each app stays there when
// it is done.
type Ledger struct {
	Shelf    Shelf
	NotFound error // what Get returns for a key that isn't there
}

// Load implements Journal.
func (l Ledger) Load(ctx context.Context, app string) (Entry, error) {
	e, err := l.Last(ctx, app)
	if err == nil && e.Step == StepDone {
		return Entry{}, ErrNoEntry
	}
	return e, err
}

// Last returns the app's last entry, done or not; ErrNoEntry if there never was one.
func (l Ledger) Last(ctx context.Context, app string) (e Entry, err error) {
	b, err := l.Shelf.Get(ctx, app)
	if errors.Is(err, l.NotFound) {
		return e, ErrNoEntry
	}
	if err != nil {
		return e, err
	}
	return Decode(b, "in the ledger", app)
}

// Save implements Journal.
func (l Ledger) Save(ctx context.Context, e Entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return l.Shelf.Put(ctx, e.App, b)
}

// ErrAnother is the error for an entry that would replace another upgrade's, which alone knows how the app was.
var ErrAnother = errors.New("another upgrade of this app isn't over: go on with -resume, or back with -abort")

// ErrOver is the error for a step of an upgrade that is over already.
var ErrOver = errors.New("this upgrade is over already")

// kept is how long an entry is safe from another upgrade's. Who hasn't gone on with it by then has lost
// its journal, or brought the app up by hand.
const kept = 24 * time.Hour

// Announce saves what an upgrade says that has its Journal elsewhere, unless that undoes what another says:
// the error is ErrAnother then, or ErrOver for a step that comes after its own upgrade's end.
func (l Ledger) Announce(ctx context.Context, e Entry) error {
	last, err := l.Last(ctx, e.App)
	switch {
	case errors.Is(err, ErrNoEntry):
	case err != nil:
		return err
	case last.Started.Equal(e.Started):
		if last.Step == StepDone && e.Step != StepDone {
			return ErrOver
		}
	case last.Step != StepDone && last.Step != StepClose && e.Saved.Sub(last.Saved) < kept: // at close nothing is stopped
		return ErrAnother
	}
	return l.Save(ctx, e)
}

// Remove implements Journal.
func (l Ledger) Remove(ctx context.Context, app string) error {
	e, err := l.Load(ctx, app)
	if errors.Is(err, ErrNoEntry) {
		return nil
	}
	if err != nil {
		return err
	}
	e.Step, e.Saved = StepDone, time.Now()
	return l.Save(ctx, e)
}
