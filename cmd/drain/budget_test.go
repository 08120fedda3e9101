package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"drain/internal/budget"
)

func TestBudgetCommand(t *testing.T) {
	t.Parallel()
	h := newHerokuToUpgrade(t)
	f := func(code int, args []string, parts ...string) {
		t.Helper()
		got, out, failed := h.drain("", append([]string{"budget"}, args...)...)
		text := regexp.MustCompile(` +`).ReplaceAllString(out+failed, " ")
		if got != code {
			t.Errorf("%q: exit %d, want %d", args, got, code)
		}
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%q: %q isn't in\n%s", args, part, text)
			}
		}
	}
	f(exitUsage, nil, "-app APP is needed")
	f(exitOK, []string{"-app", "enketo"}, "enketo: web 4, worker 0", "38 (plan) unknown", "set apps.enketo.redis.ENKETO_REDIS_MAIN.per_dyno", "-daemon URL")
	h.env["DRAIN_CONFIG_YAML"] = "apps: {enketo: {redis: {ENKETO_REDIS_MAIN: {per_dyno: {web: 26}}, ENKETO_REDIS_CACHE: {per_dyno: {web: 18}}}}}"
	f(exitOK, []string{"-app", "enketo"},
		"- 38 (plan) web 26 (configured) 104, too many 208, too many web 1",
		"- 38 (plan) web 18 (configured) 72, too many 144, too many web 1",
		"ENKETO_REDIS_MAIN: 104 connections would fit heroku-redis:premium-2", "ENKETO_REDIS_CACHE: 72 connections would fit heroku-redis:premium-2")
	f(exitOK, []string{"-app", "enketo"}, "ATTACHMENT PLAN LIMIT WOULD FIT", "ENKETO_REDIS_MAIN heroku-redis:premium-1 78 web 2", "ENKETO_REDIS_CACHE heroku-redis:premium-2 198 web 9")
	f(exitOK, []string{"-app", "enketo", "-dynos", "web=14"}, "ENKETO_REDIS_MAIN: web 14 would fit heroku-redis:premium-4 (698 connections)",
		"ENKETO_REDIS_CACHE: web 14 would fit heroku-redis:premium-3 (398 connections)")
	f(exitOK, []string{"-app", "enketo", "-dynos", "worker=2"}, "ENKETO_REDIS_MAIN: worker 2 would fit any plan")
	f(exitOK, []string{"-app", "enketo", "-dynos", "web=9999"}, "ENKETO_REDIS_MAIN: no plan would surely fit web 9999")
	f(exitOK, []string{"-app", "enketo", "-dynos", "cron=1"}, "which plan would fit cron 1 isn't known")
	f(exitUsage, []string{"-app", "enketo", "-dynos", "web"}, `-dynos "web": TYPE=N is expected, e.g. web=8`)
	f(exitOK, []string{"-app", "enketo", "-json"}, `"plans":[{"plan":"heroku-redis:premium-0","limit":38,"fits":{"web":1}},`)
	f(exitOK, []string{"-app", "enketo", "-json"}, `"need":{"connections":104,"fits":false,"deploy":208,"deploy_fits":false,"plan":"heroku-redis:premium-2","deploy_plan":"heroku-redis:premium-3"}`)
	none := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	defer none.Close()
	f(exitFailed, []string{"-app", "enketo", "-daemon", none.URL}, "knows no Redis of enketo yet; it does of no app")
	f(exitUsage, []string{"-app", "enketo", "-daemon", "http://drain.example.com"}, "drain.example.com: https is expected")
}

// What a daemon has learnt, and what somebody did lately, as the table shows it.
func TestBudgetTable(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	learnt := func(limit, from, to int) budget.Snapshot {
		b := budget.New(nil)
		now := at
		for _, web := range []int{1, 4, from, to} {
			b.Formation(map[string]int{"web": web, "worker": 1}, now)
			for range 4 {
				now = now.Add(time.Minute)
				b.Observe(budget.Sample{Addon: "redis-x", Attachment: "REDIS", Used: min(26*web+3, limit), Limit: limit, At: now.Add(time.Minute), Own: true})
			}
			now = now.Add(time.Hour)
		}
		return b.Report()
	}
	f := func(v budget.Snapshot, parts ...string) {
		t.Helper()
		var b bytes.Buffer
		if err := showBudget(&b, "enketo", v, dynos{"web", 12}, false); err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile(` +`).ReplaceAllString(b.String(), " ")
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%q isn't in\n%s", part, text)
			}
		}
	}
	f(learnt(198, 5, 6), "REDIS redis-x 159 198 (logged) web 26.0 ± 0.4 (learnt) 159 ± 1 318, too many web 6",
		"web 5 → 6 at 2026-11-22 15:12:00.000: it fits", "REDIS heroku-redis:premium-3 398 web 13",
		"what a dyno of worker takes isn't known", "REDIS: web 12 would fit heroku-redis:premium-3 (398 connections)")
	f(learnt(198, 2, 9), "REDIS redis-x ≥ 198 198 (logged)", "web 2 → 9 at 2026-11-22 15:12:00.000: it doesn't fit", "237 connections would fit heroku-redis:premium-3")
	f(budget.Snapshot{}, "enketo: -")
	f(budget.New(map[string]budget.Redis{"REDIS": {}}).Report(), "REDIS - unknown unknown - - -", "which plan would fit web 12 isn't known")
	f(budget.New(map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26}}}).Report(), "which plan would fit web 12 isn't known: nothing has told yet")
	b := budget.New(map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26}}})
	b.Observe(budget.Sample{Addon: "redis-x", Attachment: "REDIS", Used: 38, Limit: 38, At: at})
	f(b.Report(), "enketo: web ?\n", "REDIS redis-x ≥ 38 38 (logged) web 26 (configured) ≥ 38 ? web 1")
}
