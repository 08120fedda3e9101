package heroku

import (
	"strings"
	"testing"
	"testing/synctest"
)

// What the app's owner does is seen in what the API says.
func TestOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := &rig{}
		rig.Server = newRigServer(rig, 4)
		f := func(path, want string) {
			t.Helper()
			if w := ask(rig.Server, "GET", path, ""); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %d %s, want %s", path, w.Code, w.Body, want)
			}
		}
		web := "/apps/" + rig.app.ID + "/formation/web/monitors"
		f(web, `"is_active":false`)
		rig.app.SetAutoscaling(true)
		f(web, `"is_active":true`)
		f("/apps/enketo/formation/worker/monitors", `[]`)
		rig.app.Deploy("jo@example.com", true)
		f("/apps/enketo/releases", `"status":"pending"`)
		rig.Spend(4000)
		f("/account/rate-limits", `{"remaining":496}`)
		rig.Spend(4000)
		f("/account/rate-limits", `{"remaining":0}`)
	})
}
