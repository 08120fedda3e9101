package alert

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	r := NewRedactor()
	f := func(in, want string) {
		t.Helper()
		if got := r.Redact(in); got != want {
			t.Errorf("Redact(%q)\n got %q\nwant %q", in, got, want)
		}
		if got := r.Redact(want); got != want {
			t.Errorf("a second time: Redact(%q) is %q", want, got)
		}
	}
	// Passwords in URLs.
	f("redis://h:p4ssw0rd@ec2-1.compute.amazonaws.com:6379", "redis://[redacted]@ec2-1.compute.amazonaws.com:6379")
	f("rediss://:p4ssw0rd@host:6380/0 refused", "rediss://[redacted]@host:6380/0 refused")
	f("at postgres://u:a/b@c+d@db.example/x?y=1", "at postgres://[redacted]@db.example/x?y=1")
	f(`{"url":"redis:\/\/h:p4ssw0rd@host"}`, `{"url":"redis:\/\/[redacted]@host"}`)
	f("redis://a:one@h1,redis://b:two@h2", "redis://[redacted]@h2")
	f("https://0123abcd@o1.ingest.sentry.io/42", "https://[redacted]@o1.ingest.sentry.io/42")
	f("connect to redis://h:p4ssw", "connect to redis://[redacted]") // cut at 512 bytes
	// Tokens.
	f("key HRKU-AAlong-12_34 refused", "key [redacted] refused")
	f("xoxb-12-34-abc xoxp-1 xoxe.xoxp-1-2 xapp-1-A2", "[redacted] [redacted] [redacted] [redacted]")
	f("AKIAIOSFODNN7EXAMPLE ASIAIOSFODNN7EXAMPLE", "[redacted] [redacted]")
	f("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4", "jwt [redacted]")
	f("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", "jwt [redacted]") // cut
	f("drain d.73ea7440-270a-435a-a0ea-adf50b4e5f5a", "drain [redacted]")
	f("Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]")
	f(`"authorization":"Basic dXNlcjpwYXNz",`, `"authorization":"Basic [redacted]",`)
	f("sent bearer 0123456789", "sent bearer [redacted]")
	// Named secrets.
	f("password=hunter2 user=joe", "password=[redacted] user=joe")
	f(`{"api_key": "s3cr3t", "n": 1}`, `{"api_key": [redacted], "n": 1}`)
	f("SECRET_KEY_BASE=0badc0de", "SECRET_KEY_BASE=[redacted]")
	f("DRAIN_PASSWORD: 'a b'", "DRAIN_PASSWORD: [redacted]")
	f("run --access-token abc123", "run --access-token [redacted]")
	// Slack's webhooks.
	f("post https://hooks.slack.com/services/T0/B0/xyz: 500", "post https://hooks.slack.com/[redacted] 500")
	// Signed URLs.
	f("GET https://b.s3.amazonaws.com/k?X-Amz-Credential=AB%2F1&X-Amz-Signature=0a1b&x=1",
		"GET https://b.s3.amazonaws.com/k?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&x=1")
	f("/blob?se=1&sig=a%2Bb%3D", "/blob?se=1&sig=[redacted]")
	f("Credential=A/1, SignedHeaders=host, Signature=ff00", "Credential=[redacted], SignedHeaders=host, Signature=[redacted]")
	// People.
	f("mail to jo.e+x@mail.example.org failed", "mail to [redacted] failed")
	f("mail to zoë@exämple.de", "mail to [redacted]")
	f("mail to joe@exam", "mail to [redacted]") // cut
	f(`at=info fwd="203.0.113.7, 10.0.0.1" dyno=web.1`, `at=info fwd="[redacted]" dyno=web.1`)
	f("fwd=203.0.113.7 dyno=web.1", "fwd=[redacted] dyno=web.1")
	// Config values in commands.
	f("Starting process with command `A=1 B_C=\"x y\" node app.js --port=5000`",
		"Starting process with command `A=[redacted] B_C=[redacted] node app.js --port=[redacted]`")
	f("Starting process with command `KEY=val", "Starting process with command `KEY=[redacted]") // cut
	// Terminal sequences, control characters, broken UTF-8, characters that turn text around.
	f("\x1b[31;1mred\x1b[0m \x1b]0;title\x07x\x1bMy\x00\r\u0085", "red xy")
	f("a\tb\nc", "a\tb\nc")
	f("caf\xe9 \xff\xfe", "caf\uFFFD \uFFFD")
	f("txt.\u202Eexe", "txt.exe")
	f("\x1b[1mpass\x1b[0mword=hunter2", "password=[redacted]")
	// What people need stays.
	for _, s := range []string{
		"",
		"Error R14 (Memory quota exceeded)",
		"ReplyError: ERR max number of clients reached",
		`at=error code=H12 desc="Request timeout" method=GET path="/x?a=1" request_id=8b4fa2e5-1f6c-4a3c-9a77-2f1d2c3b4a5f dyno=web.1`,
		"sample#active-connections=38 sample#max-connections=38",
		"heroku ps:scale web=1 -a enketo",
		"ioredis@5.3.2 at /app/node_modules/ioredis",
		"connect http://localhost:3000/ and redis://host:6379",
		"web 4 × 26 = 104 of 38; 1 fits",
		"Starting process with command `npm start`",
	} {
		f(s, s)
	}
}

// A log line is cut at 512 bytes, also in a password.
func TestRedactCutPassword(t *testing.T) {
	r := NewRedactor()
	const url, password = "connect redis://h:Tr0ub4dor-and-3@host.example:6379/0", "Tr0ub4dor-and-3"
	for n := range len(url) {
		if got := r.Redact(url[:n]); strings.Contains(got, password[:3]) {
			t.Errorf("cut at %d: %q", n, got)
		}
	}
}

// Whatever stands around it, a secret doesn't come through, and the text is fit to be shown.
func TestRedactProperties(t *testing.T) {
	r := NewRedactor()
	const core = "Zq7Zq7Zq7Zq7Zq7Zq7"
	secret := rapid.SampledFrom([]string{
		"redis://h:" + core + "@host", "https://" + core + "@host", "HRKU-" + core, "xoxb-" + core, "AKIA" + strings.ToUpper(core),
		"eyJ" + core + "." + core, "Bearer " + core, "password=" + core, "https://hooks.slack.com/services/" + core,
		"?X-Amz-Signature=" + core, "&sig=" + core, core + "@mail.example", `fwd="` + core + `"`,
		"Starting process with command `K=" + core + "`",
	})
	junk := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"://", "a:b", "@", "\"", "'", "`", "Starting process with command `", "A=b ", "password", "\x1b[31m", "\x1b]", "\x07",
			"\xff", "\u202e", "Authorization: Basic ", "joe@example.org", "hooks.slack.com/services/x", "--token ", "\n",
		}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Map(rapid.SliceOfN(junk, 0, 6), func(s []string) string { return strings.Join(s, "") })
		got := r.Redact(text.Draw(t, "before") + " " + secret.Draw(t, "secret") + " " + text.Draw(t, "after"))
		if strings.Contains(strings.ToUpper(got), strings.ToUpper(core)) {
			t.Fatalf("the secret came through: %q", got)
		}
		if !utf8.ValidString(got) {
			t.Fatalf("invalid UTF-8: %q", got)
		}
		if strings.ContainsFunc(got, hidden) {
			t.Fatalf("control characters left: %q", got)
		}
	})
}

// Expressions are compiled when they are needed, which would be a bad time to find one broken.
func TestExpressionsCompile(t *testing.T) {
	r := NewRedactor()
	all := []expression{r.escapes, r.assignment}
	for _, p := range r.patterns {
		all = append(all, p.re)
	}
	for _, re := range all {
		re()
	}
}

func BenchmarkRedact(b *testing.B) {
	r := NewRedactor()
	for name, s := range map[string]string{
		"clean": strings.Repeat("at=info method=GET path=/x dyno=web.1 service=8ms status=200 ", 8),
		"url":   strings.Repeat("x", 450) + " redis://h:p4ssw0rd@host:6379 refused",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				r.Redact(s)
			}
		})
	}
}
