package heroku

import (
	"net/http"

	"drain/internal/simulator/app"
)

func (s *Server) listFormation(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var list []object
	for _, p := range s.opt.App.Formation() {
		list = append(list, s.formation(p))
	}
	return page(w, r, list, "id")
}

func (s *Server) formation(p app.Process) object {
	return object{
		"app": s.app(), "command": p.Command, "created_at": stamp(p.Created), "id": p.ID,
		"quantity": p.Quantity, "size": p.Size, "type": p.Type, "updated_at": stamp(p.Updated),
	}
}

// process finds a process type by name or id.
func (s *Server) process(key string) (app.Process, bool) {
	for _, p := range s.opt.App.Formation() {
		if key == p.Type || key == p.ID {
			return p, true
		}
	}
	return app.Process{}, false
}

func (s *Server) getProcess(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	p, ok := s.process(r.PathValue("type"))
	if !ok {
		return 0, nil, notFound("formation")
	}
	return http.StatusOK, s.formation(p), nil
}

// listMonitors answers as the metrics API does, which nobody documented.
func (s *Server) listMonitors(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	if r.PathValue("type") != "web" {
		return http.StatusOK, []object{}, nil
	}
	return http.StatusOK, []object{{
		"action_type": "scale", "is_active": s.opt.App.Autoscaling(), "min_quantity": 1, "max_quantity": 10, "name": "LATENCY_SCALE",
	}}, nil
}

// change is what a PATCH may ask for. The Heroku CLI's relative quantities ("+1") are strings and
// not idempotent; they are refused.
type change struct {
	Quantity *int    `json:"quantity"`
	Size     *string `json:"size"`
}

type update struct {
	change
	Type string `json:"type"`
}

func (s *Server) patchProcess(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var body change
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	if err := s.scale(update{body, r.PathValue("type")}); err != nil {
		return 0, nil, err
	}
	return s.getProcess(w, r)
}

func (s *Server) patchFormation(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	var body struct {
		Updates []update `json:"updates"`
	}
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	if len(body.Updates) == 0 {
		return 0, nil, invalid("updates is required")
	}
	if err := s.scale(body.Updates...); err != nil {
		return 0, nil, err
	}
	var list []object
	for _, u := range body.Updates {
		p, _ := s.process(u.Type)
		list = append(list, s.formation(p))
	}
	return http.StatusOK, list, nil
}

// scale does all the updates or none.
func (s *Server) scale(updates ...update) error {
	var changes []app.Update
	for _, u := range updates {
		p, _ := s.process(u.Type)
		if u.Size != nil && *u.Size != p.Size {
			return invalid("Changing sizes is not simulated.")
		}
		quantity := p.Quantity
		if u.Quantity != nil {
			quantity = *u.Quantity
		}
		changes = append(changes, app.Update{Process: u.Type, Quantity: quantity})
	}
	if err := s.opt.App.Scale(s.opt.Email, changes...); err != nil {
		return invalid("%v", err)
	}
	return nil
}
