package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"drain/alert"
	"drain/alert/post"
)

// Options say where to post.
type Options struct {
	URL    string // may hold a secret of its own
	Secret string // signs; shared with the receiver
	Page   string // Incident.Page
	HTTP   *http.Client
}

// Notifier posts to one URL.
type Notifier struct {
	url    *url.URL
	key    []byte
	page   string
	client *post.Client
}

var _ alert.Notifier = (*Notifier)(nil)

// New makes a Notifier. It does no request. An error doesn't repeat what it was given.
func New(o Options) (*Notifier, error) {
	u, err := post.URL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	key, err := signingKey(o.Secret)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	secrets := []string{o.Secret, o.URL, u.RequestURI()}
	if u.RequestURI() == "/" {
		secrets = secrets[:2]
	}
	return &Notifier{
		url: u, key: key, page: o.Page,
		client: post.New(post.Options{Name: "webhook", HTTP: o.HTTP, Secrets: secrets}),
	}, nil
}

// signingKey is the key that a secret stands for.
func signingKey(secret string) ([]byte, error) {
	if secret == "" {
		return nil, errors.New("no secret to sign with is set")
	}
	coded, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return []byte(secret), nil
	}
	key, err := base64.StdEncoding.DecodeString(coded)
	if err != nil || len(key) == 0 {
		return nil, errors.New("the secret begins with whsec_, and what follows is not base64")
	}
	return key, nil
}

// Name is webhook.
func (n *Notifier) Name() string { return "webhook" }

// Updates is false: a receiver is told of the beginning and the end.
func (n *Notifier) Updates() bool { return false }

// Notify posts inc as it is now. There is nothing to remember where.
func (n *Notifier) Notify(ctx context.Context, inc alert.Incident, was alert.Receipt) (alert.Receipt, error) {
	id := messageID(inc)
	body, err := json.Marshal(newMessage(id, n.page, inc))
	if err != nil {
		return was, fmt.Errorf("webhook: %w", err)
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	return was, n.client.Send(ctx, n.url, http.Header{
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {timestamp},
		"Webhook-Signature": {n.sign(id, timestamp, body)},
	}, body)
}

func (n *Notifier) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, n.key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// messageID is the same over retries and restarts, and another one each time the incident comes back.
// It is a hash, since an incident's ID may hold what a header can't.
func messageID(inc alert.Incident) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", inc.ID, inc.State, inc.Flaps))
	return "msg_" + hex.EncodeToString(sum[:16])
}
