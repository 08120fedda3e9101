package parser

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestParseQuantity(t *testing.T) {
	ok := func(in string, want float64) {
		t.Helper()
		if got, ok := parseQuantity([]byte(in)); !ok || got != want {
			t.Errorf("%q: want %v, got %v %t", in, want, got, ok)
		}
	}
	// As Heroku writes them.
	ok("0", 0)
	ok("0.22222", 0.22222)
	ok("0.06427136779541504", 0.06427136779541504)
	ok("19028263", 19028263)
	ok("10311979679bytes", 10311979679)
	ok("16167800kB", 16167800*1024)
	ok("15664876.0kB", 15664876*1024)
	ok("324.41MB", 324.41*(1<<20))
	ok("512.00MB", 512<<20)
	ok("145418pages", 145418)
	ok("870M", 870<<20)
	ok("170.1%", 1.701)
	ok("200.2%", 2.002)
	// As others might.
	ok("2GB", 2<<30)
	ok("1TB", 1<<40)
	ok("3KB", 3<<10)
	ok("7B", 7)
	ok("15ms", 0.015)
	ok("1.5s", 1.5)
	ok("-1", -1)
	ok("+1.5", 1.5)
	ok(".5", 0.5)
	ok("5.", 5)
	ok("1e-05", 0.00001)
	ok("2.5E+3kB", 2500*1024)
	ok("123456789012345678901234567890", 123456789012345678901234567890)
	ok("0.0000000000000000000001", 1e-22)
	ok("0.00000000000000000000001", 1e-23)
	ok("0.00000000000000000000000001", 1e-26)
	ok("12345678901234567890123456789012", 12345678901234567890123456789012)

	bad := func(in string) {
		t.Helper()
		if got, ok := parseQuantity([]byte(in)); ok {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
	for _, in := range []string{
		"", "-", "+", ".", "-.", "kB", "e5", ".e5", "x", "1x", "1 ", " 1", "1.2.3", "1,5", "--1",
		"NaN", "inf", "0x10", "1_000", "1e", "1e+", "1e999", "1e308TB", "12fortnights", "1e5e5",
		"123456789012345678901234567890123",
	} {
		bad(in)
	}
}

// Numbers are what strconv makes of them, to the last bit.
func TestParseDecimalExact(t *testing.T) {
	number := rapid.StringMatching(`[0-9]{1,12}(\.[0-9]{0,12})?`)
	rapid.Check(t, func(t *rapid.T) {
		text := number.Draw(t, "number")
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parseDecimal([]byte(text), 0); !ok || got != want {
			t.Fatalf("%s: want %v, got %v %t", text, want, got, ok)
		}
	})
}

func FuzzParseQuantity(f *testing.F) {
	f.Add("15664876.0kB")
	f.Add("-1e-05")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseQuantity([]byte(text))
		if ok && (math.IsNaN(got) || math.IsInf(got, 0)) {
			t.Errorf("%q: got %v", text, got)
		}
		want, err := strconv.ParseFloat(text, 64)
		if n := numberLen([]byte(text)); ok && n == len(text) && (err != nil || want != got) {
			t.Errorf("%q: strconv says %v, %v; got %v", text, want, err, got)
		}
	})
}
