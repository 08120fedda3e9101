package upgrade

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// What somebody changed while another thought about "Begin?" is what is brought back.
func TestChangedSinceCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := &memory{world: w}
		u := w.upgrade(j)
		e, _, err := u.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.formation["web"], w.formation["clock"], w.maintenance = 2, 1, true
		if err := u.Run(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"web": 2, "worker": 1, "clock": 1}, w.formation); diff != "" || !w.maintenance {
			t.Errorf("%s, maintenance mode %v", diff, w.maintenance)
		}
	})
}
