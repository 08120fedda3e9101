package slack

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The arguments of the methods that read.
const (
	historyArguments = "token channel cursor inclusive latest limit oldest include_all_metadata"
	listArguments    = "token cursor limit types exclude_archived team_id"
	pageSize         = 100 // messages of one answer, if the client doesn't say
)

// history lists the channel's messages, newest first. Replies are in their threads, unless they were
// broadcast.
func (s *Server) history(form url.Values) (any, *refusal) {
	switch {
	case s.without("channels:history"):
		return nil, &refusal{Error: "missing_scope"}
	case form.Get("channel") != s.ChannelID: // a name is no good here
		return nil, &refusal{Error: "channel_not_found"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Message
	for _, m := range slices.Backward(s.messages) {
		if m.Thread == "" && m.TS > form.Get("oldest") || m.Broadcast {
			found = append(found, m)
		}
	}
	return page(form, found, "messages", func(m Message) any {
		out := map[string]any{"type": "message", "ts": m.TS, "text": m.Last().Text}
		if !m.Webhook {
			out["user"], out["bot_id"] = s.bot, "B"+s.bot[1:]
		}
		if m.Metadata != nil && form.Get("include_all_metadata") == "1" {
			out["metadata"] = m.Metadata
		}
		return out
	})
}

func (s *Server) list(form url.Values) (any, *refusal) {
	if s.without("channels:read") {
		return nil, &refusal{Error: "missing_scope"}
	}
	channels := []string{"C0000000001 general", s.ChannelID + " " + strings.TrimPrefix(s.Channel, "#")}
	return page(form, channels, "channels", func(c string) any {
		id, name, _ := strings.Cut(c, " ")
		return map[string]any{"id": id, "name": name, "is_channel": true}
	})
}

// page answers with the part of items that the cursor asks for. A cursor is where it begins.
func page[T any](form url.Values, items []T, name string, show func(T) any) (any, *refusal) {
	from, _ := strconv.Atoi(form.Get("cursor"))
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil || limit < 1 {
		limit = pageSize
	}
	if from < 0 || from > len(items) || limit > 1000 {
		return nil, &refusal{Error: "invalid_cursor"}
	}
	to := min(from+limit, len(items))
	shown := []any{}
	for _, item := range items[from:to] {
		shown = append(shown, show(item))
	}
	next := ""
	if to < len(items) {
		next = strconv.Itoa(to)
	}
	return map[string]any{
		"ok": true, name: shown, "has_more": next != "", "response_metadata": map[string]string{"next_cursor": next},
	}, nil
}

// Revoke takes a scope from the bot: channels:history, channels:read or files:write.
func (s *Server) Revoke(scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, scope)
}

func (s *Server) without(scope string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.revoked, scope)
}

// metadataOf reads the metadata argument. Slack ignores what isn't an event type with a payload.
func metadataOf(form url.Values) json.RawMessage {
	var m struct {
		EventType    string         `json:"event_type"`
		EventPayload map[string]any `json:"event_payload"`
	}
	raw := form.Get("metadata")
	if json.Unmarshal([]byte(raw), &m) != nil || m.EventType == "" {
		return nil
	}
	return json.RawMessage(raw)
}
