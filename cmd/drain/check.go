package main

import (
	"fmt"

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

// remarks says what a right configuration won't do.
func remarks(cfg *config.Config, getenv func(string) string) []string {
	var out []string
	acting := false
	signed := getenv("SLACK_SIGNING_SECRET")+getenv("SLACK_SIGNING_SECRET_FILE") != ""
	for i := range cfg.Policies {
		p := &cfg.Policies[i]
		acting = acting || p.Mode != scale.DryRun
		// Who asks needs somebody who can answer.
		if key := asking(p); key != "" && (!signed || len(cfg.Approvers) == 0) {
			out = append(out, fmt.Sprintf("policies[%d] (%s): %s is answered by a button in Slack, which needs SLACK_SIGNING_SECRET and approvers; without them it only says what could be done", i, p.Name, key))
		}
	}
	if acting && getenv("DRAIN_LEDGER")+getenv("REDIS_URL") == "" {
		out = append(out, daemon.NoLedger)
	}
	if len(cfg.Approvers) > 0 && !signed {
		out = append(out, "approvers: SLACK_SIGNING_SECRET is not set, so messages have no buttons")
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
