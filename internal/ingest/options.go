package ingest

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Options say what a Handler does. Sink is required; a zero limit means its default.
type Options struct {
	// Password and OldPassword are the master passwords, both right while rotating. Either alone
	// delivers for any app; what AppPassword derives from it delivers for that app, as its own.
	// With neither set everybody may post: the caller then listens on loopback only.
	Password, OldPassword string

	// Resolve finds the app of a drain token for POST /logs; nil knows none. It is called
	// concurrently, before the password is checked, and must be quick.
	Resolve func(token string) (app string, ok bool)

	Sink Sink

	// Repeat is shown deliveries whose frame was taken before, with the first 4 KiB of the body: Logplex
	// puts the news of what it lost since in front of a frame that it sends again, and takes our 204 for
	// both. It is called as Sink.Take is, but never for what came packed. nil: nobody looks.
	Repeat func(d *Delivery)

	// Log tells of a Sink that panicked, at most five times a minute; and of wrong passwords, paths and
	// methods, once a minute each.
	Log zerolog.Logger

	// Secrets are passwords for something else, which Log must not show either where somebody wrote one into a
	// path. Those that are empty are none.
	Secrets []string

	Registerer prometheus.Registerer // nil: the metrics are shown nowhere

	// Behind says that Heroku's router stands in front (DYNO is set). It answers 503 itself once
	// requests pile up, so MaxWaiting is 32 then.
	Behind bool

	MaxBody     int64         // bytes of one body, also unpacked; default 4 MiB
	MaxInFlight int64         // bytes reserved for all bodies, each rounded up to a power of two; default 64 MiB
	MaxJudging  int           // bodies judged at once; default 2 for each processor that Go uses
	MaxWait     time.Duration // for an earlier try of the frame, a place and a turn together; default 3 s, Logplex gives up after 5
	MaxWaiting  int           // POSTs waiting at once, the next gets its 503 at once; default 4096, 32 if Behind
	BodyTimeout time.Duration // from getting a place to the body's last byte; default 2.5 s
	Penalty     time.Duration // delay of the answer to a wrong password; default 1 s
	FrameIDs    int           // frame ids remembered; default 65,536, which take 1.75 MiB

	Now func() time.Time // default time.Now
}

const (
	defaultPenalty = time.Second

	// A retry can come long after a timeout, when we were out of reach for a while.
	wantFrameIDAge = time.Hour
)

func (o *Options) setDefaults() error {
	orDefault(&o.MaxBody, 4<<20)
	orDefault(&o.MaxInFlight, 64<<20)
	// One more for each processor, since judging waits now and then: for the lock of an app, a page fault.
	// Yet more would only slow each other down, and everything else that wants a processor meanwhile.
	orDefault(&o.MaxJudging, 2*runtime.GOMAXPROCS(0))
	orDefault(&o.MaxWait, 3*time.Second)
	// Less than MaxWait: who waits for the place of a sender that stalls gets it before giving up.
	orDefault(&o.BodyTimeout, 2500*time.Millisecond)
	orDefault(&o.Penalty, defaultPenalty)
	orDefault(&o.FrameIDs, 65_536)
	if o.Behind {
		orDefault(&o.MaxWaiting, 32)
	}
	orDefault(&o.MaxWaiting, 4096)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Repeat == nil {
		o.Repeat = func(*Delivery) {}
	}
	if o.Resolve == nil {
		o.Resolve = func(string) (string, bool) { return "", false }
	}

	if o.Sink == nil {
		return errors.New("ingest: Options.Sink is nil; deliveries need one")
	}
	if need := bufferSize(o.MaxBody); need > o.MaxInFlight {
		return fmt.Errorf("ingest: Options.MaxInFlight is %d bytes; the largest body needs %d", o.MaxInFlight, need)
	}
	return nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
