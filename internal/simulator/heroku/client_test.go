package heroku

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	api "github.com/heroku/heroku-go/v5"
	"go.uber.org/goleak"

	"drain/internal/simulator/app"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/logplex"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "HRKU-not-a-real-key"

// rig is a Server on loopback.
type rig struct {
	*Server
	srv *httptest.Server
	app *app.App

	mu         sync.Mutex
	violations []string // guarded by mu
}

func newRig(t *testing.T) *rig { return newRigOf(t, 4) }

// newRigOf has an app with so many web dynos.
func newRigOf(t *testing.T, web int) *rig {
	t.Helper()
	r := &rig{}
	r.Server = newRigServer(r, web)
	r.srv = httptest.NewServer(r.Server)
	t.Cleanup(r.srv.Close)
	return r
}

func newRigServer(r *rig, web int) *Server {
	r.app = app.New(app.Options{
		Name: "enketo", Web: web, Speed: 1, Dice: dice.New(1, 1),
		Write: func(logplex.Message) {}, Tell: func(string) {},
	})
	return New(Options{
		App: r.app, Logplex: logplex.New(logplex.Options{Dice: dice.New(1, 2)}), Dice: dice.New(1, 3),
		Key: key, Email: "drain@example.com",
		Violate: func(format string, args ...any) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.violations = append(r.violations, fmt.Sprintf(format, args...))
		},
	})
}

// violated returns the violations so far and forgets them.
func (r *rig) violated() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.violations
	r.violations = nil
	return v
}

// client is heroku-go, each of its exchanges held against the schema.
func (r *rig) client(t *testing.T) (*api.Service, *checked) {
	c := &checked{t: t, schema: loadSchema(t), next: r.srv.Client().Transport, seen: map[string]bool{}}
	s := api.NewService(&http.Client{Transport: &api.Transport{BearerToken: key, Transport: c}})
	s.URL = r.srv.URL
	return s, c
}

// TestHerokuGo uses every endpoint through heroku-go.
func TestHerokuGo(t *testing.T) {
	r := newRig(t)
	s, c := r.client(t)
	ctx := t.Context()
	web := func(n int) (names []string) {
		t.Helper()
		f, err := s.FormationInfo(ctx, "enketo", "web")
		if err != nil || f.Quantity != n || f.Size != "Standard-1X" || f.App.Name != "enketo" {
			t.Errorf("formation %+v, %v, want quantity %d", f, err, n)
		}
		dynos, err := s.DynoList(ctx, r.app.ID, nil)
		if err != nil {
			t.Error(err)
		}
		for _, d := range dynos {
			names = append(names, d.Name+" "+d.State)
		}
		slices.Sort(names) // the API lists by id
		return names
	}

	if a, err := s.AccountInfo(ctx); err != nil || a.Email != "drain@example.com" {
		t.Errorf("account %+v, %v", a, err)
	}
	if l, err := s.RateLimitInfo(ctx); err != nil || l.Remaining < burst-1 || l.Remaining > burst { // one comes back within a second
		t.Errorf("rate limit %+v, %v, want %d", l, err, burst-1)
	}
	if a, err := s.AppInfo(ctx, "enketo"); err != nil || a.Name != "enketo" || a.Maintenance {
		t.Errorf("app %+v, %v", a, err)
	}
	if a, err := s.AppUpdate(ctx, "enketo", api.AppUpdateOpts{Maintenance: api.Bool(true)}); err != nil || !a.Maintenance || !r.app.Maintenance() {
		t.Errorf("app %+v, %v, want maintenance", a, err)
	}

	if diff := cmp.Diff([]string{"web.1 up", "web.2 up", "web.3 up", "web.4 up"}, web(4)); diff != "" {
		t.Errorf("dynos (-want +got):\n%s", diff)
	}
	if f, err := s.FormationUpdate(ctx, "enketo", "web", api.FormationUpdateOpts{Quantity: api.Int(1)}); err != nil || f.Quantity != 1 {
		t.Errorf("formation %+v, %v, want quantity 1", f, err)
	}
	if diff := cmp.Diff([]string{"web.1 up"}, web(1)); diff != "" {
		t.Errorf("dynos (-want +got):\n%s", diff)
	}
	if f, err := s.FormationUpdate(ctx, "enketo", "web", api.FormationUpdateOpts{Quantity: api.Int(0)}); err != nil || f.Quantity != 0 {
		t.Errorf("formation %+v, %v, want quantity 0", f, err)
	}
	batch := api.FormationBatchUpdateOpts{Updates: []struct {
		Quantity *int    `json:"quantity,omitempty" url:"quantity,omitempty,key"`
		Size     *string `json:"size,omitempty" url:"size,omitempty,key"`
		Type     string  `json:"type" url:"type,key"`
	}{{Quantity: api.Int(2), Type: "web"}, {Quantity: api.Int(1), Type: "worker"}}}
	if f, err := s.FormationBatchUpdate(ctx, "enketo", batch); err != nil || len(f) != 2 || f[0].Quantity != 2 || f[1].Quantity != 1 {
		t.Errorf("formation %+v, %v, want web 2 and worker 1", f, err)
	}
	if f, err := s.FormationList(ctx, "enketo", nil); err != nil || len(f) != 2 {
		t.Errorf("formation %+v, %v, want two types", f, err)
	}

	addons, err := s.AddOnListByApp(ctx, "enketo", nil)
	if err != nil || len(addons) != 2 || addons[0].Plan.Name != "heroku-redis:premium-0" {
		t.Fatalf("add-ons %+v, %v", addons, err)
	}
	if a, err := s.AddOnInfo(ctx, addons[0].ID); err != nil || a.Name != addons[0].Name {
		t.Errorf("add-on %+v, %v", a, err)
	}
	if a, err := s.AddOnInfoByApp(ctx, "enketo", addons[1].Name); err != nil || a.ID != addons[1].ID {
		t.Errorf("add-on %+v, %v", a, err)
	}
	if a, err := s.AddOnAttachmentListByAddOn(ctx, addons[1].Name, nil); err != nil || len(a) != 1 || a[0].Addon.ID != addons[1].ID {
		t.Errorf("attachments %+v, %v", a, err)
	}
	names := map[string]bool{}
	attached, err := s.AddOnAttachmentListByApp(ctx, "enketo", nil)
	for _, a := range attached {
		names[a.Name] = true
	}
	if want := map[string]bool{"ENKETO_REDIS_MAIN": true, "ENKETO_REDIS_CACHE": true}; err != nil || !cmp.Equal(want, names) {
		t.Errorf("attachments %v, %v, want %v", names, err, want)
	}

	if list, err := s.PlanListByAddOn(ctx, "heroku-redis", nil); err != nil || len(list) != len(app.Plans()) {
		t.Errorf("plans %+v, %v", list, err)
	}

	if _, err := s.DynoRestartAll(ctx, "enketo"); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"web.1 starting", "web.2 starting", "worker.1 starting"}, web(2)); diff != "" {
		t.Errorf("dynos (-want +got):\n%s", diff)
	}

	d, err := s.LogDrainCreate(ctx, "enketo", api.LogDrainCreateOpts{URL: "http://u:p@127.0.0.1:9/logs/enketo"})
	if err != nil || !strings.HasPrefix(d.Token, "d.") {
		t.Fatalf("log drain %+v, %v", d, err)
	}
	if list, err := s.LogDrainList(ctx, "enketo", nil); err != nil || len(list) != 1 || list[0].ID != d.ID {
		t.Errorf("log drains %+v, %v", list, err)
	}
	if x, err := s.LogDrainInfo(ctx, "enketo", url.PathEscape(d.URL)); err != nil || x.Token != d.Token {
		t.Errorf("log drain %+v, %v", x, err)
	}
	if x, err := s.LogDrainDelete(ctx, "enketo", d.Token); err != nil || x.ID != d.ID {
		t.Errorf("deleted log drain %+v, %v", x, err)
	}
	if list, err := s.LogDrainList(ctx, "enketo", nil); err != nil || list == nil || len(list) != 0 {
		t.Errorf("log drains %+v, %v, want an empty list", list, err)
	}

	if list, err := s.AppFeatureList(ctx, "enketo", nil); err != nil || len(list) != 1 || !list[0].Enabled {
		t.Errorf("features %+v, %v", list, err)
	}
	if f, err := s.AppFeatureUpdate(ctx, "enketo", "log-runtime-metrics", api.AppFeatureUpdateOpts{Enabled: false}); err != nil || f.Enabled || r.app.RuntimeMetrics() {
		t.Errorf("feature %+v, %v, want it off", f, err)
	}
	if f, err := s.AppFeatureInfo(ctx, "enketo", "log-runtime-metrics"); err != nil || f.Enabled {
		t.Errorf("feature %+v, %v, want it off", f, err)
	}
	if got := len(c.seen); got != 23 {
		t.Errorf("%d endpoints of the schema seen: %v", got, c.seen)
	}
	if v := r.violated(); len(v) != 0 {
		t.Errorf("violations %q", v)
	}
}

func TestReleasesComeInRanges(t *testing.T) {
	r := newRig(t)
	s, c := r.client(t)
	f := func(lr *api.ListRange, want, next string) {
		t.Helper()
		list, err := s.ReleaseList(t.Context(), "enketo", lr)
		got := ""
		for _, v := range list {
			got += fmt.Sprintf("v%d ", v.Version)
		}
		if err != nil || got != want || c.last.Get("Next-Range") != next {
			t.Errorf("%+v: %q, next %q, %v, want %q, next %q", lr, got, c.last.Get("Next-Range"), err, want, next)
		}
	}
	f(&api.ListRange{Field: "version"}, "v1 v2 v3 ", "")
	f(&api.ListRange{Field: "version", Descending: true}, "v3 v2 v1 ", "")
	f(&api.ListRange{Field: "version", Descending: true, Max: 1}, "v3 ", "version ]3..; max=1")
	f(&api.ListRange{Field: "version", Max: 2}, "v1 v2 ", "version ]2..; max=2")
	f(&api.ListRange{Field: "version", Max: 1000}, "v1 v2 v3 ", "")
	if v := r.violated(); len(v) != 0 {
		t.Errorf("violations %q", v)
	}
	for _, lr := range []api.ListRange{{Field: "mood"}, {Field: "version", Max: 1001}, {Field: "version", FirstID: "2"}} {
		if _, err := s.ReleaseList(t.Context(), "enketo", &lr); status(err) != 416 || len(r.violated()) != 1 {
			t.Errorf("%+v: %v, want 416 and a violation", lr, err)
		}
	}
}

// status is that of heroku-go's error.
func status(err error) int {
	var e api.Error
	errors.As(err, &e)
	return e.StatusCode
}

func TestScaledByTheAccount(t *testing.T) {
	told := make(chan string, 10)
	a := app.New(app.Options{
		Name: "enketo", Web: 1, Speed: 1, Dice: dice.New(1, 1),
		Write: func(m logplex.Message) { told <- m.Proc + " " + m.Text }, Tell: func(string) {},
	})
	for len(told) > 0 {
		<-told // the workers of the first dyno
	}
	s := New(Options{App: a, Logplex: logplex.New(logplex.Options{}), Dice: dice.New(1, 1), Key: key, Email: "drain@example.com"})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(context.Background(), "PATCH", "/apps/enketo/formation/web", strings.NewReader(`{"quantity":2}`))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Accept", accept)
	r.Header.Set("Content-Type", "application/json")
	s.ServeHTTP(w, r)
	if got, want := <-told, "api Scaled to web@2:Standard-1X by user drain@example.com\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
