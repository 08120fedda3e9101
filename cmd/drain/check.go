package main

import (
	"fmt"
	"slices"
	"strings"

	"drain/alert"
	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/scale"
)

func runCheck(args []string, sys system) int {
	fs, file := flags("check", sys)
	if code := parseFlags(fs, args, 1); code >= 0 {
		return code
	}
	if fs.NArg() == 1 {
		*file = fs.Arg(0)
	}
	cfg, name, err := readConfig(*file, sys)
	if err != nil {
		fmt.Fprintln(sys.stderr, err)
		return exitFailed
	}
	fmt.Fprintf(sys.stdout, "%s: ok: %d apps, %d rules (%d of its own), %d policies, %d routes\n",
		name, len(cfg.Apps), len(cfg.AllRules()), len(cfg.Rules), len(cfg.Policies), len(cfg.Routes))
	for _, note := range remarks(cfg, sys.getenv) {
		fmt.Fprintf(sys.stdout, "note: %s\n", note)
	}
	return exitOK
}

// remarks says what a right configuration won't do in this environment. The daemon's may be another one: none is a
// mistake.
func remarks(cfg *config.Config, getenv func(string) string) []string {
	given := func(name string) bool { return getenv(name)+getenv(name+"_FILE") != "" } // as config.LoadEnv takes it
	var out []string
	acting := false
	signed := given("SLACK_SIGNING_SECRET")
	for i := range cfg.Policies {
		p := &cfg.Policies[i]
		acting = acting || p.Mode != scale.DryRun
		// Who asks needs somebody who can answer.
		if key := asking(p); key != "" && (!signed || len(cfg.Approvers) == 0) {
			out = append(out, fmt.Sprintf("policies[%d] (%s): %s is answered by a button in Slack, which needs SLACK_SIGNING_SECRET and approvers; without them it only says what could be done", i, p.Name, key))
		}
	}
	if acting && getenv("DRAIN_LEDGER") == "" && !given("REDIS_URL") {
		out = append(out, daemon.NoLedger)
	}
	if acting && !given("HEROKU_API_KEY") {
		out = append(out, daemon.NoKey)
	}
	if len(cfg.Approvers) > 0 && !signed {
		out = append(out, "approvers: SLACK_SIGNING_SECRET is not set, so messages have no buttons")
	}
	return append(out, unreached(cfg.Routes, given)...)
}

// tells lists the settings of which each destination needs one.
var tells = map[string][]string{
	"slack":        {"SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL"},
	"alertmanager": {"ALERTMANAGER_URL"},
	"pagerduty":    {"PAGERDUTY_ROUTING_KEY"},
	"webhook":      {"WEBHOOK_URL"},
}

// unreached says which routes, or their channels, lead nowhere in this environment.
func unreached(routes []alert.Route, given func(name string) bool) (out []string) {
	for i, r := range routes {
		switch {
		case !slices.ContainsFunc(tells[r.To], given):
			out = append(out, fmt.Sprintf("routes[%d]: %s is not configured (%s is not set): the route is left out", i, r.To, strings.Join(tells[r.To], " or ")))
		case r.Channel != "" && !given("SLACK_BOT_TOKEN"):
			out = append(out, fmt.Sprintf("routes[%d].channel: SLACK_WEBHOOK_URL has a channel of its own, and posts there; %s needs SLACK_BOT_TOKEN", i, r.Channel))
		}
	}
	return out
}

// asking is the setting by which a policy asks a person; empty if none does.
func asking(p *scale.Policy) string {
	switch {
	case p.Mode == scale.Approve:
		return "mode: approve"
	case p.Mode == scale.Automatic && p.Restore == scale.RestoreApprove:
		return "restore: approve"
	}
	return ""
}
