package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	logs "drain/parser" // parser is our own
	"drain/rules"
)

// What can be meant is taken: codes that nobody knows yet, memory beyond its quota, W… for an Enterprise Grid's person.
func TestWhatCanHoldIsTaken(t *testing.T) {
	f := func(src string) {
		t.Helper()
		if _, err := Parse("drain.yaml", []byte(src)); err != nil {
			t.Error(err)
		}
	}
	rule := func(conditions string) { t.Helper(); f("rules: [{name: one, window: 5m, " + conditions + "}]") }
	rule("match: {code: H99}")
	rule("match: {code: [H12, R14, L99]}")
	rule("match: {kind: [router, dyno], code: [H12, R14]}")
	rule("match: {kind: [app, router], path: /api/*}")
	rule("match: {kind: dyno, sample: memory_total, above: 5e8}")
	rule("match: {kind: runtime, source: web.1, sample: load_avg_1m, above: 80}")
	rule("match: {code: [R14, H12], status: 503}")
	number := func(conditions string) { t.Helper(); f("rules: [{name: one, " + conditions + "}]") }
	number("metric: dyno_load, above: 80")
	number("metric: redis_connections, above: 80")
	number("metric: redis_hit_ratio, below: 1")
	number("metric: router_error_ratio, above: 0")
	for _, metric := range rules.Metrics() {
		if !strings.HasSuffix(metric, "_ratio") {
			continue
		}
		number("metric: " + metric + ", above: 0.8")
		if metric != "redis_hit_ratio" && metric != "router_error_ratio" {
			number("metric: " + metric + ", above: 2.33")
		}
	}
	f("approvers: [U024BE7LH, W012A3CDE]")
	f("routes: [{to: slack, channel: '#ops'}, {to: pagerduty}]")
}

// What says refuses, no line of the samples has; and what it allows, one of them has.
func TestWhatLinesSay(t *testing.T) {
	seen := make(map[string]bool)
	files, err := filepath.Glob("../../parser/testdata/*.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	addon := []byte("2026-11-22T20:00:05Z app[heroku-kafka]: source=KAFKA addon=kafka-round-1 sample#bytes-in=5\n") // the files have none
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		src, addon = append(addon, src...), nil
		r := logs.NewReader(bytes.NewReader(src))
		for r.Next() {
			line := r.Line()
			kind := line.Kind.String()
			says, known := says[kind]
			if !known {
				t.Fatalf("says has no kind %s", kind)
			}
			if code := string(line.Code); code != "" {
				seen[kind+" "+code[:1]] = true
				if !says.hasCode(code) {
					t.Errorf("%s: kind %s has the code %s", file, kind, code)
				}
			}
			for field, has := range map[string]bool{
				"status": line.Router.Status > 0, "method": len(line.Router.Method) > 0, "path": len(line.Router.Path) > 0,
				"source": len(line.Source) > 0, "sample": len(line.Samples) > 0,
			} {
				if has {
					seen[kind+" "+field] = true
				}
				if has && !says.hasField(field) {
					t.Errorf("%s: kind %s has a %s", file, kind, field)
				}
			}
		}
	}
	for kind, said := range says {
		for _, what := range append([]string{said.codes}, said.fields...) {
			if what != "" && !seen[fmt.Sprint(kind, " ", what)] {
				t.Errorf("no sample of kind %s has %s", kind, what)
			}
		}
	}
	if len(says) != logs.KindCount {
		t.Errorf("says has %d kinds, want %d", len(says), logs.KindCount)
	}
}
