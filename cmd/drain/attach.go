package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"drain/internal/attach"
	"drain/internal/config"
	"drain/internal/ingest"
)

func runAttach(args []string, sys system) int { return attachment("attach", args, sys) }

func runDetach(args []string, sys system) int { return attachment("detach", args, sys) }

func attachment(verb string, args []string, sys system) int {
	fs, _ := flags(verb, sys)
	app := fs.String("app", "", "the `APP` whose log is to be read")
	base := fs.String("url", "", "`URL` where Heroku reaches the daemon, e.g. https://drain.example.com")
	wait := fs.Duration("wait", 2*time.Minute, "how long attach waits for the first line")
	if code := parseFlags(fs, args, 0); code >= 0 {
		return code
	}
	if err := checkApp(*app); err != nil {
		return misused(fs, err.Error())
	}
	if *base == "" {
		return misused(fs, "-url URL is needed: where Heroku reaches the daemon")
	}
	if err := checkURL("-url", *base); err != nil {
		return misused(fs, err.Error())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := doAttachment(ctx, verb, *app, *base, *wait, sys); err != nil {
		fmt.Fprintf(sys.stderr, "drain %s: %v\n", verb, err)
		return exitFailed
	}
	return exitOK
}

func doAttachment(ctx context.Context, verb, app, base string, wait time.Duration, sys system) error {
	env, err := config.LoadEnv(sys.getenv, os.ReadFile)
	if err != nil {
		return err
	}
	if env.DrainPassword == "" {
		return errors.New("DRAIN_PASSWORD is not set: the daemon's own is needed, the app's password is derived from it")
	}
	api, err := platform(env, 0)
	if err != nil {
		return err
	}
	defer api.Close()
	o := attach.Options{
		Platform: api, App: app, Base: base, Password: ingest.AppPassword(env.DrainPassword.Reveal(), app), Wait: wait,
		Tell: func(text string) { fmt.Fprintf(sys.stdout, "%s %s\n", time.Now().Format(time.TimeOnly), text) },
		Ask:  asker(sys),
	}
	daemon, err := newClient(base, sys)
	if err != nil {
		return err
	}
	o.Ready = daemon.alive
	asked := env.AdminPassword != "" || config.Loopback(daemon.base.Host)
	if asked {
		o.Ready, o.Seen = daemon.admits, daemon.seen(app)
	}
	a, err := attach.New(o)
	if err != nil {
		return err
	}
	if verb == "detach" {
		return a.Detach(ctx)
	}
	if err := a.Attach(ctx); err != nil || !asked {
		return err
	}
	if err := daemon.sights(ctx, app, o.Tell); err != nil {
		return fmt.Errorf("the drain is attached and delivers (`drain detach -app %s -url %s` undoes it), but what else the daemon gets isn't known: %w", app, base, err)
	}
	return nil
}

// alive says why the daemon can't be reached, as far as one may know without a password.
// Whatever else answers there, such as the app itself, must not be given its log.
func (c *client) alive(ctx context.Context) error {
	text, err := c.send(ctx, "GET", "/healthz", nil)
	if err == nil && string(text) != "alive\n" {
		err = fmt.Errorf("%s: what answers at /healthz is not drain", c.base.Host)
	}
	return err
}

// admits says why the daemon can't be asked about drains.
func (c *client) admits(ctx context.Context) error {
	return c.do(ctx, "GET", "/api/v1/apps", nil, new(appsSeen))
}

// appsSeen is what is read of /api/v1/apps.
type appsSeen struct {
	Apps []struct {
		Name   string
		Drains map[string]time.Time
	}
	Unclaimed []struct{ Token string }
}

// seen asks the daemon when it last heard from a drain.
func (c *client) seen(app string) func(context.Context, string) (time.Time, error) {
	return func(ctx context.Context, token string) (at time.Time, err error) {
		var v appsSeen
		if err := c.do(ctx, "GET", "/api/v1/apps", nil, &v); err != nil {
			return at, err
		}
		for _, one := range v.Apps {
			if one.Name == app {
				at = one.Drains[token]
			}
		}
		return at, nil
	}
}

// sights tells what else the daemon sees of the app's drains.
func (c *client) sights(ctx context.Context, app string, tell func(string)) error {
	var v appsSeen
	if err := c.do(ctx, "GET", "/api/v1/apps", nil, &v); err != nil {
		return err
	}
	for _, one := range v.Apps {
		live := 0
		for _, at := range one.Drains {
			if time.Since(at) < 10*time.Minute {
				live++
			}
		}
		if one.Name == app && live > 1 {
			tell(fmt.Sprintf("%d drains of %s delivered in the last 10 minutes: if that goes on, each line counts more than once", live, app))
		}
	}
	for _, u := range v.Unclaimed {
		tell("the daemon also gets lines from " + u.Token + ", and knows no app for it")
	}
	return nil
}
