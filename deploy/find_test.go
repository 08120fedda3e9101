package deploy

import (
	"fmt"
	"testing"
)

// A person finds an app that the page has no room for, and the page goes on showing that one as it changes.
func TestFindInABrowser(t *testing.T) {
	script := axe(t)
	s := startSource(t)
	for i := range 302 {
		s.deliver(fmt.Sprintf("/logs/app-%03d", i), "", "app web.1 hello")
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
	s.deliver("/logs/second-301", "", "app web.1 hello")
	c.await(`document.querySelectorAll("#apps article").length === 2`) // the part was swapped
	if got := c.eval(`[document.activeElement.id, document.getElementById("find").value]`); got != "find," {
		t.Errorf("what was being typed is now %q", got)
	}
	c.look("found", script)
	c.eval(`document.querySelector("#apps h3 a").click()`)
	c.await(`location.search === "?app=app-301&find=301" && document.getElementById("live")?.textContent === "Live"`)
	c.calm()
}
