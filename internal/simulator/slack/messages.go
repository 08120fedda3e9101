package slack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"
)

const (
	maxMessages = 1000
	maxVersions = 100 // of a message
)

// Message is one message in the channel, with what it said before.
type Message struct {
	TS        string
	Thread    string          // TS of the message it replies to; empty if it doesn't
	Broadcast bool            // a reply that is shown in the channel too
	Webhook   bool            // came by the webhook, so nobody can change it
	Metadata  json.RawMessage // nil without
	File      *File           // what it shows; nil: text only
	Versions  []Version
}

// Version is what a message said from At on.
type Version struct {
	At     time.Time
	Text   string          // the fallback, if there are blocks
	Blocks json.RawMessage // as sent; nil without
	Shown  []string        // what people read: the blocks' texts in order, or Text

	Buttons []Button // that can be pressed, see Server.Press
}

// Last is what the message says now.
func (m Message) Last() Version { return m.Versions[len(m.Versions)-1] }

// Messages lists the messages, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.messages)
	for i := range list {
		list[i].Versions = slices.Clone(list[i].Versions)
	}
	return list
}

func (s *Server) postMessage(form url.Values) (any, *refusal) {
	if to := form.Get("channel"); to != s.ChannelID && to != s.Channel && "#"+to != s.Channel {
		return nil, &refusal{Error: "channel_not_found"}
	}
	if no := content(form.Get("text"), []byte(form.Get("blocks")), []byte(form.Get("attachments"))); no != nil {
		return nil, no
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	thread := form.Get("thread_ts")
	if thread != "" && s.find(thread) == nil {
		return nil, &refusal{Error: "thread_not_found"}
	}
	m := s.add(Message{
		Thread: thread, Broadcast: thread != "" && form.Get("reply_broadcast") == "true", Metadata: metadataOf(form),
	}, version(form.Get("text"), []byte(form.Get("blocks")), []byte(form.Get("attachments"))))
	return s.said(m), nil
}

func (s *Server) updateMessage(form url.Values) (any, *refusal) {
	// A name is no good here, though chat.postMessage takes one.
	if form.Get("channel") != s.ChannelID {
		return nil, &refusal{Error: "channel_not_found"}
	}
	if no := content(form.Get("text"), []byte(form.Get("blocks")), []byte(form.Get("attachments"))); no != nil {
		return nil, no
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(form.Get("ts"))
	switch {
	case m == nil:
		return nil, &refusal{Error: "message_not_found"}
	case m.Webhook:
		return nil, &refusal{Error: "cant_update_message"}
	}
	v := version(form.Get("text"), []byte(form.Get("blocks")), []byte(form.Get("attachments")))
	if len(m.Versions) == maxVersions {
		m.Versions = slices.Delete(m.Versions, 1, 2) // the first post is worth keeping
	}
	m.Versions = append(m.Versions, v)
	if meta := metadataOf(form); meta != nil {
		m.Metadata = meta
	}
	return s.said(*m), nil
}

// find is the message with this ts, or nil. s.mu is held.
func (s *Server) find(ts string) *Message {
	for i := range s.messages {
		if s.messages[i].TS == ts {
			return &s.messages[i]
		}
	}
	return nil
}

// add keeps a new message. Its ts is its id and its time, unique in the channel. s.mu is held.
func (s *Server) add(m Message, v Version) Message {
	s.lastTS = max(s.lastTS+1, v.At.UnixMicro())
	m.TS = fmt.Sprintf("%d.%06d", s.lastTS/1e6, s.lastTS%1e6)
	m.Versions = []Version{v}
	if len(s.messages) == maxMessages {
		s.messages = slices.Delete(s.messages, 0, 1)
	}
	s.messages = append(s.messages, m)
	return m
}

// said is the answer about a message.
func (s *Server) said(m Message) any {
	last := m.Last()
	return map[string]any{
		"ok": true, "channel": s.ChannelID, "ts": m.TS, "text": last.Text,
		"message": map[string]any{
			"type": "message", "user": s.bot, "bot_id": "B" + s.bot[1:], "ts": m.TS, "thread_ts": m.Thread,
			"text": last.Text, "blocks": last.Blocks,
		},
	}
}

func version(text string, blocks, attachments []byte) Version {
	v := Version{At: time.Now(), Text: text, Buttons: buttonsOf(blocks, attachments)}
	if len(blocks) > 0 {
		v.Blocks = blocks
	}
	c := &checker{}
	c.all(blocks, attachments)
	if v.Shown = c.shown; len(c.shown) == 0 {
		v.Shown = []string{text}
	}
	return v
}
