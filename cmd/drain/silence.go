package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"drain/alert/silence"
)

const silenceUsage = `usage: drain silence [-url URL] [-json] list
       drain silence [-url URL] [-json] add -for DURATION -comment WHY [-by NAME] LABEL=PATTERN…
       drain silence [-url URL] expire ID…

It talks to the daemon at -url, else DRAIN_URL, else http://127.0.0.1:8080, with ADMIN_PASSWORD.
LABEL is app, rule, cause, severity, key, process, dyno, addon, code, or one of a rule's own labels;
PATTERN may have * and ?. DURATION is a number and a unit: 30m, 48h. NAME is yours, else that in USER.
`

// silencing is the verb silence with its flags read.
type silencing struct {
	sys  system
	fs   *flag.FlagSet
	base string // the daemon's address
	json bool
}

func runSilence(args []string, sys system) int {
	fs, _ := flags("silence", sys)
	fs.Usage = func() { fmt.Fprint(fs.Output(), silenceUsage) }
	base := fs.String("url", "", "the daemon's `URL`")
	asJSON := fs.Bool("json", false, "one JSON object a line")
	if code := parseFlags(fs, args, len(args)); code >= 0 {
		return code
	}
	if *base != "" {
		if err := checkURL("-url", *base); err != nil {
			return misused(fs, err.Error())
		}
	}
	s := silencing{sys, fs, cmp.Or(*base, sys.getenv("DRAIN_URL"), "http://127.0.0.1:8080"), *asJSON}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	rest := fs.Args()
	if len(rest) == 0 {
		rest = []string{"list"}
	}
	switch rest[0] {
	case "list":
		return s.list(ctx, rest[1:])
	case "add":
		return s.add(ctx, rest[1:])
	case "expire":
		return s.expire(ctx, rest[1:])
	}
	return s.wrong("there is no %q; use list, add or expire", rest[0])
}

// flags are what one of list, add and expire takes.
func (s silencing) flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet("drain silence "+name, flag.ContinueOnError)
	fs.SetOutput(s.sys.stderr)
	fs.Usage = s.fs.Usage
	return fs
}

// ask asks the daemon, which is looked for only once the arguments are known to be right.
func (s silencing) ask(ctx context.Context, method, path string, in, out any) error {
	if err := checkURL("DRAIN_URL", s.base); err != nil { // -url has been looked at
		return err
	}
	c, err := newClient(s.base, s.sys)
	if err != nil {
		return err
	}
	return c.do(ctx, method, path, in, out)
}

// wrong tells of wrong usage.
func (s silencing) wrong(format string, args ...any) int {
	fmt.Fprintf(s.sys.stderr, "drain silence: "+format+"\n", args...)
	s.fs.Usage()
	return exitUsage
}

func (s silencing) failed(err error) int {
	fmt.Fprintf(s.sys.stderr, "drain silence: %v\n", err)
	return exitFailed
}

func (s silencing) list(ctx context.Context, args []string) int {
	if code := parseFlags(s.flags("list"), args, 0); code >= 0 {
		return code
	}
	var all []silence.Silence
	if err := s.ask(ctx, "GET", "/api/v1/silences", nil, &all); err != nil {
		return s.failed(err)
	}
	return s.print(all)
}

func (s silencing) print(all []silence.Silence) int {
	if s.json {
		enc := json.NewEncoder(s.sys.stdout)
		for _, one := range all {
			if err := enc.Encode(one); err != nil {
				return s.failed(err)
			}
		}
		return exitOK
	}
	if len(all) == 0 {
		fmt.Fprintln(s.sys.stdout, "nothing is silenced")
		return exitOK
	}
	w := tabwriter.NewWriter(s.sys.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tALERTS\tUNTIL\tBY\tWHY")
	for _, one := range all {
		// What people wrote must not move the cursor or make another column.
		row := []string{one.ID, one.Matchers.String(), one.Ends.UTC().Format(time.RFC3339), one.By, one.Comment}
		for i := range row {
			row[i] = strings.Join(strings.FieldsFunc(row[i], func(c rune) bool { return c < ' ' || c == 0x7f }), " ")
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	if err := w.Flush(); err != nil {
		return s.failed(err)
	}
	return exitOK
}

func (s silencing) add(ctx context.Context, args []string) int {
	fs := s.flags("add")
	lasts := fs.Duration("for", 0, "")
	comment := fs.String("comment", "", "")
	by := fs.String("by", cmp.Or(s.sys.getenv("USER"), s.sys.getenv("LOGNAME")), "")
	if code := parseFlags(fs, args, len(args)); code >= 0 {
		return code
	}
	matchers := silence.Matchers{}
	for _, arg := range fs.Args() {
		name, pattern, ok := strings.Cut(arg, "=")
		if _, twice := matchers[name]; !ok || twice {
			return s.wrong("%q is not LABEL=PATTERN, or a label given twice; flags come first", arg)
		}
		matchers[name] = pattern
	}
	switch {
	case len(matchers) == 0:
		return s.wrong("say which alerts, e.g. app=enketo")
	case *lasts <= 0:
		return s.wrong("say for how long, e.g. -for 2h")
	case *comment == "":
		return s.wrong("say why, e.g. -comment 'upgrading Redis'")
	case *by == "":
		return s.wrong("say who silences it, e.g. -by jo: the environment has no USER")
	}
	req := silence.Request{Matchers: matchers, For: lasts.String(), By: *by, Comment: *comment}
	var one silence.Silence
	if err := s.ask(ctx, "POST", "/api/v1/silences", req, &one); err != nil {
		return s.failed(err)
	}
	return s.print([]silence.Silence{one})
}

func (s silencing) expire(ctx context.Context, args []string) int {
	fs := s.flags("expire")
	if code := parseFlags(fs, args, len(args)); code >= 0 {
		return code
	}
	ids := fs.Args()
	if len(ids) == 0 {
		return s.wrong("say which; list shows the IDs")
	}
	for _, id := range ids {
		if strings.HasPrefix(id, "-") {
			return s.wrong("%q is no ID; flags come before all else", id)
		}
	}
	for _, id := range ids {
		if err := s.ask(ctx, "DELETE", "/api/v1/silences/"+url.PathEscape(id), nil, nil); err != nil {
			return s.failed(fmt.Errorf("%s: %w", id, err))
		}
		fmt.Fprintf(s.sys.stdout, "%s is over\n", id)
	}
	return exitOK
}
