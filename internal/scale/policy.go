package scale

import (
	"fmt"
	"regexp"
	"time"
)

// Defaults of a Policy.
const (
	DefaultMin      = 1
	DefaultCooldown = 10 * time.Minute
	DefaultPerHour  = 4
	DefaultVerify   = 5 * time.Minute

	DefaultRestoreAfter = 15 * time.Minute
)

// remembered is how long actions stay in the ledger. A longer cooldown would end sooner than said.
const remembered = 7 * 24 * time.Hour

// longestWait is the longest RestoreAfter. With all its doublings it stays within what is remembered.
const longestWait = 6 * time.Hour

// Policy says what may be done to an app's process types while a rule fires.
type Policy struct {
	Name     string        `yaml:"name"`
	On       string        `yaml:"on"`   // the rule
	Verb     string        `yaml:"verb"` // VerbScale or VerbRestart
	App      string        `yaml:"app"`
	Process  []string      `yaml:"process"`  // process types, the most expendable first, e.g. worker, web
	Min      Min           `yaml:"min"`      // never fewer dynos than this; 0 must be written
	MaxStep  Step          `yaml:"max_step"` // most dynos taken at once
	Mode     Mode          `yaml:"mode"`
	Cooldown time.Duration `yaml:"cooldown"` // between two sheds of a process type, whichever policy did them
	Hours    Hours         `yaml:"hours"`    // of the day; empty is always
	PerHour  int           `yaml:"per_hour"` // most actions on a process type in an hour
	Verify   time.Duration `yaml:"verify"`   // how long an action has to show its effect
	Restore  Restore       `yaml:"restore"`

	// RestoreAfter is how long the incident must be over before anything is brought back. It doubles
	// each time the incident comes back, up to 16 times itself.
	RestoreAfter time.Duration `yaml:"restore_after"`
}

// SetDefaults fills what isn't set.
func (p *Policy) SetDefaults() {
	if p.Verb == "" {
		p.Verb = VerbScale
	}
	if p.Mode == "" {
		p.Mode = DryRun
	}
	if p.Cooldown == 0 {
		p.Cooldown = DefaultCooldown
	}
	if p.PerHour == 0 {
		p.PerHour = DefaultPerHour
	}
	if p.Verify == 0 {
		p.Verify = DefaultVerify
	}
	if p.Restore == "" {
		p.Restore = RestoreApprove
	}
	if p.RestoreAfter == 0 {
		p.RestoreAfter = DefaultRestoreAfter
	}
}

// Heroku's own patterns for names of apps and process types, from the Platform API's schema. {1,128} in
// an expression would take 40 KiB.
var (
	appName     = regexp.MustCompile(`^[a-z][a-z0-9-]{1,28}[a-z0-9]$`)
	processType = regexp.MustCompile(`^[-\w]+$`)
)

const longestProcessType = 128

// Check reports what is wrong with a Policy whose defaults are set, each with what would be right.
// Whether the rule exists and the name is its only one must be checked where all are known.
func (p *Policy) Check(report func(field, problem, fix string)) {
	if p.Name == "" {
		report("name", "is missing", "give the policy a name, e.g. shed-web")
	}
	if p.On == "" {
		report("on", "is missing", "name a rule, e.g. redis-connections-exhausted")
	}
	if !appName.MatchString(p.App) {
		report("app", fmt.Sprintf("%q is no name of a Heroku app", p.App), "3 to 30 of a-z, 0-9 and -, e.g. enketo")
	}
	if p.Verb != VerbScale && p.Verb != VerbRestart {
		report("verb", fmt.Sprintf("%q", p.Verb), "scale, for fewer dynos, or restart, for the dyno with the most memory")
	}
	p.checkProcesses(report)
	if p.MaxStep < 0 {
		report("max_step", fmt.Sprintf("%d dynos", p.MaxStep), "all, or 1 or more")
	}
	if err := new(Mode).UnmarshalText([]byte(p.Mode)); err != nil {
		report("mode", fmt.Sprintf("%q", string(p.Mode)), "dry_run, approve or automatic")
	}
	if err := new(Restore).UnmarshalText([]byte(p.Restore)); err != nil {
		report("restore", fmt.Sprintf("%q", string(p.Restore)), "automatic, approve or never")
	}
	if p.Cooldown <= 0 || p.Cooldown > remembered {
		report("cooldown", p.Cooldown.String(), "more than 0s and at most 168h, as long as actions are remembered")
	}
	if p.PerHour < 1 {
		report("per_hour", fmt.Sprint(p.PerHour), "1 or more")
	}
	if p.Verify <= 0 {
		report("verify", p.Verify.String(), "more than 0s; figures come about once a minute, so e.g. 5m")
	}
	if p.RestoreAfter <= 0 || p.RestoreAfter > longestWait {
		report("restore_after", p.RestoreAfter.String(), "more than 0s and at most 6h: it may double four times, e.g. 15m")
	}
}
