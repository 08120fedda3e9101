package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drain/rules"
)

// Every built-in rule fires and resolves in a scenario of real lines.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "rules", "testdata", "scenarios", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			report, err := runScenario(file, false)
			if err != nil || report != nil {
				t.Errorf("%v\n%s", err, report)
			}
		})
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, want, _ := strings.Cut(string(src), "-- want --")
		all.WriteString(want)
	}
	for _, r := range rules.Builtin() {
		if r.Signal {
			continue // never told: it shows in those that name it
		}
		fired, resolved := false, false
		for line := range strings.Lines(all.String()) {
			if f := strings.Fields(line); len(f) > 2 && f[1] == r.Name {
				fired = fired || strings.Contains(line, " firing ")
				resolved = resolved || strings.Contains(line, " resolved ")
			}
		}
		if !fired || !resolved {
			t.Errorf("%s: fired %v, resolved %v in the scenarios", r.Name, fired, resolved)
		}
	}
}
