package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"drain/alert"
	"drain/alert/silence"
	"drain/alert/slack/buttons"
	"drain/internal/budget"
	"drain/internal/certs"
	"drain/internal/config"
	"drain/internal/history"
	"drain/internal/ingest"
	"drain/internal/ledger"
	"drain/internal/logmetrics"
	"drain/internal/page"
	"drain/internal/scale"
	"drain/internal/scale/heroku"
	"drain/internal/upgrade"
	"drain/rules"
)

// Options are what a Daemon is made of.
type Options struct {
	Config  *config.Config
	Env     config.Env
	Version string
	Log     zerolog.Logger

	// ReadConfig reads the configuration anew for Reload; nil: there is nothing to read.
	ReadConfig func() (*config.Config, error)

	// ReadEnv reads the environment anew, for Reload to say what of it counts from the next start only;
	// nil: nothing of it can change.
	ReadEnv func() (config.Env, error)

	// Pace divides every duration that is fixed rather than configured, for a platform whose rhythms
	// run so many times faster than Heroku's; 0 and 1 are Heroku's own. No setting reaches it: on a
	// real app it would make figures stale too early and actions too soon.
	Pace int

	// patience is how long a POST waits for its turn; 0 is as long as ingest says. Only tests set it: the first
	// one that waits would give up before a busy machine has sent the last.
	patience time.Duration
}

// Daemon is the whole of drain serve. See the package documentation.
type Daemon struct {
	opts     Options
	log      zerolog.Logger
	eventLog zerolog.Logger // tells of Events, and not of all in a flood
	now      func() time.Time
	self     self
	acts     bool // this process is the one that tells and acts
	dirty    dirty

	config   atomic.Pointer[config.Config]
	rules    atomic.Pointer[ruleset]
	reloadMu sync.Mutex

	registry  *prometheus.Registry
	metrics   *metrics
	lines     *logmetrics.Metrics
	passes    sync.Pool // of *pass
	apps      apps
	unclaimed *unclaimed
	claimed   claimed
	tokens    tokens
	alarm     *alarm
	alerts    *alert.Dispatcher
	notifiers []alert.Notifier
	silences  *silence.Silences
	buttons   *buttons.Handler // nil: there are none
	scaler    *scale.Scaler
	heroku    *heroku.Client           // nil without a key
	hosting   atomic.Pointer[[]string] // what of our own dyno's settings loses lines
	ledger    *ledger.Ledger
	moves     moves
	noting    sync.Mutex // held from the look at an app's upgrade until another one is noted

	ingest   *ingest.Handler
	certs    *certs.Source // nil: no TLS here
	renderer *page.Renderer
	live     *page.Live
	history  *history.History
	tally    tally
	peek     peek
	listener *limitedListener
	server   *http.Server
	lane     *ingest.Lane // nil where the port speaks TLS, and before Start

	stopping      atomic.Bool
	workers       errgroup.Group
	cancelWorkers context.CancelFunc
	stopOnce      sync.Once
	stopErr       error

	done  chan struct{}
	errMu sync.Mutex
	err   error
}

// New makes a Daemon and binds its port. It makes no call to the outside, so that the first POST is
// never kept waiting for one.
func New(o Options) (_ *Daemon, err error) {
	o.Pace = max(1, o.Pace)
	d := &Daemon{opts: o, now: steadyClock(), done: make(chan struct{})}
	var undo []func() error
	defer func() {
		if err != nil {
			for i := len(undo) - 1; i >= 0; i-- {
				err = errors.Join(err, undo[i]())
			}
		}
	}()

	if d.self, err = newSelf(rand.Reader); err != nil {
		return nil, err
	}
	d.log = o.Log.With().Str("instance", string(d.self.id)).Logger()
	d.eventLog = d.log.Sample(&zerolog.BurstSampler{Burst: loggedEvents, Period: time.Minute})
	set, err := rules.NewSet(o.Config.AllRules())
	if err != nil {
		return nil, err
	}
	d.config.Store(o.Config)
	d.rules.Store(newRuleset(set))
	d.tokens.claimed = &d.claimed
	d.tokens.configure(o.Config)
	if d.renderer, err = page.NewRenderer(); err != nil {
		return nil, err
	}

	d.live = page.NewLive(page.LiveOptions{Build: d.renderer.Build(), Sections: d.sections, Failed: func(err error) {
		d.log.Error().Err(err).Msg("the page can't be made")
	}})

	if d.ledger, err = openLedger(o.Env, d.now); err != nil {
		return nil, err
	}
	undo = append(undo, d.ledger.Close)
	d.claimed.shelf = d.ledger.Shelf(ledger.Claims)

	d.acts = o.Env.Dyno == "" || o.Env.Dyno == "web.1"
	d.registry = prometheus.NewRegistry()
	d.metrics = newMetrics(d.registry, o.Version)
	d.metrics.know(d.rules.Load().byName)
	d.lines = logmetrics.New(logmetrics.Options{Now: d.now})
	d.registry.MustRegister(d.lines)
	d.unclaimed = newUnclaimed(d.metrics.unclaimed)
	d.moves.of = make(map[string]upgrade.Entry)
	d.tally.since, d.tally.cpu = d.now(), cpuTime
	d.history = history.New(historyStep / time.Duration(o.Pace))
	d.alarm = newAlarm(d.now, d.ring)
	d.dirty = dirty{apps: make(map[*app]bool), wake: make(chan struct{}, 1)}
	d.apps = apps{all: make(map[string]*app), make: d.newApp}
	d.registry.MustRegister(newBudgets(&d.apps))
	if err := d.newWorkers(set); err != nil {
		return nil, err
	}
	d.buttons = d.newButtons()

	d.ingest, err = ingest.New(ingest.Options{
		Password: o.Env.DrainPassword.Reveal(), OldPassword: o.Env.DrainPasswordOld.Reveal(),
		Secrets: []string{o.Env.AdminPassword.Reveal(), o.Env.MetricsPassword.Reveal()},
		Resolve: d.tokens.resolve, Sink: d, Repeat: d.repeat, Log: d.log, Registerer: d.registry,
		Behind: o.Env.Dyno != "", MaxWait: o.patience, Now: d.now,
	})
	if err != nil {
		return nil, err
	}
	if d.certs, err = newCertificates(o.Env.TLS, certs.Options{Log: d.log, Registerer: d.registry, Now: d.now}); err != nil {
		return nil, err
	}
	if d.listener, err = listen(o.Env.Listen, maxConnections); err != nil {
		return nil, err
	}
	d.server = d.newServer()
	d.server.RegisterOnShutdown(d.live.Close)
	return d, nil
}

// Decisions are the last 1000 scaling decisions, oldest first.
func (d *Daemon) Decisions() []scale.Decision { return d.scaler.Decisions() }

// Incidents are those that live, and those that are over and not told everywhere yet.
func (d *Daemon) Incidents() []alert.Incident { return d.alerts.Open() }

// Addr is the address that is listened on.
func (d *Daemon) Addr() string { return d.listener.Addr().String() }

func (d *Daemon) newApp(name string) *app {
	one := &app{
		name: name, place: -1, firing: make(map[string]int),
		history: d.history.App(), budget: budget.New(d.config.Load().Apps[name].Redis).Faster(d.opts.Pace),
	}
	one.engine = d.newEngine(one)
	return one
}

func (d *Daemon) newEngine(one *app) *rules.Engine {
	o := engineOptions(one.budget) // asked under the app's lock, which guards the budget too
	o.Stale = rules.DefaultStale.Faster(d.opts.Pace)
	return rules.NewEngine(one.name, d.rules.Load().set, o)
}

// engineOptions tell an Engine what only the budget knows.
func engineOptions(b *budget.Budget) rules.Options {
	return rules.Options{
		Limit:  func(addon, attachment string) float64 { return float64(b.Limit(addon, attachment)) },
		Memory: func(addon, attachment string) float64 { return float64(b.Memory(addon, attachment)) },
	}
}

// newWorkers makes what tells people and what acts.
func (d *Daemon) newWorkers(set *rules.Set) error {
	env := d.opts.Env
	var err error
	if d.notifiers, err = newNotifiers(env, time.Duration(d.opts.Pace), d.figureOver, d.log); err != nil {
		return err
	}
	pace := time.Duration(d.opts.Pace)
	names := make([]string, 0, len(set.Rules()))
	for _, r := range set.Rules() {
		names = append(names, r.Name)
	}
	d.silences = silence.New(silence.Options{Store: d.ledger.Shelf(ledger.Silences), Now: d.now})
	d.silences.Replace(quietness(d.opts.Config))
	d.alerts = alert.New(alert.Options{
		Notifiers: d.notifiers, Routes: d.opts.Config.Routes, Rules: names,
		Store: d.ledger.Shelf(ledger.Incidents), Silenced: d.silenced, Log: d.log, Registerer: d.registry,
		Settings: d.opts.Config.Incidents.Faster(d.opts.Pace), ConfirmTimeout: 15 * time.Minute / pace, FlushTimeout: flushMost,
		ThreadInterval: 30 * time.Second / pace, FigureInterval: time.Minute / pace,
		Redact: d.opts.Config.Redactions(), Links: d.links, Trouble: d.failing, TroubleAfter: 2 * time.Minute / pace,
	})

	var platform scale.Platform
	if key := env.HerokuAPIKey.Reveal(); key != "" {
		if d.heroku, err = heroku.New(heroku.Options{APIKey: key, URL: env.HerokuAPIURL, UserAgent: "drain/" + d.opts.Version, Log: d.log}); err != nil {
			return err
		}
		platform = d.heroku
	}
	timing := scale.DefaultTiming().Faster(d.opts.Pace)
	timing.Call = callMost
	d.scaler, err = scale.New(scale.Options{
		Policies: d.opts.Config.Policies, Platform: platform,
		Actions: d.ledger.Shelf(ledger.Actions), Formations: d.ledger.Shelf(ledger.Formations), Durable: d.ledger.Durable(), MayAct: d.acts,
		Timing: timing, Hold: d.holdApp, Upgrade: d.upgradeOf, Evidence: d.evidence, Formed: d.formed, Tell: d.tell, Log: d.log, Registerer: d.registry,
	})
	return err
}

// whatIsMissing says in plain words what this process can't do, and what is set unwisely.
func (d *Daemon) whatIsMissing() []string {
	env, cfg := d.opts.Env, d.config.Load()
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !d.acts {
		say("This process is %s, not web.1: it counts, but tells nobody and never acts.", env.Dyno)
	}
	if env.DrainPassword == "" {
		say("DRAIN_PASSWORD is not set: everybody on this machine may post lines, and none of them is evidence for acting.")
	}
	if env.AdminPassword == "" {
		say("ADMIN_PASSWORD is not set: everybody on this machine may read the page.")
	}
	for _, shared := range env.SharedPasswords() {
		say("%s", shared)
	}
	if len(d.notifiers) == 0 {
		say("No destination is set (SLACK_BOT_TOKEN, SLACK_WEBHOOK_URL, ALERTMANAGER_URL, PAGERDUTY_ROUTING_KEY, WEBHOOK_URL): incidents are only logged, and shown on the page.")
	}
	if env.SlackSigningSecret != "" && len(cfg.Approvers) == 0 {
		say("SLACK_SIGNING_SECRET is set and approvers is empty: messages have buttons, and nobody may press them.")
	}
	if len(cfg.Policies) > 0 && env.HerokuAPIKey == "" {
		say("%s", NoKey)
	}
	if env.Dyno != "" && env.RedisURL != "" {
		say("The certificate of REDIS_URL is not verified: Heroku's Redis signs its own.")
	}
	if faults := d.hosting.Load(); faults != nil {
		out = append(out, *faults...)
	}
	if !d.ledger.Durable() && anyActs(cfg.Policies) {
		say("%s", NoLedger)
	}
	return out
}

// NoLedger says why policies don't act without a durable ledger.
const NoLedger = "No durable ledger (DRAIN_LEDGER or REDIS_URL): policies in mode approve or automatic run as dry_run, since a restart would forget what was done."

// NoKey says why no policy acts without access to the Platform API.
const NoKey = "HEROKU_API_KEY is not set: no policy can act."

// anyActs says whether one of the policies is to do more than say what it would do.
func anyActs(policies []scale.Policy) bool {
	for i := range policies {
		if policies[i].Mode != scale.DryRun {
			return true
		}
	}
	return false
}

// mayScale says whether any policy can lead to an action of this process, by itself or approved by a person.
func (d *Daemon) mayScale() bool {
	return d.acts && d.heroku != nil && d.ledger.Durable() && anyActs(d.config.Load().Policies)
}

func openLedger(env config.Env, now func() time.Time) (*ledger.Ledger, error) {
	switch {
	case env.Ledger != "":
		return ledger.OpenFile(env.Ledger, now)
	case env.RedisURL != "":
		return ledger.OpenRedis(env.RedisURL.Reveal(), env.Dyno != "", now)
	}
	return ledger.NewMemory(now), nil
}

// steadyClock returns a clock that goes on evenly from the time of the call, whatever is done to
// the machine's: a jump would end or begin windows.
func steadyClock() func() time.Time {
	start := time.Now()
	return func() time.Time { return start.Add(time.Since(start)) }
}
