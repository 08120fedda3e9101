package ingest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// said returns the lines of a log, without their messages, and forgets them.
func said(t *testing.T, log *bytes.Buffer) (lines []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(log.Bytes()) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "message")
		lines = append(lines, fields)
	}
	log.Reset()
	return lines
}

// A drain whose URL is wrong is told of at once, a flood of them once a minute, and none hides another.
func TestWrongURLsAreToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // wrong passwords wait
		var log bytes.Buffer
		h, _ := newHandler(t, Options{MaxBody: 100, Log: zerolog.New(&log)})
		f := func(want ...map[string]any) {
			t.Helper()
			if diff := cmp.Diff(want, said(t, &log)); diff != "" {
				t.Errorf("logged (-want +got):\n%s", diff)
			}
		}
		get := post("/logs/enketo", "")
		get.Method = http.MethodGet
		wrong := func(path string) { serve(h, post(path, "body", "Authorization: Basic d3Jvbmc6d3Jvbmc=")) }

		serve(h, post("/logs/enketo", "body"))
		serve(h, post("/logs/enketo", strings.Repeat("x", 101))) // of this the metrics and the alert tell
		f()
		wrong("/logs/enketo")
		wrong("/logs/enketo")
		wrong("/logs/other")
		f(map[string]any{"level": "warn", "reason": "password", "app": "enketo", "refused": 1.0})
		serve(h, post("/log/enketo", "body"))
		serve(h, post("/logs/", "body"))
		serve(h, get)
		serve(h, get)
		f(
			map[string]any{"level": "warn", "reason": "path", "path": "/log/enketo", "refused": 1.0},
			map[string]any{"level": "warn", "reason": "method", "path": "/logs/enketo", "refused": 1.0},
		)
		time.Sleep(time.Minute)
		wrong("/logs")
		f(map[string]any{"level": "warn", "reason": "password", "refused": 4.0})

		want := []Refusal{{"method", 2}, {"path", 2}, {"password", 4}, {"too_large", 1}}
		if diff := cmp.Diff(want, h.Refused()); diff != "" {
			t.Errorf("refused (-want +got):\n%s", diff)
		}
	})
}

// What to compare is in the message, for the app that it is about.
func TestAWrongPasswordSaysWhatToCompare(t *testing.T) {
	var log bytes.Buffer
	h, _ := newHandler(t, Options{Penalty: time.Nanosecond, Log: zerolog.New(&log)})
	serve(h, post("/logs/enketo", "body", "Authorization: Bearer hunter2"))
	for _, want := range []string{"heroku drains -a enketo", "drain attach -app enketo -url URL", "DRAIN_PASSWORD"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in %s", want, log.String())
		}
	}
	h, _ = newHandler(t, Options{Penalty: time.Nanosecond, Log: zerolog.New(&log)})
	serve(h, post("/logs/secret", "body", "Authorization: Bearer hunter2")) // in the wrong place
	if got := log.String(); strings.Contains(got, "hunter2") || strings.Contains(got, "secret") {
		t.Errorf("a password is in %s", got)
	}
}

func TestShownPath(t *testing.T) {
	h, _ := newHandler(t, Options{Password: "s3c/ret", OldPassword: "0ld", Secrets: []string{"", "4dm1n"}})
	f := func(path, want string) {
		t.Helper()
		if got := h.told.shown(path); got != want {
			t.Errorf("%q is shown as %q, want %q", path, got, want)
		}
	}
	f("/Logs/Enketo", "/Logs/Enketo")
	f("/", "/")
	f("*", "%2A")
	f("/logs/a/b/c", "/logs/a/b/c")
	f("/logs/a/b/c/d", "/logs/a/b/c/…")
	f("/logs/a/b/c/"+strings.Repeat("d/", 4000), "/logs/a/b/c/…")
	f("//", "//")
	f("/logs/"+strings.Repeat("a", 30), "/logs/"+strings.Repeat("a", 30))
	f("/logs/"+strings.Repeat("a", 31), "/logs/…")
	f("/a\n\x1b[31mb\x00", "/a%0A%1B%5B31mb%00")
	f("/\u202eabc\xff\"<b>", "/%E2%80%AEabc%FF%22%3Cb%3E")
	// Somebody put the password where the app's name belongs.
	f("/logs/enketo/"+AppPassword("s3c/ret", "enketo"), "/logs/enketo/…")
	f("/logs/enketo:s3c/ret", "…")
	f("/logs/0ld", "…")
	f("/logs/enketo/4dm1n", "…")
}
