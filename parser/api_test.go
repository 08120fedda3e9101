package parser

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScaled(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		for typ, n := range Scaled([]byte(text)) {
			got = append(got, fmt.Sprintf("%s=%d", typ, n))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
	f("Scaled to web@1:Standard-1X by user user@example.com", "web=1")
	f("Scaled to web@1:Standard-1X worker@0:Basic by user user@example.com", "web=1", "worker=0")
	f("Scaled to mailer@3:Performance-L web@15:Standard-2X by user x", "mailer=3", "web=15")
	f("Scaled to my_big-worker@2:Basic by user a@1:b", "my_big-worker=2")
	f("Scaled to web@1", "web=1")
	f("Scale to mailer=1, web=3 by user@example.com", "mailer=1", "web=3")
	f("Scaled to @1:Basic web@x:Basic web@-1:Basic web@1234567:Basic web@2x worker@0:Basic by user x", "worker=0")
	f("Scaled to by user x")
	f("Scaled to ")
	f("Scaled web@1:Basic")
	f("Release v1 created by user web@1:Basic")

	for range Scaled([]byte("Scaled to web@1:Basic worker@2:Basic by x")) {
		break
	}
}

func TestRelease(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		version, ok := Release([]byte(text))
		if ok != (want != "") || ok && string(version) != want {
			t.Errorf("%s: want %q, got %q %t", text, want, version, ok)
		}
	}
	f("Release v138 created by user user@example.com", "v138")
	f("Rollback to v10 by user user@example.com", "v10")
	f("Running release v3 commands by user user@example.com", "v3")
	f("Initial release by user user@example.com", "")
	f("Release v created", "")
	f("Release vx created", "")
	f("Release 12 created", "")
	f("Release ", "")
	f("Deploy 193d1419 by user user@example.com", "")
}

func TestDeploy(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		if got := Deploy([]byte(text)); got != want {
			t.Errorf("%s: want %t, got %t", text, want, got)
		}
	}
	f("Deploy 193d1419 by user user@example.com", true)
	f("Build started by user user@example.com", true)
	f("Build succeeded", true)
	f("Build failed -- check your build output: https://example.com/", true)
	f("Building", false)
	f("Deployed", false)
	f("Release v1 created by user x", false)
}

func TestStateChange(t *testing.T) {
	f := func(text, from, to string) {
		t.Helper()
		a, b, ok := StateChange([]byte(text))
		if ok != (from != "") || ok && (string(a) != from || string(b) != to) {
			t.Errorf("%s: want %q %q, got %q %q %t", text, from, to, a, b, ok)
		}
	}
	f("State changed from up to crashed", "up", "crashed")
	f("State changed from provisioning to starting", "provisioning", "starting")
	f("State changed from up", "", "")
	f("State changed from up to ", "", "")
	f("State changed from up into", "", "")
	f("State changed from  to crashed", "", "")
	f("State changed from up to crashed again", "", "")
	f("Process exited with status 0", "", "")
}
