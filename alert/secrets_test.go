package alert

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// secrets is one of each kind that turns up in logs. What stands in braces must not come through.
var secrets = []string{
	// URLs' passwords.
	"redis://h:{p4ssW0rd-Zq7}@ec2-1.compute.amazonaws.com:6379", "rediss://:{p4ss/W0rd@Zq7}@host:6380/0",
	"postgres://user:{p4ssW0rdZq7}@db.example/x", "mongodb+srv://user:{p4ssW0rdZq7}@cluster.example", "amqp://u:{p4ssZq7}@mq.example",
	"https://{0123abcdef0123Zq7}@o1.ingest.sentry.io/42",
	// Tokens.
	"{HRKU-AAbcdef12-3456-7890-abcd-ef0123456789}", "{xoxb-1234-5678-abcdefZq7}", "{xoxp-1234-Zq7}", "{xoxe.xoxp-1-Zq7}", "{xapp-1-A2-Zq7}",
	"{AKIAIOSFODNN7EXAMPLE}", "{ASIAIOSFODNN7EXAMPLE}", "aws_secret_access_key={wJalrXUtnFEMIK7MDENGbPxRfiCYZq7}",
	"{eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4Zq7}", "Authorization: Bearer {abcDEF123.Zq7}", "authorization: Basic {dXNlcjpwYXNzZq7=}",
	"Authorization: Token {0123456789Zq7}", "{ghp_0123456789abcdefghijZq7}", "{github_pat_0123456789Zq7}", "{glpat-0123456789Zq7}", "{sk_live_0123456789Zq7}",
	"{rk_test_0123456789Zq7}", "{npm_0123456789Zq7}", "{SG.0123456789.Zq7Zq7Zq7}", "{AIzaSyA0123456789abcdefZq7}",
	"{d.73ea7440-270a-435a-a0ea-adf50b4e5f5a}", "https://hooks.slack.com{/services/T0/B0/Zq7Zq7}",
	"-----BEGIN RSA PRIVATE KEY-----{MIIEpAIBAAKCAQEAZq7}",
	// Named ones.
	"password={hunter2Zq7}", `"password": "{hunter2Zq7}"`, "passwd={hunter2Zq7}", "api_key={hunter2Zq7}", "api-key: {hunter2Zq7}", "apikey={hunter2Zq7}",
	"secret={hunter2Zq7}", "SECRET_KEY_BASE={hunter2Zq7}", "access_token={hunter2Zq7}", "client_secret={hunter2Zq7}", "--token {hunter2Zq7}",
	"Cookie: {session=hunter2Zq7; a=b}", "set-cookie: {sid=hunter2Zq7; Path=/}",
	// Pre-signed URLs.
	"https://b.s3.amazonaws.com/k?X-Amz-Credential={AKZq7}&X-Amz-Signature={0a1bZq7}", "https://b.s3.amazonaws.com/k?X-Amz-Security-Token={IQoJZq7}",
	"https://storage.googleapis.com/b/k?X-Goog-Signature={0a1bZq7}", "https://x.blob.core.windows.net/k?se=1&sig={a%2BbZq7}",
	"https://d1.cloudfront.net/k?Expires=1&Signature={abcZq7}",
	// People.
	"{jo.e+x@mail.example.org}", "<{joe@example.org}>", `fwd="{203.0.113.7, 10.0.0.1}"`, "fwd={203.0.113.7}",
	// Config values in commands.
	"Starting process with command `DATABASE={hunter2Zq7} node app.js`", "Starting process with command `FOO=\"{hunter2 Zq7}\" npm start`",
	// The owner's own.
	"customer {cust-004711}",
}

var (
	braced   = regexp.MustCompile(`\{([^}]*)\}`)
	ownKinds = []*regexp.Regexp{regexp.MustCompile(`cust-[0-9]+`)}
)

// No kind of secret comes through, whatever it stands in.
func TestSecrets(t *testing.T) {
	r := NewRedactor(ownKinds...)
	for _, s := range secrets {
		text := braced.ReplaceAllString(s, "$1")
		for _, around := range []string{
			"%s", "at=error msg=\"x\" %s code=H12", "Error: failed (%s) at app.js:12", "\t%s\n    at next", "Zoë says: %s!", "[%s]", "\x1b[31m%s\x1b[0m", "%s\xff",
			strings.Repeat("x ", 200) + "%s",
		} {
			got := r.Redact(fmt.Sprintf(around, text))
			for _, m := range braced.FindAllStringSubmatch(s, -1) {
				if strings.Contains(got, m[1]) || len(m[1]) > 12 && strings.Contains(got, m[1][len(m[1])/2:]) {
					t.Errorf("%q in %q came through: %q", m[1], around, got)
				}
			}
			if !strings.Contains(got, redacted) {
				t.Errorf("%q is not marked as redacted: %q", s, got)
			}
		}
	}
}

// Nor by any way out: the notifier, its replies, the ledger, the API, the log.
func TestSecretsByEveryWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var plain []string
		for _, s := range secrets {
			plain = append(plain, braced.ReplaceAllString(s, "$1"))
		}
		slack, store := newThreaded(), &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store, Redact: ownKinds})
		for i, s := range plain {
			d.fire(s, cause(fmt.Sprint(i)), func(a *Alert) {
				a.Summary, a.Figure, a.Details, a.Next = s, s, []string{s}, []string{s}
				a.Evidence, a.Requests, a.Labels = []string{s}, []string{s}, map[string]string{"dyno": s}
			})
			d.Note("enketo", fmt.Sprint(i), s)
			d.Measure("enketo", "memory-quota-exceeded", s, 1, s)
		}
		after(5 * time.Minute)
		for i, s := range plain {
			d.resolve(s, cause(fmt.Sprint(i)))
		}
		after(5 * time.Minute)
		ways := map[string]string{
			"the notifier": fmt.Sprintf("%+v", slack.requests()), "replies": slack.story(), "the ledger": strings.Join(store.puts, ""),
			"the API": fmt.Sprintf("%+v %+v", d.Open(), d.History()), "the log": d.log.String(),
		}
		for way, text := range ways {
			for _, s := range secrets {
				for _, m := range braced.FindAllStringSubmatch(s, -1) {
					if strings.Contains(text, m[1]) {
						t.Errorf("%q came through by %s", m[1], way)
					}
				}
			}
		}
		if !strings.Contains(ways["replies"], redacted) || !strings.Contains(ways["the API"], redacted) {
			t.Error("nothing was said at all")
		}
		_ = d.end()
	})
}
