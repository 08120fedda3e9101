package daemon

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAliveUnlessAnAppHangs(t *testing.T) {
	r := start(t, Options{})
	r.post(t, "/logs/enketo", "", "", "app web.1 hello")
	if err := r.Alive(t.Context()); err != nil {
		t.Errorf("nothing hangs: %v", err)
	}
	one := r.apps.get("enketo")
	one.mu.Lock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Alive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an app hangs: %v", err)
	}
	one.mu.Unlock()
}
