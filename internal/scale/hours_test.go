package scale

import (
	"strings"
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	f := func(hours, now, want string) {
		t.Helper()
		var h Hours
		if hours != "" {
			if err := h.UnmarshalText([]byte(hours)); err != nil {
				t.Fatal(err)
			}
		}
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.next(at).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s at %s: next %s, want %s", hours, now, got, want)
		}
	}
	f("", "2026-11-22T03:00:00Z", "2026-11-22T03:00:00Z")
	f("08:00-20:00", "2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z")
	f("08:00-20:00", "2026-11-22T19:59:59Z", "2026-11-22T19:59:59Z")
	f("08:00-20:00", "2026-11-22T20:00:00Z", "2026-11-23T08:00:00Z")
	f("08:00-20:00", "2026-11-22T07:59:59Z", "2026-11-22T08:00:00Z")
	f("20:30-06:00", "2026-11-22T23:00:00Z", "2026-11-22T23:00:00Z")
	f("20:30-06:00", "2026-11-22T05:59:00Z", "2026-11-22T05:59:00Z")
	f("20:30-06:00", "2026-11-22T06:00:00Z", "2026-11-22T20:30:00Z")
	f("08:00-20:00 Europe/Oslo", "2026-11-22T07:30:00Z", "2026-11-22T07:30:00Z")
	f("08:00-20:00 Europe/Oslo", "2026-07-22T06:30:00Z", "2026-07-22T06:30:00Z")
	f("08:00-20:00 Europe/Oslo", "2026-11-22T06:30:00Z", "2026-11-22T07:00:00Z")

	for _, bad := range []string{"", "8-20", "08:00", "08:00-08:00", "08:00-24:00", "08:00-20:00 ", "08:00-20:00 Nowhere/At", "08:00-20:00 Local"} {
		if err := new(Hours).UnmarshalText([]byte(bad)); err == nil || !strings.Contains(err.Error(), "write e.g. 08:00-20:00") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Outside its hours a policy neither sheds, restores nor restarts.
func TestOffHours(t *testing.T) {
	shedding, s := shedWeb(Automatic), exhausted() // at noon
	restoring, calm := shed()
	restart, heavy := restartWeb(Automatic), leaking()
	for _, hours := range []Hours{"", "11:00-13:00", "13:00-11:00"} {
		shedding.Hours, restoring.Hours, restart.Hours = hours, hours, hours
		for _, d := range []Decision{Decide(&shedding, &s), DecideRestore(&restoring, &calm), Decide(&restart, &heavy)} {
			switch {
			case hours != "13:00-11:00" && d.Verdict != Act:
				t.Errorf("%q: %s %q", hours, d.Verdict, d.Why)
			case hours == "13:00-11:00" && (d.Why != GuardHours || !d.Until.Equal(t0.Add(time.Hour))):
				t.Errorf("%q: %s %q until %s", hours, d.Verdict, d.Why, d.Until)
			}
		}
	}
}
