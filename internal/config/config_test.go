package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
	"drain/alert/silence"
	"drain/internal/budget"
	"drain/internal/scale"
	"drain/rules"
)

// Each bad-*.yaml begins with the messages it must give, all of them, as comments.
func TestEveryMistakeIsTold(t *testing.T) {
	files, err := filepath.Glob("testdata/bad-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(src)) {
				if !strings.HasPrefix(line, "# "+name) {
					break
				}
				want = append(want, strings.TrimSpace(line[2:]))
			}
			c, err := Parse(name, src)
			var problems Problems
			if c != nil || !errors.As(err, &problems) {
				t.Fatalf("got %v, %v, want Problems and nothing else", c, err)
			}
			got := strings.Split(problems.Error(), "\n")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEmptyFile(t *testing.T) {
	for _, src := range []string{"", "\n\n", "---\n", "null\n"} {
		_, err := Parse("drain.yaml", []byte(src))
		if want := "drain.yaml:1: the file is empty; write at least one key, e.g. apps:, or use no file at all"; err == nil || err.Error() != want {
			t.Errorf("Parse(%q) = %v, want %s", src, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	list := []string{"window", "count", "match", "keep_firing_for"}
	f := func(word, want string) {
		t.Helper()
		if got := Nearest(word, list); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	f("windw", "window")
	f("widnow", "window")
	f("cuont", "count")
	f("keep_fireing_for", "keep_firing_for")
	f("severity", "")
	f("x", "")
}

func TestGoodFile(t *testing.T) {
	src, err := os.ReadFile("testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("good.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	shed := scale.Policy{
		Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Min: scale.Min{All: new(0)},
		Mode: scale.DryRun, Cooldown: 10 * time.Minute, PerHour: 4, Verify: 5 * time.Minute, Verb: scale.VerbScale, Restore: scale.RestoreApprove, RestoreAfter: 15 * time.Minute,
	}
	other := shed
	other.Name, other.On, other.Process, other.Min = "shed-worker", "redis-high", []string{"worker", "web"}, scale.Min{Of: map[string]int{"worker": 0, "web": 2}}
	want := &Config{
		Apps: map[string]App{
			"enketo": {
				Tokens: []string{"d.73ea7440-270a-435a-a0ea-adf50b4e5f5a"},
				Redis: map[string]budget.Redis{
					"ENKETO_REDIS_MAIN":  {PerDyno: map[string]int{"web": 26}},
					"ENKETO_REDIS_CACHE": {PerDyno: map[string]int{"web": 18}, Limit: 38},
				},
			},
			"plain": {},
		},
		Rules: []rules.Rule{
			{
				Name: "h12-burst", Match: &rules.Match{Code: []string{"H12"}}, Count: 3, Window: time.Minute,
				By: []string{"app"}, KeepFiringFor: 5 * time.Minute, Severity: rules.Warning,
			},
			{Name: "redis-high", Metric: "redis_connections_ratio", Above: new(0.8), For: 2 * time.Minute, By: []string{"addon"}},
			{
				Name:  "oom-in-worker",
				Match: &rules.Match{Kind: []string{"app"}, Process: []string{"worker*"}, Contains: []string{"heap out of memory"}, ContainsNone: []string{"test"}},
				Count: 1, Window: 10 * time.Minute,
			},
		},
		Disable:  []string{"log-messages-lost"},
		Policies: []scale.Policy{shed, other},
		Routes:   []alert.Route{{Match: alert.Match{Severity: "critical"}, To: "slack", Channel: "#ops"}},
		Mute: []silence.Window{{
			Name: "nights", Match: silence.Matchers{"app": "enketo-*", "severity": "warning"},
			Days: []string{"sat", "sun"}, Hours: "22:00-06:00", Zone: "Europe/Berlin",
		}},
		Approvers: []string{"U024BE7LH"},
		Incidents: alert.Settings{GroupBy: []string{"app", "rule"}, GroupWait: 30 * time.Second, RepeatInterval: 24 * time.Hour},
		Redact:    []string{"cust-[0-9]+"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if got, want := len(c.AllRules()), len(rules.Builtin())-1+3; got != want {
		t.Errorf("%d rules in force, want %d", got, want)
	}
}

// Whatever is in the file, the answer is a configuration or Problems, never both and never a panic.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Parse("fuzz.yaml", src)
		var problems Problems
		if (c == nil) != (err != nil) || err != nil && (!errors.As(err, &problems) || len(problems) == 0) {
			t.Fatalf("got %v, %v", c, err)
		}
		if c != nil {
			if _, err := rules.NewSet(c.AllRules()); err != nil {
				t.Fatalf("a checked configuration does not compile: %v", err)
			}
		}
	})
}

// A rule without a name is no suggestion.
func TestNoNameIsSuggested(t *testing.T) {
	_, err := Parse("drain.yaml", []byte("rules:\n  - {match: {code: H12}}\npolicies:\n  - {name: p, on: xxxxxxxxxxxx, app: enketo, process: web}\n"))
	if err == nil || !strings.Contains(err.Error(), `there is no rule "xxxxxxxxxxxx"; use one of `) || strings.Contains(err.Error()+"\n", ", \n") {
		t.Errorf("%v", err)
	}
}
