package heroku

import (
	"net/http"
	"time"

	"drain/internal/simulator/app"
	"drain/internal/simulator/logplex"
)

// object is a resource, with the keys that schema.json of heroku-go v5.5.0 gives it.
type object = map[string]any

func (s *Server) app() object { return object{"id": s.opt.App.ID, "name": s.opt.App.Name} }

// stamp is how the API writes times: in UTC, whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func (s *Server) getAccount(http.ResponseWriter, *http.Request) (int, any, error) {
	created := stamp(s.opt.App.Created)
	return http.StatusOK, object{
		"id": s.account, "email": s.opt.Email, "created_at": created, "updated_at": created, "verified": true,
		"allow_tracking": false, "beta": false, "federated": false, "two_factor_authentication": false,
		"country_of_residence": nil, "default_organization": nil, "default_team": nil, "delinquent_at": nil,
		"identity_provider": nil, "last_login": nil, "name": nil, "sms_number": nil, "suspended_at": nil,
	}, nil
}

func (s *Server) getRateLimit(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, object{"remaining": s.remaining()}, nil
}

func (s *Server) getApp(http.ResponseWriter, *http.Request) (int, any, error) {
	a := s.opt.App
	created := stamp(a.Created)
	stack := object{"id": s.stack, "name": "heroku-24"}
	return http.StatusOK, object{
		"id": a.ID, "name": a.Name, "maintenance": a.Maintenance(), "build_stack": stack, "stack": stack,
		"created_at": created, "released_at": created, "updated_at": created, "archived_at": nil,
		"git_url": "https://git.heroku.com/" + a.Name + ".git", "web_url": "https://" + a.Host + "/",
		"owner": object{"id": s.account, "email": s.opt.Email}, "region": object{"id": s.region, "name": "us"},
		"acm": false, "buildpack_provided_description": "Node.js", "internal_routing": nil, "organization": nil,
		"repo_size": nil, "slug_size": nil, "space": nil, "team": nil,
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

func (s *Server) getConfigVars(http.ResponseWriter, *http.Request) (int, any, error) {
	vars := object{}
	for _, a := range s.opt.App.Addons() {
		vars[a.Attachment+"_URL"] = a.URL
	}
	return http.StatusOK, vars, nil
}

func (s *Server) listDynos(w http.ResponseWriter, r *http.Request) (int, any, error) {
	releases := s.opt.App.Releases()
	current := releases[len(releases)-1]
	var list []object
	for _, d := range s.opt.App.Dynos() {
		list = append(list, object{
			"app": s.app(), "attach_url": nil, "command": d.Command, "created_at": stamp(d.Created), "id": d.ID,
			"name": d.Name, "release": object{"id": current.ID, "version": current.Version}, "size": d.Size,
			"state": d.State, "type": d.Type, "updated_at": stamp(d.Updated),
		})
	}
	return page(w, r, list, "id", "name")
}

func (s *Server) restart(http.ResponseWriter, *http.Request) (int, any, error) {
	s.opt.App.Restart(s.opt.Email)
	return http.StatusAccepted, object{}, nil
}

func (s *Server) restartDyno(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	if !s.opt.App.RestartDyno(s.opt.Email, r.PathValue("dyno")) {
		return 0, nil, refuse(http.StatusNotFound, "not_found", "Couldn't find that dyno.")
	}
	return http.StatusAccepted, object{}, nil
}

func (s *Server) listReleases(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var plans []string
	for _, a := range s.opt.App.Addons() {
		plans = append(plans, "heroku-redis:"+a.Plan)
	}
	var list []object
	releases := s.opt.App.Releases()
	for i, v := range releases {
		status := "succeeded"
		if v.Pending {
			status = "pending"
		}
		list = append(list, object{
			"addon_plan_names": plans, "app": s.app(), "created_at": stamp(v.Created), "current": i == len(releases)-1,
			"description": v.Description, "id": v.ID, "output_stream_url": nil, "slug": nil, "status": status,
			"updated_at": stamp(v.Created), "user": object{"id": s.account, "email": v.By}, "version": v.Version,
		})
	}
	return page(w, r, list, "id", "version")
}

const runtimeMetrics = "log-runtime-metrics"

func (s *Server) listFeatures(w http.ResponseWriter, r *http.Request) (int, any, error) {
	created := stamp(s.opt.App.Created)
	return page(w, r, []object{{
		"id": s.feature, "name": runtimeMetrics, "enabled": s.opt.App.RuntimeMetrics(), "state": "beta",
		"description": "Emit dyno resource usage information into app logs", "display_name": "Runtime Metrics",
		"doc_url": "", "feedback_email": "", "created_at": created, "updated_at": created,
	}}, "id")
}

func (s *Server) getFeature(w http.ResponseWriter, r *http.Request) (int, any, error) {
	if key := r.PathValue("name"); key != runtimeMetrics && key != s.feature {
		return 0, nil, notFound("feature")
	}
	status, list, err := s.listFeatures(w, r)
	if err != nil {
		return 0, nil, err
	}
	return status, list.([]object)[0], nil
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
	var list []object
	for _, a := range s.opt.App.Addons() {
		list = append(list, s.addon(a))
	}
	return page(w, r, list, "id", "name")
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

func (s *Server) addon(a app.Addon) object {
	created := stamp(a.Created)
	return object{
		"actions": []object{}, "addon_service": object{"id": s.service, "name": redisService}, "app": s.app(),
		"billed_price": nil, "billing_entity": object{"id": s.opt.App.ID, "name": s.opt.App.Name, "type": "app"},
		"config_vars": []string{a.Attachment + "_URL"}, "created_at": created, "id": a.ID, "name": a.Name,
		"plan": object{"id": s.plans[a.Plan], "name": redisService + ":" + a.Plan}, "provider_id": s.provider,
		"state": "provisioned", "updated_at": created, "web_url": nil,
	}
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
	var list []object
	for _, a := range addons {
		created := stamp(a.Created)
		list = append(list, object{
			"addon": object{"id": a.ID, "name": a.Name, "app": s.app()}, "app": s.app(), "created_at": created,
			"id": a.AttachmentID, "log_input_url": nil, "name": a.Attachment, "namespace": nil,
			"updated_at": created, "web_url": nil,
		})
	}
	return page(w, r, list, "id")
}

func (s *Server) listDrains(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var list []object
	for _, d := range s.opt.Logplex.Drains() {
		list = append(list, logDrain(d))
	}
	return page(w, r, list, "id")
}

func (s *Server) getDrain(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	for _, d := range s.opt.Logplex.Drains() {
		if d.Is(r.PathValue("drain")) {
			return http.StatusOK, logDrain(d), nil
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
		return 0, nil, invalid("%v", err)
	}
	return http.StatusCreated, logDrain(d), nil
}

func (s *Server) deleteDrain(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	d, ok := s.opt.Logplex.Detach(r.PathValue("drain"))
	if !ok {
		return 0, nil, notFound("log drain")
	}
	return http.StatusOK, logDrain(d), nil
}

func logDrain(d logplex.Drain) object {
	created := stamp(d.Created)
	return object{"addon": nil, "created_at": created, "id": d.ID, "token": d.Token, "updated_at": created, "url": d.URL}
}
