package slack

import (
	"github.com/slack-go/slack"

	"drain/alert"
)

// length says how much of an incident a message tells.
type length int

const (
	full  length = iota
	brief        // no details and no evidence
	plain        // no blocks at all
)

// metadataType marks our messages, so that they can be found again.
const metadataType = "drain_incident"

// message is an incident as Slack gets it: a headline, and the rest beside a coloured bar.
type message struct {
	text     string // what notifications and screen readers say; all there is in a plain one
	head     []slack.Block
	body     slack.Attachment
	plain    bool
	incident string // empty for a reply
}

func (m message) options() []slack.MsgOption {
	options := []slack.MsgOption{
		slack.MsgOptionText(m.text, false),
		// chat.update's default would turn @names and bare domains of log text into links.
		slack.MsgOptionParse(false),
	}
	if m.plain {
		// Empty, not absent: an update would keep what it replaces.
		options = append(options, slack.MsgOptionBlocks(), slack.MsgOptionAttachments([]slack.Attachment{}...))
	} else {
		options = append(options, slack.MsgOptionBlocks(m.head...), slack.MsgOptionAttachments(m.body))
	}
	if m.incident == "" {
		return options
	}
	return append(options, slack.MsgOptionMetadata(
		slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"id": m.incident}}))
}

func (m message) webhook() *slack.WebhookMessage {
	w := &slack.WebhookMessage{Text: m.text, Parse: "none", UnfurlLinks: new(false), UnfurlMedia: new(false)}
	if !m.plain {
		w.Blocks, w.Attachments = &slack.Blocks{BlockSet: m.head}, []slack.Attachment{m.body}
	}
	return w
}

// sections makes one block of each text that isn't empty.
func sections(texts ...string) []slack.Block {
	var blocks []slack.Block
	for _, s := range texts {
		if s != "" {
			blocks = append(blocks, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, s, false, false), nil, nil))
		}
	}
	return blocks
}

// small is a block of faint text.
func small(text string) slack.Block {
	return slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, text, false, false))
}

// look is the emoji and the colour of the bar.
func look(inc alert.Incident) (emoji, colour string) {
	switch {
	case inc.State == alert.Resolved:
		return ":white_check_mark:", "#2eb67d"
	case inc.Severity == alert.Critical:
		return ":rotating_light:", "#d72b3f"
	case inc.Severity == alert.Warning:
		return ":warning:", "#f2a600"
	default:
		return ":information_source:", "#439fe0"
	}
}
