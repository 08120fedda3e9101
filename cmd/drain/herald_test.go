package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/upgrade"
)

// The daemon hears of an upgrade from the first step that it took to the last, and no longer; one that
// hangs doesn't keep it waiting.
func TestHerald(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []upgrade.Step
		var refuses, hangs atomic.Bool
		refuses.Store(true)
		h := &herald{tell: func(ctx context.Context, e upgrade.Entry) error {
			if hangs.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			told = append(told, e.Step)
			if refuses.Load() {
				return errors.New("drain is acting")
			}
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); h.run(ctx, heartbeat) }()
		say := func(step upgrade.Step) error {
			err := h.announce(ctx, upgrade.Entry{App: "enketo", Step: step})
			time.Sleep(70 * time.Second)
			synctest.Wait()
			return err
		}
		if say(upgrade.StepClose) == nil {
			t.Error("a refusal is swallowed")
		}
		refuses.Store(false)
		if err := say(upgrade.StepStop); err != nil {
			t.Error(err)
		}
		hangs.Store(true)
		began := time.Now()
		if h.announce(ctx, upgrade.Entry{App: "enketo", Step: upgrade.StepWait}) == nil || time.Since(began) > 6*time.Second {
			t.Errorf("it waited %v", time.Since(began))
		}
		synctest.Wait()
		hangs.Store(false)
		time.Sleep(heartbeat)
		synctest.Wait()
		if err := say(upgrade.StepDone); err != nil {
			t.Error(err)
		}
		stop()
		<-ended
		want := []upgrade.Step{upgrade.StepClose, upgrade.StepStop, upgrade.StepStop, upgrade.StepStop, upgrade.StepWait, upgrade.StepDone}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
	})
}

// Who goes on with an upgrade tells of it until it is heard: the drain may be starting anew.
func TestHeraldOfWhatGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, told := 0, 0
		h := &herald{begun: true, tell: func(context.Context, upgrade.Entry) error {
			if asked++; asked < 3 {
				return errors.New("no connection")
			}
			told++
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); h.run(ctx, heartbeat) }()
		_ = h.announce(ctx, upgrade.Entry{App: "enketo", Step: upgrade.StepWait})
		time.Sleep(2*heartbeat + time.Second)
		synctest.Wait()
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		stop()
		<-ended
	})
}

// severalDynos is a daemon of that many processes behind one address, of which one acts.
func severalDynos(t *testing.T, acts bool) (c *client, told *[]upgrade.Step) {
	t.Helper()
	told = &[]upgrade.Step{}
	asked := 0
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e upgrade.Entry
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil || r.Method != http.MethodPut || r.URL.Path != "/api/v1/upgrades/enketo" {
			t.Errorf("%s %s, %v", r.Method, r.URL, err)
		}
		if asked++; asked%4 > 0 || !acts {
			w.WriteHeader(http.StatusMisdirectedRequest)
			_, _ = w.Write([]byte(`{"error":"this is web.2 of the drain, and web.1 is what acts and must be asked"}`))
			return
		}
		*told = append(*told, e.Step)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(front.Close)
	c, err := newClient(front.URL, system{getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return c, told
}

// impatient is a network on which nobody waits any longer once so much was asked, or answered.
type impatient struct {
	asked, answered int
	cancel          context.CancelFunc
}

func (i *impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	if i.asked--; i.asked == 0 {
		i.cancel()
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if i.answered--; i.answered == 0 {
		i.cancel()
	}
	return resp, err
}

// Of several processes each step reaches the one that acts, or it is said that it didn't.
func TestAnnouncedToTheProcessThatActs(t *testing.T) {
	t.Parallel()
	c, told := severalDynos(t, true)
	for _, step := range []upgrade.Step{upgrade.StepClose, upgrade.StepStop} {
		if err := c.announce(t.Context(), upgrade.Entry{App: "enketo", Step: step}); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]upgrade.Step{upgrade.StepClose, upgrade.StepStop}, *told); diff != "" {
		t.Error(diff)
	}

	const want = "this is web.2 of the drain, and web.1 is what acts and must be asked, but didn't answer; does it run? A drain needs one web dyno, and no more"
	for _, network := range []impatient{{asked: 3}, {answered: 3}} {
		c, _ = severalDynos(t, false)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		network.cancel = cancel
		c.http.Transport = &network
		if err := c.announce(ctx, upgrade.Entry{App: "enketo"}); err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
	}
}

// That another has brought the upgrade to its end is told apart from what else the drain refuses.
func TestAnnouncedToADrainThatKnowsItsEnd(t *testing.T) {
	t.Parallel()
	f := func(status int, said string, over bool) {
		t.Helper()
		drain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": said})
		}))
		defer drain.Close()
		c, err := newClient(drain.URL, system{getenv: func(string) string { return "" }})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.announce(t.Context(), upgrade.Entry{App: "enketo"}); errors.Is(err, upgrade.ErrOver) != over || err == nil || err.Error() != said {
			t.Errorf("%d %s: %v", status, said, err)
		}
	}
	f(http.StatusConflict, upgrade.ErrOver.Error(), true)
	f(http.StatusConflict, upgrade.ErrAnother.Error(), false)
	f(http.StatusServiceUnavailable, upgrade.ErrOver.Error(), false)
}
