package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"drain/parser"
)

const parseUsage = `usage: drain parse [-json] [FILE|-]...

Prints what the parser makes of each line of captured logs: drain bodies, syslog
lines, or what "heroku logs" prints. Without FILE, or for "-", it reads standard input.

`

// runParse is the verb parse. Faulty lines are no failure: it exits 1 only if something can't be
// read or written, and 2 on wrong usage.
func runParse(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("drain parse", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, parseUsage)
		flags.PrintDefaults()
	}
	asJSON := flags.Bool("json", false, "print one JSON object a line")
	flags.String("config", "", "taken as by every verb, but parse has no settings")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	files := flags.Args()
	if len(files) == 0 {
		files = []string{"-"}
	}

	out := bufio.NewWriter(stdout)
	show := textPrinter(out)
	if *asJSON {
		show = jsonPrinter(out)
	}
	var sum tally
	exit := 0
	for _, name := range files {
		err := parseFile(name, stdin, out, func(l *parser.Line) error {
			sum.add(l)
			return show(l)
		})
		if err != nil {
			fmt.Fprintf(stderr, "drain parse: %v\n", err)
			exit = 1
		}
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintf(stderr, "drain parse: %v\n", err)
		return 1
	}
	if !*asJSON {
		fmt.Fprintf(stderr, "drain parse: %s\n", &sum)
	}
	return exit
}

// parseFile calls do for each line of a file. Its errors name the file.
func parseFile(name string, stdin io.Reader, out *bufio.Writer, do func(*parser.Line) error) error {
	in := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	r := parser.NewReader(&plain{in: flushFirst{in, out}})
	for r.Next() {
		if err := do(r.Line()); err != nil {
			return err
		}
	}
	switch err := r.Err(); {
	case err != nil && name == "-":
		return fmt.Errorf("standard input: %w", err)
	case errors.Is(err, errGzip):
		return fmt.Errorf("%s: %w", name, err)
	default:
		return err // os names the file
	}
}

// flushFirst writes out what waits before it reads on, so that the lines of a live stream show at
// once.
type flushFirst struct {
	in  io.Reader
	out *bufio.Writer
}

func (f flushFirst) Read(p []byte) (int, error) {
	_ = f.out.Flush() // the next write returns the same error
	return f.in.Read(p)
}

// parsedLine is the shape of -json.
type parsedLine struct {
	Time    time.Time          `json:"time,omitzero"`
	Host    string             `json:"host,omitempty"`
	App     string             `json:"app,omitempty"`
	Proc    string             `json:"proc,omitempty"`
	Kind    string             `json:"kind,omitempty"`
	Code    string             `json:"code,omitempty"`
	Message string             `json:"message,omitempty"` // encoding/json makes it valid UTF-8
	Fields  map[string]string  `json:"fields,omitempty"`
	Samples map[string]float64 `json:"samples,omitempty"`
	Fault   string             `json:"fault,omitempty"`
}

func jsonPrinter(out io.Writer) func(*parser.Line) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false) // "->" stays legible
	return func(l *parser.Line) error {
		p := parsedLine{
			Time:    l.Time(),
			Host:    string(l.Host),
			App:     string(l.App),
			Proc:    string(l.Proc),
			Code:    string(l.Code),
			Message: string(l.Msg),
			Fields:  lineFields(l),
			Fault:   l.Fault.String(),
		}
		if l.Fault == parser.FaultNone {
			p.Kind = l.Kind.String()
		}
		for _, s := range l.Samples {
			if p.Samples == nil {
				p.Samples = make(map[string]float64, len(l.Samples))
			}
			if _, again := p.Samples[string(s.Name)]; !again {
				p.Samples[string(s.Name)] = s.Value
			}
		}
		return enc.Encode(p)
	}
}

// lineFields returns the router's pairs, or what a sample line is about. The first of two counts,
// and empty values are left out.
func lineFields(l *parser.Line) map[string]string {
	fields := map[string]string{}
	set := func(name string, value []byte) {
		if _, again := fields[name]; !again && len(value) > 0 {
			fields[name] = string(value)
		}
	}
	if l.Router.Pairs {
		for key, value := range parser.Pairs(l.Text()) {
			set(string(key), value)
		}
	}
	set("source", l.Source)
	set("addon", l.Addon)
	set("dyno", l.Dyno)
	return fields
}

// textPrinter prints a line as columns: time, kind or fault, sender, code, message.
func textPrinter(out io.Writer) func(*parser.Line) error {
	return func(l *parser.Line) error {
		when := ""
		if !l.Time().IsZero() {
			when = l.Time().Format("2006-01-02T15:04:05.000000Z")
		}
		kind := l.Kind.String()
		if l.Fault != parser.FaultNone {
			kind = "!" + l.Fault.String()
		}
		sender := ""
		if len(l.App) > 0 {
			sender = fmt.Sprintf("%s[%s]", l.App, l.Proc)
		}
		line := fmt.Sprintf("%-27s %-10s %-24s %-4s %s", when, kind, sender, l.Code, l.Msg)
		_, err := fmt.Fprintln(out, strings.TrimRight(printable(line), " "))
		return err
	}
}

// printable escapes what a terminal would act on. The text is anybody's: it could set colours, move
// the cursor or forge lines.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) || r == utf8.RuneError }) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// tally counts lines by kind, and faulty ones by fault.
type tally struct {
	lines  int
	kinds  [parser.KindCount]int
	faults [parser.FaultCount]int
}

func (t *tally) add(l *parser.Line) {
	t.lines++
	t.faults[l.Fault]++
	if l.Fault == parser.FaultNone {
		t.kinds[l.Kind]++
	}
}

// String reads like "5 lines: app 2, router 1; 2 with faults: format 2".
func (t *tally) String() string {
	var kinds, faults []string
	for k, n := range t.kinds {
		if n > 0 {
			kinds = append(kinds, fmt.Sprintf("%s %d", parser.Kind(k), n))
		}
	}
	for f, n := range t.faults {
		if n > 0 && parser.Fault(f) != parser.FaultNone {
			faults = append(faults, fmt.Sprintf("%s %d", parser.Fault(f), n))
		}
	}
	s := fmt.Sprintf("%d lines", t.lines)
	if len(kinds) > 0 {
		s += ": " + strings.Join(kinds, ", ")
	}
	if len(faults) > 0 {
		s += fmt.Sprintf("; %d with faults: %s", t.lines-t.faults[parser.FaultNone], strings.Join(faults, ", "))
	}
	return s
}
