package slack

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
)

// payload is what an incoming webhook takes; slack-go always sends the three flags.
type payload struct {
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Attachments     json.RawMessage `json:"attachments"`
	Username        string          `json:"username"`
	IconEmoji       string          `json:"icon_emoji"`
	IconURL         string          `json:"icon_url"`
	ThreadTS        string          `json:"thread_ts"`
	Parse           string          `json:"parse"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
	ReplyBroadcast  bool            `json:"reply_broadcast"`
	UnfurlLinks     *bool           `json:"unfurl_links"`
	UnfurlMedia     *bool           `json:"unfurl_media"`
}

// webhook posts to the channel the webhook belongs to. It answers in plain text and never says
// where the message is.
func (s *Server) webhook(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, text string) {
		s.violate(r, text)
		http.Error(w, text, status)
	}
	if r.URL.Path != s.Hook {
		refuse(http.StatusNotFound, "no_service")
		return
	}
	var p payload
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if media != "application/json" || dec.Decode(&p) != nil || dec.More() {
		refuse(http.StatusBadRequest, "invalid_payload")
		return
	}
	if no := content(p.Text, p.Blocks, p.Attachments); no != nil {
		refuse(http.StatusBadRequest, no.Error)
		return
	}
	if !s.hook.limiter.Allow() {
		s.limit(w, r, s.hook.wait())
		return
	}
	s.mu.Lock()
	s.add(Message{Webhook: true, Thread: p.ThreadTS}, version(p.Text, p.Blocks, p.Attachments))
	s.mu.Unlock()
	io.WriteString(w, "ok")
}
