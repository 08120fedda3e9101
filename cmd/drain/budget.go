package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"drain/internal/budget"
	"drain/internal/config"
)

func runBudget(args []string, sys system) int {
	fs, file := flags("budget", sys)
	app := fs.String("app", "", "the `APP` whose Redis connections are counted")
	daemon := fs.String("daemon", "", "`URL` of a drain that has its live figures (with ADMIN_PASSWORD)")
	asJSON := fs.Bool("json", false, "print it as one JSON object")
	more := fs.String("dynos", "", "`TYPE=N`: say which plan would fit N dynos of a process type")
	if code := parseFlags(fs, args, 0); code >= 0 {
		return code
	}
	if err := checkApp(*app); err != nil {
		return misused(fs, err.Error())
	}
	if *daemon != "" {
		if err := checkURL("-daemon", *daemon); err != nil {
			return misused(fs, err.Error())
		}
	}
	asked, err := parseDynos(*more)
	if err != nil {
		return misused(fs, err.Error())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	view, err := readBudget(ctx, *app, *daemon, *file, sys)
	if err == nil && *asJSON {
		err = json.NewEncoder(sys.stdout).Encode(view)
	} else if err == nil {
		err = showBudget(sys.stdout, *app, view, asked, *daemon == "")
	}
	if err != nil {
		fmt.Fprintf(sys.stderr, "drain budget: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// dynos are so many of a process type; the zero value is none asked for.
type dynos struct {
	process string
	n       int
}

func parseDynos(text string) (dynos, error) {
	if text == "" {
		return dynos{}, nil
	}
	process, number, _ := strings.Cut(text, "=")
	n, err := strconv.Atoi(number)
	if process == "" || err != nil || n < 1 {
		return dynos{}, fmt.Errorf("-dynos %q: TYPE=N is expected, e.g. web=8", text)
	}
	return dynos{process, n}, nil
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
			return view, fmt.Errorf("the daemon knows no Redis of %s yet; it does of %s", app, cmp.Or(strings.Join(slices.Sorted(maps.Keys(all)), ", "), "no app"))
		}
		return view, nil
	}
	cfg, _, err := readConfig(file, sys)
	if err != nil {
		return budget.Snapshot{}, err
	}
	api, err := platform(env, 0)
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
	formation, err := api.Formation(ctx, app)
	if err != nil {
		return budget.Snapshot{}, err
	}
	b.Formation(formation, time.Now())
	return b.Report(), nil
}
