package heroku

import "time"

// The resources, as schema.json of heroku-go v5.5.0 has them. What is always null here has type
// null.

type null *struct{}

type ref struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type user struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

// stamp is how the API writes times: in UTC, whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

type account struct {
	AllowTracking           bool   `json:"allow_tracking"`
	Beta                    bool   `json:"beta"`
	CountryOfResidence      null   `json:"country_of_residence"`
	CreatedAt               string `json:"created_at"`
	DefaultOrganization     null   `json:"default_organization"`
	DefaultTeam             null   `json:"default_team"`
	DelinquentAt            null   `json:"delinquent_at"`
	Email                   string `json:"email"`
	Federated               bool   `json:"federated"`
	ID                      string `json:"id"`
	IdentityProvider        null   `json:"identity_provider"`
	LastLogin               null   `json:"last_login"`
	Name                    null   `json:"name"`
	SmsNumber               null   `json:"sms_number"`
	SuspendedAt             null   `json:"suspended_at"`
	TwoFactorAuthentication bool   `json:"two_factor_authentication"`
	UpdatedAt               string `json:"updated_at"`
	Verified                bool   `json:"verified"`
}

type rateLimit struct {
	Remaining int `json:"remaining"`
}

type appInfo struct {
	ACM                          bool   `json:"acm"`
	ArchivedAt                   null   `json:"archived_at"`
	BuildStack                   ref    `json:"build_stack"`
	BuildpackProvidedDescription string `json:"buildpack_provided_description"`
	CreatedAt                    string `json:"created_at"`
	GitURL                       string `json:"git_url"`
	ID                           string `json:"id"`
	InternalRouting              null   `json:"internal_routing"`
	Maintenance                  bool   `json:"maintenance"`
	Name                         string `json:"name"`
	Organization                 null   `json:"organization"`
	Owner                        user   `json:"owner"`
	Region                       ref    `json:"region"`
	ReleasedAt                   string `json:"released_at"`
	RepoSize                     null   `json:"repo_size"`
	SlugSize                     null   `json:"slug_size"`
	Space                        null   `json:"space"`
	Stack                        ref    `json:"stack"`
	Team                         null   `json:"team"`
	UpdatedAt                    string `json:"updated_at"`
	WebURL                       string `json:"web_url"`
}

type feature struct {
	CreatedAt     string `json:"created_at"`
	Description   string `json:"description"`
	DisplayName   string `json:"display_name"`
	DocURL        string `json:"doc_url"`
	Enabled       bool   `json:"enabled"`
	FeedbackEmail string `json:"feedback_email"`
	ID            string `json:"id"`
	Name          string `json:"name"`
	State         string `json:"state"`
	UpdatedAt     string `json:"updated_at"`
}

type formation struct {
	App       ref    `json:"app"`
	Command   string `json:"command"`
	CreatedAt string `json:"created_at"`
	ID        string `json:"id"`
	Quantity  int    `json:"quantity"`
	Size      string `json:"size"`
	Type      string `json:"type"`
	UpdatedAt string `json:"updated_at"`
}

type dyno struct {
	App       ref        `json:"app"`
	AttachURL null       `json:"attach_url"`
	Command   string     `json:"command"`
	CreatedAt string     `json:"created_at"`
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Release   releaseRef `json:"release"`
	Size      string     `json:"size"`
	State     string     `json:"state"`
	Type      string     `json:"type"`
	UpdatedAt string     `json:"updated_at"`
}

type releaseRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

type release struct {
	AddonPlanNames  []string `json:"addon_plan_names"`
	App             ref      `json:"app"`
	CreatedAt       string   `json:"created_at"`
	Current         bool     `json:"current"`
	Description     string   `json:"description"`
	ID              string   `json:"id"`
	OutputStreamURL null     `json:"output_stream_url"`
	Slug            null     `json:"slug"`
	Status          string   `json:"status"`
	UpdatedAt       string   `json:"updated_at"`
	User            user     `json:"user"`
	Version         int      `json:"version"`
}

type addon struct {
	Actions       []struct{}    `json:"actions"`
	AddonService  ref           `json:"addon_service"`
	App           ref           `json:"app"`
	BilledPrice   null          `json:"billed_price"`
	BillingEntity billingEntity `json:"billing_entity"`
	ConfigVars    []string      `json:"config_vars"`
	CreatedAt     string        `json:"created_at"`
	ID            string        `json:"id"`
	Name          string        `json:"name"`
	Plan          ref           `json:"plan"`
	ProviderID    string        `json:"provider_id"`
	State         string        `json:"state"`
	UpdatedAt     string        `json:"updated_at"`
	WebURL        string        `json:"web_url"`
}

type billingEntity struct {
	ref
	Type string `json:"type"`
}

type attachment struct {
	Addon       attachedAddon `json:"addon"`
	App         ref           `json:"app"`
	CreatedAt   string        `json:"created_at"`
	ID          string        `json:"id"`
	LogInputURL null          `json:"log_input_url"`
	Name        string        `json:"name"`
	Namespace   null          `json:"namespace"`
	UpdatedAt   string        `json:"updated_at"`
	WebURL      string        `json:"web_url"`
}

type attachedAddon struct {
	ref
	App ref `json:"app"`
}

type logDrain struct {
	Addon     null   `json:"addon"`
	CreatedAt string `json:"created_at"`
	ID        string `json:"id"`
	Token     string `json:"token"`
	UpdatedAt string `json:"updated_at"`
	URL       string `json:"url"`
}
