package daemon

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"drain/internal/wait"
)

const (
	loadRetry = 5 * time.Second // between attempts to read from the ledger what was not read at the start
	loadMost  = time.Second     // one attempt; the first keeps the first POST waiting no longer than restoreMost
)

// loadKept takes up what people told the last process, before anything is judged or told.
func (d *Daemon) loadKept(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { d.load(ctx, "silences", "nothing is silent", d.silences.Load) })
	all.Go(func() { d.load(ctx, "claims", "the drains they are for are unclaimed", d.loadClaims) })
	all.Wait()
}

// load reads something from the ledger. If that doesn't answer now the daemon starts without, rather than
// not at all, and asks again.
func (d *Daemon) load(ctx context.Context, what, until string, read func(context.Context) error) {
	err := within(ctx, restoreMost, read)
	if err == nil {
		return
	}
	d.metrics.ledger.Inc()
	d.log.Warn().Err(err).Msg(what + " could not be read; until they are, " + until)
	d.workers.Go(func() error {
		for wait.For(ctx, loadRetry) == nil {
			if within(ctx, loadMost, read) == nil {
				d.log.Info().Msg(what + " were read")
				break
			}
		}
		return nil
	})
}

// ledgerFailed is what to answer where the ledger did not take what somebody asked for.
func (d *Daemon) ledgerFailed(err error, logged string) (status int, told error) {
	d.metrics.ledger.Inc()
	d.log.Error().Err(err).Msg(logged)
	return http.StatusServiceUnavailable, errors.New("the ledger fails; nothing was changed, try again")
}
