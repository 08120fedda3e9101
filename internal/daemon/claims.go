package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"drain/internal/config"
	"drain/internal/ledger"
)

// Claim is somebody's word, given on the page, for whose drain a token is. It holds until it is taken
// back, and only where neither the configuration nor the Platform API knows the token.
type Claim struct {
	Token string    `json:"token"`
	App   string    `json:"app"`
	At    time.Time `json:"at"`
}

const maxClaims = 1000

// claimed is every Claim, as the ledger keeps them; what is there and what is in force are the same.
type claimed struct {
	shelf   *ledger.Shelf
	writing sync.Mutex // one change at a time

	mu  sync.RWMutex
	all map[string]Claim // by token
}

// claimFault says why a claim can't be made as it was asked for.
type claimFault string

func (f claimFault) Error() string { return string(f) }

// load takes over what the ledger holds. It may be called again after it failed.
func (c *claimed) load(ctx context.Context) error {
	c.writing.Lock() // else what is taken back meanwhile would be in force again
	defer c.writing.Unlock()
	return c.shelf.Each(ctx, func(token string, value []byte) error {
		var one Claim
		if err := json.Unmarshal(value, &one); err != nil || one.Token != token || !config.IsAppName(one.App) {
			return c.shelf.Delete(ctx, token)
		}
		c.set(one)
		return nil
	})
}

func (c *claimed) set(one Claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = make(map[string]Claim)
	}
	c.all[one.Token] = one
}

// add puts a claim in force. An error that is a claimFault means that it is wrong; any other, that the
// ledger failed and nothing was changed.
func (c *claimed) add(ctx context.Context, one Claim) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.RLock()
	there, known := c.all[one.Token]
	full := len(c.all) >= maxClaims
	c.mu.RUnlock()
	switch {
	case known && there.App != one.App:
		return claimFault("it is claimed for " + there.App + " already; take that back first")
	case !known && full:
		return claimFault(fmt.Sprintf("there are %d claims already; write them into the configuration", maxClaims))
	}
	value, err := json.Marshal(one)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if err := c.shelf.Put(ctx, one.Token, value); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	c.set(one)
	return nil
}

// remove takes a claim back, and returns it; ok is false where there is none.
func (c *claimed) remove(ctx context.Context, token string) (one Claim, ok bool, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.RLock()
	one, ok = c.all[token]
	c.mu.RUnlock()
	if !ok {
		return Claim{}, false, nil
	}
	if err := c.shelf.Delete(ctx, token); err != nil {
		return one, true, fmt.Errorf("take a claim back: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, token)
	return one, true, nil
}

func (c *claimed) app(token string) (app string, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	one, ok := c.all[token]
	return one.App, ok
}

// list is all of them, by app and token.
func (c *claimed) list() []Claim {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]Claim, 0, len(c.all))
	for _, one := range c.all {
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Claim) int {
		if by := strings.Compare(a.App, b.App); by != 0 {
			return by
		}
		return strings.Compare(a.Token, b.Token)
	})
	return out
}

// loadClaims takes up the claims of the last process. Where the ledger answers late, their tokens are listed
// by then as nobody's.
func (d *Daemon) loadClaims(ctx context.Context) error {
	err := d.claimed.load(ctx)
	d.unclaimed.claim(d.tokens.resolve)
	return err
}

// claim says whose drain a token is that lines came from. Its next lines are judged.
func (d *Daemon) claim(ctx context.Context, token, app string) error {
	if !config.IsAppName(app) {
		return claimFault(fmt.Sprintf("%q is not a Heroku app's name; use 3 to 30 lower-case letters, digits and dashes", app))
	}
	if known, ok := d.tokens.resolve(token); ok {
		if known == app { // pressed twice
			return nil
		}
		return claimFault("the token is known to be " + known + "'s")
	}
	if !claimable(token) || !d.unclaimed.has(token) {
		return claimFault("no lines came from this token; claim one that is listed")
	}
	if err := d.claimed.add(ctx, Claim{Token: token, App: app, At: d.now().UTC()}); err != nil {
		return err
	}
	d.unclaimed.claim(d.tokens.resolve)
	d.log.Info().Str("token", token).Str("app", app).Bool("durable", d.ledger.Durable()).Msg("a drain's token is claimed for this app")
	return nil
}

// formClaim takes the page's form, or shows it again and what is wrong with it.
func (d *Daemon) formClaim(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	token, app := r.PostForm.Get("token"), strings.TrimSpace(r.PostForm.Get("app"))
	if err := d.claim(r.Context(), token, app); err != nil {
		status, told := d.claimFailed(err)
		v := d.viewPage(r)
		v.Claim.Token, v.Claim.App, v.Claim.Error = token, app, told.Error()
		d.answerPage(w, status, v)
		return
	}
	back(w, "./#unclaimed")
}

// formUnclaim takes a claim back. One that isn't there is as it was wished to be.
func (d *Daemon) formUnclaim(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	one, ok, err := d.claimed.remove(r.Context(), r.PostForm.Get("token"))
	if err != nil {
		status, told := d.claimFailed(err)
		plain(w, status, told.Error()+"\n")
		return
	}
	if ok {
		d.log.Info().Str("token", one.Token).Str("app", one.App).Msg("the claim of a drain's token was taken back")
	}
	back(w, "../#unclaimed")
}

// claimFailed is what to answer where a claim was not made or taken back.
func (d *Daemon) claimFailed(err error) (status int, told error) {
	if _, wrong := errors.AsType[claimFault](err); wrong {
		return http.StatusBadRequest, err
	}
	return d.ledgerFailed(err, "the ledger fails; claims stay as they were")
}
