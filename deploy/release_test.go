package deploy

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// release runs the script of a source tree as make release does.
func release(t *testing.T, sources, out string, env ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(sources, "deploy", "release"), "v1.2.3", out, "linux/amd64")
	cmd.Env = append(os.Environ(), env...)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("release: %v\n%s", err, b)
	}
}

// The same sources elsewhere, under other settings, give the same bytes. It takes what was compiled
// before; make reproduce goes without.
func TestReleaseIsReproducible(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "dist"), filepath.Join(dir, "other", "dist")
	release(t, "..", first)
	sources := filepath.Join(dir, "sources elsewhere")
	copySources(t, sources)
	release(t, sources, second, "GOFLAGS=-buildvcs=true", "GOAMD64=v3", "TZ=Asia/Tokyo")

	const name = "drain_v1.2.3_linux_amd64"
	a, errA := os.ReadFile(filepath.Join(first, name))
	b, errB := os.ReadFile(filepath.Join(second, name))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if !bytes.Equal(a, b) {
		t.Error("the same sources gave other bytes")
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(a, []byte(filepath.Dir(wd))) {
		t.Error("the binary tells where it was built")
	}
	check := exec.Command("sha256sum", "--check", "--strict", "checksums.txt")
	check.Dir = first
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), name+": OK") {
		t.Errorf("checksums: %v\n%s", err, out)
	}

	file, err := elf.NewFile(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("not static: it has a %v", p.Type)
		}
	}
	if out, err := exec.Command(filepath.Join(first, name), "version").Output(); err == nil && string(out) != "drain v1.2.3\n" {
		t.Errorf("version says %q", out) // another machine's can't run it
	}
}

// copySources copies what a build needs.
func copySources(t *testing.T, to string) {
	t.Helper()
	cmd := exec.Command("cp", "-r", "../go.mod", "../go.sum", "../cmd", "../parser", "../rules", "../alert", "../internal", to)
	if err := os.MkdirAll(filepath.Join(to, "deploy"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range []*exec.Cmd{cmd, exec.Command("cp", "release", filepath.Join(to, "deploy"))} {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("cp: %v\n%s", err, out)
		}
	}
}
