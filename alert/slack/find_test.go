package slack

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drain/alert"
	"drain/internal/simulator/dice"
	simulated "drain/internal/simulator/slack"
)

// inMemory serves requests without a network, so that time can be synctest's.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	r = r.Clone(r.Context())
	r.RequestURI = r.URL.RequestURI()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

// newSimulated is the strict Slack of the simulator. It fails the test if it is used wrongly.
func newSimulated(t *testing.T) *simulated.Server {
	return simulated.New(simulated.Options{Dice: dice.New(1, 1), Channel: "ops", Violate: func(format string, args ...any) {
		if what := fmt.Sprintf(format, args...); !strings.Contains(what, "missing_scope") {
			t.Error(what)
		}
	}})
}

func botOf(t *testing.T, s *simulated.Server, channel string, via http.RoundTripper) *Notifier {
	t.Helper()
	n, err := New(Options{Token: s.Token, Channel: channel, APIURL: "http://slack.test/api/", HTTPClient: &http.Client{Transport: via}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A message is found by its incident's ID, by a process that knows only the channel's name, also
// behind pages of others.
func TestFind(t *testing.T) {
	f := func(name string, by func(s *simulated.Server) string, revoke string, want string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulated(t)
				first := botOf(t, s, s.Channel, inMemory{s})
				post := func(id string) alert.Receipt {
					inc := redis()
					inc.ID = id
					r, err := first.Notify(t.Context(), inc, alert.Receipt{})
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
					return r
				}
				post("other")
				start := time.Now()
				receipt := post(redis().ID)
				if err := first.Reply(t.Context(), redis(), receipt, []alert.Change{{Text: "worse", Loud: true}}, 0); err != nil {
					t.Fatal(err)
				}
				for i := range pageSize + 1 {
					time.Sleep(time.Second)
					post(fmt.Sprint(i))
				}
				s.Revoke(revoke)
				n := botOf(t, s, by(s), inMemory{s})
				got, err := n.Find(t.Context(), redis(), start)
				if want == "" && (err != nil || got != receipt) {
					t.Errorf("found %+v, %v, want %+v", got, err, receipt)
				}
				if want != "" && (err == nil || !strings.Contains(err.Error(), want) || got != alert.Receipt{}) {
					t.Errorf("found %+v, error %v, want one with %s", got, err, want)
				}
				if _, retry := isRetry(err); retry {
					t.Errorf("tried again: %v", err)
				}
				if want != "" {
					return
				}
				if none, err := n.Find(t.Context(), redis(), time.Now()); err != nil || none != (alert.Receipt{}) {
					t.Errorf("found %+v, %v among what is newer", none, err)
				}
			})
		})
	}
	name := func(s *simulated.Server) string { return s.Channel }
	id := func(s *simulated.Server) string { return s.ChannelID }
	f("by the channel's name", name, "", "")
	f("by its ID", id, "channels:read", "")
	f("without the scope for messages", id, "channels:history", "channels:history")
	f("without the scope for names", name, "channels:read", "channels:read")
}

func TestFindByWebhook(t *testing.T) {
	w := newWorkspace(t)
	if got, err := w.hook().Find(t.Context(), redis(), time.Now()); err != nil || got != (alert.Receipt{}) {
		t.Errorf("found %+v, %v", got, err)
	}
}
