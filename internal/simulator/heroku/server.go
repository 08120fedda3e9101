package heroku

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"drain/internal/simulator/app"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/faults"
	"drain/internal/simulator/logplex"
)

const (
	accept    = "application/vnd.heroku+json; version=3"
	burst     = 4500 // requests an account may save up
	perMinute = 75   // requests it gets
	maxBody   = 64 << 10
)

// Options of New. All are needed.
type Options struct {
	App     *app.App
	Logplex *logplex.Logplex
	Dice    *dice.Dice
	Key     string // the bearer token that is accepted
	Email   string // of the account the token belongs to; the log names it
	Violate func(format string, args ...any)
}

// Server is the Platform API.
type Server struct {
	Faults faults.Queue // what is to go wrong

	opt      Options
	account  string            // its id
	feature  string            // the id of log-runtime-metrics
	region   string            // its id
	stack    string            // its id
	service  string            // the id of heroku-redis
	plans    map[string]string // their ids, by name
	provider string            // the id of the add-ons at their provider
	limiter  *rate.Limiter
	pause    faults.Pause
	mux      http.ServeMux
	handler  http.Handler
}

// New returns a Server.
func New(opt Options) *Server {
	id := opt.Dice.UUID
	s := &Server{
		opt: opt, account: id(), feature: id(), region: id(), stack: id(), service: id(), plans: map[string]string{}, provider: id(),
		limiter: rate.NewLimiter(rate.Limit(perMinute)/60, burst),
	}
	for _, name := range app.Plans() {
		s.plans[name] = id()
	}
	for pattern, h := range map[string]handler{
		"GET /account":             s.getAccount,
		"GET /account/rate-limits": s.getRateLimit,

		"GET /apps/{app}":                   s.getApp,
		"PATCH /apps/{app}":                 s.patchApp,
		"GET /apps/{app}/config-vars":       s.getConfigVars,
		"GET /apps/{app}/dynos":             s.listDynos,
		"DELETE /apps/{app}/dynos":          s.restart,
		"DELETE /apps/{app}/dynos/{dyno}":   s.restartDyno,
		"GET /apps/{app}/releases":          s.listReleases,
		"GET /apps/{app}/features":          s.listFeatures,
		"GET /apps/{app}/features/{name}":   s.getFeature,
		"PATCH /apps/{app}/features/{name}": s.patchFeature,

		"GET /apps/{app}/formation":          s.listFormation,
		"PATCH /apps/{app}/formation":        s.patchFormation,
		"GET /apps/{app}/formation/{type}":   s.getProcess,
		"PATCH /apps/{app}/formation/{type}": s.patchProcess,

		"GET /apps/{app}/formation/{type}/monitors": s.listMonitors,

		"GET /apps/{app}/addons":                s.listAddons,
		"GET /apps/{app}/addons/{addon}":        s.getAddon,
		"PATCH /apps/{app}/addons/{addon}":      s.patchAddon,
		"GET /addons/{addon}":                   s.getAddon,
		"GET /apps/{app}/addon-attachments":     s.listAttachments,
		"GET /addons/{addon}/addon-attachments": s.listAttachments,
		"GET /addon-services/{service}/plans":   s.listPlans,
		"GET /redis/v0/databases/{addon}":       s.getRedis,
		"GET /redis/v0/databases/{addon}/wait":  s.wait,

		"GET /apps/{app}/log-drains":            s.listDrains,
		"POST /apps/{app}/log-drains":           s.postDrain,
		"GET /apps/{app}/log-drains/{drain}":    s.getDrain,
		"DELETE /apps/{app}/log-drains/{drain}": s.deleteDrain,

		"/": func(http.ResponseWriter, *http.Request) (int, any, error) {
			return 0, nil, refuse(http.StatusNotFound, "not_found", "The requested API endpoint was not found.")
		},
	} {
		s.mux.HandleFunc(pattern, s.answer(h))
	}
	s.handler = s.Faults.Wrap(http.HandlerFunc(s.check), s.fault)
	return s
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if early := s.pause.Early(); early > 0 {
		s.violate(r, fmt.Sprintf("came %v before Retry-After was over", early))
	}
	w.Header().Set("Request-Id", s.opt.Dice.UUID())
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.handler.ServeHTTP(w, r)
	if n, _ := strconv.Atoi(w.Header().Get("Retry-After")); n > 0 && r.Context().Err() == nil { // an answer that is lost tells nobody
		s.pause.Tell(time.Duration(n) * time.Second)
	}
}

// Spend takes n calls off the account's, as other programs of its owner do.
func (s *Server) Spend(n int) { s.limiter.AllowN(time.Now(), min(n, s.remaining())) }

func (s *Server) remaining() int { return max(0, int(s.limiter.Tokens())) }

// handler answers with a status and what becomes its JSON, or a *refusal.
type handler func(http.ResponseWriter, *http.Request) (int, any, error)

// refusal is an error as the Platform API writes it.
type refusal struct {
	status  int
	ID      string `json:"id"`
	Message string `json:"message"`
}

func (e *refusal) Error() string { return e.Message }

func refuse(status int, id, format string, args ...any) error {
	return &refusal{status, id, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refuse(http.StatusUnprocessableEntity, "invalid_params", format, args...)
}

func notFound(what string) error {
	return refuse(http.StatusNotFound, "not_found", "Couldn't find that %s.", what)
}

// check does what comes before any endpoint.
func (s *Server) check(w http.ResponseWriter, r *http.Request) {
	allowed := r.URL.Path == "/account/rate-limits" || s.limiter.Allow()
	w.Header().Set("RateLimit-Remaining", strconv.Itoa(s.remaining()))
	media, params, err := mime.ParseMediaType(r.Header.Get("Accept"))
	wanted := err == nil && media+"; version="+params["version"] == accept
	switch {
	case r.Header.Get("Authorization") != "Bearer "+s.opt.Key:
		s.refuse(w, r, refuse(http.StatusUnauthorized, "unauthorized", "Invalid credentials provided."))
	case !wanted:
		s.refuse(w, r, refuse(http.StatusNotAcceptable, "not_acceptable",
			"request failed, set `Accept: %s` header and try again", accept))
	case !allowed:
		s.limit(w, time.Second*60/perMinute)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// answer makes h an endpoint.
func (s *Server) answer(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if name := r.PathValue("app"); name != "" && name != s.opt.App.Name && name != s.opt.App.ID {
			s.refuse(w, r, notFound("app"))
			return
		}
		status, body, err := h(w, r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		reply(w, status, body)
	}
}

// refuse answers a request the client should not have sent.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	said, ok := errors.AsType[*refusal](err)
	if !ok {
		said = &refusal{http.StatusInternalServerError, "internal_server_error", err.Error()}
	}
	s.violate(r, fmt.Sprintf("%d %s", said.status, said.Message))
	reply(w, said.status, said)
}

// violate reports r. Neither its headers nor its body, which may hold secrets.
func (s *Server) violate(r *http.Request, what string) {
	s.opt.Violate("Platform API: %s %s: %s", r.Method, r.URL.Path, what)
}

// limit answers that the account asks too often.
func (s *Server) limit(w http.ResponseWriter, retryAfter time.Duration) {
	if n := faults.Seconds(retryAfter); n > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(n))
	}
	reply(w, http.StatusTooManyRequests, &refusal{ID: "rate_limit", Message: "Your account reached the API rate limit"})
}

// fault answers f. A gateway's errors are pages, not JSON.
func (s *Server) fault(w http.ResponseWriter, _ *http.Request, f faults.Fault) {
	switch f.Status {
	case http.StatusTooManyRequests:
		s.limit(w, f.RetryAfter)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.Status)
		io.WriteString(w, "<!DOCTYPE html><html><head><title>Application Error</title></head></html>")
	default:
		reply(w, f.Status, &refusal{ID: "internal_server_error", Message: "Internal server error."})
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error here is a client that went away
}

// decode reads a body into v. Heroku ignores keys it doesn't know; here they are mistakes.
func decode(r *http.Request, v any) error {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Type must be application/json.")
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if _, wrong := errors.AsType[*json.UnmarshalTypeError](err); wrong || err != nil && strings.Contains(err.Error(), "unknown field") {
		return invalid("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if err != nil || dec.More() {
		return refuse(http.StatusBadRequest, "bad_request", "Request invalid, validate usage and try again.")
	}
	return nil
}
