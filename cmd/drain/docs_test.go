package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"drain/internal/config"
	"drain/internal/scale"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Every example of docs/RULES.md is in order, and each rule in it does what its log and want in
// testdata/rules say.
func TestExamplesOfRules(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(root, "docs", "RULES.md"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, block := range yamlBlock.FindAllSubmatch(src, -1) {
		cfg, err := config.Parse("docs/RULES.md", block[1])
		if err != nil {
			t.Errorf("%v\n%s", err, block[1])
			continue
		}
		for _, r := range cfg.Rules {
			t.Run(r.Name, func(t *testing.T) { runExample(t, cfg, r.Name) })
			ran++
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "rules", "*.txtar"))
	if err != nil || len(files) != ran || ran == 0 {
		t.Errorf("%d examples and %d files (%v)", ran, len(files), err)
	}
}

func runExample(t *testing.T, cfg *config.Config, rule string) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "rules", rule+".txtar"))
	if err != nil || len(archive.Files) != 2 || archive.Files[0].Name != scenarioLog || archive.Files[1].Name != scenarioWant {
		t.Fatalf("want a log and what comes of it: %v", err)
	}
	all, err := enact(cfg, archive.Files[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range bytes.Lines(all) {
		if f := bytes.Fields(line); len(f) > 1 && string(f[1]) == rule {
			got.Write(line)
		}
	}
	if diff := cmp.Diff(string(archive.Files[1].Data), got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The policy in docs/SCALING.md is one that drain takes, with every key there is.
func TestExampleOfPolicies(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(root, "docs", "SCALING.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := yamlBlock.FindSubmatch(src)
	cfg, err := config.Parse("docs/SCALING.md", block[1])
	if err != nil || len(cfg.Policies) != 1 {
		t.Fatalf("%v\n%s", err, block[1])
	}
	for field := range reflect.TypeFor[scale.Policy]().Fields() {
		if key := field.Tag.Get("yaml"); !bytes.Contains(src, []byte("`"+key+"`")) || !bytes.Contains(block[1], []byte(key+":")) {
			t.Errorf("docs/SCALING.md doesn't have the key %s", key)
		}
	}
}
