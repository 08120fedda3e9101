package deploy

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// chromium is a real browser with one page, told what to do over a pipe: the DevTools protocol, whose
// messages end with a zero byte.
type chromium struct {
	t        *testing.T
	to       *os.File
	session  string
	closing  atomic.Bool
	password string

	mu      sync.Mutex
	last    int
	waiting map[int]chan json.RawMessage
	console []string // errors that the page made
}

// message is what comes over the pipe: an answer with an ID, or an event with a Method.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

type object = map[string]any

// startChromium runs a browser that answers with the password where a server asks for one.
func startChromium(t *testing.T, password string) *chromium {
	t.Helper()
	path := tool(t, "chromium", "chromium")
	theirs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Tests may run as root, where Chromium has no sandbox; it sees nothing but our own page.
	cmd := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{theirs, answers} // 3 and 4, as it expects them
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	answers.Close()
	c := &chromium{t: t, to: to, password: password, waiting: make(map[int]chan json.RawMessage)}
	var reader sync.WaitGroup
	reader.Go(func() { c.read(from) })
	t.Cleanup(func() {
		c.closing.Store(true)
		c.send("", "Browser.close", nil)
		reader.Wait()
		to.Close()
		from.Close()
		if err := cmd.Wait(); err != nil {
			t.Logf("chromium: %v", err)
		}
	})
	var made struct{ TargetID, SessionID string }
	c.call("", "Target.createTarget", object{"url": "about:blank"}, &made)
	c.call("", "Target.attachToTarget", object{"targetId": made.TargetID, "flatten": true}, &made)
	c.session = made.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		c.call(c.session, domain+".enable", nil, nil)
	}
	c.call(c.session, "Fetch.enable", object{"handleAuthRequests": true}, nil)
	return c
}

// read takes what comes until the browser has gone.
func (c *chromium) read(from *os.File) {
	r := bufio.NewReader(from)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
			c.t.Errorf("chromium: %v in %.200s", err, text)
			return
		}
		var p struct {
			RequestID string
			Entry     struct{ Level, Text string }
		}
		_ = json.Unmarshal(m.Params, &p) // most events have neither
		switch m.Method {
		case "Fetch.requestPaused":
			c.send(c.session, "Fetch.continueRequest", object{"requestId": p.RequestID})
		case "Fetch.authRequired":
			c.send(c.session, "Fetch.continueWithAuth", object{"requestId": p.RequestID, "authChallengeResponse": object{
				"response": "ProvideCredentials", "username": "me", "password": c.password,
			}})
		case "Log.entryAdded":
			if p.Entry.Level == "error" {
				c.complain(p.Entry.Text)
			}
		case "Runtime.exceptionThrown":
			c.complain(string(m.Params))
		}
		c.mu.Lock()
		if answer := c.waiting[m.ID]; answer != nil {
			delete(c.waiting, m.ID)
			switch {
			case bytes.Contains(m.Error, []byte("navigated or closed")):
				m.Result = json.RawMessage(`{}`) // a click led to another page, and sometimes its answer goes with this one
			case m.Error != nil && !c.closing.Load(): // the page may ask for something as it goes
				c.t.Errorf("chromium: %s", m.Error)
			}
			answer <- m.Result
		}
		c.mu.Unlock()
	}
}

func (c *chromium) complain(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.console = append(c.console, text)
}

// send sends a command and returns where its answer will be.
func (c *chromium) send(session, method string, params object) <-chan json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	command := object{"id": c.last, "method": method}
	if params != nil {
		command["params"] = params
	}
	if session != "" {
		command["sessionId"] = session
	}
	text, err := json.Marshal(command)
	if err != nil {
		c.t.Error(err)
	}
	answer := make(chan json.RawMessage, 1)
	c.waiting[c.last] = answer
	if _, err := c.to.Write(append(text, 0)); err != nil {
		c.t.Errorf("chromium: %v", err)
	}
	return answer
}

// call waits for the answer, and decodes it if it is wanted.
func (c *chromium) call(session, method string, params object, into any) {
	c.t.Helper()
	select {
	case result := <-c.send(session, method, params):
		if into != nil && json.Unmarshal(result, into) != nil {
			c.t.Fatalf("%s: %s", method, result)
		}
	case <-time.After(30 * time.Second):
		c.t.Fatalf("%s: no answer", method)
	}
}

func (c *chromium) open(url string) { c.call(c.session, "Page.navigate", object{"url": url}, nil) }

// eval returns what a JavaScript expression is, as text.
func (c *chromium) eval(expression string) string {
	c.t.Helper()
	var out struct{ Result struct{ Value any } }
	c.call(c.session, "Runtime.evaluate", object{"expression": "String(" + expression + ")", "returnByValue": true}, &out)
	text, _ := out.Result.Value.(string) // none while a page is being loaded
	return text
}

// await waits until an expression is true.
func (c *chromium) await(expression string) {
	c.t.Helper()
	for began := time.Now(); c.eval(expression) != "true"; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			c.capture("late")
			c.t.Fatalf("%s did not come true; the page says:\n%s", expression, c.eval("document.body.innerText"))
		}
	}
}

// tooWide says what makes the page wider than the window, nothing if it isn't.
const tooWide = `document.documentElement.scrollWidth <= innerWidth ? "" :
	[document.documentElement.scrollWidth, ...[...document.querySelectorAll("body *")]
		.filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.tagName + "#" + e.id + "." + e.className)].join(" ")`

// shoot leaves a picture of the page in a window of that width among the test's artifacts (go test
// -artifacts keeps them), and says if the page doesn't fit.
func (c *chromium) shoot(name string, width int, scheme string) {
	c.t.Helper()
	c.call(c.session, "Emulation.setDeviceMetricsOverride", object{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	c.call(c.session, "Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	c.await(fmt.Sprintf("innerWidth === %d", width)) // it is told before it is done
	if wide := c.eval(tooWide); wide != "" {
		c.t.Errorf("%s is wider than its %d pixels: %s", name, width, wide)
	}
	c.capture(name)
}

// capture leaves a picture of the page as it is.
func (c *chromium) capture(name string) {
	c.t.Helper()
	var shot struct{ Data string }
	c.call(c.session, "Page.captureScreenshot", object{"captureBeyondViewport": true}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil || len(png) == 0 {
		c.t.Fatalf("%s: %d bytes, %v", name, len(png), err)
	}
	if err := os.WriteFile(filepath.Join(c.t.ArtifactDir(), name+".png"), png, 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// calm fails the test if the console has told of an error.
func (c *chromium) calm() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range c.console {
		c.t.Errorf("the console says: %s", text)
	}
}
