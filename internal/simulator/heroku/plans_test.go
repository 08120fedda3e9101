package heroku

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	api "github.com/heroku/heroku-go/v5"
)

func TestPlanChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{}
		s := newRigServer(r, 4)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go r.app.Run(ctx)
		name := r.app.Addons()[0].Name
		f := func(method, path, body string, code int, part string) {
			t.Helper()
			w := ask(s, method, path, body)
			if w.Code != code || !strings.Contains(w.Body.String(), part) {
				t.Errorf("%s %s %s: %d %s, want %d %s", method, path, body, w.Code, w.Body, code, part)
			}
		}
		addon, change := "/apps/enketo/addons/"+name, `{"plan":"heroku-redis:premium-2"}`
		wait := "/redis/v0/databases/" + name + "/wait"

		f("PATCH", addon, `{"plan":"premium-2"}`, 422, "Couldn't find")
		f("PATCH", addon, `{"plan":"heroku-redis:premium-99"}`, 422, "Couldn't find")
		f("PATCH", addon, change, 422, "its data would be lost")
		r.app.SetMaintenance(true)
		f("PATCH", addon, change, 422, "its data would be lost") // dynos are up
		f("PATCH", "/apps/enketo/formation/web", `{"quantity":0}`, 200, "")
		time.Sleep(time.Minute) // they go down
		r.violated()
		f("GET", wait, "", 200, `"waiting?":false`)
		f("PATCH", addon, change, 200, `"name":"heroku-redis:premium-0"`)
		f("GET", wait, "", 404, "")
		if v := r.violated(); len(v) > 0 {
			t.Errorf("asking whether it is ready is a violation: %q", v)
		}
		f("PATCH", addon, change, 422, "being modified")
		time.Sleep(time.Minute + time.Second)
		f("GET", wait, "", 200, "")
		f("GET", addon, "", 200, `"name":"heroku-redis:premium-2"`)
		if _, limit := r.app.Connections(name); limit != 198 {
			t.Errorf("limit %d", limit)
		}
		f("GET", "/redis/v0/databases/redis-x/wait", "", 404, "Couldn't find that add-on.")
		cancel()
		synctest.Wait()
	})
}

// The change of a plan, as heroku-go sends it, is what the schema describes.
func TestPlanChangeBySchema(t *testing.T) {
	r := newRigOf(t, 0)
	s, c := r.client(t)
	r.app.SetMaintenance(true)
	name := r.app.Addons()[0].Name
	if a, err := s.AddOnUpdate(t.Context(), "enketo", name, api.AddOnUpdateOpts{Plan: "heroku-redis:premium-2"}); err != nil || a.Name != name {
		t.Errorf("%+v, %v", a, err)
	}
	if len(c.seen) != 1 || len(r.violated()) > 0 {
		t.Errorf("endpoints of the schema seen: %v", c.seen)
	}
}
