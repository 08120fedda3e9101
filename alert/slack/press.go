package slack

import (
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"drain/alert"
	"drain/alert/slack/buttons"
)

const (
	attendedLimit = 500 // cost of who takes care of it, and why nobody is told
	maxLabel      = 75  // characters on a button (docs.slack.dev/reference/block-kit/block-elements)
	maxPressValue = 400 // bytes that a button carries; Slack may count them among a message's characters
)

// attended says who takes care of the incident, what waits for somebody, and why nobody is told of it.
func attended(inc alert.Incident) string {
	s := ""
	if by := inc.Acknowledged.By; by != "" {
		s = "Acknowledged by " + fit(line(by), attendedLimit/4) + ", " + date(inc.Acknowledged.At) + "."
	}
	add := func(text string) {
		if s != "" {
			s += "\n"
		}
		s += text
	}
	if shown := buttons.Shown(inc); len(shown) > 0 { // what the buttons are about
		texts := make([]string, len(shown))
		for i, ask := range shown {
			texts[i] = line(ask.Text)
		}
		add(":raised_hand: " + fit(capital(strings.Join(texts, "; ")), attendedLimit*3/10))
	}
	if inc.Silenced != "" {
		add(":no_bell: " + fit(capital(line(inc.Silenced)), attendedLimit*2/5))
	}
	return s
}

// press adds the buttons that make sense for inc. A message as plain text has none.
func (m *message) press(inc alert.Incident, now time.Time) {
	if m.plain {
		return
	}
	var elements []slack.BlockElement
	for i, b := range buttons.For(inc, now) {
		value := b.Value()
		if value == "" || len(value) > maxPressValue {
			return
		}
		id := string(b.Verb)
		if b.Verb == buttons.Undo { // of which there may be several, and a block's ids must differ
			id += "_" + strconv.Itoa(i)
		}
		label := fitPlain(b.Label(), attendedLimit, maxLabel)
		e := slack.NewButtonBlockElement(id, value, slack.NewTextBlockObject(slack.PlainTextType, label, false, false))
		if b.Verb == buttons.Acknowledge {
			e = e.WithStyle(slack.StylePrimary)
		}
		elements = append(elements, e)
	}
	if len(elements) > 0 {
		m.body.Blocks.BlockSet = append(m.body.Blocks.BlockSet, slack.NewActionBlock("", elements...))
	}
}
