package parser

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseTime(t *testing.T) {
	ok := func(in, want string) {
		t.Helper()
		nanos, ok := parseTime([]byte(in))
		if got := time.Unix(0, nanos).UTC().Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%s: want %s, got %s %t", in, want, got, ok)
		}
	}
	ok("2022-06-13T14:52:23.622778+00:00", "2022-06-13T14:52:23.622778Z")
	ok("2022-12-05T08:59:21.66229+00:00", "2022-12-05T08:59:21.66229Z")
	ok("2023-06-05T19:27:18+00:00", "2023-06-05T19:27:18Z")
	ok("2023-06-05T19:27:18Z", "2023-06-05T19:27:18Z")
	ok("2023-06-05T19:27:18.123456789Z", "2023-06-05T19:27:18.123456789Z")
	ok("2023-06-05T19:27:18.000000001Z", "2023-06-05T19:27:18.000000001Z")
	ok("2023-06-05T19:27:18.0Z", "2023-06-05T19:27:18Z")
	ok("2010-10-29T14:01:08-07:00", "2010-10-29T21:01:08Z")
	ok("2024-02-29T00:00:00+05:30", "2024-02-28T18:30:00Z")
	ok("2000-02-29T23:59:59Z", "2000-02-29T23:59:59Z")
	ok("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z")
	ok("2261-12-31T23:59:59.999999999Z", "2261-12-31T23:59:59.999999999Z")

	bad := func(in string) {
		t.Helper()
		if nanos, ok := parseTime([]byte(in)); ok {
			t.Errorf("%q is taken as %d", in, nanos)
		}
	}
	const good = "2022-06-13T14:52:23.622778+00:00"
	for i := range len(good) {
		bad(good[:i])
		if strings.ContainsRune("-T:+", rune(good[i])) {
			bad(good[:i] + "x" + good[i+1:])
		} else if i != 19 {
			bad(good[:i] + "/" + good[i+1:])
			bad(good[:i] + ":" + good[i+1:])
		}
	}
	bad(good + "0")
	bad("2022-06-13T14:52:23.Z")
	bad("2022-06-13T14:52:23,5Z")
	bad("2022-06-13T14:52:23.1234567890Z")
	bad("2022-06-13 14:52:23Z")
	bad("2022-06-13t14:52:23z")
	bad("2022-00-13T14:52:23Z")
	bad("2022-13-13T14:52:23Z")
	bad("2022-06-00T14:52:23Z")
	bad("2022-06-31T14:52:23Z")
	bad("2023-02-29T14:52:23Z")
	bad("2100-02-29T14:52:23Z")
	bad("2022-06-13T24:00:00Z")
	bad("2022-06-13T14:60:00Z")
	bad("2022-06-13T14:52:60Z")
	bad("2022-06-13T14:52:23+24:00")
	bad("2022-06-13T14:52:23+00:60")
	bad("2022-06-13T14:52:23+0000")
	bad("1969-12-31T23:59:59Z")
	bad("2262-01-01T00:00:00Z")
}

// Every time that Go can write is read back.
func TestParseTimeOfGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 60*rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "zone"))
		seconds := rapid.Int64Range(2*86400, 9_200_000_000).Draw(t, "seconds")
		want := time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).In(zone)
		layout := "2006-01-02T15:04:05"
		if digits := rapid.IntRange(0, 9).Draw(t, "digits"); digits > 0 {
			layout += "." + strings.Repeat("0", digits)
		}
		text := want.Format(layout + "Z07:00")
		oracle, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parseTime([]byte(text)); !ok || got != oracle.UnixNano() {
			t.Fatalf("%s: want %d, got %d %t", text, oracle.UnixNano(), got, ok)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("2022-06-13T14:52:23.622778+00:00")
	f.Add("2024-02-29T00:00:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseTime([]byte(text))
		if !ok {
			return
		}
		if want, err := time.Parse(time.RFC3339Nano, text); err != nil || want.UnixNano() != got {
			t.Errorf("%q: time.Parse says %d, %v; got %d", text, want.UnixNano(), err, got)
		}
	})
}
