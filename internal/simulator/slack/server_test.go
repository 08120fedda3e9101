package slack

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// call calls a method with a form, in no network.
func (r *rig) call(method string, form url.Values) *httptest.ResponseRecorder {
	q := httptest.NewRequest("POST", "/api/"+method, strings.NewReader(form.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	return w
}

func (r *rig) form(more ...string) url.Values {
	form := url.Values{"token": {r.Token}, "channel": {r.ChannelID}, "text": {"x"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{}
		r.Server = newServer(r)
		f := func(method string, form url.Values, want string) {
			t.Helper()
			w := r.call(method, form)
			if got := fmt.Sprint(w.Code, " ", w.Header().Get("Retry-After")); got != want {
				t.Errorf("%s: %q, want %q: %s", method, got, want, w.Body)
			}
		}
		for range 3 {
			f("chat.postMessage", r.form(), "200 ")
			time.Sleep(time.Second)
		}
		f("chat.postMessage", r.form(), "200 ")
		f("chat.postMessage", r.form(), "429 1")
		if v := r.violated(); len(v) != 0 {
			t.Errorf("violations %q", v)
		}
		time.Sleep(500 * time.Millisecond)
		f("chat.postMessage", r.form(), "429 1")
		if v := r.violated(); len(v) != 1 || !strings.Contains(v[0], "before Retry-After") {
			t.Errorf("violations %q, want one: too early", v)
		}
		time.Sleep(time.Second)
		f("chat.postMessage", r.form(), "200 ")

		update := r.form("ts", r.Messages()[0].TS)
		for range 50 {
			f("chat.update", update, "200 ")
		}
		f("chat.update", update, "429 2")
		if v := r.violated(); len(v) != 0 {
			t.Errorf("violations %q", v)
		}
	})
}

func TestHistoryIsBounded(t *testing.T) {
	r := &rig{}
	r.Server = newServer(r)
	r.unlimited()
	for range maxMessages + 10 {
		r.call("chat.postMessage", r.form())
	}
	messages := r.Messages()
	if len(messages) != maxMessages {
		t.Errorf("%d messages, want %d", len(messages), maxMessages)
	}
	seen := map[string]bool{}
	for _, m := range messages {
		seen[m.TS] = true
	}
	if len(seen) != maxMessages {
		t.Errorf("%d different ts of %d", len(seen), maxMessages)
	}
	for i := range maxVersions + 10 {
		r.call("chat.update", r.form("ts", messages[5].TS, "text", fmt.Sprint(i)))
	}
	m := r.Messages()[5]
	if got := fmt.Sprintf("%d %s %s", len(m.Versions), m.Versions[0].Text, m.Last().Text); got != "100 x 109" {
		t.Errorf("versions, first and last: %s, want 100 x 109", got)
	}
}

func TestFormsOnly(t *testing.T) {
	r := &rig{}
	r.Server = newServer(r)
	f := func(target, contentType, want string) {
		t.Helper()
		q := httptest.NewRequest("POST", target, strings.NewReader(r.form().Encode()))
		q.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, q)
		if got := w.Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s as %s: %s, want %s", target, contentType, got, want)
		}
		if len(r.violated()) != 1 {
			t.Errorf("%s as %s: want one violation", target, contentType)
		}
	}
	f("/api/chat.postMessage", "application/json", "invalid_form_data")
	f("/api/chat.postMessage?token=x", "application/x-www-form-urlencoded", "invalid_arguments")
	f("/api/chat.meMessage", "application/x-www-form-urlencoded", "unknown_method")
}
