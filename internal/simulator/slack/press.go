package slack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	answerWithin = 3 * time.Second // what Slack allows an app
	maxWhispers  = 5               // uses of one response_url
	pressedPath  = "/actions/"
)

// Button is one that a message shows.
type Button struct {
	ActionID string `json:"action_id"`
	Value    string `json:"value"`
	Label    string `json:"-"`
}

// Press is somebody's press of a button.
type Press struct {
	Endpoint string // the app's URL for interactions
	Base     string // where this Server is reached, for response_url
	User     string // ID
	Name     string
	TS       string // of the message
	Action   string // action_id of the button
	Value    string // or the value of one that the message had before
}

// Whisper is what an app told one person alone.
type Whisper struct{ User, Text string }

// Press sends the app what Slack sends when a button of the message as it is now is pressed, signed
// with SigningSecret, and returns the status it answers. An answer that comes late or isn't 200 is
// reported to Options.Violate.
func (s *Server) Press(ctx context.Context, p Press) (status int, err error) {
	s.mu.Lock()
	m := s.find(p.TS)
	if m == nil {
		s.mu.Unlock()
		return 0, errors.New("press: there is no such message")
	}
	last := m.Last()
	s.pressed++
	path := pressedPath + strconv.Itoa(s.pressed)
	s.responses[path] = &response{user: p.User}
	s.mu.Unlock()

	if p.Value != "" {
		return s.interact(ctx, p, Button{p.Action, p.Value, ""}, last, p.Base+path)
	}
	for _, b := range last.Buttons {
		if b.ActionID == p.Action {
			return s.interact(ctx, p, b, last, p.Base+path)
		}
	}
	return 0, fmt.Errorf("press: the message has no button %s", p.Action)
}

// interact makes the request.
func (s *Server) interact(ctx context.Context, p Press, b Button, last Version, responseURL string) (int, error) {
	payload, err := json.Marshal(object{
		"type": "block_actions", "api_app_id": "A" + s.bot[1:], "trigger_id": "1.2.3", "response_url": responseURL,
		"user":    object{"id": p.User, "username": p.Name, "name": p.Name, "team_id": "T" + s.ChannelID[1:]},
		"channel": object{"id": s.ChannelID}, "container": object{"type": "message", "message_ts": p.TS},
		"message": object{"ts": p.TS, "text": last.Text, "blocks": last.Blocks},
		"actions": []any{object{"type": "button", "action_id": b.ActionID, "value": b.Value, "text": object{"type": "plain_text", "text": b.Label}}},
	})
	if err != nil {
		return 0, fmt.Errorf("press: %w", err)
	}
	body := []byte(url.Values{"payload": {string(payload)}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("press: %w", err)
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.SigningSecret))
	fmt.Fprintf(mac, "v0:%s:%s", timestamp, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	began := time.Now()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, fmt.Errorf("press: %w", err)
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	if took := time.Since(began); took > answerWithin || resp.StatusCode != http.StatusOK {
		s.opt.Violate("Slack: a press of %s was answered %d after %v, want 200 within %v", p.Action, resp.StatusCode, took, answerWithin)
	}
	return resp.StatusCode, err
}

// response is what a response_url leads to.
type response struct {
	user string
	uses int
}

// respond takes what an app tells the person who pressed. Only ephemeral messages are known.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Type    string `json:"response_type"`
		Replace bool   `json:"replace_original"`
		Text    string `json:"text"`
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if dec.Decode(&said) != nil || said.Type != "ephemeral" || said.Replace || said.Text == "" {
		s.violate(r, "invalid_payload")
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to := s.responses[r.URL.Path]
	if to == nil || to.uses == maxWhispers {
		http.Error(w, "used_url", http.StatusNotFound)
		return
	}
	to.uses++
	s.whispers = append(s.whispers, Whisper{to.user, said.Text})
	io.WriteString(w, "ok")
}

// Whispers lists what people were told alone, oldest first.
func (s *Server) Whispers() []Whisper {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Whisper(nil), s.whispers...)
}

// buttonsOf finds the buttons in blocks and attachments, in order.
func buttonsOf(blocks, attachments []byte) []Button {
	type block struct {
		Type     string
		Elements []struct {
			Type string
			Button
			Text struct{ Text string }
		}
	}
	var all []block
	var beside []struct{ Blocks []block }
	// What isn't blocks has been refused.
	_ = json.Unmarshal(blocks, &all)
	_ = json.Unmarshal(attachments, &beside)
	for _, a := range beside {
		all = append(all, a.Blocks...)
	}
	var found []Button
	for _, b := range all {
		if b.Type != "actions" {
			continue
		}
		for _, e := range b.Elements {
			e.Label = e.Text.Text
			found = append(found, e.Button)
		}
	}
	return found
}
