package heroku

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "HRKU-0000SECRETSECRET0000"

// Ids as Heroku forms them.
const (
	id1 = "01234567-89ab-cdef-0123-456789abcdef"
	id2 = "11234567-89ab-cdef-0123-456789abcdef"
)

// request is one that the fake got.
type request struct{ method, path, body, ranges string }

// fake is a Platform API that records and answers from a table.
type fake struct {
	t       *testing.T
	answers map[string]string // by method and path
	got     []request
}

// newFake returns a Client on a fake that serves answers; autoscaling is asked there too.
func newFake(t *testing.T, answers map[string]string) (*fake, *Client) {
	f := &fake{t: t, answers: answers}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	c, err := New(Options{APIKey: key, URL: server.URL, MetricsURL: server.URL + "/metrics", Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return f, c
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.got = append(f.got, request{r.Method, r.URL.Path, string(body), r.Header.Get("Range")})
	if got := r.Header.Get("Authorization"); got != "Bearer "+key {
		f.t.Errorf("%s %s: Authorization %q", r.Method, r.URL.Path, got)
	}
	if got := r.Header.Get("Accept"); got != "application/vnd.heroku+json; version=3" {
		f.t.Errorf("%s %s: Accept %q", r.Method, r.URL.Path, got)
	}
	w.Header().Set("RateLimit-Remaining", "4321")
	w.Header().Set("Request-Id", id1)
	answer, ok := f.answers[r.Method+" "+r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = `{"id":"not_found","message":"Couldn't find that."}`
	}
	fmt.Fprint(w, answer)
}

func app(name string) string { return fmt.Sprintf(`{"id":%q,"name":%q}`, id1, name) }

func formation(process string, quantity int) string {
	return fmt.Sprintf(`{"app":%s,"command":"bin/web","created_at":"2026-01-01T12:00:00Z","id":%q,"quantity":%d,"size":"standard-1X","type":%q,"updated_at":"2026-01-01T12:00:00Z"}`,
		app("enketo"), id1, quantity, process)
}

func dyno(name, process, state string) string {
	return fmt.Sprintf(`{"app":%s,"attach_url":null,"command":"bin/web","created_at":"2026-01-01T12:00:00Z","id":%q,"name":%q,"release":{"id":%q,"version":12},"size":"standard-1X","state":%q,"type":%q,"updated_at":"2026-01-01T12:00:00Z"}`,
		app("enketo"), id1, name, id2, state, process)
}

func release(version int, status string) string {
	return fmt.Sprintf(`{"addon_plan_names":["heroku-redis:premium-0"],"app":%s,"created_at":"2026-01-01T12:00:00Z","current":true,"description":"Deploy","id":%q,"output_stream_url":null,"slug":null,"status":%q,"updated_at":"2026-01-01T12:00:00Z","user":{"email":"ops@example.com","id":%q},"version":%d}`,
		app("enketo"), id1, status, id2, version)
}

func addon(name, owner, service, plan string) string {
	return fmt.Sprintf(`{"actions":[],"addon_service":{"id":%[1]q,"name":%[2]q},"app":%[3]s,"billed_price":null,"billing_entity":{"id":%[1]q,"name":"enketo","type":"app"},"config_vars":["REDIS_URL"],"created_at":"2026-01-01T12:00:00Z","id":%[1]q,"name":%[4]q,"plan":{"id":%[1]q,"name":%[5]q},"provider_id":"1","state":"provisioned","updated_at":"2026-01-01T12:00:00Z","web_url":null}`,
		id2, service, app(owner), name, plan)
}

func attachment(name, addonName, owner, user string) string {
	return fmt.Sprintf(`{"addon":{"app":%s,"id":%q,"name":%q},"app":%s,"created_at":"2026-01-01T12:00:00Z","id":%q,"log_input_url":null,"name":%q,"namespace":null,"updated_at":"2026-01-01T12:00:00Z","web_url":null}`,
		app(owner), id1, addonName, app(user), id2, name)
}

func drain(token, url string) string {
	return fmt.Sprintf(`{"addon":null,"created_at":"2026-01-01T12:00:00Z","id":%q,"token":%q,"updated_at":"2026-01-01T12:00:00Z","url":%q}`, id1, token, url)
}
