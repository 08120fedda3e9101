package deploy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// axe is axe-core's script, as testdata/axe-core.sha512 pins it. .ci/deps brings it: it is too large to
// be kept here for a test's sake, and no test asks the network for it.
func axe(t *testing.T) string {
	t.Helper()
	pin, err := os.ReadFile(filepath.Join("testdata", "axe-core.sha512"))
	if err != nil {
		t.Fatal(err)
	}
	sum, name, ok := strings.Cut(strings.TrimSpace(string(pin)), "  ")
	if !ok {
		t.Fatalf("testdata/axe-core.sha512: want a sum, two spaces and a file's name as sha512sum -c reads them, have %q", pin)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("no place to look for axe-core: %v", err)
	}
	packed, err := os.ReadFile(filepath.Join(cache, "drain", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not there (.ci/deps brings it)", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := sha512.Sum512(packed); hex.EncodeToString(got[:]) != sum {
		t.Fatalf("%s in %s is not the one that is pinned; remove it and run .ci/deps", name, cache)
	}
	script, err := unpack(packed, "package/axe.min.js")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return script
}

// unpack returns one file of a packed archive.
func unpack(packed []byte, path string) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if err != nil {
			return "", fmt.Errorf("look for %s: %w", path, err)
		}
		if header.Name == path {
			text, err := io.ReadAll(archive)
			return string(text), err
		}
	}
}

// violations has axe-core look for what WCAG 2.2 at level AA and its own best practices forbid, and for
// what it can't tell and somebody must look at. That is the text in plots: it doesn't see their ground.
const violations = `axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], elementRef: true,
}).then((r) => [...r.violations, ...r.incomplete].flatMap((v) => v.nodes
  .filter((n) => !(v.id === "color-contrast" && n.element.ownerSVGElement))
  .map((n) => v.id + ": " + n.html.slice(0, 100) + ": " + n.failureSummary)).join("\n"))`

// faint finds text in plots whose contrast is less than WCAG 2.2 asks for (1.4.3).
const faint = `(() => {
  const rgb = (s) => s.match(/[\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  return [...document.querySelectorAll("svg text")].flatMap((e) => {
    const [a, b] = [getComputedStyle(e).fill, getComputedStyle(e.ownerSVGElement).backgroundColor].map((s) => light(rgb(s)));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < 4.5 ? ["contrast " + contrast.toFixed(1) + ": " + e.textContent] : [];
  }).join("\n");
})()`

// still has a promise come true on a page that doesn't change: its parts are swapped afterwards.
// axe-core loses its way where one is swapped while it looks.
const still = `(async (promise) => {
  const own = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML"), held = new Map();
  Object.defineProperty(Element.prototype, "innerHTML", { ...own, set(html) { held.set(this, html); } });
  try { return await promise(); } finally {
    Object.defineProperty(Element.prototype, "innerHTML", own);
    for (const [part, html] of held) part.innerHTML = html;
  }
})`

// judge returns what is wrong with the page as it is shown now. The script comes through the debugger, so
// that the page's own policy against scripts of others stays in force.
func (c *chromium) judge(script string) string {
	c.t.Helper()
	var out struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	c.call(c.session, "Runtime.evaluate", object{
		"expression": script + ";\n" + still + "(() => " + violations + ")", "awaitPromise": true, "returnByValue": true,
	}, &out)
	found, ok := out.Result.Value.(string)
	if out.ExceptionDetails != nil || !ok {
		c.t.Fatalf("axe-core: %v %s", out.Result.Value, out.ExceptionDetails)
	}
	return strings.TrimSpace(found + "\n" + c.eval(faint))
}

// look takes pictures of a state of the page as it can be shown, and judges each.
func (c *chromium) look(state, script string) {
	c.t.Helper()
	for _, v := range []struct {
		name, scheme string
		width        int
	}{{"light", "light", 1200}, {"dark", "dark", 1200}, {"phone", "light", 375}, {"phone-dark", "dark", 375}} {
		c.shoot(state+"-"+v.name, v.width, v.scheme)
		if found := c.judge(script); found != "" {
			c.t.Errorf("%s, %s:\n%s", state, v.name, found)
		}
	}
}

// axe-core is there and at work: what is known to be wrong is found.
func TestAxeFindsWhatIsWrong(t *testing.T) {
	script := axe(t)
	c := startChromium(t, "")
	c.open("data:text/html,<html lang=en><title>x</title><main><h1>x</h1><img src=x><p style='color:%23aaa'>faint</p><input>" +
		"<svg style='background:%23fff'><text y=20 fill=%23aaa>plot</text></svg></main>")
	c.await(`document.querySelector("input") !== null`)
	found := c.judge(script)
	for _, rule := range []string{"image-alt", "color-contrast", "label", "contrast 2.3"} {
		if !strings.Contains(found, rule+": ") {
			t.Errorf("%s was not found:\n%s", rule, found)
		}
	}
}
