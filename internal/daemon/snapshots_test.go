package daemon

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"drain/internal/config"
)

// A stop has a second to save the rules' state of all apps, and a write of the disk takes milliseconds:
// the apps share them.
func TestAppsAreSavedTogether(t *testing.T) {
	const apps = 500
	file := filepath.Join(t.TempDir(), "ledger")
	r := start(t, Options{Env: config.Env{Ledger: file}})
	for i := range apps {
		r.post(t, fmt.Sprint("/logs/app-", i), "", "", "app web.1 hello")
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		if saved := tx.Bucket([]byte("drain")).Bucket([]byte("snapshots")).Stats().KeyN; saved != apps {
			t.Errorf("%d apps saved, want %d", saved, apps)
		}
		if tx.ID() > apps/4 {
			t.Errorf("%d transactions for %d apps", tx.ID(), apps)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
