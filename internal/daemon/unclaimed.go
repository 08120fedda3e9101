package daemon

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// unclaimed remembers drain tokens that no app is known for: somebody attached a drain and it is
// not said whose it is. Their lines are taken, counted and not judged.
type unclaimed struct {
	mu     sync.Mutex
	tokens map[string]*Unclaimed
	posts  prometheus.Counter
}

// Unclaimed is one drain token that no app is known for.
type Unclaimed struct {
	Token    string    `json:"token"`
	Posts    uint64    `json:"posts"`
	Messages uint64    `json:"messages"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
}

// A flood of made-up tokens is counted, but not listed; and a long one is cut, since a real one has 38
// bytes.
const (
	maxUnclaimed = 1000
	maxToken     = 64
)

func (u *unclaimed) add(token string, messages int, at time.Time) {
	u.posts.Inc()
	token = token[:min(len(token), maxToken)]
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.tokens[token]
	if one == nil {
		if len(u.tokens) >= maxUnclaimed {
			return
		}
		one = &Unclaimed{Token: strings.Clone(token), First: at}
		u.tokens[one.Token] = one
	}
	one.Posts++
	one.Messages += uint64(messages)
	one.Last = at
}

// claimable says whether a token is whole, and not the place of those that send none.
func claimable(token string) bool { return token != "" && len(token) < maxToken }

func (u *unclaimed) has(token string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.tokens[token] != nil
}

// claim forgets the tokens that an app is known for now.
func (u *unclaimed) claim(known func(token string) (app string, ok bool)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.DeleteFunc(u.tokens, func(token string, _ *Unclaimed) bool {
		_, ok := known(token)
		return ok
	})
}

func (u *unclaimed) list() []Unclaimed {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := make([]Unclaimed, 0, len(u.tokens))
	for _, one := range u.tokens {
		out = append(out, *one)
	}
	slices.SortFunc(out, func(a, b Unclaimed) int { return strings.Compare(a.Token, b.Token) })
	return out
}
