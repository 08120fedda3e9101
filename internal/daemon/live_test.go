package daemon

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"drain/internal/config"
)

// Who has the page open sees an incident come, and doesn't keep the daemon from stopping.
func TestLivePage(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	if status, _ := r.get(t, "/events", "wrong"); status != http.StatusUnauthorized {
		t.Errorf("with a wrong password: %d", status)
	}
	req, err := http.NewRequest(http.MethodGet, r.url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("", "admin")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	await := func(id, text string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), `"id":"`+id+`"`) && strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("%s never said %q", id, text)
	}
	await("headline", "No app has delivered anything yet")
	r.post(t, "/logs/enketo", "", "", crash, crash, crash)
	await("headline", "enketo needs you")
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	for lines.Scan() {
	}
}
