package buttons

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// maxAge is how old a signed request may be: whoever records one can't use it later.
const maxAge = 5 * time.Minute

// signed says whether Slack signed this body lately. It takes the same time wherever a signature is
// wrong.
func signed(secret string, h http.Header, body []byte, now time.Time) bool {
	timestamp := h.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > maxAge {
		return false
	}
	return hmac.Equal([]byte(h.Get("X-Slack-Signature")), []byte(sign(secret, timestamp, body)))
}

// sign is Slack's signature, version v0.
func sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + timestamp + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
