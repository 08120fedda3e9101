package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (l *life) names() string {
	var names []string
	for _, d := range l.Dynos() {
		names = append(names, d.Name+" "+d.State)
	}
	return strings.Join(names, ", ")
}

func TestScaleDown(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		time.Sleep(time.Minute)
		l.forget()
		if err := l.Scale("ada@example.com", Update{"web", 3}); err != nil {
			t.Fatal(err)
		}
		if got, want := l.names(), "web.1 up, web.2 up, web.3 up"; got != want {
			t.Errorf("dynos %s, want %s", got, want)
		}
		time.Sleep(10 * time.Second)
		want := []string{
			"api Scaled to web@3:Standard-1X by user ada@example.com",
			"web.4 State changed from up to down",
			"web.4 Stopping all processes with SIGTERM",
			"web.4 Process exited with status 143",
		}
		if diff := cmp.Diff(want, l.said(`api|web\.\d`, "Scaled|State|Stopping|exited")); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
		if got, want := l.connections(), "6 and 6 of 38"; got != want {
			t.Errorf("connections %s, want %s", got, want)
		}
	})
}

func TestRestartDyno(t *testing.T) {
	live(t, Options{Web: 2}, func(t *testing.T, l *life) {
		before := l.Dynos()
		if l.RestartDyno("ada@example.com", "web.9") {
			t.Error("there is no web.9")
		}
		if !l.RestartDyno("ada@example.com", "web.2") {
			t.Error("web.2 isn't found")
		}
		if got, want := l.names(), "web.1 up, web.2 starting"; got != want {
			t.Errorf("dynos %s, want %s", got, want)
		}
		if now := l.Dynos(); now[0].ID != before[0].ID || now[1].ID == before[1].ID {
			t.Error("not web.2 was restarted")
		}
	})
}

func TestScaleUp(t *testing.T) {
	live(t, Options{Web: 1}, func(t *testing.T, l *life) {
		l.forget()
		l.Scale("ada@example.com", Update{"worker", 1}, Update{"web", 2})
		if got, want := l.names(), "web.1 up, worker.1 starting, web.2 starting"; got != want {
			t.Errorf("dynos %s, want %s", got, want)
		}
		time.Sleep(13 * time.Second)
		if got, want := l.names(), "web.1 up, worker.1 up, web.2 up"; got != want {
			t.Errorf("dynos after 13s %s, want %s", got, want)
		}
		if diff := cmp.Diff([]string{"api Scaled to web@2:Standard-1X worker@1:Standard-1X by user ada@example.com"}, l.said("api", "")); diff != "" {
			t.Errorf("api lines (-want +got):\n%s", diff)
		}
		want := []string{"web.2 Starting process with command `node app.js`", "web.2 State changed from starting to up"}
		if diff := cmp.Diff(want, l.said(`web\.2`, "Starting|State")); diff != "" {
			t.Errorf("web.2's lines (-want +got):\n%s", diff)
		}
		if got, want := l.connections(), "4 and 4 of 38"; got != want {
			t.Errorf("connections %s, want %s: none by the worker dyno", got, want)
		}
	})
}

// TestScaleUpAndDown stops dynos that are still starting, and reuses the lowest number.
func TestScaleUpAndDown(t *testing.T) {
	live(t, Options{Web: 2}, func(t *testing.T, l *life) {
		l.Scale("ada@example.com", Update{"web", 5})
		time.Sleep(time.Second)
		l.Scale("ada@example.com", Update{"web", 1})
		time.Sleep(time.Minute)
		if n := l.count(`web\.[345]`, "to up"); n != 0 {
			t.Error("a dyno came up after it had been stopped")
		}
		if n := l.count(`web\.[345]`, "State changed from starting to down"); n != 3 {
			t.Errorf("%d dynos went from starting to down, want 3", n)
		}
		l.Scale("ada@example.com", Update{"web", 2})
		if got, want := l.names(), "web.1 up, web.2 starting"; got != want {
			t.Errorf("dynos %s, want %s", got, want)
		}
	})
}

func TestScaleRefuses(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		l.forget()
		f := func(want string, updates ...Update) {
			t.Helper()
			err := l.Scale("ada@example.com", updates...)
			refused, ok := errors.AsType[*RefusedError](err)
			if !ok || refused.Message != want {
				t.Errorf("%v: %v, want %s", updates, err, want)
			}
		}
		f("Couldn't find that process type (clock).", Update{"web", 1}, Update{"clock", 1})
		f("Quantity must be greater than or equal to 0.", Update{"web", -1})
		f("Cannot update to more than 100 Standard-1X size dynos per process type.", Update{"web", 101})
		time.Sleep(10 * time.Second)
		if got, want := fmt.Sprint(l.Formation()[0].Quantity, l.count("api", "")), "4 0"; got != want {
			t.Errorf("quantity and api lines %s, want %s: nothing done", got, want)
		}
	})
}

func TestSameQuantityIsFine(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		l.forget()
		if err := l.Scale("ada@example.com", Update{"web", 4}); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Second)
		if n := l.count(`web\.\d`, "State"); n != 0 {
			t.Errorf("%d changes of state, want none", n)
		}
	})
}

// TestBootingHoldsRequests: while no dyno is up but one is starting the router waits.
func TestBootingHoldsRequests(t *testing.T) {
	live(t, Options{Web: 1}, func(t *testing.T, l *life) {
		l.Rush()
		l.Scale("ada@example.com", Update{"web", 0})
		l.Scale("ada@example.com", Update{"web", 1})
		l.forget()
		time.Sleep(6 * time.Second)
		if n := l.count("router", ""); n != 0 {
			t.Errorf("%d answers while the dyno starts, want none", n)
		}
		time.Sleep(14 * time.Second)
		if n := l.count("router", "status=200"); n < 15 {
			t.Errorf("%d answers once it is up, want those of 20s", n)
		}
	})
}
