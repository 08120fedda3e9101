package budget

import (
	"strings"
	"testing"
	"time"
)

func TestRecall(t *testing.T) {
	b, at := learntOnce()
	b.Released(at)
	kept, err := b.Learnt()
	if err != nil {
		t.Fatal(err)
	}
	again := New(map[string]Redis{"REDIS": {Limit: 50}}) // known by its attachment only, until a line names it
	if err := again.Recall(kept); err != nil {
		t.Fatal(err)
	}
	again.Dynos("web", 4, at)
	if got, want := again.takes("web"), b.takes("web"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if again.release != b.release {
		t.Errorf("release %d, want %d", again.release, b.release)
	}
	// What a process learnt itself stands.
	other := New(nil)
	history(other, 198, [2]int{1, 30}, [2]int{4, 120})
	if err := other.Recall(kept); err != nil {
		t.Fatal(err)
	}
	if got := other.takes("web"); got != "30.0 ± 0.7 (learnt)" {
		t.Errorf("got %s, want what it had", got)
	}
}

// After a restart not every quantity is known at once. What a worker takes must not be taken for web's.
func TestNothingIsLearntUntilAllTypesAreKnown(t *testing.T) {
	b, at := New(nil), t0
	for _, web := range []int{1, 4} {
		b.Formation(map[string]int{"web": web, "worker": 1}, at)
		at = b.stayed(at, 198, 20*web+7, 20*web+7, 20*web+7)
	}
	kept, err := b.Learnt()
	if err != nil {
		t.Fatal(err)
	}
	again := New(nil)
	if err := again.Recall(kept); err != nil {
		t.Fatal(err)
	}
	again.Dynos("web", 4, at)
	at = again.stayed(at, 198, 150, 150, 150) // with workers that nobody told of
	again.Dynos("worker", 1, at)
	if got, want := again.takes("web"), b.takes("web"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRecallRefuses(t *testing.T) {
	f := func(kept, want string) {
		t.Helper()
		b := New(nil)
		err := b.Recall([]byte(kept))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", kept, err, want)
		}
		if len(b.addons) > 0 {
			t.Errorf("%s: something was taken", kept)
		}
	}
	one := func(stay string) string { return `{"version":1,"addons":[{"addon":"redis-a","stays":[` + stay + `]}]}` }
	f(`{`, "unexpected end")
	f(`{"version":2}`, "version 2, want 1")
	f(one(`null`), `"redis-a" has stays that can't be`)
	f(one(`{"limit":38,"count":3,"readings":[1]}`), "can't be")             // it would divide by nothing
	f(one(`{"limit":38,"count":3,"every":1}`), "can't be")                  // nor has it a middle
	f(one(`{"limit":38,"count":1,"every":1,"readings":[1,2]}`), "can't be") // more than there were
	f(one(`{"count":3,"every":1,"readings":[1]}`), "can't be")
}

// It is worth writing down when a formation is new, and about once an hour.
func TestUnsaved(t *testing.T) {
	b := New(nil)
	b.Dynos("web", 1, t0)
	var when []int
	at := t0.Add(settle)
	for i := range 130 {
		b.sample("REDIS", 26, 198, at.Add(time.Duration(i)*time.Minute))
		if b.Unsaved() {
			when = append(when, i+1)
			if _, err := b.Learnt(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(when) != 3 || when[0] != 3 || when[1] != 60 || when[2] != 120 {
		t.Errorf("after %d readings, want 3, 60, 120", when)
	}
}
