package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"drain/internal/config"
	"drain/internal/daemon"
)

// notifyWait is how long all destinations together may take.
const notifyWait = time.Minute

func runNotify(args []string, sys system) int {
	fs, _ := flags("notify", sys)
	test := fs.Bool("test", false, "tell each destination of a made-up incident, and of its end")
	if code := parseFlags(fs, args, 0); code >= 0 {
		return code
	}
	if !*test {
		return misused(fs, "-test is needed: it is all there is")
	}
	if err := doNotify(sys); err != nil {
		fmt.Fprintf(sys.stderr, "drain notify: %v\n", err)
		return exitFailed
	}
	return exitOK
}

func doNotify(sys system) error {
	env, err := config.LoadEnv(sys.getenv, os.ReadFile)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), notifyWait)
	defer cancel()
	failed := 0
	err = daemon.ProbeDestinations(ctx, env, func(destination string, err error) {
		if err != nil {
			failed++
			fmt.Fprintf(sys.stdout, "%s: %s\n", destination, strings.TrimPrefix(err.Error(), destination+": "))
			return
		}
		fmt.Fprintf(sys.stdout, "%s: told\n", destination)
	})
	if err == nil && failed > 0 {
		err = errors.New("not every destination could be told")
	}
	return err
}
