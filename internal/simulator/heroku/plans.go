package heroku

import (
	"net/http"
	"strings"

	"drain/internal/simulator/app"
)

const redisService = "heroku-redis"

func (s *Server) listPlans(w http.ResponseWriter, r *http.Request) (int, any, error) {
	if r.PathValue("service") != redisService {
		return 0, nil, notFound("add-on service")
	}
	created := stamp(s.opt.App.Created)
	var list []object
	for _, name := range app.Plans() {
		list = append(list, object{
			"addon_service": object{"id": s.service, "name": redisService}, "compliance": nil, "created_at": created,
			"default": name == "mini", "description": redisService + " " + name, "human_name": name, "id": s.plans[name],
			"installable_inside_private_network": true, "installable_outside_private_network": true,
			"name": redisService + ":" + name, "price": object{"cents": 0, "contract": false, "unit": "month"},
			"space_default": false, "state": "ga", "updated_at": created, "visible": true,
		})
	}
	return page(w, r, list, "id", "name")
}

func (s *Server) patchAddon(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var body struct {
		Plan string `json:"plan"`
	}
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	a, err := s.findAddon(r.PathValue("addon"))
	if err != nil {
		return 0, nil, err
	}
	plan, ok := strings.CutPrefix(body.Plan, redisService+":")
	if !ok {
		return 0, nil, invalid("Couldn't find either the add-on service or the plan.")
	}
	if err := s.opt.App.ChangePlan(s.opt.Email, a.Name, plan); err != nil {
		return 0, nil, invalid("%v", err)
	}
	return s.getAddon(w, r)
}

// getRedis answers as far as anything of ours asks.
func (s *Server) getRedis(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	a, err := s.findAddon(r.PathValue("addon"))
	return http.StatusOK, object{"addon_id": a.ID, "name": a.Name, "plan": a.Plan, "resource_url": a.URL}, err
}

// wait answers as the data API does, which nobody documented: 404 as long as the add-on isn't ready.
// That is no mistake of the client's.
func (s *Server) wait(w http.ResponseWriter, r *http.Request) (int, any, error) {
	switch moving, found := s.opt.App.Moving(r.PathValue("addon")); {
	case !found:
		return 0, nil, notFound("add-on")
	case moving:
		return http.StatusNotFound, object{"id": "not_found", "message": "Not found."}, nil
	}
	return http.StatusOK, object{"waiting?": false, "message": "available"}, nil
}
