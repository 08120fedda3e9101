package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/scale/heroku"
)

func runBudget(args []string, sys system) int {
	fs, file := flags("budget", sys)
	app := fs.String("app", "", "the `APP` whose Redis connections are counted")
	daemon := fs.String("daemon", "", "`URL` of a drain that has its live figures (with ADMIN_PASSWORD)")
	asJSON := fs.Bool("json", false, "print it as one JSON object")
	if code := parseFlags(fs, args, 0); code >= 0 {
		return code
	}
	if *app == "" {
		return misused(fs, "-app APP is needed")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	view, err := readBudget(ctx, *app, *daemon, *file, sys)
	if err == nil && *asJSON {
		err = json.NewEncoder(sys.stdout).Encode(view)
	} else if err == nil {
		err = showBudget(sys.stdout, *app, view, *daemon == "")
	}
	if err != nil {
		fmt.Fprintf(sys.stderr, "drain budget: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// readBudget asks the daemon where one is named, else Heroku and the configuration.
func readBudget(ctx context.Context, app, daemon, file string, sys system) (budget.Snapshot, error) {
	env, err := config.LoadEnv(sys.getenv, os.ReadFile)
	if err != nil {
		return budget.Snapshot{}, err
	}
	if daemon != "" {
		c, err := newClient(daemon, sys)
		if err != nil {
			return budget.Snapshot{}, err
		}
		var all map[string]budget.Snapshot
		if err := c.do(ctx, "GET", "/api/v1/budget", nil, &all); err != nil {
			return budget.Snapshot{}, err
		}
		view, known := all[app]
		if !known {
			return view, fmt.Errorf("the daemon knows no Redis of %s; it does of %s", app, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
		}
		return view, nil
	}
	cfg, _, err := readConfig(file, sys)
	if err != nil {
		return budget.Snapshot{}, err
	}
	api, err := heroku.New(heroku.Options{APIKey: env.HerokuAPIKey.Reveal(), URL: env.HerokuAPIURL, Log: zerolog.Nop()})
	if err != nil {
		return budget.Snapshot{}, err
	}
	defer api.Close()
	b := budget.New(cfg.Apps[app].Redis)
	addons, err := api.Addons(ctx, app)
	if err != nil {
		return budget.Snapshot{}, err
	}
	if len(addons) == 0 {
		return budget.Snapshot{}, errors.New(app + " has no Redis")
	}
	for _, a := range addons {
		// It is one add-on, whatever the app calls it; what is configured stands under one of the names.
		name := a.Attachments[0]
		for _, at := range a.Attachments {
			if _, configured := cfg.Apps[app].Redis[at]; configured {
				name = at
			}
		}
		b.Plan(a.Name, name, a.Plan)
	}
	dynos, err := api.Formation(ctx, app)
	if err != nil {
		return budget.Snapshot{}, err
	}
	for process, n := range dynos {
		b.Dynos(process, n, time.Now())
	}
	return b.Snapshot(), nil
}

// showBudget prints a table of the add-ons and what follows from it.
func showBudget(out io.Writer, app string, v budget.Snapshot, offline bool) error {
	fmt.Fprintf(out, "%s: %s\n\n", app, quantities(v.Dynos))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ATTACHMENT\tADD-ON\tUSED\tLIMIT\tA DYNO TAKES\tNOW NEEDED\tIN A DEPLOY\tFITS")
	for _, a := range v.Addons {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Attachment, a.Addon, used(a), limit(a), cmp.Or(a.Takes(), "unknown"), needed(a, false), needed(a, true), quantities(a.Fits))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nA deploy with preboot has the old dynos and the new ones up for a while. It fits at 9/10 of the limit.")
	for _, a := range v.Addons {
		switch {
		case unknown(v, a) != "":
			fmt.Fprintf(out, "%s: what a dyno of %s takes isn't known: set apps.%s.redis.%s.per_dyno, or let a drain learn it\n",
				a.Attachment, unknown(v, a), app, a.Attachment)
		case !a.Need.Fits && a.Need.Plan != "":
			fmt.Fprintf(out, "%s: %d connections would fit %s\n", a.Attachment, a.Need.Connections, a.Need.Plan)
		}
	}
	if offline {
		fmt.Fprintln(out, "How many connections are in use is in the log: -daemon URL asks a drain for it.")
	}
	return nil
}

// unknown lists the process types that have dynos, of which nobody knows what they take.
func unknown(v budget.Snapshot, a budget.Addon) string {
	var parts []string
	for _, process := range slices.Sorted(maps.Keys(v.Dynos)) {
		if v.Dynos[process] > 0 && a.PerDyno[process].From == budget.Unknown {
			parts = append(parts, process)
		}
	}
	return strings.Join(parts, " and ")
}

func quantities(of map[string]int) string {
	var parts []string
	for _, process := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%s %d", process, of[process]))
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

func used(a budget.Addon) string {
	switch {
	case a.At.IsZero():
		return "-"
	case a.Saturated:
		return fmt.Sprintf("≥ %d", a.Used)
	}
	return fmt.Sprint(a.Used)
}

func limit(a budget.Addon) string {
	if a.Limit == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%d (%s)", a.Limit, a.LimitFrom)
}

func needed(a budget.Addon, deploy bool) string {
	if a.Need == nil {
		return "-"
	}
	n, fits := a.Need.Connections, a.Need.Fits
	if deploy {
		n, fits = a.Need.Deploy, a.Need.DeployFits
	}
	if a.Limit > 0 && !fits {
		return fmt.Sprintf("%d, too many", n)
	}
	return fmt.Sprint(n)
}
