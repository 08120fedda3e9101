package deploy

import (
	"bytes"
	"net/http"
	"testing"
)

// stray posts as a drain does whose app nobody told us.
func (s *source) stray(token string, lines ...string) {
	s.t.Helper()
	s.deliver("/logs", token, lines...)
}

// deliver posts as a drain with that address and token does.
func (s *source) deliver(path, token string, lines ...string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+s.Addr()+path, bytes.NewReader(body(lines...)))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth("drain", drainPassword)
	req.Header.Set("Logplex-Drain-Token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		s.t.Fatalf("status %d", resp.StatusCode)
	}
}

// A person says whose a drain is while its lines come in, and takes that back; with JavaScript and without.
func TestClaimInABrowser(t *testing.T) {
	script := axe(t)
	s := startSource(t)
	c := startChromium(t, "4dm1n")
	const token, other = "d.73ea7440-270a-435a-a0ea-adf50b4e5f5a", "d.00000000-270a-435a-a0ea-adf50b4e5f5a"
	field := `document.getElementById("app-of-` + token + `")`
	says := func(text string) {
		t.Helper()
		c.await(`document.getElementById("unclaimed").innerText.includes("` + text + `")`)
	}

	c.open("http://" + s.Addr() + "/")
	c.await(`document.getElementById("live")?.textContent === "Live"`)
	s.stray(token, "app web.1 hello")
	says("1 message,")
	c.await(`document.getElementById("headline").innerText.includes("A drain is unclaimed")`)
	c.eval(`(` + field + `.focus(), ` + field + `.value = "enk")`)
	s.stray(token, "app web.1 hello")
	says("2 messages,") // the part was swapped
	if got := c.eval(`[document.activeElement.id, ` + field + `.value, ` + field + `.selectionStart]`); got != "app-of-"+token+",enk,3" {
		t.Errorf("what was being typed is now %s", got)
	}
	c.look("unclaimed", script)
	c.eval(field + `.form.requestSubmit()`)
	says("Claimed drains")
	s.stray(token, "app web.1 hello")
	c.await(`document.getElementById("apps").innerText.includes("enk")`)
	c.look("claimed", script)

	scripts := func(on bool) {
		c.call(c.session, "Emulation.setScriptExecutionDisabled", object{"value": !on}, nil)
	}
	scripts(false)
	c.eval(`document.getElementById("undo-` + token + `").click()`)
	c.await(`document.getElementById("live")?.textContent.startsWith("A still picture") && !document.body.innerText.includes("Claimed drains")`)
	s.stray(other, "app web.1 hello")
	c.open("http://" + s.Addr() + "/")
	says(other)
	field = `document.getElementById("app-of-` + other + `")`
	c.calm() // after this it is not: the browser itself tells of an answer 400
	c.eval(`(` + field + `.value = "No app", ` + field + `.form.querySelector("button").click())`)
	c.await(`document.querySelector("[role=alert]")?.innerText.includes('Not claimed: "No app" is not')`)
	scripts(true) // for axe-core; the page is loaded already, without its own
	c.look("misclaimed", script)
	scripts(false)
	c.eval(`(` + field + `.value = "enketo", ` + field + `.form.querySelector("button").click())`)
	says("Claimed drains")
}
