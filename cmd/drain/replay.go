package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/parser"
	"drain/rules"
)

func runReplay(args []string, sys system) int {
	fs, file := flags("replay", sys)
	asJSON := fs.Bool("json", false, "one JSON object a line")
	app := fs.String("app", "", "the `APP` that the log is of; default: the one that is configured")
	try := fs.String("rules", "", "a `FILE` with rules to try beside those in force: rules, disable")
	if code := parseFlags(fs, args, 1); code >= 0 {
		return code
	}
	cfg, _, err := readConfig(*file, sys)
	if err != nil {
		fmt.Fprintln(sys.stderr, err)
		return exitFailed
	}
	tried, err := tryRules(cfg, *try)
	if err != nil {
		fmt.Fprintln(sys.stderr, err)
		return exitFailed
	}
	name, in := "-", sys.stdin
	if fs.NArg() == 1 && fs.Arg(0) != "-" {
		name = fs.Arg(0)
		f, err := os.Open(name)
		if err != nil {
			fmt.Fprintf(sys.stderr, "drain replay: %v\n", err)
			return exitFailed
		}
		defer f.Close()
		in = f
	}
	taken := appOf(*app, cfg)
	if note := doubt(*app, taken, cfg); note != "" {
		fmt.Fprintf(sys.stderr, "drain replay: %s\n", note)
	}
	if err := replay(cfg, taken, in, newOutcome(tried), *asJSON, sys); err != nil {
		fmt.Fprintf(sys.stderr, "drain replay: %s: %v\n", name, err)
		return exitFailed
	}
	return exitOK
}

// appOf is the app a log is taken to be of.
func appOf(flag string, cfg *config.Config) string {
	switch {
	case flag != "":
		return flag
	case len(cfg.Apps) == 1:
		for name := range cfg.Apps {
			return name
		}
	case len(cfg.Policies) > 0:
		return cfg.Policies[0].App
	}
	return "app"
}

// doubt says what may be wrong with the app that a log is taken to be of; empty if nothing is. No line says
// which app it is of, so a wrong name would only show by what isn't judged.
func doubt(flag, taken string, cfg *config.Config) string {
	apps := slices.Collect(maps.Keys(cfg.Apps))
	for i := range cfg.Policies {
		apps = append(apps, cfg.Policies[i].App)
	}
	slices.Sort(apps)
	apps = slices.Compact(apps)
	list := strings.Join(apps, ", ")
	switch known := slices.Contains(apps, taken); {
	case len(apps) == 0:
		return ""
	case flag != "" && !known:
		return fmt.Sprintf("-app %s: the configuration has no such app, so no policy and no budget of it is judged; it has %s", flag, list)
	case flag == "" && !known:
		return "no policy and no budget is judged, since no -app says whose log it is; the configuration has " + list
	case flag == "" && len(apps) > 1:
		return fmt.Sprintf("the log is taken to be %s's, since no -app says whose it is; the configuration has %s", taken, list)
	}
	return ""
}

// tryRules puts the rules of a file beside the configured ones, or in the place of those of the same name.
func tryRules(cfg *config.Config, file string) ([]rules.Rule, error) {
	if file == "" {
		return nil, nil
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("rules to try: %w", err)
	}
	more, err := config.Parse(file, src)
	if err != nil {
		return nil, err
	}
	if len(more.Apps)+len(more.Policies)+len(more.Routes) > 0 {
		return nil, fmt.Errorf("%s: only rules and disable are tried; give apps, policies and routes with -config", file)
	}
	cfg.Rules = rules.Merge(cfg.Rules, more.Rules, nil)
	cfg.Disable = append(cfg.Disable, more.Disable...)
	return more.Rules, nil
}

// progressLines is how often a replay looks at the time, in lines.
const progressLines = 4096

func replay(cfg *config.Config, app string, in io.Reader, counts *outcome, asJSON bool, sys system) error {
	watched := newProgress(in, sys.stderr)
	enc := json.NewEncoder(sys.stdout)
	enc.SetEscapeHTML(false)
	var failed error
	r, err := daemon.NewReplay(cfg, app, func(rec daemon.Record) {
		counts.add(&rec)
		watched.wipe()
		if asJSON {
			failed = cmp.Or(failed, enc.Encode(rec))
			return
		}
		_, err := fmt.Fprintln(sys.stdout, describe(rec))
		failed = cmp.Or(failed, err)
	})
	if err != nil {
		return err
	}
	lines, faults := 0, 0
	reader := parser.NewReader(&plain{in: watched})
	for reader.Next() && failed == nil {
		if lines++; lines%progressLines == 0 {
			watched.show(lines, time.Now())
		}
		if reader.Line().Fault != parser.FaultNone {
			faults++
		}
		r.Add(reader.Line())
	}
	watched.wipe()
	if err := reader.Err(); err != nil {
		return err
	}
	still := r.End()
	if failed != nil {
		return fmt.Errorf("write: %w", failed)
	}
	for _, ev := range still {
		what := strings.TrimSpace(ev.Rule + " " + ev.Labels.String())
		fmt.Fprintf(sys.stderr, "still firing at the end of the log: %s since %s\n", what, clock(ev.Since))
	}
	fmt.Fprintf(sys.stderr, "drain replay: %d lines, %d with faults\n", lines, faults)
	if lines > 0 && faults == lines {
		fmt.Fprintln(sys.stderr, "drain replay: none could be read: give drain bodies, syslog lines, or what `heroku logs` prints, uncompressed")
	}
	counts.write(sys.stderr, still)
	return nil
}

// describe is a Record for people.
func describe(rec daemon.Record) string {
	key := ""
	if rec.Key != "" {
		key = " " + rec.Key
	}
	switch rec.Event {
	case "action":
		why := ""
		if rec.Why != "" {
			why = " (" + string(rec.Why) + ")"
		}
		return fmt.Sprintf("%s action   %s: %s%s: %s", clock(rec.At), rec.Rule, rec.Verdict, why, rec.Summary)
	case "resolved":
		return fmt.Sprintf("%s resolved %s%s after %s", clock(rec.At), rec.Rule, key, rec.At.Sub(rec.Since).Round(time.Millisecond))
	default:
		return fmt.Sprintf("%s firing   %s%s value=%.6g: %s", clock(rec.At), rec.Rule, key, rec.Value, rec.Summary)
	}
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "no time" // what the line had
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}
