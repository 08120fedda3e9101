package silence

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"drain/alert"
)

const (
	maxSilences = 1000                 // held at a time
	maxLasting  = 366 * 24 * time.Hour // longer is a rule to disable
	maxBy       = 100                  // characters
	maxComment  = 500                  // characters
)

// ErrNotFound is the error for a silence that was never made, or is over.
var ErrNotFound = errors.New("there is no such silence")

// Silence keeps alerts from being told of until it ends.
type Silence struct {
	ID       string    `json:"id"`
	Matchers Matchers  `json:"matchers"`
	Began    time.Time `json:"began"`
	Ends     time.Time `json:"ends"`
	By       string    `json:"by"`      // who made it
	Comment  string    `json:"comment"` // why
}

// Store keeps silences over a restart.
type Store interface {
	Put(ctx context.Context, key string, value []byte) error
	// Delete of a key that isn't there succeeds.
	Delete(ctx context.Context, key string) error
	// Each calls f with every key and value until f fails. f may delete.
	Each(ctx context.Context, f func(key string, value []byte) error) error
}

// Options of New. Store and Now are needed.
type Options struct {
	Store Store
	Now   func() time.Time
}

// Settings are what the configuration says.
type Settings struct {
	Windows []Window
	Labels  []string         // that rules give their alerts, besides alert.LabelNames
	Redact  []*regexp.Regexp // what is secret in comments, besides what alert.Redactor knows
}

// Silences are those in force, and the windows.
type Silences struct {
	opt Options

	mu       sync.RWMutex
	all      map[string]Silence // guarded by mu; by ID
	windows  []*schedule        // guarded by mu, as are the next two; replaced, never changed
	labels   []string
	redactor *alert.Redactor
}

// New makes Silences with none in force.
func New(o Options) *Silences {
	return &Silences{opt: o, redactor: alert.NewRedactor(), all: map[string]Silence{}}
}

// Load takes over what the Store holds, and drops from it what is over or can't be read. It may be
// called again after it failed.
func (s *Silences) Load(ctx context.Context) error {
	var past []string
	now := s.opt.Now()
	err := s.opt.Store.Each(ctx, func(key string, value []byte) error {
		var one Silence
		if err := json.Unmarshal(value, &one); err != nil || one.ID != key || !one.Ends.After(now) {
			past = append(past, key)
			return nil
		}
		s.mu.Lock()
		one.Comment = s.redactor.Redact(one.Comment) // the Store's may be from before a pattern
		s.all[key] = one
		s.mu.Unlock()
		return nil
	})
	if err != nil {
		return fmt.Errorf("load silences: %w", err)
	}
	return s.drop(ctx, past)
}

// Replace puts other Settings in place of those there are; of a new Silences they are empty. A window that
// Check finds wrong is left out. Silences stay, also of labels that no rule gives any more; their comments
// are redacted anew.
func (s *Silences) Replace(to Settings) {
	var ready []*schedule
	for _, w := range to.Windows {
		if one := w.ready(to.Labels); one != nil {
			ready = append(ready, one)
		}
	}
	redactor := alert.NewRedactor(to.Redact...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.windows, s.labels, s.redactor = ready, to.Labels, redactor
	for id, one := range s.all {
		one.Comment = redactor.Redact(one.Comment)
		s.all[id] = one
	}
}

// Problem is the error for a silence that can't be made as it was asked for.
type Problem struct{ Field, Wrong, Right string }

func (p Problem) Error() string { return p.Field + ": " + p.Wrong + "; " + p.Right }

// Add puts a silence in force from now on, with an ID of its own, and returns it. Its comment
// is redacted. An error that is a Problem means that it is wrong; any other, that the Store failed.
func (s *Silences) Add(ctx context.Context, one Silence) (Silence, error) {
	now := s.opt.Now()
	s.mu.RLock()
	own, redactor := s.labels, s.redactor
	s.mu.RUnlock()
	// Who made it stays as given: an address there is meant to be seen.
	one.By, one.Comment = strings.TrimSpace(one.By), strings.TrimSpace(redactor.Redact(one.Comment))
	if err := one.check(now, own); err != nil {
		return Silence{}, err
	}
	if err := s.drop(ctx, s.past(now)); err != nil {
		return Silence{}, err
	}
	one.ID, one.Began = rand.Text(), now.UTC()
	one.Ends = one.Ends.UTC()
	value, err := json.Marshal(one)
	if err != nil {
		return Silence{}, fmt.Errorf("silence: %w", err)
	}
	s.mu.RLock()
	full := len(s.all) >= maxSilences
	s.mu.RUnlock()
	if full {
		return Silence{}, Problem{"matchers", fmt.Sprintf("there are %d silences already", maxSilences), "expire some, or use patterns"}
	}
	if err := s.opt.Store.Put(ctx, one.ID, value); err != nil {
		return Silence{}, fmt.Errorf("silence: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[one.ID] = one
	return one, nil
}

// check returns the first mistake, as a Problem.
func (one Silence) check(now time.Time, own []string) error {
	var first error
	one.Matchers.Check(own, func(name, wrong, right string) {
		if first == nil {
			first = Problem{strings.TrimSuffix("matchers."+name, "."), wrong, right}
		}
	})
	switch {
	case first != nil:
		return first
	case !one.Ends.After(now):
		return Problem{"ends", "is not in the future", "say until when, or for how long"}
	case one.Ends.Sub(now) > maxLasting:
		return Problem{"ends", "is more than a year away", "disable the rule, or mute it in the configuration"}
	case one.By == "" || utf8.RuneCountInString(one.By) > maxBy || !utf8.ValidString(one.By):
		return Problem{"by", "is missing or too long", fmt.Sprintf("say who silences it, in up to %d characters", maxBy)}
	case one.Comment == "" || utf8.RuneCountInString(one.Comment) > maxComment:
		return Problem{"comment", "is missing or too long", fmt.Sprintf("say why, in up to %d characters", maxComment)}
	}
	return nil
}

// Expire ends a silence now. The error is ErrNotFound, or the Store's.
func (s *Silences) Expire(ctx context.Context, id string) error {
	s.mu.RLock()
	one, ok := s.all[id]
	s.mu.RUnlock()
	if !ok || !one.Ends.After(s.opt.Now()) {
		return ErrNotFound
	}
	return s.drop(ctx, []string{id})
}

// List returns those in force, the one that ends next first.
func (s *Silences) List() []Silence {
	now := s.opt.Now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Silence, 0, len(s.all))
	for _, one := range s.all {
		if one.Ends.After(now) {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b Silence) int { return cmp.Or(a.Ends.Compare(b.Ends), strings.Compare(a.ID, b.ID)) })
	return list
}

// Why says in words why an alert is not to be told of now; empty: it is. Of several silences it names
// the one that ends last, and a silence before a window.
func (s *Silences) Why(a alert.Alert) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.all) == 0 && len(s.windows) == 0 {
		return "" // almost always, and asked often
	}
	now, labels := s.opt.Now(), a.LabelSet()
	var last Silence
	for _, one := range s.all {
		later := cmp.Or(one.Ends.Compare(last.Ends), strings.Compare(one.ID, last.ID)) > 0
		if one.Ends.After(now) && later && one.Matchers.Match(labels) {
			last = one
		}
	}
	if last.ID != "" {
		return fmt.Sprintf("silenced until %s by %s: %s", last.Ends.Format("2 Jan 2006, 15:04 UTC"), last.By, last.Comment)
	}
	for _, w := range s.windows {
		if w.open(now) && w.match.Match(labels) {
			return fmt.Sprintf("muted by the window %s", w.name)
		}
	}
	return ""
}

func (s *Silences) past(now time.Time) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ids []string
	for id, one := range s.all {
		if !one.Ends.After(now) {
			ids = append(ids, id)
		}
	}
	return ids
}

// drop takes silences out of the Store, and then out of force.
func (s *Silences) drop(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := s.opt.Store.Delete(ctx, id); err != nil {
			return fmt.Errorf("silence: %w", err)
		}
		s.mu.Lock()
		delete(s.all, id)
		s.mu.Unlock()
	}
	return nil
}
