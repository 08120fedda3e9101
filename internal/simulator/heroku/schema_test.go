package heroku

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is the Platform API's own description, as heroku-go carries it.
type schema struct {
	root     map[string]any
	compiler *jsonschema.Compiler
	links    []link
}

// link is one endpoint of it.
type link struct {
	resource, title, method string
	path                    *regexp.Regexp
	at                      string // JSON pointer
	body, answer            bool   // has a schema for it
}

const location = "file:///schema.json"

func loadSchema(t *testing.T) *schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/heroku/heroku-go/v5").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	s := &schema{root: doc.(map[string]any), compiler: jsonschema.NewCompiler()}
	plain(s.root)
	s.compiler.DefaultDraft(jsonschema.Draft4)
	s.compiler.AssertFormat()
	s.compiler.UseRegexpEngine(func(expr string) (jsonschema.Regexp, error) {
		// The name of a space has a look-ahead, which Go can't. No space is simulated.
		return regexp.Compile(strings.ReplaceAll(expr, "(?!-)", ""))
	})
	if err := s.compiler.AddResource(location, s.root); err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\\\{[^}]*\\\}`)
	for name, def := range s.root["definitions"].(map[string]any) {
		links, _ := def.(map[string]any)["links"].([]any)
		for i, l := range links {
			l := l.(map[string]any)
			href := hole.ReplaceAllString(regexp.QuoteMeta(l["href"].(string)), `[^/]+`)
			_, body := l["schema"]
			_, answer := l["targetSchema"]
			s.links = append(s.links, link{
				resource: name, title: l["title"].(string), method: l["method"].(string),
				path: regexp.MustCompile("^" + href + "$"), body: body, answer: answer,
				at: fmt.Sprintf("%s#/definitions/%s/links/%d", location, name, i),
			})
		}
	}
	return s
}

// plain makes a hyper-schema one that can be compiled: its meta-schema is not to be had, and its ids
// would become the base of every $ref, which are all meant from the root.
func plain(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range []string{"$schema", "id"} {
			if _, ok := v[key].(string); ok {
				delete(v, key)
			}
		}
		for _, x := range v {
			plain(x)
		}
	case []any:
		for _, x := range v {
			plain(x)
		}
	}
}

func (s *schema) link(t *testing.T, method, path string) link {
	t.Helper()
	for _, l := range s.links {
		if l.method == method && l.path.MatchString(path) {
			return l
		}
	}
	t.Fatalf("the schema has no %s %s", method, path)
	return link{}
}

// check validates one JSON text against the schema at a pointer.
func (s *schema) check(t *testing.T, at string, text []byte) {
	t.Helper()
	compiled, err := s.compiler.Compile(at)
	if err != nil {
		t.Fatalf("compiling %s: %v", at, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := compiled.Validate(v); err != nil {
		t.Errorf("%s\nis not valid: %v", text, err)
	}
}

// keys holds an answer against the resource's properties, nested ones too: none missing, none more.
// The schema itself forbids neither.
func (s *schema) keys(t *testing.T, resource string, answer []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(answer, &v); err != nil {
		t.Fatal(err)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, x := range list {
		s.sameKeys(t, resource, s.root["definitions"].(map[string]any)[resource], x)
	}
}

func (s *schema) sameKeys(t *testing.T, where string, def, v any) {
	t.Helper()
	d, _ := def.(map[string]any)
	want, ok := d["properties"].(map[string]any)
	got, object := v.(map[string]any)
	if !ok || !object {
		return
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("keys of %s (-want +got):\n%s", where, diff)
	}
	for key, x := range got {
		s.sameKeys(t, where+"."+key, want[key], x)
	}
}

// checked is a RoundTripper that holds every request and answer against the schema.
type checked struct {
	t      *testing.T
	schema *schema
	next   http.RoundTripper
	seen   map[string]bool // resource and title
	last   http.Header
}

func (c *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	c.t.Helper()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	c.last = resp.Header
	if resp.StatusCode/100 == 2 {
		l := c.schema.link(c.t, r.Method, r.URL.EscapedPath())
		c.seen[l.resource+": "+l.title] = true
		if l.body {
			c.schema.check(c.t, l.at+"/schema", body)
		}
		if l.answer {
			c.schema.check(c.t, l.at+"/targetSchema", answer)
		}
		if l.title != "Restart all" { // it answers with an object without any
			c.schema.keys(c.t, l.resource, answer)
		}
	}
	return resp, nil
}
