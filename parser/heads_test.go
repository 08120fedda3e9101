package parser

import (
	"fmt"
	"strings"
	"testing"
)

// A header that differs in one byte from one that was read before is another.
func TestHeadsDiffer(t *testing.T) {
	const header = len("<158>1 2026-11-22T20:00:02.898551+00:00 host heroku dramatiq.12 - x")
	for _, line := range usual {
		for at := range min(header, len(line)) {
			for _, piece := range []string{"", " ", "0", "6", "9", ":", "x", "xx"} {
				other := line[:at] + piece + line[at+1:]
				if diff := unlikeGeneral([]byte(frame(line) + frame(other) + frame(line) + strings.Repeat(" ", 150))); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	}
}

// Nor does a space before PRI make up for a digit less in it.
func TestHeadsBehindASpace(t *testing.T) {
	for _, line := range usual {
		for _, space := range []string{" ", "  ", "<", "1"} {
			if diff := unlikeGeneral([]byte(frame(line) + frame(space+line) + frame(line) + strings.Repeat(" ", 150))); diff != "" {
				t.Error(diff)
			}
		}
	}
}

// A Scanner that has read nothing yet knows no minute and no header: zeros are neither.
func TestHeadsOfZeros(t *testing.T) {
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	rest := strings.Repeat("x", 100)
	for _, line := range []string{
		"<158>1 " + zeros(16) + ":02.898551+00:00 host app web.1 - " + rest,
		"<158>1 " + zeros(26) + "+00:00 host app web.1 - " + rest,
		zeros(6+26) + "+00:00 host " + zeros(33) + rest,
		zeros(6+25) + "+00:00 host " + zeros(33) + rest,
	} {
		if diff := unlikeGeneral([]byte(frame(line) + frame(line) + rest)); diff != "" {
			t.Error(diff)
		}
	}
}

// PRI and the fraction each have as many digits as may be, and the seconds take some of theirs, or give.
func TestHeadsOfAllWidths(t *testing.T) {
	var heads, all []string
	for _, pri := range []string{"<0>", "<13>", "<158>", "<1234>"} {
		for _, second := range []string{"2", "02", "012", "59", "60"} {
			for n := range 9 {
				line := pri + "1 2026-11-22T20:00:" + second + "." + "898551402"[:n] + "+00:00 host app web.1 - " + strings.Repeat("x", 100)
				if all = append(all, line); second == "02" {
					heads = append(heads, line)
				}
			}
		}
	}
	for _, head := range heads {
		for _, line := range all {
			if diff := unlikeGeneral([]byte(frame(head) + frame(line) + frame(head))); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// Headers are found again with any usual length of PRI, fraction, PROCID and frame.
func TestHeadsAreFound(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't compare them")
	}
	for _, pri := range []string{"<45>", "<158>"} {
		for _, fraction := range []string{"89855", "898551"} {
			for _, proc := range []string{"w.1", "router", "api", "heroku-postgres", "dramatiqworker.1234567"} {
				for _, text := range []int{0, 100, 1000} {
					line := pri + "1 2026-11-22T20:00:02." + fraction + "+00:00 host heroku " + proc + " - " + strings.Repeat("x", text)
					s := NewScanner([]byte(frame(line) + strings.Repeat(" ", 150)))
					s.Scan()
					if s.next = 0; !s.scanSeen(&Sieve{}) {
						t.Errorf("it isn't: %s", line)
					}
				}
			}
		}
	}
}

// Many dynos' headers share the places that heads have.
func TestHeadsShared(t *testing.T) {
	var body strings.Builder
	for range 2 {
		for _, proc := range []string{"web.1", "web.2", "web.11", "web.12", "w.1", "worker.1", "worker.2", "scheduler.1", "scheduler.12", "scheduler.1234567", "router", "api", "logplex"} {
			for _, app := range []string{"app", "heroku"} {
				for _, pri := range []string{"<45>1 ", "<190>1 "} {
					for _, fraction := range []string{"898551", "89855", "8985"} {
						body.WriteString(frame(pri + "2026-11-22T20:00:02." + fraction + "+00:00 host " + app + " " + proc + " - source=web.1 sample#memory_total=1MB"))
						body.WriteString(frame(pri + "2026-11-22T20:01:59." + fraction + "+00:00 host " + app + " " + proc + " - "))
					}
				}
			}
		}
	}
	if diff := unlikeGeneral([]byte(body.String())); diff != "" {
		t.Fatal(diff)
	}
}

// A frame may end within a header that was read before, or beyond the body.
func TestHeadsOfOtherLengths(t *testing.T) {
	for _, line := range usual {
		for length := range len(line) + 20 {
			body := frame(line) + fmt.Sprintf("%d %s", length, line)
			for _, rest := range []string{"", frame(line), "0" + frame(line), "5 " + line} {
				if diff := unlikeGeneral([]byte(body + rest)); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	}
}

// Headers that differ only in PRI share places, too.
func TestHeadsOfAllPriorities(t *testing.T) {
	var body strings.Builder
	for pri := range 1000 {
		body.WriteString(frame(fmt.Sprintf("<%d>1 2026-11-22T20:00:02.898551+00:00 host app web.1 - %s", pri, strings.Repeat("x", 50))))
	}
	if diff := unlikeGeneral([]byte(body.String())); diff != "" {
		t.Fatalf("%.3000s", diff)
	}
}

// A frame's length has one to five digits, or what looks like some.
func TestHeadsOfAllFrames(t *testing.T) {
	for _, pri := range []string{"<45>", "<158>"} {
		head := pri + "1 2026-11-22T20:00:02.898551+00:00 host app web.1 - "
		rest := strings.Repeat("x", 20000)
		for _, size := range []string{"9", "09", "0", "90", "9:", "099", "099 ", "100", "10:", "1:0", ":00", "1000", "0999", "1:00", "10:0", "100:", "1/00", "12345", "012345", "1 00", "10 0"} {
			if diff := unlikeGeneral([]byte(frame(head) + size + " " + head + rest)); diff != "" {
				t.Errorf("%s %s: %.3000s", pri, size, diff)
			}
		}
	}
}

// A header is remembered only if all of it is compared. Of those that share a place with Postgres's some
// differ only in its first letters, and their texts may be taken for an app's.
func TestHeadsComparedWhole(t *testing.T) {
	const time = "<190>1 2026-11-22T20:00:02.898551+00:00 host "
	rest := strings.Repeat(" x", 60)
	var body strings.Builder
	key := func(typ string) uint64 {
		names := "app " + typ + ".1234567 - "
		return keyOf(load([]byte(time)), len(names), load([]byte(names[len(names)-8:])))
	}
	shared := 0
	for i := range 26 * 26 {
		typ := fmt.Sprintf("%c%cstgres", 'a'+i/26, 'a'+i%26)
		if key(typ) == key("postgres") {
			body.WriteString(frame(time + "app " + typ + ".1234567 - " + rest))
			shared++
		}
	}
	body.WriteString(frame(time + "app postgres.1234567 - " + rest))
	if shared < 10 {
		t.Fatalf("only %d share its key", shared)
	}
	for _, proc := range []string{"api", "heroku-redis", "web.1"} {
		body.WriteString(frame(time + "app " + proc + " -"))
		body.WriteString(frame(time + "app " + proc + " -x y" + rest))
		body.WriteString(frame(time + "app " + proc + " -"))
	}
	if diff := unlikeGeneral([]byte(body.String())); diff != "" {
		t.Fatal(diff)
	}
}

// A router's header is looked for as if its MSGID was "-", so one that is longer mustn't be found as that.
func TestHeadsOfRoutersWithMSGID(t *testing.T) {
	header := func(pri int, names string) string {
		return fmt.Sprintf("<%d>1 2026-11-22T20:00:02.898551+00:00 host %s", pri, names)
	}
	place := func(header string, size int) uint64 {
		names := header[strings.Index(header, "host ")+len("host "):][:size]
		return keyOf(load([]byte(header)), size, load([]byte(names[size-8:]))) * spread >> 56
	}
	const short = len("heroku router - ")
	rest := strings.Repeat("x", 150)
	tried := 0
	for pri := 100; pri < 1000; pri++ {
		for id := range 100 {
			names := fmt.Sprintf("heroku router -%d ", id)
			line := header(pri, names)
			if at := place(line, len(names)); at == place(line, short) {
				for other := 100; ; other++ { // that has the first place
					if names := "app web.1 - "; place(header(other, names), len(names)) == at {
						other := frame(header(other, names) + rest)
						if diff := unlikeGeneral([]byte(frame(line+rest) + other + frame(line+rest) + other)); diff != "" {
							t.Fatal(diff)
						}
						break
					}
				}
				tried++
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d share a place", tried)
	}
}

// The headers of an app of usual size hardly displace each other, nor do those of the minutes before.
func TestHeadsAreKept(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't compare them")
	}
	s := NewScanner(nil)
	minute := func(minute int, types ...string) (seen, all int) {
		var body strings.Builder
		for i := range 20 {
			for _, typ := range types {
				for _, app := range []string{"app", "heroku"} {
					text := strings.Repeat("x", 100)
					body.WriteString(frame(fmt.Sprintf("<190>1 2026-11-22T20:%02d:02.898551+00:00 host %s %s.%d - %s", minute, app, typ, i+1, text)))
				}
			}
		}
		for s.Reset([]byte(body.String())); s.Scan(); {
		}
		all = s.Frames()
		for s.Reset([]byte(body.String())); s.Frames() < all; {
			if s.scanSeen(&Sieve{}) {
				seen++
			} else {
				s.Scan()
			}
		}
		return seen, all
	}
	minute(0, "a", "b", "c", "d", "e", "f", "g", "h")
	if seen, all := minute(1, "web", "worker"); seen < all {
		t.Errorf("%d of %d headers are known", seen, all)
	}
	if seen, all := minute(2, "web", "worker", "clock", "sidekiq"); seen < all*9/10 {
		t.Errorf("%d of %d headers are known", seen, all)
	}
}
