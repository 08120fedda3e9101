package ledger

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// maxConnections leaves the plan to others: the smallest has 20 connections.
const maxConnections = 4

// redisTimeout bounds one try of a command; a command is tried twice.
const redisTimeout = 2 * time.Second

// redisPrefix begins the keys: one hash for each shelf. The number changes when an older process
// would misread the form.
const redisPrefix = "drain:ledger:1:"

// OpenRedis returns a Ledger in the Redis at url (redis:// or rediss://). It makes no connection yet:
// a Redis that is down is an error of each use, and none of the next. With anyCertificate a server's
// certificate is not verified: Heroku Key-Value Store presents one that it signed itself
// (devcenter heroku-redis, "Connecting"). now is the clock for retention. No error holds the URL.
// The library's own log, which all clients of a process share, is off from then on: each use returns its error.
func OpenRedis(url string, anyCertificate bool, now func() time.Time) (*Ledger, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("REDIS_URL can't be used; give redis://… or rediss://…") // err may quote it
	}
	// Else it writes plain text to stderr, amid a daemon's JSON, whatever that holds. No client has a log of its own.
	logging.Disable()
	o.PoolSize, o.MaxActiveConns, o.MaxRetries = maxConnections, maxConnections, 1
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = redisTimeout, redisTimeout, redisTimeout, redisTimeout
	o.ContextTimeoutEnabled = true // else a context's deadline is ignored on the wire
	if o.TLSConfig != nil && anyCertificate {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.TLSConfig.ServerName, InsecureSkipVerify: true}
	}
	return &Ledger{store: &remote{client: redis.NewClient(o), now: now}, now: now}, nil
}

// remote keeps each shelf in a hash. Values are stamped with their expiry: Redis can't expire a hash's
// members one by one before its version 7.4.
type remote struct {
	client *redis.Client
	now    func() time.Time

	mu     sync.Mutex
	purged time.Time // guarded by mu
}

func hash(shelf Name) string { return redisPrefix + string(shelf) }

func (r *remote) durable() bool { return true }

func (r *remote) get(ctx context.Context, shelf Name, key string) ([]byte, bool, error) {
	raw, err := r.client.HGet(ctx, hash(shelf), key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, closed(err)
	}
	value, found := unstamp(raw, r.now())
	return value, found, nil
}

func (r *remote) put(ctx context.Context, shelf Name, key string, value []byte, expires time.Time) error {
	if err := r.client.HSet(ctx, hash(shelf), key, restamp(value, expires)).Err(); err != nil {
		return closed(err)
	}
	return r.purge(ctx)
}

func (r *remote) delete(ctx context.Context, shelf Name, key string) error {
	return closed(r.client.HDel(ctx, hash(shelf), key).Err())
}

func (r *remote) all(ctx context.Context, shelf Name) ([]entry, error) {
	live, _, err := r.read(ctx, shelf)
	slices.SortFunc(live, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return live, err
}

// read returns what is on a shelf, and the keys of what has expired.
func (r *remote) read(ctx context.Context, shelf Name) (live []entry, gone []string, err error) {
	held, err := r.client.HGetAll(ctx, hash(shelf)).Result()
	if err != nil {
		return nil, nil, closed(err)
	}
	now := r.now()
	for key, raw := range held {
		if value, found := unstamp([]byte(raw), now); found {
			live = append(live, entry{key, value})
		} else {
			gone = append(gone, key)
		}
	}
	return live, gone, nil
}

// purge removes what has expired, at most hourly, or the shelves would grow for as long as they are
// used.
func (r *remote) purge(ctx context.Context) error {
	now := r.now()
	r.mu.Lock()
	due := purgeDue(r.purged, now)
	if due {
		r.purged = now
	}
	r.mu.Unlock()
	if !due {
		return nil
	}
	for shelf := range retention {
		_, gone, err := r.read(ctx, shelf)
		if err == nil && len(gone) > 0 {
			err = closed(r.client.HDel(ctx, hash(shelf), gone...).Err())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leaseKey is a key of its own for each lease, so that Redis expires it.
func leaseKey(name string) string { return redisPrefix + "lease:" + name }

// These compare and change in one step: between two, the lease could become another's.
const (
	extendScript = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("PEXPIRE", KEYS[1], ARGV[2]) end return 0`
	dropScript   = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`
)

func (r *remote) take(ctx context.Context, name, owner string, lasts time.Duration) (bool, error) {
	err := r.client.SetArgs(ctx, leaseKey(name), owner, redis.SetArgs{Mode: "NX", TTL: lasts}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, closed(err)
}

func (r *remote) extend(ctx context.Context, name, owner string, lasts time.Duration) (bool, error) {
	n, err := r.client.Eval(ctx, extendScript, []string{leaseKey(name)}, owner, lasts.Milliseconds()).Int()
	return n == 1, closed(err)
}

func (r *remote) drop(ctx context.Context, name, owner string) error {
	return closed(r.client.Eval(ctx, dropScript, []string{leaseKey(name)}, owner).Err())
}

func (r *remote) close() error {
	if err := r.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("ledger: close: %w", err)
	}
	return nil
}

func closed(err error) error {
	if errors.Is(err, redis.ErrClosed) {
		return ErrClosed
	}
	return err
}
