package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"drain/alert"
)

const (
	clockSkew = 5 * time.Minute // by how much Slack's clock may be behind ours
	pageSize  = 200             // messages or channels asked for at once; Slack recommends no more
	maxPages  = 10
)

// channelID is what Slack calls conversations, as opposed to their names.
var channelID = regexp.MustCompile(`^[CGD][A-Z0-9]{6,}$`)

// channels are the IDs of the channels known by name, shared by a Notifier's copies.
type channels struct {
	mu  sync.Mutex
	ids map[string]string
}

func (c *channels) get(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[name]
}

func (c *channels) put(name, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids[name] = id
}

// errScope says what the bot lacks to look for messages.
var errScope = errors.New("slack: missing_scope: looking for a message needs the scope channels:history " +
	"(groups:history in a private channel), and channels:read where SLACK_CHANNEL is a name and not an ID")

// Find looks through the channel for the message that carries inc's ID. With a webhook it can't.
func (n *Notifier) Find(ctx context.Context, inc alert.Incident, since time.Time) (alert.Receipt, error) {
	if n.webhook != "" {
		return alert.Receipt{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	found, err := n.find(ctx, inc.ID, since.Add(-clockSkew))
	switch {
	case err == nil:
		return found, nil
	case apiCode(err) == "missing_scope":
		return alert.Receipt{}, errScope
	}
	return alert.Receipt{}, n.explain(err)
}

func (n *Notifier) find(ctx context.Context, id string, since time.Time) (found alert.Receipt, err error) {
	channel, err := n.resolve(ctx)
	if err != nil || channel == "" {
		return found, err
	}
	ask := slack.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: fmt.Sprintf("%d.000000", since.Unix()), Limit: pageSize, IncludeAllMetadata: true,
	}
	for range maxPages {
		page, err := n.api.GetConversationHistoryContext(ctx, &ask)
		if err != nil {
			return found, err
		}
		for _, m := range page.Messages {
			if m.Metadata.EventType == metadataType && m.Metadata.EventPayload["id"] == id {
				found = alert.Receipt{Channel: channel, TS: m.Timestamp} // the oldest counts: it is the last here
			}
		}
		if ask.Cursor = page.ResponseMetaData.NextCursor; ask.Cursor == "" {
			break
		}
	}
	return found, nil
}

// resolve returns the channel's ID, empty if there is no channel of its name.
func (n *Notifier) resolve(ctx context.Context) (string, error) {
	if channelID.MatchString(n.channel) {
		return n.channel, nil
	}
	if id := n.known.get(n.channel); id != "" {
		return id, nil
	}
	ask := slack.GetConversationsParameters{
		Limit: pageSize, ExcludeArchived: true, Types: []string{"public_channel", "private_channel"},
	}
	for range maxPages {
		page, next, err := n.api.GetConversationsContext(ctx, &ask)
		if err != nil {
			return "", err
		}
		for _, c := range page {
			if c.Name == strings.TrimPrefix(n.channel, "#") {
				n.known.put(n.channel, c.ID)
				return c.ID, nil
			}
		}
		if ask.Cursor = next; next == "" {
			break
		}
	}
	return "", nil
}
