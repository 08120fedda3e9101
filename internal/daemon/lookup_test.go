package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"
	"time"

	"drain/internal/config"
)

// The log tells of a scale-down while the platform's older answer is under way. To take that for a scale-up
// would be an incident about what drain itself has just mended.
func TestAnAnswerOlderThanTheLogIsNoScaleUp(t *testing.T) {
	var r *running
	var once sync.Once
	ready, looked := make(chan struct{}), make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		<-ready
		switch path.Base(req.URL.Path) {
		case "formation":
			fmt.Fprint(w, `[{"type":"web","quantity":9,"size":"Basic"}]`)
		case "addon-attachments": // asked for next
			once.Do(func() {
				r.past(t, time.Now(), "app api Scaled to web@4:Basic by user a@example.com", redis198)
				close(looked)
			})
			fallthrough
		default:
			fmt.Fprint(w, `[]`)
		}
	}))
	defer api.Close()
	r = start(t, Options{Env: config.Env{DrainPassword: "p", HerokuAPIKey: "k", HerokuAPIURL: api.URL}, Config: enketoBudget()})
	r.past(t, time.Now().Add(-time.Minute), "app api Scaled to web@9:Basic by user a@example.com")
	close(ready)
	<-looked
	if err := r.lookUpApp(t.Context(), "enketo"); err != nil { // all of the first one is over before, or has this one wait
		t.Fatal(err)
	}
	one := r.apps.get("enketo")
	one.mu.Lock()
	defer one.mu.Unlock()
	if g := one.budget.Snapshot().Growth; g != nil || one.overgrown != "" {
		t.Errorf("%q, growth %+v", one.overgrown, g)
	}
}
