package scale

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func decode(t *testing.T, text string) (Policy, error) {
	t.Helper()
	var p Policy
	err := yaml.Unmarshal([]byte(text), &p)
	p.SetDefaults()
	return p, err
}

func TestPolicyDefaults(t *testing.T) {
	got, err := decode(t, "{name: shed-web, on: redis-connections-exhausted, app: enketo, process: [web]}")
	if err != nil {
		t.Fatal(err)
	}
	want := Policy{
		Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Verb: VerbScale,
		MaxStep: 0, Mode: DryRun, Cooldown: 10 * time.Minute, PerHour: 4, Verify: 5 * time.Minute,
		Restore: RestoreApprove, RestoreAfter: 15 * time.Minute,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if (&Policy{}).Floor("web") != 1 {
		t.Error("the floor is 0 without anybody having written it")
	}
}

func TestPolicyAsWritten(t *testing.T) {
	got, err := decode(t, `{name: n, on: r, app: enketo, process: [worker, web], max_step: 2,
		mode: automatic, cooldown: 1m, per_hour: 9, verify: 30s, restore: never, restore_after: 2m}`)
	if err != nil {
		t.Fatal(err)
	}
	want := Policy{
		Name: "n", On: "r", App: "enketo", Process: []string{"worker", "web"}, Verb: VerbScale,
		MaxStep: 2, Mode: Automatic, Cooldown: time.Minute, PerHour: 9, Verify: 30 * time.Second,
		Restore: RestoreNever, RestoreAfter: 2 * time.Minute,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestScalars(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		p, err := decode(t, text)
		got := fmt.Sprintf("%d %s %s", p.MaxStep, p.Mode, p.Restore)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	f("max_step: all", "0 dry_run approve")
	f("max_step: 1", "1 dry_run approve")
	f(`max_step: "12"`, "12 dry_run approve")
	f("mode: approve", "0 approve approve")
	f("restore: automatic", "0 dry_run automatic")
	f("max_step: 0", `"0" is no step; use all, or a whole number of dynos from 1`)
	f("max_step: -1", `"-1" is no step`)
	f("max_step: some", `"some" is no step`)
	f("mode: auto", `"auto" is no mode; use dry_run, approve or automatic`)
	f("restore: yes", `"yes" is no way to restore; use automatic, approve or never`)

	for _, want := range []Step{0, 1, 7} {
		text, err := want.MarshalText()
		var got Step
		if err != nil || got.UnmarshalText(text) != nil || got != want {
			t.Errorf("%d became %q and then %d", want, text, got)
		}
	}
}

func TestPolicyCheck(t *testing.T) {
	f := func(change func(*Policy), want ...string) {
		t.Helper()
		p := Policy{Name: "shed-web", On: "r", App: "enketo", Process: []string{"web"}}
		p.SetDefaults()
		change(&p)
		var got []string
		p.Check(func(field, problem, fix string) {
			got = append(got, field+": "+problem)
			if fix == "" {
				t.Errorf("%s: nothing is said about what would be right", field)
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	f(func(*Policy) {})
	f(func(p *Policy) {
		*p = Policy{Verb: VerbScale, Min: Min{All: new(1)}, Mode: DryRun, Restore: RestoreNever, Cooldown: 1, Verify: 1, RestoreAfter: 1}
	},
		"name: is missing", "on: is missing", `app: "" is no name of a Heroku app`, "process: names no process type", "per_hour: 0")
	f(func(p *Policy) { p.App, p.Process = "En/keto", []string{"web.1"} },
		`app: "En/keto" is no name of a Heroku app`, `process: "web.1" is no process type`)
	long := strings.Repeat("w", 128)
	f(func(p *Policy) { p.Process = []string{long} })
	f(func(p *Policy) { p.Process = []string{long + "w"} }, fmt.Sprintf("process: %q is no process type", long+"w"))
	f(func(p *Policy) { p.Min, p.MaxStep, p.PerHour = Min{All: new(-1)}, -2, -3 },
		"min: -1 dynos", "max_step: -2 dynos", "per_hour: -3")
	f(func(p *Policy) { p.Mode, p.Restore = "auto", "no" }, `mode: "auto"`, `restore: "no"`)
	f(func(p *Policy) { p.Cooldown, p.Verify = -time.Second, -time.Second }, "cooldown: -1s", "verify: -1s")
	f(func(p *Policy) { p.Verb = "reboot" }, `verb: "reboot"`)
	f(func(p *Policy) { p.RestoreAfter = -time.Second }, "restore_after: -1s")
	f(func(p *Policy) { p.RestoreAfter = 7 * time.Hour }, "restore_after: 7h0m0s")
	f(func(p *Policy) { p.Cooldown = 169 * time.Hour }, "cooldown: 169h0m0s")
}

func TestTimingFaster(t *testing.T) {
	got := DefaultTiming().Faster(10)
	want := Timing{
		Grace: 30 * time.Second, Fresh: 18 * time.Second, Foreign: time.Minute, Release: 18 * time.Second,
		Echo: 12 * time.Second, Void: 90 * time.Second, Hour: 6 * time.Minute, Upgrade: 12 * time.Minute, Retry: 3 * time.Second, Call: 12 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
