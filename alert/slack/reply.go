package slack

import (
	"context"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"drain/alert"
)

// What the parts of a reply may cost, see cost: together below 12,000, each below 3,000.
const (
	changesLimit = 2600
	chunkLimit   = 2700 // of the evidence, in one block
	maxChunks    = 3
)

// Reply tells in the message's thread what changed. What people should notice is shown in the channel
// too: Slack tells nobody of a message that was edited.
func (n *Notifier) Reply(ctx context.Context, inc alert.Incident, was alert.Receipt, changes []alert.Change, missed int) error {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	var err error
	for _, length := range []length{full, brief, plain} {
		opts := append(renderReply(inc, changes, missed, length).options(), slack.MsgOptionTS(was.TS),
			slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
		if slices.ContainsFunc(changes, func(c alert.Change) bool { return c.Loud }) {
			opts = append(opts, slack.MsgOptionBroadcast())
		}
		var channel, ts string
		channel, ts, err = n.api.PostMessageContext(ctx, was.Channel, opts...)
		if _, err = receipt(channel, ts, err); err == nil {
			return nil
		}
		if !unfit(err) {
			break
		}
	}
	return n.explain(err)
}

// renderReply lists changes, and what the log said with them.
func renderReply(inc alert.Incident, changes []alert.Change, missed int, l length) message {
	var lines, requests []string
	var said [][]string
	if missed > 0 {
		lines = append(lines, fmt.Sprintf("%d earlier changes are left out", missed))
	}
	for _, c := range changes {
		lines = append(lines, c.At.UTC().Format("15:04:05")+" "+c.Text)
		said = append(said, c.Evidence)
		for _, id := range c.Requests {
			if !slices.Contains(requests, id) && len(requests) < maxRequests {
				requests = append(requests, id)
			}
		}
	}
	what := list("", lines, changesLimit, len(lines))
	last := changes[len(changes)-1].Text
	m := message{text: fit(line(inc.App+": "+last), headlineLimit), plain: l == plain}
	if m.plain {
		m.text = what
		return m
	}
	parts := []string{what}
	if l == full {
		for _, chunk := range chunks(quote(alert.Evidence(said...)), chunkLimit) {
			parts, requests = append(parts, fromLog(chunk, requests, chunkLimit)), nil
		}
	}
	_, colour := look(inc)
	m.body = slack.Attachment{Color: colour, Blocks: slack.Blocks{BlockSet: append(sections(parts...), small("times in UTC"))}}
	return m
}

// chunks parts lines so that each part is within limit, the first few.
func chunks(lines []string, limit int) [][]string {
	var out [][]string
	spent := limit + 1
	for _, l := range lines {
		if spent += cost(l) + 2; spent > limit-450 { // the rest is for the title
			out, spent = append(out, nil), cost(l)
		}
		out[len(out)-1] = append(out[len(out)-1], l)
	}
	return out[:min(len(out), maxChunks)]
}
