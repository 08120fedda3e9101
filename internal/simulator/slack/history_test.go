package slack

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	api "github.com/slack-go/slack"
)

// The history is newest first, in pages, with metadata and without what is only in threads.
func TestHistory(t *testing.T) {
	r := newRig(t).unlimited()
	ctx := t.Context()
	post := func(text string, opts ...api.MsgOption) string {
		_, ts, err := r.client.PostMessageContext(ctx, r.ChannelID, append(opts, api.MsgOptionText(text, false))...)
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	read := func(oldest string) (got []string) {
		for cursor := ""; ; {
			resp, err := r.client.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{
				ChannelID: r.ChannelID, Oldest: oldest, Limit: 2, Cursor: cursor, IncludeAllMetadata: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range resp.Messages {
				got = append(got, fmt.Sprint(m.Text, " ", m.Metadata.EventPayload["id"]))
			}
			if cursor = resp.ResponseMetaData.NextCursor; cursor == "" {
				return got
			}
		}
	}
	first := post("first", api.MsgOptionMetadata(api.SlackMetadata{EventType: "drain_incident", EventPayload: map[string]any{"id": "a"}}))
	post("reply", api.MsgOptionTS(first))
	post("loud reply", api.MsgOptionTS(first), api.MsgOptionBroadcast())
	post("second")
	post("third")
	if diff := cmp.Diff([]string{"third <nil>", "second <nil>", "loud reply <nil>", "first a"}, read("0")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"third <nil>", "second <nil>", "loud reply <nil>"}, read(first)); diff != "" {
		t.Errorf("since the first (-want +got):\n%s", diff)
	}
	channels, _, err := r.client.GetConversationsContext(ctx, &api.GetConversationsParameters{Limit: 100})
	if err != nil || len(channels) != 2 || channels[1].ID != r.ChannelID || "#"+channels[1].Name != r.Channel {
		t.Errorf("channels %+v, %v", channels, err)
	}
	r.Revoke("channels:history")
	_, err = r.client.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: r.ChannelID})
	if err == nil || err.Error() != "missing_scope" {
		t.Errorf("%v, want missing_scope", err)
	}
}
