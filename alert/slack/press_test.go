package slack

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"drain/alert"
)

func attendedTo() alert.Incident {
	inc := redis()
	inc.Acknowledged = alert.Acknowledgement{By: "jo <!channel> (U1)", At: began.Add(time.Minute)}
	inc.Silenced = "silenced until 22 Nov 2026, 21:00 UTC by jo (U1): <@U2> & we know"
	return inc
}

func TestGoldenPress(t *testing.T) {
	f := func(name string, inc alert.Incident) {
		t.Helper()
		m := render(inc, brief, true)
		m.press(inc, began.Add(time.Minute))
		golden(t, name, m)
	}
	f("buttons", redis())
	f("attended", attendedTo())
}

// However long a name or a reason is, Slack takes the message.
func TestAttendedLimits(t *testing.T) {
	for _, piece := range []string{"a ", "<", "&", "\"", "\n", "😀", "```", "<!channel>"} {
		long := strings.Repeat(piece, 5000)
		inc := storm()
		inc.Acknowledged, inc.Silenced = alert.Acknowledgement{By: long, At: began}, long
		for _, l := range []length{full, brief, plain} {
			if wrong := beyond(inc, l); wrong != "" {
				t.Errorf("%q: %s", piece, wrong)
			}
		}
		if n := cost(attended(inc)); n > attendedLimit {
			t.Errorf("%q: %d", piece, n)
		}
	}
	inc := redis()
	for _, process := range []string{"web", strings.Repeat("w<", 64)} {
		inc.Asks = append(inc.Asks, alert.Ask{ID: "a", Text: process, Offer: "Put " + process + " back to 4"})
	}
	m := render(inc, full, true)
	m.press(inc, began)
	ids := map[string]bool{}
	for _, e := range m.body.Blocks.BlockSet[len(m.body.Blocks.BlockSet)-1].(*slack.ActionBlock).Elements.ElementSet {
		b := e.(*slack.ButtonBlockElement)
		if ids[b.ActionID] || utf8.RuneCountInString(b.Text.Text) > 75 || strings.Contains(b.Text.Text, "<") {
			t.Errorf("%s: %s", b.ActionID, b.Text.Text)
		}
		ids[b.ActionID] = true
	}
	if len(ids) != 5 {
		t.Errorf("%v", ids)
	}
	inc = redis()
	inc.ID = strings.Repeat("i", maxPressValue)
	m = render(inc, full, true)
	before := len(m.body.Blocks.BlockSet)
	if m.press(inc, began); len(m.body.Blocks.BlockSet) != before {
		t.Error("buttons that carry too much")
	}
}

// Only a bot's messages have buttons, only where asked for, and only while there is something to do.
func TestButtonsOption(t *testing.T) {
	f := func(what string, n *Notifier, w *workspace, inc alert.Incident, want bool) {
		t.Helper()
		was := notify(t, n, inc, alert.Receipt{})
		key := was.TS
		if key == "" {
			key = "1"
		}
		if got := strings.Contains(string(w.messages[key].Attachments), `"acknowledge"`); got != want {
			t.Errorf("%s: buttons %v, want %v", what, got, want)
		}
		if !json.Valid(w.messages[key].Attachments) {
			t.Errorf("%s: %s", what, w.messages[key].Attachments)
		}
	}
	pressable := func(n *Notifier) *Notifier { n.buttons = true; return n }
	w := newWorkspace(t)
	f("bot", pressable(w.bot()), w, redis(), true)
	f("bot, over", pressable(w.bot()), w, resolved(), false)
	f("bot without", w.bot(), w, redis(), false)
	n, err := New(Options{WebhookURL: w.url + "/services/" + hookID, HTTPClient: w.c, Buttons: true})
	if err != nil {
		t.Fatal(err)
	}
	w = newWorkspace(t)
	n.webhook = w.url + "/services/" + hookID
	f("webhook", n, w, redis(), false)
}
