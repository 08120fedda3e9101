package heroku

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// link is one call in Heroku's own schema, which comes with heroku-go.
type link struct {
	method string
	path   *regexp.Regexp
	body   string // where in the schema its body is described; empty if it has none
	answer string
}

// schema returns the schema's calls and a compiler for what they point to.
func schema(t *testing.T) ([]link, *jsonschema.Compiler) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/heroku/heroku-go/v5").Output()
	if err != nil {
		t.Skipf("heroku-go's schema can't be found: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	doc := parsed.(map[string]any)
	plain(doc)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\{[^}]*\}`)
	var links []link
	for name, d := range doc["definitions"].(map[string]any) {
		all, _ := d.(map[string]any)["links"].([]any)
		for i, l := range all {
			l := l.(map[string]any)
			at := "schema.json#/definitions/" + name
			out := link{
				method: l["method"].(string), answer: at,
				path: regexp.MustCompile("^" + variable.ReplaceAllString(l["href"].(string), "[^/]+") + "$"),
			}
			if l["schema"] != nil {
				out.body = at + "/links/" + strconv.Itoa(i) + "/schema"
			}
			links = append(links, out)
		}
	}
	return links, c
}

// plain takes away what makes the schema a hyper-schema of its own, which no validator knows, and
// patterns that look ahead, which Go has none of.
func plain(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "$schema")
		if _, text := v["id"].(string); text {
			delete(v, "id")
		}
		if p, text := v["pattern"].(string); text && strings.Contains(p, "(?!") {
			delete(v, "pattern")
		}
		for _, e := range v {
			plain(e)
		}
	case []any:
		for _, e := range v {
			plain(e)
		}
	}
}

// Every request is one the schema knows, and what the tests take for answers is what it describes.
func TestCallsAreInTheSchema(t *testing.T) {
	links, compiler := schema(t)
	f, c := newFake(t, map[string]string{
		"GET /apps/enketo/formation":               "[" + formation("web", 4) + "]",
		"PATCH /apps/enketo/formation/web":         formation("web", 1),
		"GET /apps/enketo/formation/web":           formation("web", 1),
		"GET /apps/enketo/features/preboot":        feature("preboot", false),
		"GET /apps/enketo/dynos":                   "[" + dyno("web.1", "web", "starting") + "]",
		"DELETE /apps/enketo/dynos/web.1":          "{}",
		"GET /apps/enketo/releases":                "[" + release(12, "pending") + "]",
		"GET /apps/enketo/addons":                  "[" + addon("redis-main", "enketo", "heroku-redis", "heroku-redis:mini") + "]",
		"GET /apps/enketo/addon-attachments":       "[" + attachment("REDIS", "redis-main", "enketo", "enketo") + "," + attachment("R2", "theirs", "other", "enketo") + "]",
		"GET /addons/redis-main/addon-attachments": "[" + attachment("REDIS", "redis-main", "enketo", "enketo") + "]",
		"GET /addons/theirs":                       addon("theirs", "other", "heroku-redis", "heroku-redis:mini"),
		"GET /apps/enketo/log-drains":              "[" + drain("d.73ea7440-270a-435a-a0ea-adf50b4e5f5a", "https://drain.example.com/logs/enketo") + "]",
	})
	ctx := t.Context()
	for _, call := range []func() error{
		func() error { _, err := c.Formation(ctx, "enketo"); return err },
		func() error { _, err := c.Scale(ctx, "enketo", "web", 1); return err },
		func() error { _, err := c.Hosting(ctx, "enketo", "web"); return err },
		func() error { _, err := c.Starting(ctx, "enketo", "web"); return err },
		func() error { return c.RestartDyno(ctx, "enketo", "web.1") },
		func() error { _, err := c.Releasing(ctx, "enketo"); return err },
		func() error { _, err := c.Addons(ctx, "enketo"); return err },
		func() error { _, err := c.Drains(ctx, "enketo"); return err },
	} {
		if err := call(); err != nil {
			t.Error(err)
		}
	}
	valid := func(at, text string) {
		t.Helper()
		s, err := compiler.Compile(at)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		items, list := v.([]any)
		if !list {
			items = []any{v}
		}
		for _, item := range items {
			if err := s.Validate(item); err != nil {
				t.Errorf("%s: %v", at, err)
			}
		}
	}
	if len(f.got) != len(f.answers) {
		t.Errorf("%d requests for %d answers", len(f.got), len(f.answers))
	}
	for _, r := range f.got {
		known := false
		for _, l := range links {
			if l.method != r.method || !l.path.MatchString(r.path) {
				continue
			}
			known = true
			if r.body != "" {
				if l.body == "" {
					t.Errorf("%s %s takes no body", r.method, r.path)
					continue
				}
				valid(l.body, r.body)
			}
			valid(l.answer, f.answers[r.method+" "+r.path])
		}
		if !known {
			t.Errorf("%s %s isn't in the schema", r.method, r.path)
		}
	}
}
