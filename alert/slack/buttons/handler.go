package buttons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"drain/alert/post"
)

const (
	maxBody    = 1 << 20          // bytes of a request: it repeats the whole message
	maxLife    = 15 * time.Minute // of a button
	maxActing  = 2 * time.Second  // of the 3 s that Slack waits
	maxTelling = 5 * time.Second  // one message to a person
	maxName    = 80               // characters of a person's name
)

// Claims remember what was pressed, for at least a day, also over a restart.
type Claims interface {
	// Claim says whether id is claimed for the first time. Of several calls at once one gets true.
	Claim(ctx context.Context, id string) (first bool, err error)
}

// Desk does what people ask for about an incident. What it returns is told to the person alone; empty
// if the message shows it. Errors are told too.
type Desk interface {
	Acknowledge(ctx context.Context, incident, person string) (string, error)
	Silence(ctx context.Context, incident, person string, lasts time.Duration) (string, error)
	// Renew shows the incident anew, with new buttons.
	Renew(incident string)
}

// Scaler does what people decide about an action, anew on fresh evidence, whatever the message said.
// It returns within ctx. Answers and errors are as the Desk's; it never says that it did what it didn't.
type Scaler interface {
	Decide(ctx context.Context, verb Verb, action, person string) (string, error)
}

// Options of New. All but HTTP and Registerer are needed.
type Options struct {
	Secret     string          // Slack's signing secret
	Approvers  func() []string // Slack user IDs, as they are now
	Claims     Claims
	Desk       Desk
	Scaler     Scaler
	Now        func() time.Time
	HTTP       *http.Client // nil: one of its own
	Log        zerolog.Logger
	Registerer prometheus.Registerer // nil: no metrics
}

// The values of the outcome label.
const (
	done      = "done"
	declined  = "declined" // not an approver
	void      = "void"     // too old
	used      = "used"     // pressed before
	failed    = "failed"
	unsigned  = "unsigned"
	malformed = "malformed"
)

// Handler is the endpoint.
type Handler struct {
	opt     Options
	client  *post.Client
	presses *prometheus.CounterVec
	telling sync.WaitGroup
}

// New makes a Handler.
func New(o Options) *Handler {
	h := &Handler{
		opt:    o,
		client: post.New(post.Options{Name: "slack", HTTP: o.HTTP, Timeout: maxTelling}),
		presses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "drain_slack_interactions_total",
			Help: "Presses of buttons in Slack by what became of them.",
		}, []string{"outcome"}),
	}
	h.opt.Log = o.Log.With().Str("component", "buttons").Logger()
	for _, outcome := range []string{done, declined, void, used, failed, unsigned, malformed} {
		h.presses.WithLabelValues(outcome)
	}
	if o.Registerer != nil {
		if err := o.Registerer.Register(h.presses); err != nil {
			h.opt.Log.Error().Err(err).Msg("metric not registered")
		}
	}
	return h
}

// Close waits until people were told, at most 5 s. No request may come any more.
func (h *Handler) Close() { h.telling.Wait() }

// payload is what we need of Slack's (docs.slack.dev/reference/interaction-payloads/block_actions-payload).
type payload struct {
	Type string `json:"type"`
	User struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	} `json:"user"`
	ResponseURL string `json:"response_url"`
	Actions     []struct {
		Value string `json:"value"`
	} `json:"actions"`
}

// ServeHTTP takes one interaction.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, outcome string) {
		h.presses.WithLabelValues(outcome).Inc()
		w.WriteHeader(status)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		answer(http.StatusBadRequest, malformed)
		return
	}
	if !signed(h.opt.Secret, r.Header, body, h.opt.Now()) {
		answer(http.StatusUnauthorized, unsigned)
		return
	}
	// From the body alone: what the URL says isn't signed.
	form, err := url.ParseQuery(string(body))
	var p payload
	if err != nil || json.Unmarshal([]byte(form.Get("payload")), &p) != nil {
		answer(http.StatusBadRequest, malformed)
		return
	}
	if p.Type != "block_actions" || len(p.Actions) != 1 || p.Actions[0].Value == "" {
		w.WriteHeader(http.StatusOK) // a link, or what we never asked Slack for
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxActing)
	defer cancel()
	text, outcome := h.press(ctx, p)
	answer(http.StatusOK, outcome)
	h.tell(p.ResponseURL, text)
}

// press does what the button is for, if it counts, and returns what to tell the person.
func (h *Handler) press(ctx context.Context, p payload) (text, outcome string) {
	b, err := parse(p.Actions[0].Value)
	if err != nil {
		return "drain doesn't know this button: " + err.Error() + ". Nothing was done.", malformed
	}
	log := h.opt.Log.With().Str("incident", b.Incident).Str("verb", string(b.Verb)).Str("user", p.User.ID).Logger()
	if !slices.Contains(h.opt.Approvers(), p.User.ID) {
		log.Warn().Msg("a button was pressed by somebody who is not among the approvers")
		return fmt.Sprintf("You (%s) are not among `approvers` in drain's configuration. Nothing was done.", p.User.ID), declined
	}
	if age := h.opt.Now().Sub(b.Issued); age > maxLife || age < -time.Minute {
		h.opt.Desk.Renew(b.Incident)
		return "This button is older than 15 minutes and void. Nothing was done. The message was renewed: look again, then press the new one.", void
	}
	switch first, err := h.opt.Claims.Claim(ctx, b.claim()); {
	case err != nil:
		log.Error().Err(err).Msg("the ledger fails, so a pressed button does nothing")
		return "drain can't write down that this was pressed, and so does nothing. Try again.", failed
	case !first:
		return "This was pressed before. Nothing was done.", used
	}
	text, err = h.act(ctx, b, person(p.User.Username, p.User.ID))
	if err != nil {
		log.Warn().Err(err).Msg("a pressed button did nothing")
		h.opt.Desk.Renew(b.Incident) // this button is used up
		return "Nothing was done: " + err.Error() + ".", failed
	}
	log.Info().Msg("a button was pressed")
	return text, done
}

func (h *Handler) act(ctx context.Context, b Button, person string) (string, error) {
	switch b.Verb {
	case Acknowledge:
		return h.opt.Desk.Acknowledge(ctx, b.Incident, person)
	case SilenceHour:
		return h.opt.Desk.Silence(ctx, b.Incident, person, time.Hour)
	case SilenceDay:
		return h.opt.Desk.Silence(ctx, b.Incident, person, 24*time.Hour)
	case Approve, Refuse, Undo:
		return h.opt.Scaler.Decide(ctx, b.Verb, b.Action, person)
	}
	return "", errors.New("there is no such verb")
}

// person is somebody as the record names them: jo (U024BE7LH).
func person(name, id string) string {
	name = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, name)
	if name == "" {
		return id
	}
	if r := []rune(name); len(r) > maxName {
		name = string(r[:maxName])
	}
	return name + " (" + id + ")"
}

// tell says text to the person who pressed, and nobody else, after Slack was answered.
func (h *Handler) tell(responseURL, text string) {
	if text == "" || responseURL == "" {
		return
	}
	h.telling.Go(func() {
		to, err := post.URL(responseURL)
		if err == nil {
			body, _ := json.Marshal(map[string]any{ // it is text
				"response_type": "ephemeral", "replace_original": false,
				"text": strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text),
			})
			err = h.client.Send(context.Background(), to, nil, body)
		}
		if err != nil {
			h.opt.Log.Warn().Err(err).Msg("who pressed a button could not be told what became of it")
		}
	})
}
