package heroku

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"drain/internal/scale"
)

func TestFormation(t *testing.T) {
	_, c := newFake(t, map[string]string{"GET /apps/enketo/formation": "[" + formation("web", 4) + "," + formation("worker", 0) + "]"})
	if c.CallsLeft() != scale.Unknown {
		t.Error("the calls left are known before any was made")
	}
	got, err := c.Formation(t.Context(), "enketo")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"web": 4, "worker": 0}, got); diff != "" {
		t.Error(diff)
	}
	if n := c.CallsLeft(); n != 4321 {
		t.Errorf("%d calls left", n)
	}
}

func TestScale(t *testing.T) {
	for _, quantity := range []int{1, 0} { // 0 must be sent, not left out
		f, c := newFake(t, map[string]string{"PATCH /apps/enketo/formation/web": formation("web", quantity)})
		got, err := c.Scale(t.Context(), "enketo", "web", quantity)
		if err != nil || got != quantity {
			t.Errorf("got %d, %v", got, err)
		}
		want := []request{{"PATCH", "/apps/enketo/formation/web", `{"quantity":` + string(rune('0'+quantity)) + `}`, ""}}
		if diff := cmp.Diff(want, f.got, cmp.AllowUnexported(request{})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestStarting(t *testing.T) {
	f, c := newFake(t, map[string]string{"GET /apps/enketo/dynos": "[" + strings.Join([]string{
		dyno("web.1", "web", "up"), dyno("web.2", "web", "starting"), dyno("web.3", "web", "crashed"),
		dyno("worker.1", "worker", "starting"), dyno("run.1", "run", "starting"),
	}, ",") + "]"})
	if n, err := c.Starting(t.Context(), "enketo", "web"); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if got := f.got[0].ranges; got != "id ..; max=1000" {
		t.Errorf("range %q", got)
	}
}

// Nothing but the name of one dyno is taken: any less restarts all.
func TestRestartDyno(t *testing.T) {
	f, c := newFake(t, map[string]string{"DELETE /apps/enketo/dynos/web.1": "{}"})
	for _, name := range []string{"", "web", "web.", ".1", "web.1/", "../dynos", "web.1?x", "web.1 ", "web.1.2", "web.1234567", strings.Repeat("a", 129) + ".1"} {
		if e, ok := errors.AsType[*scale.PlatformError](c.RestartDyno(t.Context(), "enketo", name)); !ok || e.Failure != scale.Invalid {
			t.Errorf("%q was taken", name)
		}
	}
	if err := c.RestartDyno(t.Context(), "enketo", "web.1"); err != nil {
		t.Error(err)
	}
	if len(f.got) != 1 || f.got[0].method != "DELETE" || f.got[0].path != "/apps/enketo/dynos/web.1" {
		t.Errorf("requests: %+v", f.got)
	}
}

func TestReleasing(t *testing.T) {
	g := func(want bool, releases ...string) {
		t.Helper()
		f, c := newFake(t, map[string]string{"GET /apps/enketo/releases": "[" + strings.Join(releases, ",") + "]"})
		if got, err := c.Releasing(t.Context(), "enketo"); got != want || err != nil {
			t.Errorf("got %t, %v", got, err)
		}
		if got := f.got[0].ranges; got != "version ..; max=5,order=desc" {
			t.Errorf("range %q", got)
		}
	}
	g(false)
	g(false, release(12, "succeeded"), release(11, "failed"))
	g(true, release(12, "pending"), release(11, "succeeded"))
}

func TestAutoscaling(t *testing.T) {
	const monitors = "GET /metrics/apps/" + id1 + "/formation/web/monitors"
	g := func(want scale.Autoscaling, process string, answers map[string]string) {
		t.Helper()
		_, c := newFake(t, answers)
		if got, err := c.Autoscaling(t.Context(), "enketo", process); got != want || err != nil {
			t.Errorf("got %d, %v, want %d", got, err, want)
		}
	}
	info := app("enketo")
	g(scale.AutoscalingOn, "web", map[string]string{"GET /apps/enketo": info, monitors: `[{"action_type":"alert","is_active":true},{"action_type":"scale","is_active":true,"min_quantity":1}]`})
	g(scale.AutoscalingOff, "web", map[string]string{"GET /apps/enketo": info, monitors: `[{"action_type":"scale","is_active":false}]`})
	g(scale.AutoscalingOff, "web", map[string]string{"GET /apps/enketo": info, monitors: `[]`})
	g(scale.AutoscalingOff, "worker", nil)
	g(scale.AutoscalingUnknown, "web", map[string]string{"GET /apps/enketo": info})
	g(scale.AutoscalingUnknown, "web", map[string]string{"GET /apps/enketo": info, monitors: `<html>`})
	g(scale.AutoscalingUnknown, "web", nil)

	c, err := New(Options{APIKey: key, URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Autoscaling(t.Context(), "enketo", "web"); got != scale.AutoscalingUnknown || err != nil {
		t.Errorf("with no URL to ask: %d, %v", got, err)
	}
}

func TestAddons(t *testing.T) {
	_, c := newFake(t, map[string]string{
		"GET /apps/enketo/addon-attachments": "[" + strings.Join([]string{
			attachment("REDIS", "redis-main", "enketo", "enketo"), attachment("ENKETO_REDIS_MAIN", "redis-main", "enketo", "enketo"),
			attachment("CACHE", "redis-cache", "enketo", "enketo"), attachment("DATABASE", "postgresql-1", "enketo", "enketo"),
			attachment("THEIRS", "redis-theirs", "other", "enketo"), attachment("THEIR_DB", "postgresql-theirs", "other", "enketo"),
			attachment("SECRET", "hidden", "other", "enketo"),
		}, ",") + "]",
		"GET /apps/enketo/addons": "[" + strings.Join([]string{
			addon("redis-main", "enketo", "heroku-redis", "heroku-redis:premium-0"),
			addon("redis-cache", "enketo", "heroku-redis", "heroku-redis:mini"),
			addon("postgresql-1", "enketo", "heroku-postgresql", "heroku-postgresql:mini"),
		}, ",") + "]",
		"GET /addons/redis-theirs":                 addon("redis-theirs", "other", "heroku-redis", "heroku-redis:premium-2"),
		"GET /addons/postgresql-theirs":            addon("postgresql-theirs", "other", "heroku-postgresql", "heroku-postgresql:mini"),
		"GET /addons/redis-main/addon-attachments": "[" + attachment("REDIS", "redis-main", "enketo", "enketo") + "]",
		"GET /addons/redis-cache/addon-attachments": "[" + attachment("CACHE", "redis-cache", "enketo", "enketo") + "," +
			attachment("BORROWED", "redis-cache", "enketo", "other") + "]",
	})
	got, err := c.Addons(t.Context(), "enketo")
	if err != nil {
		t.Fatal(err)
	}
	want := []Addon{
		{"hidden", "", []string{"SECRET"}, true}, // may not be read, so it may be one
		{"redis-cache", "heroku-redis:mini", []string{"CACHE"}, true},
		{"redis-main", "heroku-redis:premium-0", []string{"ENKETO_REDIS_MAIN", "REDIS"}, false},
		{"redis-theirs", "heroku-redis:premium-2", []string{"THEIRS"}, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	shared, err := c.SharedAddons(t.Context(), "enketo")
	if diff := cmp.Diff([]string{"hidden", "redis-cache", "redis-theirs"}, shared); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestDrains(t *testing.T) {
	_, c := newFake(t, map[string]string{"GET /apps/enketo/log-drains": "[" + strings.Join([]string{
		drain("d.1", "https://drain:PASSWORD@drain.example.com/logs/enketo"),
		drain("d.2", "https://TOKEN@logs.example.com:8443/x?api_key=SECRET#f"),
		drain("d.3", "syslog+tls://logs.example.com:514"), drain("d.4", "https://user:PASS%WORD@x"),
	}, ",") + "]"})
	got, err := c.Drains(t.Context(), "enketo")
	if err != nil {
		t.Fatal(err)
	}
	want := []Drain{
		{id1, "d.1", "https://drain.example.com/logs/enketo"},
		{id1, "d.2", "https://logs.example.com:8443/x"},
		{id1, "d.3", "syslog+tls://logs.example.com:514"},
		{id1, "d.4", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNewRefuses(t *testing.T) {
	f := func(o Options, want string) {
		t.Helper()
		_, err := New(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%+v: got %v, want %q", o, err, want)
		}
	}
	f(Options{}, "HEROKU_API_KEY")
	f(Options{APIKey: "SECRET\n"}, "HEROKU_API_KEY")
	f(Options{APIKey: key, URL: "http://api.example.com"}, "https is expected, or http on a loopback address, not http://api.example.com")
	f(Options{APIKey: key, URL: "https://user:SECRET@api.example.com"}, "HEROKU_API_URL: only scheme, host and path")
	f(Options{APIKey: key, URL: "https://user:SECRET%@x"}, "HEROKU_API_URL: it can't be read")
	f(Options{APIKey: key, URL: "api.example.com"}, "HEROKU_API_URL")
	f(Options{APIKey: key, URL: "http://localhost:5", MetricsURL: "ftp://x"}, "autoscaling API: https is expected")

	c, err := New(Options{APIKey: key})
	if err != nil || c.api.URL != "https://api.heroku.com" || c.metrics.URL != MetricsURL {
		t.Errorf("without URLs: %+v, %v", c, err)
	}
	if c, err = New(Options{APIKey: key, URL: "http://[::1]:5/"}); err != nil || c.api.URL != "http://[::1]:5" || c.metrics != nil {
		t.Errorf("with one URL: %+v, %v", c, err)
	}
}

// A name becomes part of the path, and must not become more of it.
func TestNames(t *testing.T) {
	f, c := newFake(t, nil)
	for _, name := range []string{"", "a/b", "..", "a?b", "a#b", "a b", strings.Repeat("a", 129)} {
		_, err := c.Formation(t.Context(), name)
		_, err2 := c.Scale(t.Context(), "enketo", name, 1)
		for _, err := range []error{err, err2} {
			if e, ok := err.(*scale.PlatformError); !ok || e.Failure != scale.Invalid {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	if len(f.got) != 0 {
		t.Errorf("requests were made: %v", f.got)
	}
}
