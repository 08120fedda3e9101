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
	for i := range cfg.Policies {
		p := &cfg.Policies[i]
		acting = acting || p.Mode != scale.DryRun
		if p.Restore == scale.RestoreApprove {
			out = append(out, fmt.Sprintf("policies[%d] (%s): restore: approve only says that it could be; scale %s back up by hand", i, p.Name, p.Process))
		}
		if p.Mode == scale.Approve {
			out = append(out, fmt.Sprintf("policies[%d] (%s): there is no button for it yet; the message says what to do, and a person does it", i, p.Name))
		}
	}
	if acting && getenv("DRAIN_LEDGER")+getenv("REDIS_URL") == "" {
		out = append(out, daemon.NoLedger)
	}
	if len(cfg.Approvers) > 0 && getenv("SLACK_SIGNING_SECRET")+getenv("SLACK_SIGNING_SECRET_FILE") == "" {
		out = append(out, "approvers: SLACK_SIGNING_SECRET is not set, so messages have no buttons")
	}
	return out
}
