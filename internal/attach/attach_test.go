package attach

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	base  = "https://drain.example.com"
	right = "https://drain:s3cret@drain.example.com/logs/enketo"
	older = "https://drain:0ld@drain.example.com/logs/enketo"
	bare  = "https://x:0ld@drain.example.com/logs"
	other = "https://api-key@logs.example.net/logs/enketo"
	twin  = "https://drain:y@drain.example.com/logs/enketo-staging"
)

// fake is a Heroku, and a daemon that hears from each drain delay after it was made.
type fake struct {
	drains  []Drain
	metrics int
	made    map[string]time.Time
	delay   time.Duration
	log     []string // changes, in order
}

func (f *fake) LogDrains(context.Context, string) ([]Drain, error) {
	return slices.Clone(f.drains), nil
}

func (f *fake) CreateDrain(_ context.Context, _, url string) (Drain, error) {
	d := Drain{ID: fmt.Sprint("id", len(f.made)), Token: fmt.Sprint("d.", len(f.made)), URL: url}
	f.drains = append(f.drains, d)
	f.made[d.Token] = time.Now()
	f.log = append(f.log, "create "+url)
	return d, nil
}

func (f *fake) DeleteDrain(_ context.Context, _, id string) error {
	for i, d := range f.drains {
		if d.ID == id {
			f.drains = slices.Delete(f.drains, i, i+1)
			f.log = append(f.log, "delete "+d.URL)
			return nil
		}
	}
	return errors.New("no such drain")
}

func (f *fake) RuntimeMetrics(context.Context, string) (bool, error) { return f.metrics > 0, nil }

func (f *fake) SetRuntimeMetrics(_ context.Context, _ string, on bool) error {
	f.metrics = 0
	if on {
		f.metrics = 1
	}
	f.log = append(f.log, fmt.Sprint("metrics ", on))
	return nil
}

func (f *fake) Restart(context.Context, string) error {
	f.log = append(f.log, "restart")
	return nil
}

func (f *fake) seen(_ context.Context, token string) (time.Time, error) {
	if made, ok := f.made[token]; ok && time.Since(made) >= f.delay {
		f.log = append(f.log, "line from "+token)
		return made.Add(f.delay), nil
	}
	return time.Time{}, nil
}

func newFake(urls ...string) *fake {
	f := &fake{made: map[string]time.Time{}, delay: 5 * time.Second, metrics: 1}
	for _, u := range urls {
		f.CreateDrain(context.Background(), "enketo", u)
	}
	f.log = nil
	return f
}

func (f *fake) attachment(t *testing.T, yes bool) (a *Attachment, told *[]string) {
	t.Helper()
	told = new([]string)
	a, err := New(Options{
		Platform: f, App: "enketo", Base: base, Password: "s3cret", Wait: time.Minute, Seen: f.seen,
		Tell: func(s string) { *told = append(*told, s) },
		Ask:  func(_ context.Context, q string) (bool, error) { *told = append(*told, q); return yes, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, told
}

func TestAttach(t *testing.T) {
	f := func(name string, before []string, metrics int, yes bool, want ...string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake(before...)
				fake.metrics = metrics
				a, told := fake.attachment(t, yes)
				if err := a.Attach(t.Context()); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, fake.log); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if all := strings.Join(*told, "\n"); strings.Contains(all, "s3cret") || strings.Contains(all, "0ld") {
					t.Errorf("it tells a password:\n%s", all)
				}
			})
		})
	}
	f("first", nil, 1, false, "create "+right, "line from d.0")
	f("again", []string{right}, 1, false, "line from d.0")
	f("the password is new", []string{older}, 1, false, "create "+right, "line from d.1", "delete "+older)
	f("without the app's name", []string{bare, other, twin}, 1, false, "create "+right, "line from d.3", "delete "+bare)
	f("two of ours", []string{older, right}, 1, false, "line from d.1", "delete "+older)
	f("metrics are off, restart", nil, 0, true, "create "+right, "metrics true", "restart", "line from d.0")
	f("metrics are off, no restart", nil, 0, false, "create "+right, "metrics true", "line from d.0")
}

// Without a first line the older drain stays.
func TestNoLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake(older)
		fake.delay = time.Hour
		a, told := fake.attachment(t, false)
		err := a.Attach(t.Context())
		if err == nil || !strings.Contains(err.Error(), "no line came in 1m0s. Is drain.example.com reachable") {
			t.Errorf("%v", err)
		}
		if len(fake.drains) != 2 || len(*told) < 10 {
			t.Errorf("%d drains, told %q", len(fake.drains), *told)
		}
	})
}

func TestDetach(t *testing.T) {
	fake := newFake(other, older, twin, right)
	a, _ := fake.attachment(t, true)
	if err := a.Detach(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"delete " + older, "delete " + right, "metrics false"}, fake.log); diff != "" {
		t.Error(diff)
	}
	if err := a.Detach(t.Context()); err == nil || !strings.Contains(err.Error(), "enketo has no drain to drain.example.com") {
		t.Errorf("again: %v", err)
	}
}

func TestBase(t *testing.T) {
	for _, bad := range []string{"", "drain.example.com", "ftp://x", "https://u:p@x", "https://x?y=1"} {
		if _, err := New(Options{Base: bad}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	a, err := New(Options{Base: "http://127.0.0.1:8080/behind/", App: "a", Password: "p"})
	if err != nil || a.url() != "http://drain:p@127.0.0.1:8080/behind/logs/a" {
		t.Errorf("%v, %v", a, err)
	}
}
