package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/scale/heroku"
	"drain/internal/upgrade"
	"drain/internal/wait"
)

// upgradeAsked is what the command line says.
type upgradeAsked struct {
	app, addon, plan             string
	keep                         []string
	journal, daemon              string
	dryRun, resume, abort, agree bool
	pace                         int
}

func upgradeFlags(args []string, sys system) (a upgradeAsked, code int) {
	fs, _ := flags("upgrade", sys)
	fs.StringVar(&a.app, "app", "", "the `APP` whose Redis is changed")
	fs.Func("keep", "a process `TYPE` that goes on running; may be repeated", func(s string) error {
		a.keep = append(a.keep, s)
		return nil
	})
	fs.StringVar(&a.journal, "journal", "", "the `FILE` that keeps the steps through a crash; default: drain/upgrade-APP.json in XDG_STATE_HOME or ~/.local/state, on a dyno the ledger in REDIS_URL")
	fs.StringVar(&a.daemon, "daemon", "", "`URL` of the app's drain, to tell it of the upgrade and ask how many connections are left (with ADMIN_PASSWORD)")
	fs.BoolVar(&a.dryRun, "dry-run", false, "print the steps, do nothing")
	fs.BoolVar(&a.resume, "resume", false, "go on with an upgrade that was cut off")
	fs.BoolVar(&a.abort, "abort", false, "bring the app back up after an upgrade that was cut off")
	fs.IntVar(&a.pace, "pace", 1, "how many times faster than Heroku a simulated one runs")
	fs.BoolVar(&a.agree, "yes", false, "begin without asking")
	if code := parseFlags(fs, args, 2); code >= 0 {
		return a, code
	}
	a.addon, a.plan = fs.Arg(0), fs.Arg(1)
	want := 2
	if a.resume || a.abort {
		want = 0
	}
	if err := checkApp(a.app); err != nil {
		return a, misused(fs, err.Error())
	}
	if a.daemon != "" {
		if err := checkURL("-daemon", a.daemon); err != nil {
			return a, misused(fs, err.Error())
		}
	}
	switch {
	case a.resume && a.abort, a.dryRun && want == 0:
		return a, misused(fs, "only one of -dry-run, -resume and -abort is possible")
	case fs.NArg() != want && want == 0:
		return a, misused(fs, "the journal knows the add-on and the plan; leave them out")
	case fs.NArg() != want:
		return a, misused(fs, "an add-on and a plan are needed, e.g. `drain upgrade -app enketo REDIS premium-2`")
	}
	return a, -1
}

func misused(fs *flag.FlagSet, what string) int {
	fmt.Fprintf(fs.Output(), "%s: %s\n", fs.Name(), what)
	return exitUsage
}

func runUpgrade(args []string, sys system) int {
	asked, code := upgradeFlags(args, sys)
	if code >= 0 {
		return code
	}
	if err := doUpgrade(asked, sys); err != nil {
		fmt.Fprintf(sys.stderr, "drain upgrade: %v\n", err)
		if left, ok := errors.AsType[*upgrade.LeftError](err); ok {
			fmt.Fprintf(sys.stderr, "\n%s is left in maintenance mode, or with dynos stopped. One of these ends that:\n"+
				"  drain upgrade -app %[1]s%[2]s -resume   # go on\n"+
				"  drain upgrade -app %[1]s%[2]s -abort    # as it was before\n", left.Entry.App, sameFlags(asked))
		}
		if untold, ok := errors.AsType[*upgrade.UntoldError](err); ok {
			fmt.Fprintf(sys.stderr, "\nUntil it is told, for up to 2 hours, the drain does nothing for %s and mutes its incidents. This tells it:\n"+
				"  drain upgrade -app %[1]s%[2]s -resume\n", untold.Entry.App, sameFlags(asked))
		}
		return exitFailed
	}
	return exitOK
}

// sameFlags are those that go on with the same upgrade.
func sameFlags(a upgradeAsked) string {
	flags := ""
	if a.daemon != "" {
		flags += " -daemon " + a.daemon
	}
	if a.journal != "" {
		flags += " -journal " + a.journal
	}
	return flags
}

func doUpgrade(asked upgradeAsked, sys system) error {
	env, err := config.LoadEnv(sys.getenv, os.ReadFile)
	if err != nil {
		return err
	}
	// A change of plan is answered once the provider has heard of it, which takes its time.
	api, err := platform(env, 30*time.Second)
	if err != nil {
		return err
	}
	defer api.Close()
	journal, done, err := openJournal(asked, env, sys)
	if err != nil {
		return err
	}
	defer done()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	ask := asker(sys)
	o := upgrade.Options{
		Platform: api, Journal: journal, App: asked.app, Addon: asked.addon, Plan: asked.plan, Keep: asked.keep, Pace: asked.pace,
		Tell: func(step upgrade.Step, text string) {
			fmt.Fprintf(sys.stdout, "%s %-6s %s\n", time.Now().Format(time.TimeOnly), step, text)
		},
		Ask: ask, Limit: budget.PlanLimit,
	}
	var told func(context.Context, string) (upgrade.Entry, error)
	shared, letGo, err := sharedUpgrades(asked, env)
	if err != nil {
		return err
	}
	defer letGo()
	if shared != nil {
		o.Announce, told = shared.Announce, shared.Load
	}
	if asked.daemon != "" {
		daemon, err := newClient(asked.daemon, sys)
		if err != nil {
			return err
		}
		h := &herald{tell: daemon.announce, begun: asked.resume || asked.abort}
		telling, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); h.run(telling, heartbeat/time.Duration(max(1, asked.pace))) }()
		defer func() { stop(); <-done }()
		o.Connections, o.Announce, told = daemon.connections(asked.app), h.announce, daemon.upgradeOf
	}
	if !asked.resume && !asked.abort {
		return begin(ctx, upgrade.New(o), api, asked, env, sys, ask)
	}
	if told != nil {
		agree := ask
		if asked.agree {
			agree = func(context.Context, string) (bool, error) { return true, nil }
		}
		o.Journal = handed{journal, told, agree}
	}
	u := upgrade.New(o)
	release, err := alone(ctx, asked.app, env)
	if errors.Is(err, ledger.ErrHeld) {
		fmt.Fprintf(sys.stderr, "drain upgrade: another process has the right to act on the app; the one that died has it for up to %v\n", upgradeLease)
	}
	for until := time.Now().Add(upgradeLease + time.Second); errors.Is(err, ledger.ErrHeld) && time.Now().Before(until); {
		if wait.For(ctx, time.Second) != nil {
			break
		}
		release, err = alone(ctx, asked.app, env)
	}
	switch {
	case errors.Is(err, ledger.ErrHeld):
		return err
	case err != nil: // the app is down, and that Redis may be the one that is being changed
		fmt.Fprintf(sys.stderr, "drain upgrade: going on without a lease: %v\n", err)
	default:
		defer release()
	}
	if asked.resume {
		err = u.Resume(ctx)
	} else {
		err = u.Abort(ctx)
	}
	if err == nil {
		fmt.Fprintf(sys.stdout, "done: %s is as it was\n", asked.app)
	}
	return err
}

// begin shows what is to be done, and does it if it is agreed to.
func begin(ctx context.Context, u *upgrade.Upgrade, api *heroku.Client, asked upgradeAsked, env config.Env, sys system, ask func(context.Context, string) (bool, error)) error {
	entry, notes, err := u.Check(ctx)
	if err != nil {
		return err
	}
	note, err := ownRedis(ctx, api, asked, env, entry.Addon)
	if err != nil {
		return err
	}
	if note != "" {
		notes = append(notes, note)
	}
	if asked.daemon == "" && env.RedisURL == "" {
		notes = append(notes, "no drain is told: one that shed dynos of the app takes this for a person's change, and won't bring them back (-daemon URL tells it)")
	}
	for i, step := range entry.Show() {
		fmt.Fprintf(sys.stdout, "%d. %s\n", i+1, step)
	}
	for _, note := range notes {
		fmt.Fprintf(sys.stdout, "note: %s\n", note)
	}
	if asked.dryRun {
		return nil
	}
	if !asked.agree {
		if yes, err := ask(ctx, "Begin?"); err != nil || !yes {
			return errors.Join(err, errors.New("nothing was changed"))
		}
	}
	release, err := alone(ctx, entry.App, env)
	if err != nil {
		return err
	}
	defer release()
	if err := u.Run(ctx, entry); err != nil {
		return err
	}
	fmt.Fprintf(sys.stdout, "done: %s is on %s, %s is as it was\n", entry.Addon, entry.To, entry.App)
	return nil
}

// asker asks on a terminal. Elsewhere nobody is there.
func asker(sys system) func(context.Context, string) (bool, error) {
	return func(ctx context.Context, question string) (bool, error) {
		f, isFile := sys.stdin.(*os.File)
		if isFile && !isatty.IsTerminal(f.Fd()) {
			return false, fmt.Errorf("there is nobody to ask: %s (-yes begins without asking; the rest needs a terminal)", question)
		}
		fmt.Fprintf(sys.stdout, "%s [y/N] ", question)
		answer := make(chan string, 1)
		go func() { answer <- readLine(sys.stdin) }() // it ends with the process: reading can't be given up
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case s := <-answer:
			s = strings.ToLower(strings.TrimSpace(s))
			return s == "y" || s == "yes", nil
		}
	}
}

func readLine(r io.Reader) string {
	s, _ := bufio.NewReader(r).ReadString('\n') // at the end of the input it is "no"
	return s
}

// connections asks the daemon what it knows of an app's add-ons.
func (c *client) connections(app string) func(context.Context, string) (int, time.Time, bool) {
	return func(ctx context.Context, addon string) (used int, at time.Time, known bool) {
		var budgets map[string]budget.Snapshot
		if c.do(ctx, "GET", "/api/v1/budget", nil, &budgets) != nil {
			return 0, at, false // Tell says that nobody knows
		}
		for _, a := range budgets[app].Addons {
			if a.Addon == addon && !a.At.IsZero() {
				return a.Used, a.At, true
			}
		}
		return 0, at, false
	}
}
