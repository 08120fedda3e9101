package main

import (
	"bytes"
	"maps"
	"strings"
	"testing"
)

// Each verb tells wrong usage (2) from what failed (1), and help from both, before it touches anything.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	env := map[string]string{"ADMIN_PASSWORD_FILE": "/nowhere/admin", "USER": "jo"}
	f := func(code int, part string, args ...string) {
		t.Helper()
		var out, failed bytes.Buffer
		vars := maps.Clone(env)
		got := run(args, system{func(name string) string { return vars[name] }, strings.NewReader(""), &out, &failed})
		if text := failed.String(); got != code || out.Len() > 0 || !strings.Contains(text, part) || strings.Contains(text, "s3cret") {
			t.Errorf("%q: exit %d, want %d with %q:\n%s%s", args, got, code, part, out.String(), text)
		}
	}
	for _, verb := range []string{"attach", "detach"} {
		f(exitOK, "usage: drain "+verb, verb, "-h")
		f(exitUsage, "-app APP is needed", verb, "-url", "https://drain.example.com")
		f(exitUsage, `-app "Enketo!": a Heroku app's name is expected`, verb, "-app", "Enketo!", "-url", "https://drain.example.com")
		f(exitUsage, "-url URL is needed", verb, "-app", "enketo")
		f(exitUsage, "-url: https://drain.example.com/logs/enketo is where a drain delivers: the daemon's own address is expected, https://drain.example.com\n",
			verb, "-app", "enketo", "-url", "https://drain.example.com/logs/enketo")
		f(exitUsage, "-url: no URL like https://", verb, "-app", "enketo", "-url", "https://u:s3cret@drain.example.com")
		f(exitUsage, "-url: http://drain.example.com: https is expected", verb, "-app", "enketo", "-url", "http://drain.example.com")
	}
	for _, verb := range []string{"budget", "upgrade"} {
		f(exitUsage, "-app APP is needed", verb)
		f(exitUsage, `-app "enketo/x": a Heroku app's name is expected`, verb, "-app", "enketo/x")
		f(exitUsage, "-daemon: no URL like https://", verb, "-app", "enketo", "-daemon", "drain.example.com")
	}
	for _, what := range []string{"", "list", "add", "expire"} {
		f(exitOK, "usage: drain silence", strings.Fields("silence "+what+" -h")...)
		f(exitUsage, "flag provided but not defined: -nope", strings.Fields("silence "+what+" -nope")...)
	}
	f(exitUsage, "-url: no URL like https://", "silence", "-url", "drain.example.com")
	f(exitUsage, "-url: http://drain.example.com: https is expected", "silence", "-url", "http://drain.example.com", "list")
	f(exitUsage, `"x" is one argument too many`, "silence", "list", "x")
	f(exitUsage, "say which", "silence", "expire")
	f(exitUsage, `"-h" is no ID; flags come before`, "silence", "expire", "ID", "-h")
	f(exitFailed, "ADMIN_PASSWORD_FILE", "silence", "expire", "ID")
	add := []string{"silence", "add", "-for", "2h", "-comment", "why", "app=enketo"}
	f(exitFailed, "ADMIN_PASSWORD_FILE", add...)
	delete(env, "USER")
	f(exitUsage, "say who silences it, e.g. -by jo", add...)
	env["LOGNAME"] = "jo"
	f(exitFailed, "ADMIN_PASSWORD_FILE", add...)
	env["DRAIN_URL"] = "drain.example.com" // what the environment has is no usage
	f(exitFailed, "drain silence: DRAIN_URL: no URL like https://", "silence")
}
