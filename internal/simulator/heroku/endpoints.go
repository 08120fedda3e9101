package heroku

import (
	"fmt"
	"net/http"
	"slices"

	"drain/internal/simulator/app"
	"drain/internal/simulator/logplex"
)

func (s *Server) ref() ref { return ref{s.opt.App.ID, s.opt.App.Name} }

func (s *Server) getAccount(http.ResponseWriter, *http.Request) (int, any, error) {
	created := stamp(s.opt.App.Created)
	return http.StatusOK, account{ID: s.account, Email: s.opt.Email, CreatedAt: created, UpdatedAt: created, Verified: true}, nil
}

func (s *Server) getRateLimit(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, rateLimit{s.remaining()}, nil
}

func (s *Server) getApp(http.ResponseWriter, *http.Request) (int, any, error) {
	a := s.opt.App
	created := stamp(a.Created)
	stack := ref{s.stack, "heroku-24"}
	return http.StatusOK, appInfo{
		ID: a.ID, Name: a.Name, Maintenance: a.Maintenance(), BuildStack: stack, Stack: stack,
		BuildpackProvidedDescription: "Node.js", CreatedAt: created, ReleasedAt: created, UpdatedAt: created,
		GitURL: "https://git.heroku.com/" + a.Name + ".git", WebURL: "https://" + a.Host + "/",
		Owner: user{s.account, s.opt.Email}, Region: ref{s.region, "us"},
	}, nil
}

func (s *Server) patchApp(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var body struct {
		Maintenance *bool `json:"maintenance"`
	}
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	if body.Maintenance != nil {
		s.opt.App.SetMaintenance(*body.Maintenance)
	}
	return s.getApp(w, r)
}

func (s *Server) listDynos(w http.ResponseWriter, r *http.Request) (int, any, error) {
	releases := s.opt.App.Releases()
	current := releases[len(releases)-1]
	var list []dyno
	for _, d := range s.opt.App.Dynos() {
		list = append(list, dyno{
			App: s.ref(), Command: d.Command, CreatedAt: stamp(d.Created), ID: d.ID, Name: d.Name,
			Release: releaseRef{current.ID, current.Version}, Size: d.Size, State: d.State, Type: d.Type, UpdatedAt: stamp(d.Updated),
		})
	}
	return page(w, r, list, map[string]func(dyno) string{
		"id":   func(d dyno) string { return d.ID },
		"name": func(d dyno) string { return d.Name },
	})
}

func (s *Server) listReleases(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var plans []string
	for _, a := range s.opt.App.Addons() {
		plans = append(plans, "heroku-redis:"+a.Plan)
	}
	var list []release
	releases := s.opt.App.Releases()
	for i, v := range releases {
		list = append(list, release{
			AddonPlanNames: plans, App: s.ref(), CreatedAt: stamp(v.Created), Current: i == len(releases)-1,
			Description: v.Description, ID: v.ID, Status: "succeeded", UpdatedAt: stamp(v.Created),
			User: user{s.account, v.By}, Version: v.Version,
		})
	}
	return page(w, r, list, map[string]func(release) string{
		"id":      func(v release) string { return v.ID },
		"version": func(v release) string { return fmt.Sprintf("%05d", v.Version) },
	})
}

const runtimeMetrics = "log-runtime-metrics"

func (s *Server) features() []feature {
	created := stamp(s.opt.App.Created)
	return []feature{{
		ID: s.feature, Name: runtimeMetrics, Enabled: s.opt.App.RuntimeMetrics(), State: "beta",
		Description: "Emit dyno resource usage information into app logs", DisplayName: "Runtime Metrics",
		CreatedAt: created, UpdatedAt: created,
	}}
}

func (s *Server) listFeatures(w http.ResponseWriter, r *http.Request) (int, any, error) {
	return page(w, r, s.features(), map[string]func(feature) string{"id": func(f feature) string { return f.ID }})
}

func (s *Server) getFeature(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	for _, f := range s.features() {
		if key := r.PathValue("name"); key == f.Name || key == f.ID {
			return http.StatusOK, f, nil
		}
	}
	return 0, nil, notFound("feature")
}

func (s *Server) patchFeature(w http.ResponseWriter, r *http.Request) (int, any, error) {
	if _, _, err := s.getFeature(w, r); err != nil {
		return 0, nil, err
	}
	var body struct {
		Enabled *bool `json:"enabled"`
	}
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	if body.Enabled == nil {
		return 0, nil, invalid("enabled is required")
	}
	s.opt.App.SetRuntimeMetrics(*body.Enabled)
	return s.getFeature(w, r)
}

func (s *Server) listAddons(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var list []addon
	for _, a := range s.opt.App.Addons() {
		list = append(list, s.addon(a))
	}
	return page(w, r, list, map[string]func(addon) string{
		"id":   func(a addon) string { return a.ID },
		"name": func(a addon) string { return a.Name },
	})
}

func (s *Server) getAddon(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	a, err := s.findAddon(r.PathValue("addon"))
	return http.StatusOK, s.addon(a), err
}

func (s *Server) findAddon(key string) (app.Addon, error) {
	for _, a := range s.opt.App.Addons() {
		if key == a.ID || key == a.Name {
			return a, nil
		}
	}
	return app.Addon{}, notFound("add-on")
}

func (s *Server) addon(a app.Addon) addon {
	created := stamp(a.Created)
	return addon{
		Actions: []struct{}{}, AddonService: ref{s.service, "heroku-redis"}, App: s.ref(),
		BillingEntity: billingEntity{s.ref(), "app"}, ConfigVars: []string{a.Attachment + "_URL"},
		CreatedAt: created, ID: a.ID, Name: a.Name, Plan: ref{s.plan, "heroku-redis:" + a.Plan},
		ProviderID: s.provider, State: "provisioned", UpdatedAt: created, WebURL: s.dashboard(a),
	}
}

func (s *Server) dashboard(a app.Addon) string {
	return "https://addons-sso.heroku.com/apps/" + s.opt.App.ID + "/addons/" + a.ID
}

func (s *Server) listAttachments(w http.ResponseWriter, r *http.Request) (int, any, error) {
	addons := s.opt.App.Addons()
	if key := r.PathValue("addon"); key != "" {
		only, err := s.findAddon(key)
		if err != nil {
			return 0, nil, err
		}
		addons = []app.Addon{only}
	}
	var list []attachment
	for _, a := range addons {
		created := stamp(a.Created)
		list = append(list, attachment{
			Addon: attachedAddon{ref{a.ID, a.Name}, s.ref()}, App: s.ref(), CreatedAt: created, ID: a.AttachmentID,
			Name: a.Attachment, UpdatedAt: created, WebURL: s.dashboard(a),
		})
	}
	return page(w, r, list, map[string]func(attachment) string{"id": func(a attachment) string { return a.ID }})
}

func (s *Server) listDrains(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var list []logDrain
	for _, d := range s.opt.Logplex.Drains() {
		list = append(list, drainInfo(d))
	}
	return page(w, r, list, map[string]func(logDrain) string{"id": func(d logDrain) string { return d.ID }})
}

func (s *Server) getDrain(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	key := r.PathValue("drain")
	for _, d := range s.opt.Logplex.Drains() {
		if slices.Contains([]string{d.ID, d.Token, d.URL}, key) {
			return http.StatusOK, drainInfo(d), nil
		}
	}
	return 0, nil, notFound("log drain")
}

func (s *Server) postDrain(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	var body struct {
		URL string `json:"url"`
	}
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	d, err := s.opt.Logplex.Attach(body.URL)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, drainInfo(d), nil
}

func (s *Server) deleteDrain(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	d, ok := s.opt.Logplex.Detach(r.PathValue("drain"))
	if !ok {
		return 0, nil, notFound("log drain")
	}
	return http.StatusOK, drainInfo(d), nil
}

func drainInfo(d logplex.Drain) logDrain {
	return logDrain{ID: d.ID, Token: d.Token, URL: d.URL, CreatedAt: stamp(d.Created), UpdatedAt: stamp(d.Created)}
}
