package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"drain/internal/config"
	"drain/internal/ingest"
	"drain/rules"
)

// asLogplex makes a body of lines "APPNAME PROCID text", with headers as Logplex writes them, but for the
// offset of their times: only with "+00:00" are lines set aside. The newest is in the middle, so that it is
// one of those.
func asLogplex(at time.Time, offset string, lines ...string) []byte {
	var b strings.Builder
	for i, l := range lines {
		app, rest, _ := strings.Cut(l, " ")
		proc, msg, _ := strings.Cut(rest, " ")
		off := len(lines)/2 - i
		said := at.Add(-time.Second - time.Duration(max(off, -off))*time.Millisecond).UTC().Format("2006-01-02T15:04:05.000000")
		frame := fmt.Sprintf("<158>1 %s%s host %s %s - %s\n", said, offset, app, proc, msg)
		fmt.Fprintf(&b, "%d %s", len(frame), frame)
	}
	b.WriteString(strings.Repeat(" ", 150)) // nothing is set aside right before the end
	return []byte(b.String())
}

// usualRequest is one that may be set aside.
func usualRequest(n, status int) string {
	return fmt.Sprintf(`heroku router at=info method=GET path="/a/path" host=www.example.com request_id=407b828f-ec16-bfef-cff3-25e749e57945 `+
		`fwd="203.0.113.78" dyno=web.%d connect=1ms service=%dms status=%d bytes=%d protocol=https`, 1+n%3, 7*n, status, 100*n)
}

// usualText is one that may be set aside, since no rule looks for it.
func usualText(n int) string {
	return fmt.Sprintf("app web.%d this and that, and so much of it that it is a usual line of an app", 1+n%3)
}

// What is set aside shows as it does line by line, wherever anything is shown.
func TestWhatIsSetAsideShows(t *testing.T) {
	var mixed, requests, texts []string
	for n := range 30 {
		requests = append(requests, usualRequest(n, []int{200, 302, 404, 101, 500, 503}[n%6]))
		texts = append(texts, usualText(n))
		mixed = append(mixed, requests[n], texts[n], "app web.1 boom: "+texts[n])
	}
	boom := rules.Rule{Name: "booms", Match: &rules.Match{Contains: []string{"boom"}}, Of: &rules.Match{Kind: []string{"app"}}, Ratio: 0.9, Window: time.Minute}
	options := func() Options { return Options{Config: &config.Config{Rules: []rules.Rule{boom}}} }
	one, other := start(t, options()), start(t, options())
	at := time.Now().Truncate(time.Second)
	for i, lines := range [][]string{mixed, mixed, requests, texts, mixed} { // first the headers are new
		at := at.Add(time.Duration(i) * 2 * tallyStep)
		shown := func(r *running, offset string) (out []any) {
			r.Take(&ingest.Delivery{App: "enketo", Body: asLogplex(at, offset, lines...), At: at, MsgCount: len(lines)})
			_, text := r.get(t, "/metrics", "")
			var series []string
			for l := range strings.Lines(text) {
				if strings.HasPrefix(l, "heroku_") || strings.HasPrefix(l, "drain_line") {
					series = append(series, l)
				}
			}
			step := r.tally.steps[at.UnixNano()/int64(tallyStep)%tallySteps].Load()
			app := r.apps.get("enketo")
			app.mu.Lock()
			defer app.mu.Unlock()
			state, err := app.engine.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			v := app.history.View(at)
			return []any{series, v.Requests, v.Failed, v.Service, step.lines.Load(), step.delay.Load(), string(state)}
		}
		if diff := cmp.Diff(shown(one, "Z"), shown(other, "+00:00"), cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("delivery %d, line by line (-), set aside (+):\n%s", i, diff)
		}
	}
}

// Our own log is told though its lines look like those that are set aside.
func TestOwnLogAmongUsualTexts(t *testing.T) {
	r := start(t, Options{})
	own := `app web.1 {"level":"info","instance":"` + string(r.self.id) + `","message":"nothing that a rule looks for, at some length"}`
	for i, lines := range [][]string{{usualText(0), usualText(0)}, {usualText(0), own, usualText(0)}} {
		r.take(asLogplex(r.now(), "+00:00", lines...))
		if got := r.apps.get("enketo").own.Load(); got != (i == 1) {
			t.Fatalf("delivery %d: own %t", i, got)
		}
	}
}

// After a reload, what the new rules look for is no longer set aside.
func TestReloadOfWhatIsSetAside(t *testing.T) {
	looksFor := func(text string) *config.Config {
		return &config.Config{Rules: []rules.Rule{{Name: "mine", Match: &rules.Match{Contains: []string{text}}, Window: time.Minute}}}
	}
	r := start(t, Options{Config: looksFor("boom"), ReadConfig: func() (*config.Config, error) { return looksFor("this and that"), nil }})
	p := r.pass(nil) // used before the reload and after it
	asked := func(text string) bool {
		r.begin(p, r.rules.Load(), r.apps.get("enketo"), "", &ingest.Delivery{App: "enketo", At: r.now()})
		return p.sieve.Wanted([]byte(text))
	}
	if asked("this and that") || !asked("boom") {
		t.Error("what the first rules look for is set aside, or what they don't is not")
	}
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	if !asked("this and that") || asked("boom") {
		t.Error("what the new rules look for is set aside, or what they don't is not")
	}
}
