package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// may lists which of our packages each package may import. Data flows one way, and so do imports.
var may = map[string][]string{
	"drain/parser":                    {},
	"drain/rules":                     {"drain/parser", "drain/internal/literals", "drain/internal/latency"},
	"drain/alert":                     {},
	"drain/alert/post":                {"drain/alert"},
	"drain/alert/alertmanager":        {"drain/alert", "drain/alert/post"},
	"drain/alert/plot":                {},
	"drain/alert/pagerduty":           {"drain/alert", "drain/alert/post"},
	"drain/alert/silence":             {"drain/alert"},
	"drain/alert/slack":               {"drain/alert", "drain/alert/plot", "drain/alert/slack/buttons"},
	"drain/alert/slack/buttons":       {"drain/alert", "drain/alert/post"},
	"drain/alert/webhook":             {"drain/alert", "drain/alert/post"},
	"drain/internal/ingest":           {},
	"drain/internal/literals":         {},
	"drain/internal/logmetrics":       {"drain/parser"},
	"drain/internal/budget":           {"drain/internal/regression"},
	"drain/internal/regression":       {},
	"drain/internal/history":          {"drain/internal/latency"},
	"drain/internal/latency":          {},
	"drain/internal/ledger":           {},
	"drain/internal/ledger/redistest": {},
	"drain/internal/certs":            {},
	"drain/internal/memlimit":         {},
	"drain/internal/residency":        {},
	"drain/internal/scale":            {},
	"drain/internal/scale/heroku":     {"drain/internal/scale", "drain/internal/attach", "drain/internal/upgrade", "drain/internal/wait"},
	"drain/internal/attach":           {"drain/internal/wait"},
	"drain/internal/upgrade":          {"drain/internal/scale", "drain/internal/wait"},
	"drain/internal/config":           {"drain/rules", "drain/alert", "drain/alert/silence", "drain/internal/budget", "drain/internal/scale"},
	"drain/internal/page":             {"drain/alert", "drain/alert/silence", "drain/internal/budget", "drain/internal/history", "drain/internal/scale"},
	"drain/internal/wait":             {},
	"drain/internal/systemd":          {},
}

// only lists modules that one package alone may import.
var only = map[string]string{
	"github.com/slack-go/slack":                               "drain/alert/slack",
	"github.com/heroku/heroku-go":                             "drain/internal/scale/heroku",
	"github.com/redis/go-redis":                               "drain/internal/ledger",
	"go.etcd.io/bbolt":                                        "drain/internal/ledger",
	"go.yaml.in/yaml":                                         "drain/internal/config",
	"golang.org/x/image":                                      "drain/alert/plot",
	"golang.org/x/crypto/acme":                                "drain/internal/certs",
	"github.com/prometheus/client_golang/prometheus/promhttp": "drain/internal/daemon",
}

func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "drain/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		allowed, bounded := may[p.ImportPath]
		simulated := strings.HasPrefix(p.ImportPath, "drain/internal/simulator")
		for _, dep := range p.Imports {
			ours := strings.HasPrefix(dep, "drain/")
			switch {
			case ours && bounded && !slices.Contains(allowed, dep):
				t.Errorf("%s imports %s", p.ImportPath, dep)
			case ours && simulated && !strings.HasPrefix(dep, "drain/internal/simulator"):
				t.Errorf("%s imports %s: the simulator must not know what it tries out", p.ImportPath, dep)
			case ours && !bounded && !simulated && p.ImportPath != "drain/internal/daemon" && p.ImportPath != "drain/cmd/drain":
				t.Errorf("%s is not in this test's list", p.ImportPath)
			case dep == "drain/cmd/drain" || p.ImportPath == "drain/internal/daemon" && strings.HasPrefix(dep, "drain/internal/simulator"):
				t.Errorf("%s imports %s", p.ImportPath, dep)
			}
			for module, owner := range only {
				if strings.HasPrefix(dep, module) && p.ImportPath != owner {
					t.Errorf("%s imports %s, which is for %s alone", p.ImportPath, dep, owner)
				}
			}
		}
	}
	if seen < len(may) {
		t.Errorf("go list told of %d packages, there should be more than %d", seen, len(may))
	}
}
