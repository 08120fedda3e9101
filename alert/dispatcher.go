package alert

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Dispatcher keeps the incidents and tells the notifiers of them. Make it with New.
type Dispatcher struct {
	opt      Options
	redactor atomic.Pointer[Redactor]
	metrics  *metrics
	defaults []*destination // each notifier's default channel

	loaded chan struct{} // closed once Run has read the Store

	mu        sync.Mutex                     // guards opt.Settings as well
	routes    []route                        // of new incidents; replaced, never changed
	places    []*destination                 // all there ever were
	regrouped bool                           // an alert may be in another live incident than that of its topic
	begin     func(*destination)             // begins to serve one; nil: Run isn't there yet
	incidents map[string]*incident           // all that are held, by ID
	live      map[string]map[topic]*incident // those that fire, by app
	closed    map[topic]*incident            // the last of each topic that ended; it may come back
	history   []*incident                    // those that are over and told, in that order
	over      map[over]mark                  // alerts of incidents that ended, so that an older one can't begin a new one
	unsaved   map[*incident]struct{}         // what the Store doesn't hold as it is now
	lastID    int64
	confirm   time.Time // when inherited alerts are given up; zero: there are none
	flushing  bool
	deadline  time.Time // of the flush
	store     health
}

// route is a Route with its destination found.
type route struct {
	match Match
	dst   *destination
}

// over names an alert of an incident that ended.
type over struct {
	topic  topic
	member member
}

// mark is the last that was known of an alert.
type mark struct {
	seq uint64
	at  time.Time
}

// New makes a Dispatcher. It starts nothing, see Run. A Route to a notifier that isn't there is
// logged and left out.
func New(o Options) *Dispatcher {
	d := &Dispatcher{
		opt:       o.withDefaults(),
		incidents: map[string]*incident{}, live: map[string]map[topic]*incident{}, closed: map[topic]*incident{}, over: map[over]mark{},
		unsaved: map[*incident]struct{}{}, loaded: make(chan struct{}),
	}
	d.opt.Log = o.Log.With().Str("component", "alert").Logger()
	for _, n := range o.Notifiers {
		d.defaults = append(d.defaults, newDestination(n, "", d.opt))
	}
	d.places = slices.Clone(d.defaults)
	d.redactor.Store(NewRedactor(o.Redact...))
	d.routes = d.findRoutes(o.Routes)
	d.metrics = newMetrics(d)
	return d
}

// findRoutes finds where each leads to.
func (d *Dispatcher) findRoutes(routes []Route) (led []route) {
	for _, r := range routes {
		if dst := d.place(r.To, r.Channel); dst != nil {
			led = append(led, route{r.Match, dst})
		} else {
			d.opt.Log.Error().Str("to", r.To).Msg("route to a notifier that is not configured, left out")
		}
	}
	return led
}

// leads says whether the incident, as it is or was or may become, is told there by the present routes.
func (d *Dispatcher) leads(inc *incident, dst *destination) bool {
	return d.routed(dst) || slices.Contains(d.destinations(inc), dst)
}

// routed says whether a route leads there.
func (d *Dispatcher) routed(dst *destination) bool {
	return slices.ContainsFunc(d.routes, func(r route) bool { return r.dst == dst })
}

// known finds the destination for a channel of the notifier of that name, if there is one yet.
func (d *Dispatcher) known(name, channel string) *destination {
	for _, p := range d.places {
		if p.notifier.Name() == name && p.channel == channel {
			return p
		}
	}
	return nil
}

// place is known, and makes the destination if it isn't there; nil without such a notifier.
func (d *Dispatcher) place(name, channel string) *destination {
	if p := d.known(name, channel); p != nil {
		return p
	}
	for _, p := range d.defaults {
		if p.notifier.Name() != name {
			continue
		}
		c, ok := p.notifier.(Channels)
		if !ok {
			return p // it has one channel only
		}
		n := c.In(channel)
		if n == p.notifier {
			return p // its default by another name: two messages in one channel otherwise
		}
		dst := newDestination(n, channel, d.opt)
		dst.blind = p.blind
		d.places = append(d.places, dst)
		if d.begin != nil && !d.flushing {
			d.begin(dst)
		}
		return dst
	}
	return nil
}

// Send takes over one state of one alert. It never blocks on IO and may be called under a lock. An
// alert that is older than what is known of its rule and key, by Seq, changes nothing, nor does a
// resolved one that never fired.
func (d *Dispatcher) Send(a Alert) {
	now := time.Now()
	redactor := d.redactor.Load()
	a = redactor.alert(a)
	if a.At.IsZero() {
		a.At = now
	}
	if a.Since.IsZero() {
		a.Since = a.At
	}
	if math.IsNaN(a.Value) || math.IsInf(a.Value, 0) {
		a.Value = 0 // JSON has no word for it, so the ledger would refuse the whole incident
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if newer := d.redactor.Load(); newer != redactor {
		a = newer.alert(a) // Reload came between
	}
	d.take(d.opt.Settings.topic(a), a, now)
}

// take gives an alert of that topic to its incident. It needs d.mu.
func (d *Dispatcher) take(t topic, a Alert, now time.Time) {
	m := member{a.Rule, a.Key}
	if last := d.over[over{t, m}]; stale(a, last.seq, last.at) {
		return
	}
	inc := d.where(t, a)
	if inc == nil {
		if a.State != Firing {
			return
		}
		if inc = d.reopened(t, a.At); inc == nil {
			inc = newIncident(d.newID(t, now), t)
			inc.routes = d.routes
			d.hold(inc)
		}
	}
	quiet := inc.quiet
	if inc.apply(a) {
		if !quiet.IsZero() && a.State == Firing {
			d.back(inc, a.At, a.At.Sub(quiet))
		}
		d.changed(inc, now)
	}
}

// Note adds what was done about an incident, or why nothing was, to its message. The newest 10 are
// kept, and a repetition of the last one is not. Without a firing incident it does nothing.
func (d *Dispatcher) Note(app, cause, text string) {
	text = d.redactor.Load().Redact(text)
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, inc := range d.live[app] {
		if inc.causedBy(cause) && inc.note(text, now) {
			d.changed(inc, now)
		}
	}
}

// Ask shows in an incident what waits for a person, in place of what did. Without a firing incident it
// does nothing.
func (d *Dispatcher) Ask(app, cause string, asks []Ask) {
	asks = slices.Clone(asks)
	for i := range asks {
		asks[i].Text = d.redactor.Load().Redact(asks[i].Text)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, inc := range d.live[app] {
		if inc.causedBy(cause) && !slices.Equal(inc.asks, asks) {
			inc.asks = asks
			d.show(inc) // whoever has pressed a button is looking
		}
	}
}

// Open returns the incidents that fire, and those that are over but not told everywhere: the worst
// first, then the oldest.
func (d *Dispatcher) Open() []Incident {
	d.mu.Lock()
	defer d.mu.Unlock()
	open := make([]Incident, 0, len(d.incidents))
	for _, inc := range d.incidents {
		shot := inc.snapshot()
		for _, del := range inc.deliveries {
			shot.Deliveries = append(shot.Deliveries, del.status())
		}
		open = append(open, shot)
	}
	slices.SortFunc(open, func(a, b Incident) int {
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), a.Began.Compare(b.Began), cmp.Compare(a.ID, b.ID))
	})
	return open
}
