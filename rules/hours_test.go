package rules

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func scheduleOf(t testing.TB, h Hours) *schedule {
	t.Helper()
	return h.compile(func(field, wrong, right string) { t.Fatalf("%s %s; %s", field, wrong, right) })
}

func TestHours(t *testing.T) {
	f := func(h Hours, now, want string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		got := "now"
		if next := scheduleOf(t, h).begins(at); !next.IsZero() {
			got = next.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%+v at %s: %s, want %s", h, now, got, want)
		}
	}
	office := Hours{Days: []string{"mon-fri"}, From: "08:00", To: "18:00", Zone: "Europe/Berlin"}
	f(office, "2026-11-23T06:59:00Z", "2026-11-23T07:00:00Z") // a Monday, in winter
	f(office, "2026-11-23T07:00:00Z", "now")
	f(office, "2026-11-23T17:00:00Z", "2026-11-24T07:00:00Z")
	f(office, "2026-11-27T17:00:00Z", "2026-11-30T07:00:00Z") // over the weekend
	f(office, "2026-07-06T06:00:00Z", "now")                  // summer time
	night := Hours{Days: []string{"fri", "sat"}, From: "22:00", To: "06:00"}
	f(night, "2026-11-28T05:59:59Z", "now") // Friday's, on Saturday morning
	f(night, "2026-11-28T06:00:00Z", "2026-11-28T22:00:00Z")
	f(night, "2026-11-29T06:00:00Z", "2026-12-04T22:00:00Z")
	f(Hours{Days: []string{"sat-mon"}}, "2026-11-24T00:00:00Z", "2026-11-28T00:00:00Z")
	f(Hours{}, "2026-11-24T00:00:00Z", "now")
	// The clocks go forward at 02:00: 02:30 is 03:30.
	f(Hours{From: "02:30", To: "04:00", Zone: "Europe/Berlin"}, "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z")
}

// Against looking at the clock on the wall every quarter of an hour.
func TestHoursAgainstTheWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quarter := func(name string) string {
			q := rapid.IntRange(0, 95).Draw(t, name)
			return fmt.Sprintf("%02d:%02d", q/4, q%4*15)
		}
		h := Hours{From: quarter("from"), To: quarter("to"), Zone: rapid.SampledFrom([]string{"", "Europe/Berlin", "America/New_York", "Asia/Kolkata"}).Draw(t, "zone")}
		for _, day := range weekdays {
			if rapid.Bool().Draw(t, day) {
				h.Days = append(h.Days, day)
			}
		}
		s := h.compile(func(field, wrong, _ string) { t.Fatalf("%s %s", field, wrong) })
		from, _ := minutesOf(h.From)
		to, _ := minutesOf(h.To)
		onWall := func(at time.Time) bool {
			wall := at.In(s.zone)
			minute, today := 60*wall.Hour()+wall.Minute(), s.on[wall.Weekday()]
			before := s.on[(wall.Weekday()+6)%7]
			if from < to {
				return today && from <= minute && minute < to
			}
			return today && minute >= from || before && minute < to
		}
		now := time.Date(2026, 11, 1+rapid.IntRange(2, 25).Draw(t, "day"), 0, 15*rapid.IntRange(0, 95).Draw(t, "now"), 0, 0, time.UTC)
		want := now
		for !onWall(want) {
			want = want.Add(15 * time.Minute)
		}
		got := s.begins(now)
		if got.IsZero() {
			got = now
		}
		if !got.Equal(want) {
			t.Fatalf("%+v at %v: %v, want %v", h, now, got, want)
		}
	})
}
