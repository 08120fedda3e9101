package alert

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// maxRequests is how many request ids an alert carries.
const maxRequests = 10

// redacted replaces what was secret.
const redacted = "[redacted]"

// Redactor takes secrets out of text. It is immutable: any number of goroutines may use one.
type Redactor struct {
	escapes    expression // terminal sequences
	assignment expression // NAME=value
	patterns   []pattern
	own        []*regexp.Regexp // the owner's
}

// pattern is one kind of secret. Running all expressions over every text costs far more
// than looking for their hints, and most texts have none.
type pattern struct {
	hints []string // lower case; the expression is tried if the text has one
	re    expression
	with  string
}

// expression compiles itself when it is first used. All of them together take 120 KiB and a millisecond,
// and most texts need few.
type expression func() *regexp.Regexp

func lazily(expr string) expression {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// NewRedactor returns one that knows what matches one of own for a secret too. Text may have been cut in
// the middle of a secret, so patterns that need an end take the end of the text for one.
func NewRedactor(own ...*regexp.Regexp) *Redactor {
	const (
		value  = `(?:"[^"]*"?|'[^']*'?|[^\s"'&,;<>` + "`" + `]+)`
		secret = `(?:pass(?:word|wd|phrase)?|secret[\w-]*|(?:api|access|private|signing|secret)[_-]?key|(?:[a-z]+[_-])?token|sig|signature|` +
			`x-(?:amz|goog)-(?:signature|credential|security-token)|credential)`
	)
	p := func(with, expr string, hints ...string) pattern {
		return pattern{hints: hints, re: lazily(expr), with: with}
	}
	named := []string{"pass", "secret", "key", "token", "sig", "credential"}
	return &Redactor{
		own: own,
		// CSI, OSC with its text, and the two-byte ones.
		escapes:    lazily("\x1b(?:\\[[0-?]*[@-~]?|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[0-Z\\\\^-~])"),
		assignment: lazily(`([A-Za-z_][\w-]*=)` + value),
		patterns: []pattern{
			p("$1/"+redacted, `(?i)(https?:(?:\\?/){2}hooks\.slack(?:-gov)?\.com)\\?/[^\s"'<>]*`, "hooks.slack"),
			// The last @ counts: passwords hold unescaped @ and /. Without one, the text was cut in it.
			p("$1"+redacted+"@", `(:(?:\\?/){2})[^\s"'<>:@/]*:[^\s"'<>]*@`, "//", `/\/`),
			p("$1"+redacted+"@", `(:(?:\\?/){2})[^\s"'<>:@/]+@`, "//", `/\/`),
			p("$1"+redacted, `(:(?:\\?/){2})[^\s"'<>:@/]*:[^\s"'<>/@]*[^\s"'<>/@\d][^\s"'<>@]*$`, "//", `/\/`),
			p(redacted, `(?i)HRKU-[\w-]+`, "hrku-"),
			p(redacted, `\bd\.[0-9a-f]{8}-[0-9a-f-]{1,27}`, "d."),
			p(redacted, `x(?:ox[a-z]|app)(?:\.xox[a-z])?-[\w-]+`, "xox", "xapp-"),
			p(redacted, `(?:AKIA|ASIA)[A-Z0-9]{8,}`, "akia", "asia"),
			// GitHub, GitLab, Stripe, npm, SendGrid, Google: what apps on Heroku hold most often.
			p(redacted, `\b(?:gh[pousr]_|github_pat_|glpat-|[srp]k_(?:live|test)_|npm_)[\w-]{8,}`, "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "k_live_", "k_test_", "npm_"),
			p(redacted, `\bSG\.[\w-]{8,}(?:\.[\w-]*)?`, "sg."),
			p(redacted, `\bAIza[\w-]{16,}`, "aiza"),
			p(redacted, `(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`, "private key"),
			p("$1"+redacted, `(?i)((?:set-)?cookie["']?\s*[:=]\s*["']?)[^"'\n]+`, "cookie"),
			p(redacted, `eyJ[\w-]{6,}(?:\.[\w-]*){0,4}`, "eyj"),
			p("$1"+redacted, `(?i)(bearer\s+)[\w.~+/=-]{6,}`, "bearer"),
			p(`fwd="`+redacted+`"`, `fwd="[^"]*"?`, `fwd="`),
			p("fwd="+redacted, `fwd=[^\s"]+`, "fwd="),
			p(redacted, `[\p{L}\p{N}._%+-]+@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}|[\p{L}\p{N}._%+-]+@\p{L}[\p{L}\p{N}.-]*$`, "@"),
			// The vaguest last: they may take the beginning of a sharper one for their value.
			p("$1"+redacted, `(?i)(authorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|token|digest)\s+)?)[^\s"',]+`, "authorization"),
			p("$1"+redacted, `(?i)((?:\b|_)`+secret+`["']?\s*(?:=>|[=:])\s*)`+value, named...),
			p("$1"+redacted, `(?i)(--?(?:[a-z]+-)*`+secret+`\s+)`+value, named...),
		},
	}
}

// Redact returns s as valid UTF-8, without terminal sequences and control characters other than line
// feed and tab, and with its secrets replaced: passwords, tokens and signatures of the kinds that
// turn up in an app's log, e-mail addresses, the router's fwd addresses, and the values of
// KEY=value in the platform's "Starting process with command". What the owner's patterns match is
// replaced whole.
func (r *Redactor) Redact(s string) string {
	s = r.command(r.clean(s))
	lower := strings.ToLower(s)
	for _, p := range r.patterns {
		for _, hint := range p.hints {
			if strings.Contains(lower, hint) {
				s = p.re().ReplaceAllString(s, p.with)
				break
			}
		}
	}
	for _, re := range r.own {
		s = re.ReplaceAllString(s, redacted)
	}
	return s
}

// command hides config values that somebody wrote into a command.
func (r *Redactor) command(s string) string {
	const start = "Starting process with command"
	i := strings.Index(s, start)
	if i < 0 {
		return s
	}
	return s[:i] + r.assignment().ReplaceAllString(s[i:], "$1"+redacted)
}

// clean makes s harmless to show.
func (r *Redactor) clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	s = r.escapes().ReplaceAllString(s, "")
	return strings.Map(func(c rune) rune {
		if hidden(c) {
			return -1
		}
		return c
	}, s)
}

// hidden says that c controls how text is shown, and shows nothing itself. The bidirectional ones
// can make a line read as another.
func hidden(c rune) bool {
	return c != '\n' && c != '\t' && unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)
}

// alert redacts all of an alert that people will see.
func (r *Redactor) alert(a Alert) Alert {
	a.Plot = r.Redact(a.Plot)
	a.Key, a.Summary, a.Figure = r.Redact(a.Key), r.Redact(a.Summary), r.Redact(a.Figure)
	a.Details, a.Next, a.Labels = r.lines(a.Details), r.lines(a.Next), r.labels(a.Labels)
	a.Evidence, a.Requests = r.evidence(a.Evidence), r.lines(first(a.Requests, maxRequests))
	return a
}

// lines redacts each, into a list of its own.
func (r *Redactor) lines(in []string) []string {
	var out []string
	for _, line := range in {
		out = append(out, r.Redact(line))
	}
	return out
}

func first(lines []string, n int) []string { return lines[:min(n, len(lines))] }
