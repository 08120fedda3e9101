package alert

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is over is listed, the last first, over a restart too, for 30 days, and without the log's text.
func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		o := Options{Notifiers: []Notifier{&fake{name: "slack"}}, Store: store}
		d := run(t, o)
		for i := range 3 {
			d.fire("web.1", cause(fmt.Sprint(i)), func(a *Alert) { a.Evidence = []string{"what the log said"} })
			after(time.Minute)
			d.resolve("web.1", cause(fmt.Sprint(i)))
			after(24 * time.Hour)
		}
		causes := func() (got []string) {
			for _, inc := range d.History() {
				got = append(got, inc.Cause)
				if s := fmt.Sprintf("%+v", inc); strings.Contains(s, "what the log said") || inc.State != Resolved {
					t.Errorf("in the history: %s", s)
				}
			}
			return got
		}
		want := []string{"2", "1", "0"}
		if diff := cmp.Diff(want, causes()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = d.end()
		d = run(t, o)
		if diff := cmp.Diff(want, causes()); diff != "" {
			t.Errorf("after a restart (-want +got):\n%s", diff)
		}
		after(28 * 24 * time.Hour)
		if diff := cmp.Diff([]string{"2"}, causes()); diff != "" {
			t.Errorf("after 30 days (-want +got):\n%s", diff)
		}
		if n := store.len(); n != 1 {
			t.Errorf("the ledger keeps %d, want 1", n)
		}
		_ = d.end()
	})
}

// The history has a bound, in memory and in the ledger, and so has each incident in it.
func TestHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		d := run(t, Options{Store: store})
		for i := range maxHistory + 10 {
			d.fire("web.1", cause(fmt.Sprint(i)))
			d.resolve("web.1", cause(fmt.Sprint(i)))
		}
		for i := range 100 {
			d.fire(fmt.Sprint("web.", i))
		}
		for i := range 100 {
			d.resolve(fmt.Sprint("web.", i))
		}
		after(time.Minute)
		got := d.History()
		if len(got) != maxHistory || store.len() != maxHistory {
			t.Errorf("%d in memory and %d in the ledger, want %d", len(got), store.len(), maxHistory)
		}
		if n := len(got[0].Alerts); got[0].Cause != "memory" || n != historyAlerts {
			t.Errorf("%d alerts of %s, want %d", n, got[0].Cause, historyAlerts)
		}
		_ = d.end()
	})
}
