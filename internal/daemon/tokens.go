package daemon

import (
	"sync"

	"drain/internal/config"
)

// tokens finds the app of a drain token, for POST /logs: configured ones first, then those that the
// Platform API told, then what somebody claimed: they may err.
type tokens struct {
	claimed *claimed

	mu         sync.RWMutex
	configured map[string]string
	learnt     map[string]string
}

func (t *tokens) configure(cfg *config.Config) {
	m := make(map[string]string)
	for name, a := range cfg.Apps {
		for _, token := range a.Tokens {
			m[token] = name
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.configured = m
}

// learn takes an app's tokens as the Platform API told them.
func (t *tokens) learn(app string, list []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.learnt == nil {
		t.learnt = make(map[string]string)
	}
	for _, token := range list {
		t.learnt[token] = app
	}
}

func (t *tokens) resolve(token string) (app string, ok bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if app, ok = t.configured[token]; !ok {
		app, ok = t.learnt[token]
	}
	if !ok {
		app, ok = t.claimed.app(token)
	}
	return app, ok
}
