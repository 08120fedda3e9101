package slack

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"drain/internal/simulator/dice"
	"drain/internal/simulator/faults"
)

const (
	maxText = 40_000 // characters of text
	maxBody = 1 << 20
)

// Options of New. All are needed.
type Options struct {
	Dice    *dice.Dice
	Channel string // its name, with or without "#"
	Violate func(format string, args ...any)
}

// Server is Slack.
type Server struct {
	Faults faults.Queue // what is to go wrong

	Token     string // of the bot
	ChannelID string // what chat.update needs
	Channel   string // the same channel's name with "#", which chat.postMessage takes too
	Hook      string // path of the incoming webhook; a secret as the token is
	opt       Options
	bot       string // user id

	SigningSecret string // signs what Press sends

	post, update, hook, read, file quota
	mux                            http.ServeMux
	handler                        http.Handler

	mu       sync.Mutex
	messages []Message // guarded by mu; oldest first
	lastTS   int64     // guarded by mu; microseconds
	revoked  []string  // guarded by mu; scopes the bot hasn't

	pressed   int                  // guarded by mu
	responses map[string]*response // guarded by mu; by path
	whispers  []Whisper            // guarded by mu

	uploaded int                // guarded by mu
	uploads  map[string]*upload // guarded by mu; by the end of their URL
}

// quota is one method's rate limit.
type quota struct {
	limiter *rate.Limiter
	pause   faults.Pause
}

// New returns a Server.
func New(opt Options) *Server {
	id := func(prefix string) string { return prefix + strings.ToUpper(opt.Dice.Hex(5)) }
	s := &Server{
		Token: "xoxb-" + opt.Dice.Hex(12), ChannelID: id("C"), Channel: "#" + strings.TrimPrefix(opt.Channel, "#"),
		Hook: "/services/" + id("T") + "/" + id("B") + "/" + opt.Dice.Hex(12), opt: opt, bot: id("U"),
	}
	s.SigningSecret, s.responses, s.uploads = opt.Dice.Hex(16), map[string]*response{}, map[string]*upload{}
	// One a second, and a little less, since a client's second and the network's are not the same.
	s.post.limiter = rate.NewLimiter(rate.Every(900*time.Millisecond), 1)
	s.hook.limiter = rate.NewLimiter(rate.Every(900*time.Millisecond), 1)
	s.update.limiter = rate.NewLimiter(rate.Limit(50)/60, 50)
	s.read.limiter = rate.NewLimiter(rate.Limit(50)/60, 50)
	s.file.limiter = rate.NewLimiter(rate.Limit(100)/60, 100)
	s.mux.HandleFunc("POST /api/chat.postMessage", s.method(&s.post, postArguments, s.postMessage))
	s.mux.HandleFunc("POST /api/chat.update", s.method(&s.update, updateArguments, s.updateMessage))
	s.mux.HandleFunc("POST /api/conversations.history", s.method(&s.read, historyArguments, s.history))
	s.mux.HandleFunc("POST /api/conversations.list", s.method(&s.read, listArguments, s.list))
	s.mux.HandleFunc("POST /api/files.getUploadURLExternal", s.beginUpload)
	s.mux.HandleFunc("POST /api/files.completeUploadExternal", s.method(&s.file, completeArguments, s.completeUpload))
	s.mux.HandleFunc("POST "+uploadPath, s.takeFile)
	s.mux.HandleFunc("POST /api/auth.test", s.method(nil, "token", s.authTest))
	s.mux.HandleFunc("POST /services/", s.webhook)
	s.mux.HandleFunc("POST "+pressedPath, s.respond)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, refusal{Error: "unknown_method"}) })
	s.handler = s.Faults.Wrap(&s.mux, s.fault)
	return s
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if q := s.quota(r); q != nil {
		if early := q.pause.Early(); early > 0 {
			s.violate(r, fmt.Sprintf("came %v before Retry-After was over", early))
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.handler.ServeHTTP(w, r)
}

func (s *Server) quota(r *http.Request) *quota {
	switch r.URL.Path {
	case "/api/chat.postMessage":
		return &s.post
	case "/api/chat.update":
		return &s.update
	case s.Hook:
		return &s.hook
	case "/api/conversations.history", "/api/conversations.list":
		return &s.read
	case "/api/files.getUploadURLExternal", "/api/files.completeUploadExternal":
		return &s.file
	}
	return nil
}

// The arguments of the methods that slack-go can send and Slack knows.
const (
	postArguments = "token channel text blocks attachments metadata thread_ts reply_broadcast mrkdwn parse link_names " +
		"unfurl_links unfurl_media username icon_emoji icon_url"
	updateArguments = "token channel ts text blocks attachments metadata parse link_names reply_broadcast"
)

// refusal is an error as Slack's methods write it.
type refusal struct {
	OK       bool      `json:"ok"` // false
	Error    string    `json:"error"`
	Errors   []string  `json:"errors,omitempty"`
	Metadata *metadata `json:"response_metadata,omitempty"`
}

type metadata struct {
	Messages []string `json:"messages"`
}

// method makes h an API method: it checks the form, the token and the quota first.
func (s *Server) method(q *quota, arguments string, h func(url.Values) (any, *refusal)) http.HandlerFunc {
	known := strings.Fields(arguments)
	return func(w http.ResponseWriter, r *http.Request) {
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if media != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
			s.fail(w, r, refusal{Error: "invalid_form_data"})
			return
		}
		for name := range r.PostForm {
			if !slices.Contains(known, name) {
				s.violate(r, "unknown argument "+name)
			}
		}
		token := r.PostForm.Get("token")
		if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			token = bearer
		}
		switch {
		case r.URL.RawQuery != "":
			s.fail(w, r, refusal{Error: "invalid_arguments"}) // a token in a URL ends in somebody's log
		case token == "":
			s.fail(w, r, refusal{Error: "not_authed"})
		case token != s.Token:
			s.fail(w, r, refusal{Error: "invalid_auth"})
		case q != nil && !q.limiter.Allow():
			s.limit(w, r, q.wait())
		default:
			body, no := h(r.PostForm)
			if no != nil {
				s.fail(w, r, *no)
				return
			}
			reply(w, http.StatusOK, body)
		}
	}
}

// wait is how long until the quota allows another.
func (q *quota) wait() time.Duration {
	r := q.limiter.Reserve()
	defer r.Cancel()
	return r.Delay()
}

func (s *Server) authTest(url.Values) (any, *refusal) {
	return map[string]any{
		"ok": true, "url": "https://simulated.slack.com/", "team": "Simulated", "user": "drain",
		"team_id": "T" + s.ChannelID[1:], "user_id": s.bot, "bot_id": "B" + s.bot[1:],
	}, nil
}

// content checks what both methods and the webhook carry.
func content(text string, blocks, attachments []byte) *refusal {
	if text == "" && len(blocks) == 0 && len(attachments) == 0 {
		return &refusal{Error: "no_text"}
	}
	if utf8.RuneCountInString(text) > maxText {
		return &refusal{Error: "msg_too_long"}
	}
	c := &checker{}
	if !c.all(blocks, attachments) {
		return &refusal{Error: "invalid_blocks_format"}
	}
	if len(c.errors) > 0 {
		no := &refusal{Error: "invalid_blocks", Errors: c.errors, Metadata: &metadata{}}
		for _, e := range c.errors {
			no.Metadata.Messages = append(no.Metadata.Messages, "[ERROR] "+e)
		}
		return no
	}
	if c.characters > maxCharacters {
		return &refusal{Error: "msg_blocks_too_long"}
	}
	return nil
}

// fail answers a request the client should not have sent, with 200 as Slack does.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, no refusal) {
	s.violate(r, strings.Join(append([]string{no.Error}, no.Errors...), ", "))
	reply(w, http.StatusOK, no)
}

// violate reports r, without its arguments and without the paths of the webhook and of uploads, which are secrets.
func (s *Server) violate(r *http.Request, what string) {
	path := r.URL.Path
	for _, secret := range []string{"/services/", uploadPath} {
		if strings.HasPrefix(path, secret) {
			path = secret + "…"
		}
	}
	s.opt.Violate("Slack: %s %s: %s", r.Method, path, what)
}

// limit answers that the client posts too often.
func (s *Server) limit(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	if n := faults.Seconds(wait); n > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(n))
		if q := s.quota(r); q != nil {
			q.pause.Tell(time.Duration(n) * time.Second)
		}
	}
	reply(w, http.StatusTooManyRequests, refusal{Error: "ratelimited"})
}

// fault answers f. Slack's own failures are pages, not JSON.
func (s *Server) fault(w http.ResponseWriter, r *http.Request, f faults.Fault) {
	if f.Status == http.StatusTooManyRequests {
		s.limit(w, r, f.RetryAfter)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(f.Status)
	io.WriteString(w, "<!DOCTYPE html><title>Server Error</title>")
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error here is a client that went away
}
