package daemon

import (
	"container/list"
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
	tokens map[string]*list.Element // of *Unclaimed
	order  list.List                // the one heard from last in front
	posts  prometheus.Counter
}

func newUnclaimed(posts prometheus.Counter) *unclaimed {
	return &unclaimed{tokens: make(map[string]*list.Element), posts: posts}
}

// Unclaimed is one drain token that no app is known for.
type Unclaimed struct {
	Token    string    `json:"token"`
	Posts    uint64    `json:"posts"`
	Messages uint64    `json:"messages"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
}

// Of more tokens those heard from last are listed: one that is made up is forgotten, one that delivers is
// not, or is back with its next delivery. A long one is cut, since a real one has 38 bytes.
const (
	maxUnclaimed = 1000
	maxToken     = 64
)

func (u *unclaimed) add(token string, messages int, at time.Time) {
	u.posts.Inc()
	token = token[:min(len(token), maxToken)]
	u.mu.Lock()
	defer u.mu.Unlock()
	place := u.tokens[token]
	if place == nil {
		if len(u.tokens) >= maxUnclaimed {
			u.forget(u.order.Back())
		}
		one := &Unclaimed{Token: strings.Clone(token), First: at} // a header's value may hold on to all of its request
		place = u.order.PushFront(one)
		u.tokens[one.Token] = place
	}
	u.order.MoveToFront(place)
	one := place.Value.(*Unclaimed)
	one.Posts++
	one.Messages += uint64(messages)
	one.Last = at
}

// forget drops one. The caller holds mu.
func (u *unclaimed) forget(place *list.Element) {
	delete(u.tokens, place.Value.(*Unclaimed).Token)
	u.order.Remove(place)
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
	for token, place := range u.tokens {
		if _, ok := known(token); ok {
			u.forget(place)
		}
	}
}

func (u *unclaimed) list() []Unclaimed {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := make([]Unclaimed, 0, len(u.tokens))
	for _, place := range u.tokens {
		out = append(out, *place.Value.(*Unclaimed))
	}
	slices.SortFunc(out, func(a, b Unclaimed) int { return strings.Compare(a.Token, b.Token) })
	return out
}
