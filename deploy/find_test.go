package deploy

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
)

// say posts one line of an app that may be another than enketo.
func (s *source) say(app string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+s.Addr()+"/logs/"+app, bytes.NewReader(body("app web.1 hello")))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth("drain", drainPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		s.t.Fatalf("status %d", resp.StatusCode)
	}
}

// A person finds an app that the page has no room for, and the page goes on showing that one as it changes.
func TestFindInABrowser(t *testing.T) {
	script := axe(t)
	s := startSource(t)
	for i := range 302 {
		s.say(fmt.Sprintf("app-%03d", i))
	}
	c := startChromium(t, "4dm1n")
	c.open("http://" + s.Addr() + "/")
	c.await(`document.getElementById("live")?.textContent === "Live"`)
	if got := c.eval(`[document.querySelectorAll("#apps article").length, document.getElementById("apps").innerText.includes("2 more apps, none in a worse state: 2 fine")]`); got != "300,true" {
		t.Errorf("shown are %s", got)
	}
	c.eval(`(document.getElementById("find").value = "301", document.getElementById("finds").click())`)
	c.await(`location.search === "?find=301" && document.getElementById("live")?.textContent === "Live"`)
	c.await(`document.querySelector("#apps h3")?.innerText.includes("app-301") && document.querySelectorAll("#apps article").length === 1`)
	c.eval(`(document.getElementById("find").focus(), document.getElementById("find").value = "")`)
	s.say("second-301")
	c.await(`document.querySelectorAll("#apps article").length === 2`) // the part was swapped
	if got := c.eval(`[document.activeElement.id, document.getElementById("find").value]`); got != "find," {
		t.Errorf("what was being typed is now %q", got)
	}
	c.look("found", script)
	c.eval(`document.querySelector("#apps h3 a").click()`)
	c.await(`location.search === "?app=app-301&find=301" && document.getElementById("live")?.textContent === "Live"`)
	c.calm()
}
