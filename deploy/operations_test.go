package deploy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drain/internal/config"
	"drain/rules"
)

func readFile(t *testing.T, name ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(name...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Whoever is woken by an alert finds it in the book by its name.
func TestEveryAlertIsInTheBook(t *testing.T) {
	book := readFile(t, "..", "docs", "OPERATIONS.md")
	has := func(name string) {
		t.Helper()
		if _, after, ok := strings.Cut(book, "\n### "+name+"\n"); !ok || strings.HasPrefix(strings.TrimSpace(after), "#") {
			t.Errorf("docs/OPERATIONS.md says nothing of %s", name)
		}
	}
	for _, r := range alertRules(t) {
		has(r.Alert)
	}
	for _, r := range rules.Builtin() {
		if r.Summary != "" { // it is told
			has(r.Name)
		}
	}
}

// What the environment can say is written somewhere, and app.json offers nothing that nobody reads.
func TestEveryVariableIsKnown(t *testing.T) {
	read := map[string]bool{"DRAIN_CONFIG": true, "DRAIN_CONFIG_YAML": true} // by cmd/drain
	_, err := config.LoadEnv(func(name string) string { read[name] = true; return "" }, func(string) ([]byte, error) {
		return nil, errors.New("no file")
	})
	if err != nil {
		t.Fatal(err)
	}
	texts := readFile(t, "..", "README.md") + readFile(t, "..", "docs", "OPERATIONS.md")
	for name := range read {
		// The last two are Heroku's to set.
		if base := strings.TrimSuffix(name, "_FILE"); !strings.Contains(texts, base) && name != "DYNO" && name != "HEROKU_APP_NAME" {
			t.Errorf("neither the README nor docs/OPERATIONS.md has %s", name)
		}
	}
	var app struct {
		Env map[string]any
	}
	readYAML(t, filepath.Join("..", "app.json"), &app) // JSON is YAML
	for name := range app.Env {
		if !read[name] && name != "GO_LINKER_SYMBOL" { // the buildpack's
			t.Errorf("app.json offers %s, which drain doesn't read", name)
		}
	}
}
