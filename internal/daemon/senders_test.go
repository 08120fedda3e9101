package daemon

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ingest"
)

// Octet counting, with and without a newline at the end of a message: nothing else stands between frames.
func framed(lines ...string) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		fmt.Fprintf(&b, "%d %s", len(l), l)
	}
	return b.Bytes()
}

const (
	routerH12 = `<158>1 2026-11-22T20:00:01.482551+00:00 host heroku router - at=error code=H12 desc="Request timeout" method=GET path="/x" host=a request_id=8601b555 fwd="1.2.3.4" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https` + "\n"
	dynoR14   = "<45>1 2026-11-22T20:00:02.1+00:00 host heroku web.1 - Error R14 (Memory quota exceeded)\n"
	redisLine = "<134>1 2026-11-22T20:00:03+00:00 host app heroku-redis - source=REDIS addon=redis-x sample#active-connections=4 sample#max-connections=18"
	lossL10   = "<172>1 2026-11-22T20:00:04+00:00 host heroku logplex - Error L10 (output buffer overflow): 6 messages dropped since 2026-11-22T19:59:00+00:00."
)

// Logplex as it is: its own headers, an L10 in front, and messages without a newline glued to the next.
func TestLogplex(t *testing.T) {
	r := start(t, Options{
		Env:    config.Env{DrainPassword: "p"},
		Config: &config.Config{Apps: map[string]config.App{"enketo": {Tokens: []string{"d.73ea7440-270a-435a-a0ea-adf50b4e5f5a"}}}},
	})
	lines := framed(lossL10, redisLine, routerH12, dynoR14, "<190>1 2026-11-22T20:00:05.66229+00:00 host app web.1 - ")
	p := r.dial(t) // one connection for all of a node's frames
	post := func(path, userinfo, frame string) {
		t.Helper()
		p.send("POST "+path+" HTTP/1.1\nHost: drain.example.com\nAuthorization: "+basic(userinfo)+
			"\nContent-Type: application/logplex-1\nLogplex-Msg-Count: 5\nLogplex-Frame-Id: "+frame+
			"\nLogplex-Drain-Token: d.73ea7440-270a-435a-a0ea-adf50b4e5f5a\nUser-Agent: Logplex/v72"+
			fmt.Sprintf("\nContent-Length: %d\n\n", len(lines)), lines)
		p.want(204)
	}
	post("/logs/enketo", "drain:"+ingest.AppPassword("p", "enketo"), "09C557EAFCFB6CF2740EE62F62971098")
	post("/logs", "drain:p", "19C557EAFCFB6CF2740EE62F62971098") // the same app, by its token
	post("/logs", "drain:p", "19C557EAFCFB6CF2740EE62F62971098") // again
	r.wantCounts(t, counts{Lines: 2, Errors: 2, Lost: 6, Duplicates: 1})
	if got := r.sum(t, "heroku_redis_connections_limit"); got != 18 {
		t.Errorf("the limit is %g, want 18", got)
	}
	if got := r.sum(t, "drain_line_faults_total"); got != 0 {
		t.Errorf("%g lines are faulty, want none", got)
	}
	// An empty body has no Content-Length at all.
	p.send("POST /logs/enketo HTTP/1.1\nHost: drain\nAuthorization: "+basic("drain:p")+"\n\n", nil)
	p.want(204)
}

// log-shuttle: chunked or packed, a bearer or a Basic password, X-Request-Id instead of a frame id, and
// "- - " where others have one "- ".
func TestLogShuttle(t *testing.T) {
	r := startGuarded(t)
	lines := framed(
		"<190>1 2026-11-22T20:00:05.123456+00:00 host app web.1 - - ReplyError: ERR max number of clients reached\n",
		"<190>1 2026-11-22T20:00:05.123456+00:00 shuttle token shuttle - - hello\n",
		"<172>1 2026-11-22T20:00:06.000000+00:00 heroku enketo log-shuttle - - Error L12: 3 messages dropped since 2026-11-22T19:58:00+00:00\n",
		"<172>1 2026-11-22T20:00:06.000000+00:00 heroku enketo log-shuttle - - Error L13: 2 messages lost since 2026-11-22T19:58:01+00:00\n")
	packed := pack(t, bytes.NewReader(lines))
	chunked := func(b []byte) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(b), b) }
	const te, gz = "Transfer-Encoding: chunked", "Content-Encoding: gzip"
	n := 0.0
	f := func(name string, body []byte, authorization string, headers ...string) {
		t.Helper()
		n++
		p := r.dial(t)
		headers = append(headers, "Authorization: "+authorization, "Content-Type: application/logplex-1",
			"Logplex-Msg-Count: 4", "Logplex-Drop-Count: 0", "Logplex-Lost-Count: 0", "X-Request-Id: 0123456789abcdef")
		p.frame("", body, headers...)
		p.want(204)
		// The same request id each time: it is no frame id, and a repeat of it counts.
		if got := r.metric(t, `heroku_rule_matches_total{app="enketo",rule="redis-connections-exhausted"}`); got != n {
			t.Errorf("%s: %g lines tell of Redis, want %g", name, got, n)
		}
		if got := r.sum(t, "drain_lines_total"); got != 4*n {
			t.Errorf("%s: %g lines, want %g", name, got, 4*n)
		}
	}
	f("plain", lines, "Bearer p")
	f("chunked", chunked(lines), basic("token:p"), te)
	f("packed", packed, "Bearer "+ingest.AppPassword("p", "enketo"), gz)
	f("packed and chunked", chunked(packed), basic("token:"+ingest.AppPassword("p", "enketo")), gz, te)
	if got := r.metric(t, `heroku_log_messages_lost_total{app="enketo"}`); got != 5 { // told each time, counted once
		t.Errorf("%g messages lost, want 5", got)
	}
	if got := r.sum(t, "drain_line_faults_total") + r.metric(t, "drain_message_count_mismatch_total"); got != 0 {
		t.Errorf("%g faults and wrong counts, want none", got)
	}
}

// curl, as somebody tries the drain out: as it is, packed, from a pipe, and with a body so large that it
// asks first.
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed; what it sends is sent by hand in the other tests")
	}
	r := startGuarded(t)
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return "@" + path
	}
	lines := framed(routerH12, routerH12)
	large := bytes.Repeat(lines, 2<<20/len(lines))
	want := 0.0
	f := func(status string, more float64, stdin []byte, args ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		// A wrong password is answered later than the second that curl waits for it.
		cmd := exec.CommandContext(ctx, curl, append([]string{"-q", "-sS", "--noproxy", "*", "--expect100-timeout", "15", "-o", os.DevNull, "-w", "%{http_code}", r.url + "/logs/enketo"}, args...)...)
		cmd.Stdin = bytes.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != status {
			t.Errorf("curl %v: %q, %v; want %s", args, out, err, status)
		}
		want += more
		if got := r.metric(t, `drain_lines_total{kind="router"}`); got != want {
			t.Errorf("curl %v: counted %g lines, want %g", args, got, want)
		}
	}
	f("204", 2, nil, "-u", "drain:p", "--data-binary", file("lines", lines))
	f("204", 2, nil, "-H", "Authorization: Bearer p", "--data-binary", file("lines", lines))
	f("204", 2, nil, "-u", "drain:p", "-H", "Content-Encoding: gzip", "--data-binary", file("lines.gz", pack(t, bytes.NewReader(lines))))
	f("204", 2, lines, "-u", "drain:p", "-H", "Transfer-Encoding: chunked", "-X", "POST", "-T", "-")
	f("204", float64(2*len(large)/len(lines)), nil, "-u", "drain:p", "-H", "Expect: 100-continue", "--data-binary", file("large", large))
	f("401", 0, nil, "-u", "drain:wrong", "-H", "Expect: 100-continue", "--data-binary", file("large", large))
	f("413", 0, nil, "-u", "drain:p", "--data-binary", file("huge", bytes.Repeat(large, 3)))
	f("405", 0, nil, "-u", "drain:p")
	if !strings.Contains(r.loud(), "drain starts") || strings.Contains(r.loud(), `"level":"error"`) {
		t.Errorf("logged: %s", r.loud())
	}
}
