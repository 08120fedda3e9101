package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/parser"
)

// The files of a scenario, in the order they stand in it.
const (
	scenarioConfig = "drain.yaml" // optional
	scenarioLog    = "log"
	scenarioWant   = "want"
)

func runTest(args []string, sys system) int {
	fs, _ := flags("test", sys)
	update := fs.Bool("update", false, "write what happens into the scenarios")
	if code := parseFlags(fs, args, len(args)); code >= 0 {
		return code
	}
	if fs.NArg() == 0 {
		fmt.Fprintln(sys.stderr, "drain test: name at least one scenario, a txtar file with drain.yaml, log and want")
		return exitUsage
	}
	failed := 0
	for _, name := range fs.Args() {
		report, err := runScenario(name, *update)
		switch {
		case err != nil:
			failed++
			fmt.Fprintf(sys.stderr, "%v\n", err)
		case report != nil:
			failed++
			fmt.Fprintf(sys.stdout, "FAIL %s\n%s", name, report)
		default:
			fmt.Fprintf(sys.stdout, "ok   %s\n", name)
		}
	}
	if failed > 0 {
		fmt.Fprintf(sys.stderr, "drain test: %d of %d scenarios failed\n", failed, fs.NArg())
		return exitFailed
	}
	return exitOK
}

// runScenario returns how what happened differs from what was wanted, nil if it doesn't.
func runScenario(name string, update bool) (report []byte, err error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	archive := txtar.Parse(src)
	files := make(map[string]*txtar.File)
	for i := range archive.Files {
		f := &archive.Files[i]
		if f.Name != scenarioConfig && f.Name != scenarioLog && f.Name != scenarioWant || files[f.Name] != nil {
			return nil, fmt.Errorf("%s: unexpected -- %s --; a scenario holds one each of drain.yaml, log and want", name, f.Name)
		}
		files[f.Name] = f
	}
	if files[scenarioLog] == nil || files[scenarioWant] == nil {
		return nil, fmt.Errorf("%s: -- log -- or -- want -- is missing; a scenario needs both", name)
	}
	cfg := &config.Config{}
	if f := files[scenarioConfig]; f != nil {
		if cfg, err = config.Parse(name+"/"+scenarioConfig, f.Data); err != nil {
			return nil, err
		}
	}
	got, err := enact(cfg, files[scenarioLog].Data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	want := files[scenarioWant]
	if bytes.Equal(got, want.Data) {
		return nil, nil
	}
	if update {
		want.Data = got
		return nil, os.WriteFile(name, txtar.Format(archive), 0o644)
	}
	return diff.Diff("want", want.Data, "got", got), nil
}

// enact replays a log and writes a line for each thing that happened.
func enact(cfg *config.Config, log []byte) ([]byte, error) {
	var out bytes.Buffer
	var first time.Time
	r, err := daemon.NewReplay(cfg, appOf("", cfg), func(rec daemon.Record) {
		fmt.Fprintf(&out, "%s %s\n", moment(first, rec.At), happening(rec))
	})
	if err != nil {
		return nil, err
	}
	lines := parser.NewReader(bytes.NewReader(log))
	for n := 1; lines.Next(); n++ {
		line := lines.Line()
		if line.Fault != parser.FaultNone {
			return nil, fmt.Errorf("line %d of the log can't be read (%s): %.80q", n, line.Fault, line.Msg)
		}
		if first.IsZero() {
			first = line.Time()
		}
		r.Add(line)
	}
	r.End()
	return out.Bytes(), lines.Err()
}

// moment is the time of day, with the date where that is not the log's first.
func moment(first, at time.Time) string {
	layout := "15:04:05.999"
	if y, m, d := at.Date(); !first.IsZero() && (y != first.Year() || m != first.Month() || d != first.Day()) {
		layout = "2006-01-02T" + layout
	}
	return at.UTC().Format(layout)
}

func happening(rec daemon.Record) string {
	what := []string{rec.Rule}
	if rec.Key != "" {
		what = append(what, rec.Key)
	}
	switch rec.Event {
	case "action":
		who := cmp.Or(rec.Dyno, rec.Process)
		what = append(what, "action", rec.Verb, who, fmt.Sprintf("%d → %d", rec.From, rec.To), string(rec.Verdict))
		if rec.Why != "" {
			what = append(what, string(rec.Why))
		}
	case "resolved":
		what = append(what, "resolved after", rec.At.Sub(rec.Since).Round(time.Millisecond).String())
	default:
		what = append(what, fmt.Sprintf("firing value=%.4g", rec.Value))
	}
	return strings.Join(what, " ")
}
