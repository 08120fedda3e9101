package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rs/zerolog"
)

// How long each step of stopping may take. Together they stay under 25 s: Heroku kills a dyno 30 s
// after SIGTERM.
const (
	quietFor    = 2 * time.Second  // on Heroku: without a POST for so long, the router has noticed
	quietMost   = 10 * time.Second // … or it never will
	finishMost  = 5 * time.Second  // for the POSTs under way; Logplex gives up on one after 5 s
	workersMost = 8 * time.Second  // for the alerts and the scaling call in flight:
	flushMost   = 6 * time.Second  // … to tell what is still to be told
	callMost    = 7 * time.Second  // … all calls of one action
)

// Start serves. It returns at once; what fails later is told by Done.
func (d *Daemon) Start() {
	// Not by Info, or a LOG_LEVEL would keep it back: its id is how we know our own log.
	d.log.Log().Str(zerolog.LevelFieldName, zerolog.InfoLevel.String()).Str("addr", d.Addr()).Str("version", d.opts.Version).
		Bool("open", d.ingest.Open()).Bool("acts", d.mayScale()).Bool("durable", d.ledger.Durable()).Msg("drain starts")
	for _, why := range d.whatIsMissing() {
		d.log.Warn().Msg(why)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancelWorkers = cancel
	d.loadKept(ctx)
	d.workers.Go(func() error { return d.alerts.Run(ctx) })
	select {
	// An end that alert heard of before what it is the end of would be lost.
	case <-d.alerts.Loaded():
	case <-time.After(restoreMost):
	}
	d.restore()
	d.workers.Go(func() error { d.alarm.run(ctx); return nil })
	d.workers.Go(func() error { d.keepSnapshots(ctx); return nil })
	d.workers.Go(func() error { return d.scaler.Run(ctx) })
	d.workers.Go(func() error { d.lookUp(ctx); return nil })
	d.startRepeaters(ctx)
	if d.acts {
		d.workers.Go(func() error { d.watchUpgrades(ctx); return nil })
	}
	if d.certs != nil {
		d.workers.Go(func() error { d.certs.Run(ctx); return nil })
	} else {
		d.lane = d.ingest.Lane(d.listener, d.server.ReadHeaderTimeout, d.server.IdleTimeout)
	}
	go func() {
		if err := d.serve(); !errors.Is(err, http.ErrServerClosed) {
			d.fail(fmt.Errorf("serve %s: %w", d.Addr(), err))
		}
	}()
}

// Done is closed when the daemon can't go on; Err says why. Stop it then.
func (d *Daemon) Done() <-chan struct{} { return d.done }

// Err is why Done was closed.
func (d *Daemon) Err() error {
	d.errMu.Lock()
	defer d.errMu.Unlock()
	return d.err
}

func (d *Daemon) fail(err error) {
	d.errMu.Lock()
	defer d.errMu.Unlock()
	if d.err == nil {
		d.err = err
		close(d.done)
	}
}

// Stop ends everything in the order the data flows, within 25 s, or at once when ctx ends. It
// returns what went wrong on the way.
func (d *Daemon) Stop(ctx context.Context) error {
	d.stopOnce.Do(func() { d.stopErr = d.stop(ctx) })
	return d.stopErr
}

func (d *Daemon) stop(ctx context.Context) error {
	d.stopping.Store(true)
	d.scaler.Cease()
	var errs []error
	step := func(name string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if d.opts.Env.Dyno != "" {
		// The router in front goes on sending for a while, and answers 503 itself once the port is
		// closed, which costs Logplex a try. Without a router a refused connection costs nothing.
		d.awaitQuiet(ctx)
	}
	step("finish requests", within(ctx, finishMost, d.finish))
	if d.buttons != nil {
		d.buttons.Close()
	}
	_ = d.listener.Close() // Shutdown has closed it, unless Start was never called
	// Whatever the requests said is judged. Now the workers may end.
	if d.cancelWorkers != nil {
		d.cancelWorkers()
		step("flush alerts and end scaling", within(ctx, workersMost, func(ctx context.Context) error {
			return waitFor(ctx, d.workers.Wait)
		}))
	}
	step("save the rules' state", within(ctx, time.Second, d.save))
	step("close the ledger", d.ledger.Close())
	if d.heroku != nil {
		d.heroku.Close()
	}
	d.log.Info().Msg("drain has stopped")
	return errors.Join(errs...)
}

// finish answers the POSTs under way and closes what is left. A connection that was opened and not
// used yet keeps Shutdown waiting for longer than there is time; it is no failure.
func (d *Daemon) finish(ctx context.Context) error {
	err := d.server.Shutdown(ctx)
	if d.lane != nil {
		err = errors.Join(err, d.lane.Shutdown(ctx))
	}
	if err == nil {
		return nil
	}
	cut := d.ingest.InFlight()
	if err := d.server.Close(); err != nil {
		return err
	}
	if cut > 0 {
		return fmt.Errorf("%d POSTs were cut off, unanswered and unjudged", cut)
	}
	return nil
}

// awaitQuiet returns when no POST has come for quietFor, after quietMost, or when ctx ends.
func (d *Daemon) awaitQuiet(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, quietMost)
	defer cancel()
	for {
		left := quietFor - d.ingest.Quiet()
		if left <= 0 {
			return
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return
		}
	}
}

// within runs f with a fresh time limit that also ends with ctx.
func within(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

// waitFor waits for f, but not beyond ctx.
func waitFor(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
