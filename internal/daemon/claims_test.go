package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ingest"
)

const (
	stray = "d.73ea7440-270a-435a-a0ea-adf50b4e5f5a"
	swaps = "heroku web.1 Error R14 (Memory quota exceeded)"
)

// byToken posts to /logs with a drain token, and without an app's name.
func (r *running) byToken(t *testing.T, password, token string, lines ...string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.url+"/logs", strings.NewReader(string(body(lines...))))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("drain", password)
	if token != "" {
		req.Header.Set("Logplex-Drain-Token", token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("POST /logs of %q: %d", token, resp.StatusCode)
	}
}

// claims presses the button.
func (r *running) claims(t *testing.T, token, app string) (status int, text string) {
	t.Helper()
	status, location, text := r.send(t, "/claims", url.Values{"token": {token}, "app": {app}})
	if status == http.StatusSeeOther && location != "./#unclaimed" {
		t.Errorf("sent to %q", location)
	}
	return status, text
}

func (r *running) swapping(t *testing.T, app string, want bool) {
	t.Helper()
	got := false
	for _, inc := range r.Incidents() {
		got = got || inc.App == app
	}
	if got != want {
		t.Errorf("%s is known to swap: %v, want %v", app, got, want)
	}
}

// Lines of a token nobody knows are counted. Once it is claimed, the very next are judged, also after a
// restart, until the claim is taken back.
func TestClaim(t *testing.T) {
	env := config.Env{DrainPassword: "dp", AdminPassword: "admin", Ledger: filepath.Join(t.TempDir(), "ledger")}
	r := start(t, Options{Env: env})
	r.byToken(t, "dp", stray, swaps, swaps)
	r.swapping(t, "enketo", false)
	if _, text := r.get(t, "/", "admin"); !strings.Contains(text, "2 messages") || !strings.Contains(text, `value="`+stray+`"`) || strings.Contains(text, "next restart") {
		t.Error("the token isn't on the page to be claimed, or it says that a durable claim ends with a restart")
	}
	for range 2 { // pressing twice is no mistake
		if status, text := r.claims(t, stray, " enketo "); status != http.StatusSeeOther {
			t.Fatalf("%d: %s", status, text)
		}
	}
	r.byToken(t, "dp", stray, swaps)
	r.swapping(t, "enketo", true)
	_, text := r.get(t, "/api/v1/apps", "admin")
	if !strings.Contains(text, `"unclaimed": []`) || !strings.Contains(text, `"app": "enketo"`) {
		t.Errorf("not claimed: %s", text)
	}
	if n := strings.Count(r.log.String(), `"token":"`+stray+`","app":"enketo","durable":true`); n != 1 {
		t.Errorf("the log tells of the claim %d times, want once", n)
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}

	again := start(t, Options{Env: env})
	again.byToken(t, "dp", stray, swaps)
	if list := again.unclaimed.list(); len(list) != 0 {
		t.Errorf("unclaimed after a restart: %+v", list)
	}
	for range 2 {
		if status, location, _ := again.send(t, "/claims/undo", url.Values{"token": {stray}}); status != 303 || location != "../#unclaimed" {
			t.Errorf("%d to %q", status, location)
		}
	}
	again.byToken(t, "dp", stray, swaps)
	if list := again.unclaimed.list(); len(list) != 1 || list[0].Messages != 1 {
		t.Errorf("taken back, and unclaimed are %+v", list)
	}
	if n := strings.Count(again.log.String(), "was taken back"); n != 1 {
		t.Errorf("the log tells %d times that it was taken back, want once", n)
	}
	if err := again.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if list := start(t, Options{Env: env}).claimed.list(); len(list) != 0 {
		t.Errorf("taken back, and there again after a restart: %+v", list)
	}
}

// A claim says whose a line is, and not that it may be acted on: that takes the app's own password.
func TestClaimIsNoEvidence(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "dp", AdminPassword: "admin"}})
	r.byToken(t, "dp", stray, "app web.1 hello")
	if status, _ := r.claims(t, stray, "enketo"); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	f := func(password, want string) {
		t.Helper()
		r.byToken(t, password, stray, "app heroku-redis source=REDIS addon=redis-x sample#active-connections=38 sample#max-connections=38")
		if _, text := r.get(t, "/api/v1/budget", "admin"); !strings.Contains(text, `"own": `+want) {
			t.Errorf("not own = %s: %s", want, text)
		}
	}
	f("dp", "false")
	f(ingest.AppPassword("dp", "enketo"), "true")
	if _, text := r.get(t, "/", "admin"); !strings.Contains(text, "until the next restart") {
		t.Error("the ledger forgets, and the page doesn't say so")
	}
}

func TestWrongClaims(t *testing.T) {
	const other = "d.00000000-270a-435a-a0ea-adf50b4e5f5a"
	cfg := &config.Config{Apps: map[string]config.App{"shop": {Tokens: []string{other}}}}
	r := start(t, Options{
		Env: config.Env{DrainPassword: "dp", AdminPassword: "admin"}, Config: cfg,
		ReadConfig: func() (*config.Config, error) { return cfg, nil },
	})
	long := "d." + strings.Repeat("x", 2*maxToken)
	for _, token := range []string{stray, other, long, ""} {
		r.byToken(t, "dp", token, swaps)
	}
	f := func(token, app, want string) {
		t.Helper()
		status, text := r.claims(t, token, app)
		if status != http.StatusBadRequest || !strings.Contains(text, "Not claimed: "+want) {
			t.Errorf("%s for %s: %d, without %q", token, app, status, want)
		}
	}
	f(stray, "Enketo", "&#34;Enketo&#34; is not a Heroku app&#39;s name")
	f(stray, "en", "&#34;en&#34; is not")
	f(stray, "", "&#34;&#34; is not")
	f(other, "enketo", "the token is known to be shop&#39;s")
	f("d.never-heard", "enketo", "no lines came")
	f("", "enketo", "no lines came")
	f(long, "enketo", "no lines came")
	f(long[:maxToken], "enketo", "no lines came") // the end of it is cut off
	if status, text := r.claims(t, stray, "x&y"); status != http.StatusBadRequest || !strings.Contains(text, `value="x&amp;y"`) {
		t.Errorf("%d, and what was typed is lost", status)
	}
	if list := r.claimed.list(); len(list) != 0 {
		t.Errorf("claimed: %+v", list)
	}

	// The configuration wins over a claim, and the page says so; the claim is there when it ceases.
	if status, _ := r.claims(t, stray, "enketo"); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	f(stray, "another", "the token is known to be enketo&#39;s")
	cfg = &config.Config{Apps: map[string]config.App{"shop": {Tokens: []string{stray}}}}
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	r.byToken(t, "dp", stray, swaps)
	r.swapping(t, "shop", true)
	r.swapping(t, "enketo", false)
	if _, text := r.get(t, "/", "admin"); !strings.Contains(text, "not in force: the configuration or Heroku says shop") {
		t.Error("the page doesn't say that the claim is not in force")
	}
	r.tokens.configure(&config.Config{})
	r.tokens.learn("shop", []string{stray}) // so does what Heroku says
	if app, _ := r.tokens.resolve(stray); app != "shop" {
		t.Errorf("Heroku says shop, and it is %s's", app)
	}
}

// Of more tokens than the page shows it shows those that were heard from last.
func TestTokensOnThePage(t *testing.T) {
	var all []Unclaimed
	for i := range shownTokens + 2 {
		all = append(all, Unclaimed{Token: fmt.Sprintf("d.%03d", i), Last: time.Unix(int64(i), 0)})
	}
	shown, more := pageTokens(all)
	if more != 2 || len(shown) != shownTokens || shown[0].Token != "d.002" || shown[shownTokens-1].Token != "d.051" {
		t.Errorf("%d more, and shown are %+v", more, shown)
	}
}

// A ledger that fails changes nothing, and says so.
func TestClaimWithoutTheLedger(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "dp", AdminPassword: "admin", Ledger: filepath.Join(t.TempDir(), "ledger")}})
	r.byToken(t, "dp", stray, swaps)
	if err := r.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	if status, _ := r.claims(t, stray, "enketo"); status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	if len(r.unclaimed.list()) != 1 || len(r.claimed.list()) != 0 {
		t.Errorf("claimed: %+v", r.claimed.list())
	}
}

// What the ledger holds and can't be a claim is dropped.
func TestClaimsThatCannotBe(t *testing.T) {
	r := start(t, Options{})
	for token, value := range map[string]string{"a": `{`, "b": `{"token":"c","app":"enketo"}`, "d": `{"token":"d","app":"NO"}`, "e": `{"token":"e","app":"enketo"}`} {
		if err := r.claimed.shelf.Put(t.Context(), token, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	r.byToken(t, "", "e", swaps)
	for range 2 {
		if err := r.loadClaims(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if list := r.unclaimed.list(); len(list) != 0 {
		t.Errorf("its lines came before the ledger answered, and it is unclaimed still: %+v", list)
	}
	if list := r.claimed.list(); len(list) != 1 || list[0].App != "enketo" {
		t.Errorf("claimed: %+v", list)
	}
	// Somebody else was faster.
	if _, wrong := errors.AsType[claimFault](r.claimed.add(t.Context(), Claim{Token: "e", App: "shop"})); !wrong {
		t.Errorf("claimed twice: %+v", r.claimed.list())
	}
	for i := range maxClaims {
		one := Claim{Token: "d." + strings.Repeat("x", i%100) + strings.Repeat("y", i/100), App: "enketo"}
		_ = r.claimed.add(t.Context(), one)
	}
	if n := len(r.claimed.list()); n != maxClaims {
		t.Errorf("%d claims are kept, want %d", n, maxClaims)
	}
}
