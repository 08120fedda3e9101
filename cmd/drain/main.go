// Command drain is attached to Heroku apps as a log drain. It says what is going wrong, as Prometheus
// metrics and as one Slack message per incident, and scales dynos within the limits its owner set.
// `drain help` lists the verbs.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	_ "time/tzdata" // rules and mute windows name time zones, and a container may have no list of them
)

// version is set by the linker.
var version = "dev"

// Exit codes, the same for every verb.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// system is the world a verb runs in.
type system struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// verb is one of the things drain does.
type verb struct {
	name, args, does string
	run              func(args []string, sys system) int
}

func verbs() []verb {
	return []verb{
		{"serve", "", "run the daemon (what `drain` alone does)", runServe},
		{"demo", "[-keep]", "the daemon against a simulated Heroku; no account needed", runDemo},
		{"check", "[FILE]", "validate the configuration; needs no network", runCheck},
		{"test", "[-update] FILE…", "run rule scenarios: a configuration, a log, and what is to happen", runTest},
		{"replay", "[-json] [FILE|-]", "what the rules would have said and done over a captured log", runReplay},
		{"parse", "[-json] [FILE|-]", "what the parser made of each line", func(args []string, sys system) int {
			return runParse(args, sys.stdin, sys.stdout, sys.stderr)
		}},
		{"budget", "-app A", "how many Redis connections the dynos take, and how many dynos fit", runBudget},
		{"attach", "-app A -url URL", "make the daemon a log drain of an app, and wait for its first line", runAttach},
		{"detach", "-app A -url URL", "delete the drains of an app that lead to the daemon", runDetach},
		{"upgrade", "-app A ADDON PLAN", "change a Redis plan the safe way; goes on after a crash", runUpgrade},
		{"notify", "-test", "tell each destination of a made-up incident", runNotify},
		{"silence", "list|add|expire", "say what nobody is to be told of for a while", runSilence},
		{"version", "", "print the version", runVersion},
	}
}

func main() {
	os.Exit(run(os.Args[1:], system{os.Getenv, os.Stdin, os.Stdout, os.Stderr}))
}

func run(args []string, sys system) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	if name == "help" || len(args) > 0 && name == "serve" && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		usage(sys.stdout)
		return exitOK
	}
	for _, v := range verbs() {
		if v.name == name {
			return v.run(args, sys)
		}
	}
	fmt.Fprintf(sys.stderr, "drain: there is no verb %q\n", name)
	usage(sys.stderr)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: drain [VERB] [-config FILE] …")
	fmt.Fprintln(w)
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-8s %-18s %s\n", v.name, v.args, v.does)
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "The configuration is -config FILE, else the file in DRAIN_CONFIG, else the text in")
	fmt.Fprintln(w, "DRAIN_CONFIG_YAML, else built-in defaults. Secrets come from the environment; see the README.")
	fmt.Fprintln(w, "Exit status: 0 ok, 1 it failed, 2 wrong usage.")
}

func runVersion(args []string, sys system) int {
	fs, _ := flags("version", sys)
	if code := parseFlags(fs, args, 0); code >= 0 {
		return code
	}
	fmt.Fprintln(sys.stdout, "drain", version)
	return exitOK
}
