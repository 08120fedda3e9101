package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/parser"
)

func runReplay(args []string, sys system) int {
	fs, file := flags("replay", sys)
	asJSON := fs.Bool("json", false, "one JSON object a line")
	app := fs.String("app", "", "the `APP` that the log is of; default: the one that is configured")
	if code := parseFlags(fs, args, 1); code >= 0 {
		return code
	}
	cfg, _, err := readConfig(*file, sys)
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
	if err := replay(cfg, appOf(*app, cfg), in, *asJSON, sys); err != nil {
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

func replay(cfg *config.Config, app string, in io.Reader, asJSON bool, sys system) error {
	counts := make(map[string]int)
	enc := json.NewEncoder(sys.stdout)
	enc.SetEscapeHTML(false)
	var failed error
	r, err := daemon.NewReplay(cfg, app, func(rec daemon.Record) {
		counts[rec.Rule+" "+rec.Event]++
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
	reader := parser.NewReader(in)
	for reader.Next() && failed == nil {
		lines++
		if reader.Line().Fault != parser.FaultNone {
			faults++
		}
		r.Add(reader.Line())
	}
	if err := reader.Err(); err != nil {
		return err
	}
	still := r.End()
	if failed != nil {
		return fmt.Errorf("write: %w", failed)
	}
	for _, ev := range still {
		fmt.Fprintf(sys.stderr, "still firing at the end of the log: %s %s since %s\n", ev.Rule, ev.Labels, clock(ev.Since))
	}
	fmt.Fprintf(sys.stderr, "drain replay: %d lines, %d with faults\n", lines, faults)
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(sys.stderr, "  %s: %d\n", what, counts[what])
	}
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

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }
