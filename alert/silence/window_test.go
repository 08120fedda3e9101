package silence

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWindowOpen(t *testing.T) {
	f := func(w Window, at string, want bool) {
		t.Helper()
		w.Name, w.Match = "w", Matchers{"app": "*"}
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		s := w.ready([]string{"team"})
		if s == nil {
			t.Fatalf("%+v is not ready", w)
		}
		if got := s.open(when); got != want {
			t.Errorf("%+v at %s: %v, want %v", w, at, got, want)
		}
	}
	// 22 November 2026 is a Sunday.
	weekend := Window{Days: []string{"sat", "sun"}}
	f(weekend, "2026-11-22T00:00:00Z", true)
	f(weekend, "2026-11-22T23:59:59Z", true)
	f(weekend, "2026-11-23T00:00:00Z", false)

	noon := Window{Hours: "12:00-13:30"}
	f(noon, "2026-11-22T11:59:59Z", false)
	f(noon, "2026-11-22T12:00:00Z", true)
	f(noon, "2026-11-22T13:29:59Z", true)
	f(noon, "2026-11-22T13:30:00Z", false)

	// Sunday night goes on into Monday; Saturday night doesn't count.
	night := Window{Days: []string{"sun"}, Hours: "22:00-06:00"}
	f(night, "2026-11-22T21:59:00Z", false)
	f(night, "2026-11-22T22:00:00Z", true)
	f(night, "2026-11-23T05:59:00Z", true)
	f(night, "2026-11-23T06:00:00Z", false)
	f(night, "2026-11-22T05:00:00Z", false)
	f(night, "2026-11-23T22:00:00Z", false)
	f(Window{Hours: "20:00-24:00"}, "2026-11-22T23:59:59Z", true)
	f(Window{Hours: "20:00-24:00"}, "2026-11-23T00:00:00Z", false)

	// By the wall's clock, whatever summer time does to it.
	berlin := Window{Hours: "08:00-09:00", Zone: "Europe/Berlin"}
	f(berlin, "2026-11-22T07:30:00Z", true)
	f(berlin, "2026-07-22T07:30:00Z", false)
	f(berlin, "2026-07-22T06:30:00Z", true)
	f(Window{Days: []string{"mon"}, Zone: "Asia/Tokyo"}, "2026-11-22T16:00:00Z", true)
}

func TestWindowCheck(t *testing.T) {
	f := func(w Window, want ...string) {
		t.Helper()
		var got []string
		w.Check([]string{"team"}, func(field, wrong, _ string) { got = append(got, field+": "+wrong) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if ready := w.ready([]string{"team"}) != nil; ready != (len(want) == 0) {
			t.Errorf("%+v is ready: %v", w, ready)
		}
	}
	all := Matchers{"app": "*"}
	f(Window{Name: "w", Match: all, Hours: "22:00-06:00"})
	f(Window{Match: all, Days: []string{"sat"}}, "name: is missing")
	f(Window{Name: "w", Days: []string{"sat"}}, "match: names no alerts")
	f(Window{Name: "w", Match: Matchers{"ap": "x"}, Days: []string{"sat"}}, `match.ap: unknown label "ap"`)
	f(Window{Name: "w", Match: all}, ": has neither days nor hours, so it would mute for ever")
	f(Window{Name: "w", Match: all, Days: []string{"sat", "Sunday"}}, `days[1]: "Sunday" is no day`)
	f(Window{Name: "w", Match: all, Days: []string{"sat"}, Zone: "Mars"}, `zone: "Mars" is no time zone`)
	f(Window{Name: "w", Match: all, Days: []string{"sat"}, Zone: "Local"}, `zone: "Local" is no time zone`)
	for _, bad := range []string{"22", "22:00", "22:00-", "22:00-6", "22:00-06:60", "25:00-06:00", "24:00-06:00", "24:01-06:00", "-1:00-06:00", "1:1-2:00"} {
		f(Window{Name: "w", Match: all, Hours: bad}, `hours: "`+bad+`" are no hours`)
	}
	f(Window{Name: "w", Match: all, Hours: "6:00-06:00"}, "hours: ends when it begins")
}
