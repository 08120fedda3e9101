package logmetrics

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"drain/parser"
)

// dynoNames are names as dynos have them, and others that are hard to tell apart.
var dynoNames = rapid.OneOf(
	rapid.StringMatching(`(web|worker|run|scheduler)\.[0-9]{1,5}`),
	rapid.StringMatching(`web-[0-9a-f]{10}-[a-z]{1,5}`),
	rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', 0, '\uFFFD'}), 0, 20, -1),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 100), func(b []byte) string { return string(b) }),
)

func TestShortKeysAreNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := dynoNames.Draw(t, "a"), dynoNames.Draw(t, "b")
		if len(a) > maxShort || len(b) > maxShort {
			return
		}
		if same := shortKey([]byte(a)) == shortKey([]byte(b)); same != (a == b) {
			t.Fatalf("%q and %q have the same key: %v", a, b, same)
		}
	})
}

func TestABatchKeepsNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var kept names
		list := rapid.SliceOf(dynoNames).Draw(t, "names")
		var keys []nameKey
		for _, name := range list {
			view := []byte(name)
			keys = append(keys, kept.key(view))
			clear(view) // it was the body's
		}
		for i, key := range keys {
			var buf [16]byte
			if got := string(kept.text(key, &buf)); got != list[i] {
				t.Fatalf("%q became %q", list[i], got)
			}
			if key.isNone() != (list[i] == "") || key.isLong() != (len(list[i]) > maxShort) {
				t.Fatalf("%q: none %v, long %v", list[i], key.isNone(), key.isLong())
			}
		}
	})
}

// The model is a map by label.
func TestDynosAreFoundByName(t *testing.T) {
	hashes := map[string]*nameHash{
		"random": newNameHash(),
		"worst":  {seed: newNameHash().seed}, // all short names fall on one entry
	}
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				table, model := newDynos(hash), map[string]*dyno{}
				for now := range int64(rapid.IntRange(1, 100).Draw(t, "steps")) {
					name := []byte(dynoNames.Draw(t, "name"))
					d, want := table.named(name), model[dynoLabel(name)]
					if d != want {
						t.Fatalf("%q belongs to %v, want %v", name, d, want)
					}
					if len(name) <= maxShort && string(name) == dynoLabel(name) && table.short(shortKey(name)) != want {
						t.Fatalf("%q isn't found by its key", name)
					}
					if d == nil {
						d = table.add(name)
						model[d.name] = d
					}
					d.last = now
					if rapid.IntRange(0, 19).Draw(t, "sweep") == 0 {
						table.sweep(now - 10)
						for label, d := range model {
							if d.last <= now-10 {
								delete(model, label)
							}
						}
					}
					if table.n != len(model) {
						t.Fatalf("%d dynos, want %d", table.n, len(model))
					}
				}
				for d := range table.all {
					if model[d.name] != d {
						t.Fatalf("%q is there and should not be", d.name)
					}
					delete(model, d.name)
				}
				if len(model) > 0 {
					t.Fatalf("%v are missing", model)
				}
			})
		})
	}
}

// After a flood the table is small again, since a scrape goes through all of it.
func TestDynosGiveTheirMemoryBack(t *testing.T) {
	table := newDynos(newNameHash())
	for i := range 10_000 {
		table.add(fmt.Appendf(nil, "web.%d", i)).series = 1
	}
	if series := table.sweep(0); series != 10_000 || len(table.entries) != firstEntries {
		t.Errorf("%d series ended and %d entries are left, want 10000 and %d", series, len(table.entries), firstEntries)
	}
}

// Names too long for a key are told apart by all of their bytes.
func TestLongNames(t *testing.T) {
	w := newWorld(t, Options{})
	middle := func(c string) string { return "web-" + strings.Repeat(c, 20) + "-abcde" }
	for range 2 {
		w.deliver("enketo", request(w.now, "GET", middle("x"), 200, 0), request(w.now, "GET", middle("y"), 200, 0))
	}
	for _, c := range []string{"x", "y"} {
		w.wantValue(`heroku_router_dyno_requests_total{app="enketo",class="2xx",dyno="`+middle(c)+`",process="web"}`, 2)
	}
}

// What a delivery has many values for is refused once.
func TestRefusedOncePerDelivery(t *testing.T) {
	full := appSeries + len(documentedCodes) + trafficSeries
	w := newWorld(t, Options{MaxSeries: full})
	lines := []parser.Line{
		request(w.now, "GET", "web.1", 200, 0),
		request(w.now, "GET", "web.1", 404, 0),
		request(w.now, "GET", "web.1", 200, 0),
		samples(parser.KindRuntime, w.now, "web.1", "memory_rss", 1.0, "memory_swap", 1.0),
		samples(parser.KindRuntime, w.now, "web.1", "memory_rss", 1.0),
	}
	const once = 2 + len(classes) + 2 // two totals, the classes, two gauges
	for n := range 3 {
		w.wantValue("drain_series_refused_total", float64(n*once))
		w.deliver("enketo", lines...)
	}
}
