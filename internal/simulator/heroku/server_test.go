package heroku

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drain/internal/simulator/faults"
)

// ask sends a request as it should be, changed by the given headers ("Name: value").
func ask(s *Server, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Accept", "application/vnd.heroku+json; version=3")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// problem is a refusal's status, id and message.
func problem(w *httptest.ResponseRecorder) string {
	var e struct{ ID, Message string }
	json.Unmarshal(w.Body.Bytes(), &e)
	return fmt.Sprintf("%d %s %s", w.Code, e.ID, e.Message)
}

func TestRefusals(t *testing.T) {
	rig := newRig(t)
	f := func(method, path, body, want string, headers ...string) {
		t.Helper()
		w := ask(rig.Server, method, path, body, headers...)
		if got := problem(w); got != want {
			t.Errorf("%s %s %s %q\n got %s\nwant %s", method, path, body, headers, got, want)
		}
		v := rig.violated()
		if len(v) != 1 || strings.Contains(v[0], key) {
			t.Errorf("%s %s: violations %q, want one without the key", method, path, v)
		}
		if w.Header().Get("Request-Id") == "" || w.Header().Get("RateLimit-Remaining") == "" {
			t.Errorf("%s %s: headers %v", method, path, w.Header())
		}
	}
	web := "/apps/enketo/formation/web"

	// credentials
	f("GET", web, "", "401 unauthorized Invalid credentials provided.", "Authorization: Bearer x")
	f("GET", web, "", "401 unauthorized Invalid credentials provided.", "Authorization: ")
	f("GET", web, "", "401 unauthorized Invalid credentials provided.", "Authorization: Basic "+key)
	// Accept
	unacceptable := "406 not_acceptable request failed, set `Accept: application/vnd.heroku+json; version=3` header and try again"
	f("GET", web, "", unacceptable, "Accept: application/json")
	f("GET", web, "", unacceptable, "Accept: application/vnd.heroku+json")
	f("GET", web, "", unacceptable, "Accept: application/vnd.heroku+json; version=2")
	// path and method
	nowhere := "404 not_found The requested API endpoint was not found."
	f("GET", "/apps/enketo/formations", "", nowhere)
	f("PUT", web, `{"quantity":1}`, nowhere)
	f("POST", "/apps/enketo/formation", `{}`, nowhere)
	f("GET", "/apps/kobo/formation", "", "404 not_found Couldn't find that app.")
	f("GET", "/apps/enketo/formation/clock", "", "404 not_found Couldn't find that formation.")
	f("GET", "/apps/enketo/addons/postgresql-x", "", "404 not_found Couldn't find that add-on.")
	f("GET", "/addons/postgresql-x/addon-attachments", "", "404 not_found Couldn't find that add-on.")
	f("GET", "/apps/enketo/log-drains/d.x", "", "404 not_found Couldn't find that log drain.")
	f("DELETE", "/apps/enketo/log-drains/d.x", "", "404 not_found Couldn't find that log drain.")
	f("DELETE", "/apps/enketo/dynos/web.9", "", "404 not_found Couldn't find that dyno.")
	f("GET", "/apps/enketo/features/x", "", "404 not_found Couldn't find that feature.")
	// bodies
	f("PATCH", web, `{"quantity":1}`, "415 unsupported_media_type Content-Type must be application/json.", "Content-Type: text/plain")
	f("PATCH", web, `{"quantity":`, "400 bad_request Request invalid, validate usage and try again.")
	f("PATCH", web, `{"quantity":1}{}`, "400 bad_request Request invalid, validate usage and try again.")
	f("PATCH", web, `{"quantity":1,"mood":"good"}`, `422 invalid_params unknown field "mood"`)
	f("PATCH", web, `{"quantity":-1}`, "422 invalid_params Quantity must be greater than or equal to 0.")
	f("PATCH", web, `{"quantity":101}`, "422 invalid_params Cannot update to more than 100 Standard-1X size dynos per process type.")
	f("PATCH", web, `{"size":"basic"}`, "422 invalid_params Changing sizes is not simulated.")
	f("PATCH", "/apps/enketo/formation/clock", `{"quantity":1}`, "422 invalid_params Couldn't find that process type (clock).")
	f("PATCH", "/apps/enketo/formation/clock", `{}`, "422 invalid_params Couldn't find that process type (clock).")
	f("PATCH", "/apps/enketo/formation", `{"updates":[]}`, "422 invalid_params updates is required")
	f("PATCH", "/apps/enketo/formation", `{"updates":[{"type":"web","quantity":1},{"type":"x","quantity":1}]}`,
		"422 invalid_params Couldn't find that process type (x).")
	f("PATCH", "/apps/enketo/features/log-runtime-metrics", `{}`, "422 invalid_params enabled is required")
	f("POST", "/apps/enketo/log-drains", `{"url":"https://drain.example.com/"}`,
		"422 invalid_params a drain's URL must be http://, on a loopback address, its password without a colon")
	if n := rig.app.Formation()[0].Quantity; n != 4 {
		t.Errorf("web is %d after refusals, want 4", n)
	}

	// A relative quantity, as the Heroku CLI sends it, is not idempotent.
	if w := ask(rig.Server, "PATCH", web, `{"quantity":"-1"}`); w.Code != 422 {
		t.Errorf("a relative quantity: %d, want 422", w.Code)
	}
}

func TestSameQuantityIsFine(t *testing.T) {
	rig := newRig(t)
	for range 2 {
		if w := ask(rig.Server, "PATCH", "/apps/enketo/formation/web", `{"quantity":4}`); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if v := rig.violated(); len(v) != 0 {
		t.Errorf("violations %q", v)
	}
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := &rig{}
		rig.Server = newRigServer(rig, 4)
		remaining := func(want string) {
			t.Helper()
			w := ask(rig.Server, "GET", "/account/rate-limits", "")
			if got := fmt.Sprint(w.Header().Get("RateLimit-Remaining"), " ", strings.TrimSpace(w.Body.String())); got != want {
				t.Errorf("rate limit %s, want %s", got, want)
			}
		}
		remaining(`4500 {"remaining":4500}`)
		w := ask(rig.Server, "GET", "/account", "")
		if got := w.Header().Get("RateLimit-Remaining"); got != "4499" {
			t.Errorf("after one request %s remain, want 4499", got)
		}
		for range burst - 1 {
			ask(rig.Server, "GET", "/account", "")
		}
		remaining(`0 {"remaining":0}`)

		w = ask(rig.Server, "GET", "/account", "")
		if got, want := problem(w), "429 rate_limit Your account reached the API rate limit"; got != want || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%s, Retry-After %q, want %s, 1", got, w.Header().Get("Retry-After"), want)
		}
		if v := rig.violated(); len(v) != 0 {
			t.Errorf("violations %q", v)
		}
		time.Sleep(500 * time.Millisecond)
		ask(rig.Server, "GET", "/account", "")
		if v := rig.violated(); len(v) != 1 || !strings.Contains(v[0], "before Retry-After") {
			t.Errorf("violations %q, want one: too early", v)
		}
		time.Sleep(time.Minute)
		remaining(`75 {"remaining":75}`)

		// Who never got the answer can't know.
		rig.Spend(75)
		rig.Faults.Next(1, faults.Fault{Lost: true})
		func() {
			defer func() { _ = recover() }()
			ask(rig.Server, "GET", "/account", "")
		}()
		time.Sleep(500 * time.Millisecond)
		ask(rig.Server, "GET", "/account", "")
		if v := rig.violated(); len(v) != 0 {
			t.Errorf("violations %q, want none: nobody was told", v)
		}
	})
}

func TestFaults(t *testing.T) {
	rig := newRig(t)
	get := func() *http.Response {
		t.Helper()
		r, _ := http.NewRequestWithContext(t.Context(), "GET", rig.srv.URL+"/account", nil)
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Accept", accept)
		resp, err := rig.srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		resp.Status += " " + string(body)
		return resp
	}
	rig.Faults.Next(1, faults.Fault{Status: 503})
	rig.Faults.Next(1, faults.Fault{Status: 500})
	rig.Faults.Next(1, faults.Fault{Status: 429, RetryAfter: 1})
	if resp := get(); resp.StatusCode != 503 || !strings.Contains(resp.Status, "<html>") {
		t.Errorf("%s, want 503 and a page", resp.Status)
	}
	if resp := get(); resp.StatusCode != 500 || !strings.Contains(resp.Status, `"internal_server_error"`) {
		t.Errorf("%s, want 500 and JSON", resp.Status)
	}
	if resp := get(); resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("%s, Retry-After %q, want 429, 1", resp.Status, resp.Header.Get("Retry-After"))
	}
	if resp := get(); resp.StatusCode != 200 {
		t.Errorf("%s, want 200", resp.Status)
	}
}
