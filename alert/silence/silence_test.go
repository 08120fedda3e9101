package silence

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
)

// shelf is a Store.
type shelf struct {
	m    map[string][]byte
	fail error
}

func (s *shelf) Put(_ context.Context, key string, value []byte) error {
	if s.fail == nil {
		s.m[key] = value
	}
	return s.fail
}

func (s *shelf) Delete(_ context.Context, key string) error {
	if s.fail == nil {
		delete(s.m, key)
	}
	return s.fail
}

func (s *shelf) Each(_ context.Context, f func(string, []byte) error) error {
	if s.fail != nil {
		return s.fail
	}
	for k, v := range s.m {
		if err := f(k, v); err != nil {
			return err
		}
	}
	return nil
}

// desk is Silences with a clock that is set by hand.
type desk struct {
	*Silences
	t     *testing.T
	store *shelf
	now   time.Time
}

func newDesk(t *testing.T, store *shelf) *desk {
	d := &desk{t: t, store: store, now: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)}
	d.Silences = New(Options{Store: store, Now: func() time.Time { return d.now }})
	d.Replace(Settings{Redact: []*regexp.Regexp{regexp.MustCompile(`TICKET-\d+`)}})
	return d
}

func (d *desk) add(m Matchers, lasts time.Duration, comment string) Silence {
	d.t.Helper()
	one, err := d.Add(d.t.Context(), Silence{Matchers: m, Ends: d.now.Add(lasts), By: "jo@example.com", Comment: comment})
	if err != nil {
		d.t.Fatal(err)
	}
	return one
}

var memory = alert.Alert{App: "enketo", Rule: "memory-quota-exceeded", Severity: alert.Warning}

func TestFromBeginningToEnd(t *testing.T) {
	d := newDesk(t, &shelf{m: map[string][]byte{}})
	why := func(want string) {
		t.Helper()
		if got := d.Why(memory); got != want {
			t.Errorf("at %v: %q, want %q", d.now, got, want)
		}
	}
	why("")
	d.add(Matchers{"app": "another"}, time.Hour, "not this")
	why("")
	short := d.add(Matchers{"app": "enketo"}, time.Minute, "short")
	long := d.add(Matchers{"rule": "memory-*"}, time.Hour, "long, password=hunter2 TICKET-7")
	why("silenced until 22 Nov 2026, 21:00 UTC by jo@example.com: long, password=[redacted] [redacted]")
	if list := d.List(); len(list) != 3 || list[0].ID != short.ID {
		t.Errorf("%+v, want 3, the one that ends next first", list)
	}
	if err := d.Expire(t.Context(), long.ID); err != nil {
		t.Fatal(err)
	}
	why("silenced until 22 Nov 2026, 20:01 UTC by jo@example.com: short")
	d.now = d.now.Add(time.Minute)
	why("")
	for _, id := range []string{long.ID, short.ID, "never"} {
		if err := d.Expire(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("expire again: %v", err)
		}
	}
}

// A restart keeps what lasts; what is over, or makes no sense, leaves the store.
func TestRestart(t *testing.T) {
	store := &shelf{m: map[string][]byte{"broken": []byte("{")}}
	before := newDesk(t, store)
	before.add(Matchers{"app": "enketo"}, time.Minute, "short")
	kept := before.add(Matchers{"app": "enketo"}, time.Hour, "long")
	after := newDesk(t, store)
	after.now = after.now.Add(time.Minute)
	if err := after.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Silence{kept}, after.List()); diff != "" {
		t.Error(diff)
	}
	if len(store.m) != 1 {
		t.Errorf("the store holds %d, want 1", len(store.m))
	}
	// One more takes out what has ended meanwhile.
	after.now = after.now.Add(time.Hour)
	after.add(Matchers{"app": "enketo"}, time.Hour, "more")
	if len(store.m) != 1 {
		t.Errorf("the store holds %d, want 1", len(store.m))
	}
}

// What the store doesn't have doesn't count, and the end of what it has neither.
func TestStoreDown(t *testing.T) {
	store := &shelf{m: map[string][]byte{}}
	d := newDesk(t, store)
	one := d.add(Matchers{"app": "*"}, time.Hour, "why")
	store.fail = errors.New("down")
	if _, err := d.Add(t.Context(), Silence{Matchers: Matchers{"app": "x"}, Ends: d.now.Add(time.Hour), By: "a", Comment: "b"}); err == nil {
		t.Error("no error")
	}
	if err := d.Expire(t.Context(), one.ID); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("expire: %v", err)
	}
	if err := d.Load(t.Context()); err == nil {
		t.Error("load: no error")
	}
	if diff := cmp.Diff([]Silence{one}, d.List()); diff != "" {
		t.Error(diff)
	}
}

func TestAddRefuses(t *testing.T) {
	d := newDesk(t, &shelf{m: map[string][]byte{}})
	f := func(field string, change func(*Silence)) {
		t.Helper()
		one := Silence{Matchers: Matchers{"app": "enketo"}, Ends: d.now.Add(time.Hour), By: "jo", Comment: "why"}
		change(&one)
		_, err := d.Add(t.Context(), one)
		if p, ok := errors.AsType[Problem](err); !ok || p.Field != field || p.Right == "" {
			t.Errorf("%v, want a problem of %s", err, field)
		}
	}
	f("matchers", func(s *Silence) { s.Matchers = nil })
	f("matchers.ap", func(s *Silence) { s.Matchers = Matchers{"ap": "x"} })
	f("ends", func(s *Silence) { s.Ends = d.now })
	f("ends", func(s *Silence) { s.Ends = d.now.Add(367 * 24 * time.Hour) })
	f("by", func(s *Silence) { s.By = " " })
	f("by", func(s *Silence) { s.By = strings.Repeat("x", 101) })
	f("comment", func(s *Silence) { s.Comment = "" })
	f("comment", func(s *Silence) { s.Comment = strings.Repeat("x", 501) })
	for range maxSilences {
		d.add(Matchers{"app": "enketo"}, time.Hour, "why")
	}
	f("matchers", func(*Silence) {})
	if len(d.store.m) != maxSilences {
		t.Errorf("%d stored", len(d.store.m))
	}
}

func TestWindows(t *testing.T) {
	d := newDesk(t, &shelf{m: map[string][]byte{}})
	d.Replace(Settings{Windows: []Window{
		{Name: "wrong"},
		{Name: "other", Match: Matchers{"app": "another"}, Days: []string{"sun"}},
		{Name: "sundays", Match: Matchers{"severity": "warning"}, Days: []string{"sun"}},
	}})
	if got, want := d.Why(memory), "muted by the window sundays"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	d.add(Matchers{"app": "*"}, time.Hour, "first")
	if got := d.Why(memory); !strings.HasPrefix(got, "silenced until") {
		t.Errorf("%q, want the silence", got)
	}
	d.now = d.now.Add(4 * time.Hour)
	if got := d.Why(memory); got != "" {
		t.Errorf("on Monday: %q", got)
	}
}

// A label that rules give counts as any other, and what was silenced by it stays so when they give it no more.
func TestLabelsOfRules(t *testing.T) {
	d := newDesk(t, &shelf{m: map[string][]byte{}})
	ours, theirs := memory, memory
	ours.Labels, theirs.Labels = map[string]string{"team": "shop-eu"}, map[string]string{"team": "books"}
	byTeam := Silence{Matchers: Matchers{"team": "shop*"}, Ends: d.now.Add(time.Hour), By: "jo", Comment: "why"}
	add := func() error {
		_, err := d.Add(t.Context(), byTeam)
		return err
	}
	want := func(ours1, theirs1 bool) {
		t.Helper()
		if got := d.Why(ours) != ""; got != ours1 {
			t.Errorf("ours is silenced: %v, want %v", got, ours1)
		}
		if got := d.Why(theirs) != ""; got != theirs1 {
			t.Errorf("theirs is silenced: %v, want %v", got, theirs1)
		}
	}
	if p, ok := errors.AsType[Problem](add()); !ok || !strings.Contains(p.Wrong, `unknown label "team"`) {
		t.Errorf("%v, want that no rule has it", p)
	}
	sundays := []Window{{Name: "w", Match: Matchers{"team": "books"}, Days: []string{"sun"}}}
	d.Replace(Settings{Windows: sundays})
	want(false, false)
	d.Replace(Settings{Windows: sundays, Labels: []string{"team"}})
	want(false, true)
	if err := add(); err != nil {
		t.Fatal(err)
	}
	want(true, true)
	d.Replace(Settings{})
	want(true, false)
}

// A pattern of secrets counts for comments that were made before it too, also before the last restart.
func TestCommentsAreRedactedAnew(t *testing.T) {
	store := &shelf{m: map[string][]byte{}}
	d := newDesk(t, store)
	d.add(Matchers{"app": "enketo"}, time.Hour, "CASE-7 TICKET-7")
	cases := Settings{Redact: []*regexp.Regexp{regexp.MustCompile(`CASE-\d+`)}}
	shows := func(when string, s *Silences, want string) {
		t.Helper()
		if list := s.List(); len(list) != 1 || list[0].Comment != want || list[0].By != "jo@example.com" || !strings.HasSuffix(s.Why(memory), ": "+want) {
			t.Errorf("%s: %+v; %s", when, list, s.Why(memory))
		}
	}
	shows("at first", d.Silences, "CASE-7 [redacted]")
	before := New(Options{Store: store, Now: func() time.Time { return d.now }})
	before.Replace(cases)
	after := New(Options{Store: store, Now: func() time.Time { return d.now }})
	for _, s := range []*Silences{before, after} {
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	after.Replace(cases)
	d.Replace(cases)
	shows("at a reload", d.Silences, "[redacted] [redacted]")
	shows("at a start", before, "[redacted] [redacted]")
	shows("at a start whose ledger was faster", after, "[redacted] [redacted]")
}
