package daemon

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/scale"
	"drain/internal/upgrade"
)

// What an upgrade does to an app is muted while it runs, and told if it still is so afterwards. What it
// sets is no stranger's change.
func TestToldOfAnUpgrade(t *testing.T) {
	p := newPager(t)
	policy := scale.Policy{Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}}
	policy.SetDefaults()
	r := start(t, Options{
		Env:    config.Env{AdminPassword: "admin", PagerDutyRoutingKey: "k", PagerDutyAPIURL: p.URL, Ledger: t.TempDir() + "/ledger"},
		Config: &config.Config{Policies: []scale.Policy{policy}},
	})
	e := upgrade.Entry{
		App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepClose,
		Formation: map[string]int{"web": 4, "worker": 0}, Started: time.Now(), Saved: time.Now(),
	}
	put := func(e upgrade.Entry) (int, string) {
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return r.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", string(body))
	}
	if status, text := put(e); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	r.post(t, "/logs/enketo", "", "", "app api Scaled to web@0:Standard-1X by user x")
	r.post(t, "/logs/enketo", "", "", crash, crash, crash)
	r.post(t, "/logs/another", "", "", crash, crash, crash)
	waitUntil(t, func() bool { return p.heard("another") })
	if p.heard("enketo") {
		t.Errorf("told of what the upgrade did: %s", p.said)
	}
	for _, inc := range r.Incidents() {
		if inc.App == "enketo" && inc.Silenced != "muted while drain upgrade takes redis-x to heroku-redis:premium-2" {
			t.Errorf("silenced: %q", inc.Silenced)
		}
	}
	one := r.apps.known("enketo")
	one.mu.Lock()
	formation := one.past.formation
	one.mu.Unlock()
	if formation != "web set to 0" || r.scaler.Scaled("enketo", "web", 3, time.Now()) || !r.scaler.Scaled("enketo", "web", 4, time.Now()) {
		t.Errorf("%s; of 3 and 4 only 4 is the upgrade's", formation)
	}

	e.Step, e.Saved = upgrade.StepDone, time.Now()
	if status, text := put(e); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	if why := r.silenced(alert.Alert{App: "enketo", Cause: effects[0]}); why != "" {
		t.Errorf("it doesn't end: %s", why)
	}
}

func TestUpgradesAPIRefuses(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	f := func(body string, status int, why string) {
		t.Helper()
		got, text := r.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", body)
		if got != status || !strings.Contains(text, why) {
			t.Errorf("%.60s: %d %s; want %d, %s", body, got, text, status, why)
		}
	}
	f(`{"app":"enketo","step":"stop"}`, http.StatusBadRequest, "is missing")
	at := func(t time.Time, step string) string {
		return `{"app":"enketo","step":"` + step + `","started":"` + t.Format(time.RFC3339) + `"}`
	}
	now := time.Now()
	f(at(now.Add(3*time.Minute), "stop"), http.StatusBadRequest, "set the clock")
	f(at(now, "stop"), http.StatusNoContent, "")
	f(at(now.Add(time.Second), "close"), http.StatusConflict, "another upgrade of this app isn't over")
	f(at(now, "done"), http.StatusNoContent, "")
	f(at(now, "wait"), http.StatusConflict, "over already")
	f(`{"app":"another","step":"stop"}`, http.StatusBadRequest, "of an upgrade of")
	f(`{"app":"enketo","step":"dance"}`, http.StatusBadRequest, "dance")
	f(`nothing`, http.StatusBadRequest, "JSON")
	f(`{"app":"`+strings.Repeat("x", maxUpgradeBody)+`"}`, http.StatusBadRequest, "too large")
	if status, text := r.ask(t, http.MethodPut, "/api/v1/upgrades/No_App", `{"app":"No_App","step":"stop"}`); status != http.StatusBadRequest || !strings.Contains(text, "not a Heroku app's name") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := r.get(t, "/api/v1/upgrades/enketo", ""); status == http.StatusOK {
		t.Error("it answers without a password")
	}
}

// An upgrade that dies is told, until somebody goes on with it. One that holds the right to act lives.
func TestAnUpgradeIsCutOff(t *testing.T) {
	const pace = 600 // it is quiet after half a second
	r := start(t, Options{Pace: pace, Env: config.Env{AdminPassword: "admin", Ledger: t.TempDir() + "/ledger", URL: "https://drain.example.com"}})
	e := upgrade.Entry{App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepWait, Formation: map[string]int{"web": 4}, Started: time.Now()}
	put := func(step upgrade.Step) {
		e.Step = step
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if status, text := r.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", string(body)); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, text)
		}
	}
	open := func() string {
		for _, inc := range r.Incidents() {
			if inc.Cause == causeUpgrade && inc.State == alert.Firing {
				return inc.Alerts[0].Summary + " " + strings.Join(inc.Alerts[0].Next, " ")
			}
		}
		return ""
	}
	_, release, err := r.ledger.Hold(t.Context(), ledger.ActingOn("enketo"), "the upgrade", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	put(upgrade.StepWait)
	last, err := r.upgrades().Last(t.Context(), "enketo")
	if err != nil {
		t.Fatal(err)
	}
	last.Saved = last.Saved.Add(-time.Minute)
	if r.cutOff(t.Context(), last) {
		t.Error("it has the right to act, and so it lives")
	}
	release()
	waitUntil(t, func() bool { return open() != "" })
	for _, part := range []string{
		"of redis-x to heroku-redis:premium-2 was cut off at step wait", "`drain upgrade -app enketo -daemon https://drain.example.com -resume`", "-abort`",
		"By hand, if `heroku redis:info redis-x -a enketo` says available: `heroku ps:scale web=4 -a enketo`, `heroku maintenance:off -a enketo`",
	} {
		if !strings.Contains(open(), part) {
			t.Errorf("%q isn't in %s", part, open())
		}
	}
	put(upgrade.StepDone)
	waitUntil(t, func() bool { return open() == "" })
}

// Another process of the drain's than the one that acts sends the upgrade on to that one.
func TestToldTheWrongProcess(t *testing.T) {
	r := start(t, Options{Env: config.Env{Dyno: "web.2", Listen: "127.0.0.1:0", DrainPassword: "p", AdminPassword: "admin"}})
	status, text := r.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", `{"app":"enketo","step":"close","started":"2026-11-23T03:00:00Z"}`)
	if status != http.StatusMisdirectedRequest || !strings.Contains(text, "this is web.2 of the drain") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := r.ask(t, http.MethodGet, "/api/v1/upgrades/enketo", ""); status != http.StatusMisdirectedRequest {
		t.Errorf("%d", status)
	}
}

// An app that no policy is for is as quiet as any while its Redis is changed.
func TestToldOfAnUpgradeWithoutAPolicy(t *testing.T) {
	o := Options{Env: config.Env{AdminPassword: "admin", Ledger: t.TempDir() + "/ledger"}}
	r := start(t, o)
	put := func(step upgrade.Step) {
		e := upgrade.Entry{App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: step, Formation: map[string]int{"web": 4}, Started: time.Unix(1_795_316_645, 0)}
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if status, text := r.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", string(body)); status != http.StatusNoContent {
			t.Errorf("%d %s", status, text)
		}
	}
	f := func(cause, want string) {
		t.Helper()
		if got := r.silenced(alert.Alert{App: "enketo", Cause: cause}); got != want {
			t.Errorf("%s: %q", cause, got)
		}
	}
	const muted = "muted while drain upgrade takes redis-x to heroku-redis:premium-2"
	put(upgrade.StepStop)
	f("no-web-dynos", muted)
	f("memory-quota", "")
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	r = start(t, o)
	waitUntil(t, func() bool { return r.silenced(alert.Alert{App: "enketo", Cause: "no-web-dynos"}) == muted })
	put(upgrade.StepDone)
	f("no-web-dynos", "")
}

// What the ledger tells of an upgrade after its Redis was moved may be old; what was heard meanwhile counts.
func TestAnUpgradeLivesThoughTheLedgerIsBehind(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin", Ledger: t.TempDir() + "/ledger"}})
	old := upgrade.Entry{
		App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepChange, Formation: map[string]int{"web": 4},
		Started: time.Now().Add(-time.Hour), Saved: time.Now().Add(-10 * time.Minute),
	}
	behind := func() (cut bool) {
		t.Helper()
		if err := errors.Join(r.upgrades().Save(t.Context(), old), r.lookAtUpgrades(t.Context())); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(r.Incidents(), func(inc alert.Incident) bool { return inc.Cause == causeUpgrade && inc.State == alert.Firing })
	}
	say := func(step upgrade.Step) {
		t.Helper()
		e := old
		e.Step = step
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if status, text := r.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", string(body)); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, text)
		}
	}
	say(upgrade.StepWait)
	if behind() {
		t.Error("it is held to be cut off")
	}
	say(upgrade.StepDone)
	if behind() {
		t.Error("it is over")
	}
	old.Started = old.Started.Add(time.Second)
	if !behind() {
		t.Error("another one that said nothing for 10 minutes lives")
	}
}

// While the ledger fails an upgrade has to say all again, and is known to live; none begins.
func TestAnUpgradeLivesWhileTheLedgerFails(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	e := upgrade.Entry{App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepChange, Formation: map[string]int{"web": 4}, Started: time.Now()}
	put := func(want int) upgrade.Entry {
		t.Helper()
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if status, text := r.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", string(body)); status != want {
			t.Errorf("%d %s", status, text)
		}
		return r.moves.last("enketo")
	}
	put(http.StatusNoContent)
	if err := r.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	e.Step = upgrade.StepWait
	if heard := put(http.StatusServiceUnavailable); heard.Step != upgrade.StepWait {
		t.Errorf("it is at %s", heard.Step)
	}
	e.Started = e.Started.Add(time.Second)
	if heard := put(http.StatusServiceUnavailable); heard.Started.Equal(e.Started) {
		t.Error("another one begins")
	}
}

// Who goes on with an upgrade elsewhere than where its journal is learns of it here, once it is silent.
func TestAnUpgradeIsHandedOn(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin", Ledger: t.TempDir() + "/ledger"}})
	e := upgrade.Entry{
		App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepWait, Formation: map[string]int{"web": 4, "worker": 1},
		Keep: []string{"worker"}, Started: time.Now().UTC(), Saved: time.Now().UTC(),
	}
	f := func(age time.Duration, step upgrade.Step, want int) {
		t.Helper()
		e.Step, e.Started = step, e.Started.Add(time.Second)
		e.Saved = time.Now().UTC().Add(-age)
		if err := r.upgrades().Save(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		status, text := r.ask(t, http.MethodGet, "/api/v1/upgrades/enketo", "")
		if status != want {
			t.Errorf("%s, %v: %d %s", step, age, status, text)
		}
		if want != http.StatusOK {
			return
		}
		got, err := upgrade.Decode([]byte(text), "", "enketo")
		if diff := cmp.Diff(e, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	if status, _ := r.ask(t, http.MethodGet, "/api/v1/upgrades/enketo", ""); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	f(time.Minute, upgrade.StepWait, http.StatusConflict)
	f(3*time.Minute, upgrade.StepWait, http.StatusOK)
	f(3*time.Minute, upgrade.StepDone, http.StatusNotFound)
}

// What the ledger's Redis lost when it was moved is known all the same, and told if nobody goes on.
func TestAnUpgradeLivesThoughTheLedgerLostIt(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin", Ledger: t.TempDir() + "/ledger"}})
	e := upgrade.Entry{
		App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepWait, Formation: map[string]int{"web": 4},
		Started: time.Now().Add(-time.Hour), Saved: time.Now().Add(-10 * time.Minute),
	}
	r.moves.hear(e)
	if u, err := r.upgradeOf(t.Context(), "enketo"); err != nil || u.Addon != "redis-x" || u.Stopped["web"] != 4 || !u.Ended.IsZero() {
		t.Errorf("%+v, %v", u, err)
	}
	if status, text := r.ask(t, http.MethodGet, "/api/v1/upgrades/enketo", ""); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	if err := r.lookAtUpgrades(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.Incidents(), func(inc alert.Incident) bool { return inc.Cause == causeUpgrade && inc.State == alert.Firing }) {
		t.Error("nobody is told that it was cut off")
	}
	if u, err := r.upgradeOf(t.Context(), "another"); err != nil || !u.Began.IsZero() {
		t.Errorf("%+v, %v", u, err)
	}
}

// An upgrade that may not begin, since an action is under way, is known to nobody afterwards, whoever read the
// ledger meanwhile.
func TestAnUpgradeIsRefusedWhileDrainActs(t *testing.T) {
	a := newApproving(t, false, func(*scale.Policy) {})
	acting, on, done := make(chan bool, 1), make(chan bool), make(chan bool)
	a.changing = func() { acting <- true; <-on }
	go func() {
		defer close(done)
		if d, err := a.scaler.Approve(t.Context(), a.asked()[0].ID, "jo"); err != nil || d.Verdict != scale.Done {
			t.Errorf("%+v, %v", d, err)
		}
	}()
	<-acting
	e := upgrade.Entry{App: "enketo", Addon: "redis-x", To: "heroku-redis:premium-2", Step: upgrade.StepClose, Formation: map[string]int{"web": 4}, Started: time.Now()}
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if status, text := a.ask(t, http.MethodPut, "/api/v1/upgrades/enketo", string(body)); status != http.StatusConflict || !strings.Contains(text, "acting on the app now") {
		t.Errorf("%d %s", status, text)
	}
	e.Saved = e.Started
	if heard := a.moves.hear(e); heard.Step != upgrade.StepDone || len(heard.Stops()) > 0 {
		t.Errorf("it is held to be under way: %+v", heard)
	}
	if _, err := a.upgrades().Last(t.Context(), "enketo"); !errors.Is(err, upgrade.ErrNoEntry) {
		t.Errorf("the ledger has it: %v", err)
	}
	close(on)
	<-done
}
