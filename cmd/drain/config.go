package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/scale/heroku"
)

// flags returns a verb's flag set with what every verb takes. Its output goes to stderr.
func flags(name string, sys system) (*flag.FlagSet, *string) {
	fs := flag.NewFlagSet("drain "+name, flag.ContinueOnError)
	fs.SetOutput(sys.stderr)
	fs.Usage = func() {
		for _, v := range verbs() {
			if v.name == name {
				fmt.Fprintf(fs.Output(), "usage: %s\n\n%s\n\n", strings.TrimSpace("drain "+name+" "+v.args), v.does)
			}
		}
		fs.PrintDefaults()
	}
	file := fs.String("config", "", "configuration `FILE`")
	return fs, file
}

// parseFlags returns the exit code to end with, or -1 to go on.
func parseFlags(fs *flag.FlagSet, args []string, most int) int {
	switch err := fs.Parse(args); {
	case err == flag.ErrHelp:
		return exitOK
	case err != nil:
		return exitUsage // the flag set has said why
	}
	if fs.NArg() > most {
		hint := ""
		switch arg := fs.Arg(most); {
		case strings.HasPrefix(arg, "-"):
			hint = "; flags come before all else"
		case slices.ContainsFunc(verbs(), func(v verb) bool { return v.name == arg }):
			hint = "; a verb comes first"
		}
		fmt.Fprintf(fs.Output(), "%s: %q is one argument too many%s\n", fs.Name(), fs.Arg(most), hint)
		return exitUsage
	}
	return -1
}

// checkApp says what is wrong with the app that -app names.
func checkApp(app string) error {
	switch {
	case app == "":
		return errors.New("-app APP is needed")
	case !config.IsAppName(app):
		return fmt.Errorf("-app %q: a Heroku app's name is expected, 3 to 30 lower-case letters, digits and dashes", app)
	}
	return nil
}

// readConfig reads the configuration a verb is to use: the named file, else DRAIN_CONFIG, else
// DRAIN_CONFIG_YAML, else the defaults. The name says which it was.
func readConfig(file string, sys system) (c *config.Config, name string, err error) {
	if file == "" {
		file = sys.getenv("DRAIN_CONFIG")
	}
	if file != "" {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, file, fmt.Errorf("configuration: %w", err)
		}
		c, err := config.Parse(file, src)
		return c, file, err
	}
	if text := sys.getenv("DRAIN_CONFIG_YAML"); text != "" {
		c, err := config.Parse("DRAIN_CONFIG_YAML", []byte(text))
		return c, "DRAIN_CONFIG_YAML", err
	}
	return &config.Config{}, "the defaults", nil
}

// platform is Heroku's API, by the environment's key, of which a call takes at most that long; 0 is as long as
// usual. The caller closes it.
func platform(env config.Env, attempt time.Duration) (*heroku.Client, error) {
	if env.HerokuAPIKey == "" {
		return nil, errors.New("HEROKU_API_KEY is not set; `heroku authorizations:create -s write -S` makes one")
	}
	return heroku.New(heroku.Options{APIKey: env.HerokuAPIKey.Reveal(), URL: env.HerokuAPIURL, Attempt: attempt, Log: zerolog.Nop()})
}
