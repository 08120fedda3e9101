package page

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// said is what a stream says within so long, its time running fast.
func said(o LiveOptions, lasts time.Duration) *httptest.ResponseRecorder {
	ctx, cancel := context.WithTimeout(context.Background(), lasts)
	defer cancel()
	w := httptest.NewRecorder()
	NewLive(o).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil))
	return w
}

// A page on which nothing happens hears something every 20 s, and one with news nothing more.
func TestComments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		still := func(*http.Request) ([]Section, error) { return []Section{{"a", "x"}}, nil }
		w := said(LiveOptions{Build: "b1", Sections: still}, 70*time.Second)
		want := "event: build\ndata: b1\n\nevent: section\ndata: {\"id\":\"a\",\"html\":\"x\"}\n\n" + strings.Repeat(": still here\n\n", 3)
		if diff := cmp.Diff(want, strings.ReplaceAll(w.Body.String(), `\u003c`, "<")); diff != "" {
			t.Error(diff)
		}
		if got := w.Header().Get("Content-Type"); got != "text/event-stream" {
			t.Errorf("Content-Type: %s", got)
		}
		begin := time.Now()
		moving := func(*http.Request) ([]Section, error) {
			return []Section{{"a", time.Since(begin).Truncate(15 * time.Second).String()}, {"b", "y"}}, nil
		}
		text := said(LiveOptions{Sections: moving}, 70*time.Second).Body.String()
		if a, b := strings.Count(text, `"id":"a"`), strings.Count(text, `"id":"b"`); a != 5 || b != 1 || strings.Contains(text, ": still") {
			t.Errorf("%d and %d sections, want 5 and 1, and no comment:\n%s", a, b, text)
		}
	})
}

// Over HTTP: what changes arrives, and Close ends what would keep the server.
func TestLiveOverHTTP(t *testing.T) {
	var state atomic.Value
	state.Store("<p>one\n</p>")
	l := NewLive(LiveOptions{Build: "b", Every: time.Millisecond, Watchers: 1, Sections: func(*http.Request) ([]Section, error) {
		return []Section{{"a", state.Load().(string)}}, nil
	}})
	server := httptest.NewServer(l)
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: {"); ok {
				var s Section
				if err := json.Unmarshal([]byte("{"+data), &s); err != nil {
					t.Error(err)
				}
				return s.HTML
			}
		}
		return ""
	}
	if got := next(); got != "<p>one\n</p>" {
		t.Errorf("%q", got)
	}
	second, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	second.Body.Close()
	if second.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more than may watch: %d", second.StatusCode)
	}
	state.Store("two")
	if got := next(); got != "two" {
		t.Errorf("%q", got)
	}
	l.Close()
	l.Close()
	if got := next(); got != "" {
		t.Errorf("after Close: %q", got)
	}
}

func TestLiveEndsWhereNothingCanBeMade(t *testing.T) {
	broken := errors.New("broken")
	var told error
	said(LiveOptions{
		Sections: func(*http.Request) ([]Section, error) { return nil, broken },
		Failed:   func(err error) { told = err },
	}, time.Minute)
	if told != broken {
		t.Errorf("%v", told)
	}
}
