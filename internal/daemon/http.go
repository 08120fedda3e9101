package daemon

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"drain/internal/ingest"
)

const (
	// Without it a client that sends its header a byte a minute holds a connection for ever.
	headerTimeout = 10 * time.Second
	// Longer than Logplex keeps a connection idle (up to 4 min): a close of ours costs it one of a
	// frame's three tries.
	idleTimeout = 6 * time.Minute
	// In bytes; net/http takes 4 KiB more. Logplex's has less than 1 KiB, a browser's with cookies some.
	// It is what bounds the number of headers: of the shortest each takes thirty times its length.
	maxHeader = 8 << 10
)

// newServer returns what answers all that the Lane in front of it doesn't.
func (d *Daemon) newServer() *http.Server {
	// Logplex speaks HTTP/1.1 only. HTTP/2 would add a second set of limits and attacks for the page's sake.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Protocols:         &protocols,
		Handler:           d.handler(),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          quietLog(d.log),
	}
}

// handler answers everything. Deliveries don't go through the ServeMux, which takes longer to find the
// way than a small one to be read.
func (d *Daemon) handler() http.Handler {
	pages := d.pages()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ingest.IsDelivery(r) {
			d.ingest.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// pages is what people, scrapers and probes ask for.
func (d *Daemon) pages() http.Handler {
	env := d.opts.Env
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "alive\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if d.stopping.Load() {
			plain(w, http.StatusServiceUnavailable, "stopping\n")
			return
		}
		plain(w, http.StatusOK, "ready\n")
	})

	metrics := promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		// A scrape must not be repeated without bound on a machine that is too slow for one.
		MaxRequestsInFlight: 4,
		ErrorLog:            scrapeLog{d.log},
	})
	admin := env.AdminPassword.Reveal()
	mux.Handle("GET /metrics", guard(metrics, admin, env.MetricsPassword.Reveal()))

	guarded := func(h http.HandlerFunc) http.Handler { return guard(h, admin) }
	mux.Handle("GET /{$}", guarded(d.page))
	assets := guarded(d.renderer.Assets().ServeHTTP)
	for _, name := range []string{"page.css", "page.js", "icon.svg"} {
		mux.Handle("GET /"+name, assets)
	}
	mux.Handle("GET /events", guarded(d.live.ServeHTTP))
	mux.Handle("POST /silences", guarded(d.formSilence))
	mux.Handle("POST /silences/{id}/expire", guarded(d.formExpire))
	mux.Handle("POST /claims", guarded(d.formClaim))
	mux.Handle("POST /claims/undo", guarded(d.formUnclaim))
	mux.Handle("POST /debug/arm", guarded(d.formArm))
	mux.Handle("GET /api/v1/apps", guarded(d.apiApps))
	mux.Handle("GET /api/v1/alerts", guarded(d.apiAlerts))
	mux.Handle("GET /api/v1/alerts/history", guarded(d.apiHistory))
	mux.Handle("GET /api/v1/budget", guarded(d.apiBudget))
	mux.Handle("GET /api/v1/decisions", guarded(d.apiDecisions))
	mux.Handle("GET /api/v1/silences", guarded(d.apiSilences))
	mux.Handle("POST /api/v1/silences", guarded(d.apiSilence))
	mux.Handle("DELETE /api/v1/silences/{id}", guarded(d.apiExpireSilence))
	mux.Handle("GET /api/v1/upgrades/{app}", guarded(d.apiUpgradeLeft))
	mux.Handle("PUT /api/v1/upgrades/{app}", guarded(d.apiUpgrade))
	if d.buttons != nil {
		mux.Handle("POST /slack/interactions", d.buttons) // the signature alone guards it
	}
	mux.Handle("POST /-/reload", guarded(d.reloadHandler))
	// A browser remembers the password: without this, a form on any other site could use it.
	return http.NewCrossOriginProtection().Handler(mux)
}

// guard asks for one of the passwords that are set. Without any, only this machine can reach the
// listener: config.LoadEnv sees to it.
func guard(h http.Handler, passwords ...string) http.Handler {
	if strings.Join(passwords, "") == "" {
		return h
	}
	return ingest.Require(h, passwords...) // an empty one is never right
}

func (d *Daemon) reloadHandler(w http.ResponseWriter, _ *http.Request) {
	if err := d.Reload(); err != nil {
		plain(w, http.StatusUnprocessableEntity, "the old configuration stays in force:\n"+err.Error()+"\n")
		return
	}
	plain(w, http.StatusOK, "reloaded\n")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client has gone, and nobody is left to tell
}
