package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"drain": main})
}

// The scripts run the real main, and read as its manual.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			here, err := os.Getwd()
			if err != nil {
				return err
			}
			env.Setenv("SAMPLES", filepath.Join(here, root, "parser", "testdata"))
			env.Setenv("SCENARIOS", filepath.Join(here, "testdata", "scenarios"))
			return nil
		},
	})
}
