package logplex

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"drain/internal/simulator/dice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// request is what a receiver got.
type request struct {
	header http.Header
	path   string
	auth   string
	body   []byte
	lines  []string // the frames' messages
}

// receiver answers each request with the next of its replies, then with 204.
type receiver struct {
	t       *testing.T
	replies chan http.HandlerFunc
	mu      sync.Mutex
	got     []request
	busy    map[string]int // requests in flight, by path: a drain's that is detached may end after the next one's has begun
}

func newReceiver(t *testing.T, replies ...http.HandlerFunc) (*receiver, *httptest.Server) {
	r := &receiver{t: t, replies: make(chan http.HandlerFunc, len(replies)), busy: map[string]int{}}
	for _, reply := range replies {
		r.replies <- reply
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return r, srv
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Errorf("reading a body: %v", err)
	}
	r.mu.Lock()
	r.busy[q.URL.Path]++
	if r.busy[q.URL.Path] > 1 {
		r.t.Error("two requests in flight")
	}
	r.got = append(r.got, request{q.Header, q.RequestURI, q.Header.Get("Authorization"), body, split(r.t, body)})
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.busy[q.URL.Path]--
		r.mu.Unlock()
	}()
	select {
	case reply := <-r.replies:
		reply(w, q)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (r *receiver) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.got...)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(code)
	}
}

// split takes a body apart by its octet counts.
func split(t *testing.T, body []byte) (lines []string) {
	t.Helper()
	for len(body) > 0 {
		size, rest, ok := bytes.Cut(body, []byte{' '})
		n, err := strconv.Atoi(string(size))
		if !ok || err != nil || n > len(rest) {
			t.Errorf("bad frame at %.40q", body)
			return lines
		}
		lines = append(lines, string(rest[:n]))
		body = rest[n:]
	}
	return lines
}

// texts are the messages without their headers; those of L10 lines are "L10 <count>".
func (q request) texts() (texts []string) {
	for _, line := range q.lines {
		_, text, _ := strings.Cut(line, " - ")
		if l10 := strings.TrimPrefix(text, "Error L10 (output buffer overflow): "); l10 != text {
			text = "L10 " + strings.Fields(l10)[0]
		}
		texts = append(texts, strings.TrimSuffix(text, "\n"))
	}
	return texts
}

func newTest(t *testing.T) (*Logplex, *[]string) {
	var mu sync.Mutex
	violations := &[]string{}
	return New(Options{
		Dice: dice.New(1, 1),
		Violate: func(format string, _ ...any) {
			mu.Lock()
			defer mu.Unlock()
			*violations = append(*violations, format)
		},
	}), violations
}

func say(text string) Message {
	return Message{
		Pri: 190, Time: time.Date(2026, 11, 22, 20, 0, 0, 662290000, time.UTC),
		App: "app", Proc: "web.1", Text: text + "\n",
	}
}
