package ingest

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"
)

// Handler answers POST /logs/{app} and POST /logs. Give it whatever [IsDelivery] says, and not by way
// of a ServeMux, whose own 404 and 405 have a body.
type Handler struct {
	o        Options
	keys     *keyring
	wrong    *penalty
	told     *complaints
	claims   *claims
	entrance *entrance
	bodies   bodies
	traffic  traffic
	metrics  *metrics
	alone    bool         // there is one processor
	lent     atomic.Int64 // buffers that lanes have read ahead to

	calls sync.Pool // of *call
}

// New returns a Handler. The error says which option can't be, or that a metric is registered already.
func New(o Options) (*Handler, error) {
	if err := o.setDefaults(); err != nil {
		return nil, err
	}
	keys := newKeyring(o.Password, o.OldPassword)
	told := newComplaints(o.Log, slices.Concat(o.Secrets, keys.masters))
	o.Log = o.Log.Sample(&zerolog.BurstSampler{Burst: 5, Period: time.Minute})
	claims := newClaims(o.FrameIDs)
	h := &Handler{
		o:      o,
		keys:   keys,
		wrong:  newPenalty(o.Penalty),
		told:   told,
		claims: claims,
		entrance: &entrance{
			claims:     claims,
			places:     semaphore.NewWeighted(o.MaxInFlight),
			turns:      make(chan struct{}, o.MaxJudging),
			maxWait:    o.MaxWait,
			maxWaiting: int64(o.MaxWaiting),
		},
		bodies:  bodies{max: o.MaxBody},
		alone:   runtime.GOMAXPROCS(0) == 1,
		traffic: traffic{start: o.Now(), now: o.Now},
	}
	var err error
	if h.metrics, err = newMetrics(o.Registerer, h.entrance); err != nil {
		return nil, err
	}
	return h, nil
}

// Open reports whether everybody may post, because no password was set.
func (h *Handler) Open() bool { return h.keys.open() }

// InFlight is how many POSTs with a right password are waiting, read or judged.
func (h *Handler) InFlight() int { return int(h.traffic.inFlight.Load()) }

// Quiet is how long ago the last POST with a right password was answered; 0 while one is in flight.
// Before the first it counts from New.
func (h *Handler) Quiet() time.Duration { return h.traffic.quiet() }

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, ok := h.calls.Get().(*call)
	if !ok {
		c = new(call)
	}
	c.posted, c.delivery = posted{w, r}, Delivery{MsgCount: -1}

	v := h.take(r, c)
	h.metrics.answered(v, c.delivery.MsgCount)
	if v.refused() {
		h.refuse(c, v)
	}
	w.WriteHeader(v.code())

	n := len(c.delivery.Body)
	*c = call{}
	h.calls.Put(c)
	h.yield(n)
}

// call is one POST of net/http's.
type call struct {
	posted
	delivery Delivery
}

// yield lets others go first who are ready, before a POST is answered whose body had n bytes.
func (h *Handler) yield(n int) {
	// With one processor, those who are ready are judged first, and the answers go out one behind the
	// other: each would wake a sender that sleeps (on this machine, or a router in front of us), which
	// costs as much as 50 lines. And a sender whose next POST is already there would be served again
	// before all others. With more processors another one would have to be woken for that; and after a
	// small body it costs more than it saves. Nor while somebody waits for a turn: each would hand it to the next, and all the answers come last.
	if n >= largeBody && h.alone && h.entrance.waiting.Load() == 0 {
		runtime.Gosched()
	}
}

// largeBody is from how many bytes on an answer waits for those who are ready: some 25 lines.
const largeBody = 8 << 10

// take goes through the steps in an order in which whoever is turned away or must wait has cost no
// memory yet: who sends, which frame, a place, and only then the body.
func (h *Handler) take(r *http.Request, c *call) verdict {
	if r.Method != http.MethodPost {
		return wrongMethod
	}
	switch v := h.identify(r.URL.Path, c, &c.delivery); v {
	case taken:
		v, _ := h.admit(c, &c.delivery)
		return v
	case wrongPassword:
		h.wrong.serve(r.Context())
		return v
	default:
		return v
	}
}

// admit takes what a right password sends. It returns when that was done, since to ask the clock again
// costs as much as judging a short line.
func (h *Handler) admit(req request, d *Delivery) (v verdict, ended time.Time) {
	h.traffic.begin()
	defer func() { ended = h.traffic.end() }()
	return h.claim(req, d), ended
}

// claim takes a delivery unless it was taken before. It is apart from admit since a function of so many
// returns and defers together would run the defers the slow way.
func (h *Handler) claim(req request, d *Delivery) verdict {
	d.FrameID = req.header(headerFrameID)
	d.MsgCount = count(req.header(headerMsgCount))

	enc, reserve, v := h.bodies.plan(req)
	if v != taken {
		return v
	}
	key := h.claims.key(d)
	queue := queue{entrance: h.entrance, request: req.context()}
	switch v := h.entrance.enter(&queue, key, reserve); v {
	case taken:
	case repeated:
		h.repeat(req, enc, d)
		return repeated
	default:
		return v
	}
	defer h.entrance.leave(reserve)

	v = panicked // if receive doesn't return
	defer func() {
		if v != taken {
			h.claims.release(key)
		}
	}()
	if v = h.receive(req, enc, d, &queue); v != taken {
		return v
	}
	if age, evicted := h.claims.accept(key, d.At); evicted && age < wantFrameIDAge {
		h.metrics.evictedEarly.Inc()
	}
	return taken
}

// identify finds out which app is meant, and whether the sender may deliver for it.
func (h *Handler) identify(path string, req request, d *Delivery) verdict {
	var ok bool
	if d.App, ok = appOf(path); !ok {
		return unknownPath
	}
	d.Token = req.header(headerToken)
	if d.App == "" && d.Token != "" {
		if app, known := h.o.Resolve(d.Token); known {
			d.App = app
		}
	}
	if h.keys.open() {
		return taken
	}
	if d.Own, ok = h.keys.admit(req.header(headerAuthorization), d.App); !ok {
		return wrongPassword
	}
	return taken
}

// receive reads the body and has it judged when its turn comes.
func (h *Handler) receive(req request, enc encoding, d *Delivery, queue *queue) verdict {
	if req.length() != 0 { // else the limit would stay, and end the request's context
		h.limitReading(req)
	}
	body, there, err := req.inPlace()
	switch {
	case err != nil:
		return incomplete
	case there:
		return h.inTurn(body, d, queue)
	}
	buf, v := h.bodies.read(req, enc)
	if v != taken {
		return v
	}
	defer h.bodies.buffers.giveBack(buf)
	return h.inTurn(buf.b, d, queue)
}

// inTurn has a body judged when its turn comes.
func (h *Handler) inTurn(body []byte, d *Delivery, queue *queue) verdict {
	// Only now: a turn is for the processor, and must not go by while a slow sender's body comes in.
	if v := h.entrance.turn(queue); v != taken {
		return v
	}
	defer h.entrance.done()
	d.Body, d.At = body, h.o.Now()
	return h.judge(d)
}

// judge hands the delivery to the Sink. A panic there must not take the claim and the place with it.
func (h *Handler) judge(d *Delivery) (v verdict) {
	defer func() {
		if cause := recover(); cause != nil {
			h.o.Log.Error().Str("app", d.App).Str("panic", fmt.Sprint(cause)).
				Bytes("stack", debug.Stack()).Msg("judging a delivery panicked")
			v = panicked
		}
	}()
	messages := h.o.Sink.Take(d)
	h.metrics.bytes.Add(float64(len(d.Body)))
	if d.MsgCount >= 0 && d.MsgCount != messages {
		h.metrics.mismatches.Inc()
	}
	return taken
}

// refuse prepares the answer to a POST of which nothing was taken.
func (h *Handler) refuse(c *call, v verdict) {
	h.told.tell(v, &c.posted, c.delivery.App, h.metrics.refusals[v].Load())
	header := c.w.Header()
	switch v {
	case wrongMethod:
		header.Set("Allow", http.MethodPost)
	case wrongPassword:
		header.Set("WWW-Authenticate", challenge)
	case incomplete:
		header.Set("Connection", "close") // where the next request starts is unknown
	}
	h.limitReading(c) // net/http reads a small body that was left before it answers
}

// limitReading gives the client BodyTimeout for what is left of its body.
func (h *Handler) limitReading(req request) {
	if !req.arrived() {
		req.limitReading(h.o.Now().Add(h.o.BodyTimeout))
	}
}
