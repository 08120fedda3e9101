package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/page"
)

// Of more apps than the page shows it shows those in trouble and the silent ones, says how many others there
// are, and finds them.
func TestPageOfManyApps(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	for i := range shownApps + 3 {
		r.post(t, fmt.Sprintf("/logs/app-%03d", i), "", "", "app web.1 hello")
	}
	r.post(t, "/logs/zz-crashed", "", "", crash, crash, crash)
	r.post(t, "/logs/zz-silent", "", "", "app web.1 hello")
	one := r.apps.known("zz-silent")
	one.mu.Lock()
	one.last = r.now().Add(-silentAfter - time.Second)
	one.mu.Unlock()

	_, text := r.get(t, "/", "admin")
	for _, want := range []string{
		`<a href="?app=zz-crashed#plots">`, `<a href="?app=zz-silent#plots">`, "app-297#plots", `5 more apps, none in a worse state: 5 <a href="?find=fine#apps">fine</a>`,
		"zz-crashed needs you",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(text, "app-298#plots") {
		t.Errorf("more than %d apps are shown", shownApps)
	}

	find := func(text string, shown, more int) {
		t.Helper()
		v := r.viewPage(httptest.NewRequest(http.MethodGet, "/?find="+text, nil))
		if len(v.Found.Apps) != shown || len(v.Found.More) != more {
			t.Errorf("%s: %d apps are shown, and others are %+v", text, len(v.Found.Apps), v.Found.More)
		}
		if len(v.Apps) != shownApps { // what the headline is made of
			t.Errorf("%s: of all apps %d are left", text, len(v.Apps))
		}
	}
	find("app-298", 1, 0)
	find("+298+", 1, 0)
	find("silent", 1, 0)
	find("fine", shownApps, 1)
	find("nobody", 0, 0)
	if v := r.viewPage(httptest.NewRequest(http.MethodGet, "/?find=silent", nil)); v.Found.Apps[0].Name != "zz-silent" || v.Chosen != "zz-crashed" {
		t.Errorf("found is %s; plotted is %s", v.Found.Apps[0].Name, v.Chosen)
	}
	var of page.Section
	sections, err := r.sections(httptest.NewRequest(http.MethodGet, "/events?find=app-298", nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sections {
		if s.ID == "apps" {
			of = s
		}
	}
	if !strings.Contains(of.HTML, "app-298") || strings.Contains(of.HTML, "app-297") {
		t.Error("the page that is open shows other apps than those that were looked for")
	}
}
