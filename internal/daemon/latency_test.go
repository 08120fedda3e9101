//go:build unix

package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"drain/alert"
	"drain/internal/config"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/slack"
)

// workspace is a Slack with many channels, each as strict as the simulator's one, that notes when the
// first request for each arrived.
type workspace struct {
	channels map[string]*slack.Server // by name and by ID

	mu   sync.Mutex
	came map[string]time.Time // by the channel's name
	all  chan struct{}        // closed once each has had one
}

const workspaceToken = "xoxb-1234-secretsecret"

func newWorkspace(t testing.TB, names []string) *workspace {
	w := &workspace{channels: map[string]*slack.Server{}, came: map[string]time.Time{}, all: make(chan struct{})}
	for i, name := range names {
		s := slack.New(slack.Options{Dice: dice.New(1, uint64(i)), Channel: name, Violate: t.Errorf})
		s.Token = workspaceToken
		w.channels[s.Channel], w.channels[s.ChannelID] = s, s
	}
	return w
}

func (w *workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	at := time.Now()
	_ = r.ParseForm() // what is wrong with it, the channel's server says
	s := w.channels[r.PostForm.Get("channel")]
	if s == nil {
		http.Error(rw, "no such channel", http.StatusNotFound)
		return
	}
	w.mu.Lock()
	if _, told := w.came[s.Channel]; !told {
		if w.came[s.Channel] = at; 2*len(w.came) == len(w.channels) {
			close(w.all)
		}
	}
	w.mu.Unlock()
	s.ServeHTTP(rw, r)
}

const (
	evidenced  = 1000             // incidents, each with a channel of its own
	besides    = 4000             // POSTs a second that bring ordinary lines meanwhile, of perPost messages each
	mostBehind = 30 * time.Second // before a round is given up
)

// BenchmarkEvidenceToSlack is how long an incident's first message takes, from the last byte of the POST
// that brought the evidence to the request's arrival at Slack: over HTTP, with the ledger in a file,
// while other connections bring ordinary bodies. every is the time between two incidents; 0 is all of
// them as fast as 8 connections bring them. A round is a thousand incidents and takes some seconds.
func BenchmarkEvidenceToSlack(b *testing.B) {
	for _, every := range []time.Duration{5 * time.Millisecond, time.Millisecond, 0} {
		b.Run(fmt.Sprint("every=", every), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				took = append(took, evidenceToSlack(b, every)...)
			}
			slices.Sort(took)
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
			b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
			b.ReportMetric(ms(took[len(took)-1]), "most-ms")
			b.ReportMetric(0, "ns/op") // of a round, which says nothing
		})
	}
}

// evidenceToSlack returns how long each of the incidents took.
func evidenceToSlack(b *testing.B, every time.Duration) []time.Duration {
	names, routes := []string{"#ops"}, []alert.Route(nil)
	for i := range evidenced {
		name := fmt.Sprintf("#evidence-%d", i)
		names = append(names, name)
		routes = append(routes, alert.Route{Match: alert.Match{App: name[1:]}, To: "slack", Channel: name})
	}
	w := newWorkspace(b, names)
	w.came["#ops"] = time.Time{} // it has what the load brings
	api := httptest.NewServer(w)
	defer api.Close()
	c := benchConfig(b)
	c.Routes = routes
	env := benchEnv()
	env.Ledger = filepath.Join(b.TempDir(), "ledger")
	env.SlackBotToken, env.SlackChannel, env.SlackAPIURL = config.Secret(workspaceToken), "#ops", api.URL+"/api/"
	r := start(b, Options{Config: c, Env: env})

	var others sync.WaitGroup
	l := &load{addr: r.Addr(), line: 300}
	senders := l.senders(b, 8)
	others.Go(func() { l.open(b, senders, 1, besides, every*evidenced+time.Second) })

	left := make([]time.Time, evidenced)
	var posts sync.WaitGroup
	began := time.Now()
	const connections = 8
	for first, s := range l.senders(b, connections) {
		posts.Go(func() {
			for i := first; i < evidenced; i += connections {
				time.Sleep(every*time.Duration(i) - time.Since(began))
				line := body("heroku web.1 Error R14 (Memory quota exceeded)")
				request := fmt.Appendf(nil, "POST /logs/evidence-%d HTTP/1.1\r\nHost: drain\r\n%s\r\nLogplex-Frame-Id: e%d\r\n"+
					"Logplex-Msg-Count: 1\r\nContent-Length: %d\r\n\r\n%s", i, auth, i, len(line), line)
				left[i] = time.Now()
				if _, err := s.conn.Write(request); err != nil {
					b.Error(err)
					return
				}
				resp, err := http.ReadResponse(s.in, nil)
				if err != nil || resp.StatusCode != http.StatusNoContent {
					b.Errorf("answered %v, %v", resp, err)
					return
				}
				resp.Body.Close()
			}
		})
	}
	posts.Wait()
	select {
	case <-w.all:
	case <-time.After(mostBehind):
		b.Fatalf("%d of %d incidents told", len(w.came)-1, evidenced)
	}
	others.Wait()
	took := make([]time.Duration, 0, evidenced)
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, at := range w.came {
		if n, ok := strings.CutPrefix(name, "#evidence-"); ok {
			var i int
			_, _ = fmt.Sscan(n, &i)
			took = append(took, at.Sub(left[i]))
		}
	}
	return took
}
