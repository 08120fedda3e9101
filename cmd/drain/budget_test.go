package main

import (
	"regexp"
	"strings"
	"testing"
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
	f(exitOK, []string{"-app", "enketo", "-json"}, `"need":{"connections":104,"fits":false,"deploy":208,"deploy_fits":false,"plan":"heroku-redis:premium-2","deploy_plan":"heroku-redis:premium-3"}`)
	f(exitFailed, []string{"-app", "enketo", "-daemon", "http://drain.example.com"}, "drain.example.com: https is expected")
}
