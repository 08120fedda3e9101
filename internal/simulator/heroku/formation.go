package heroku

import (
	"net/http"

	"drain/internal/simulator/app"
)

func (s *Server) formation() []formation {
	var list []formation
	for _, p := range s.opt.App.Formation() {
		list = append(list, formation{
			App: s.ref(), Command: p.Command, CreatedAt: stamp(p.Created), ID: p.ID,
			Quantity: p.Quantity, Size: p.Size, Type: p.Type, UpdatedAt: stamp(p.Updated),
		})
	}
	return list
}

// process finds a process type by name or id.
func (s *Server) process(key string) (formation, bool) {
	for _, f := range s.formation() {
		if key == f.Type || key == f.ID {
			return f, true
		}
	}
	return formation{}, false
}

func (s *Server) listFormation(w http.ResponseWriter, r *http.Request) (int, any, error) {
	return page(w, r, s.formation(), map[string]func(formation) string{"id": func(f formation) string { return f.ID }})
}

func (s *Server) getProcess(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	f, ok := s.process(r.PathValue("type"))
	if !ok {
		return 0, nil, notFound("formation")
	}
	return http.StatusOK, f, nil
}

// change is what a PATCH may ask for. The Heroku CLI's relative quantities ("+1") are strings and
// not idempotent; they are refused.
type change struct {
	Quantity *int    `json:"quantity"`
	Size     *string `json:"size"`
}

func (s *Server) patchProcess(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var body change
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	key := r.PathValue("type")
	if err := s.scale([]update{{change: body, Type: key}}); err != nil {
		return 0, nil, err
	}
	return s.getProcess(w, r)
}

type update struct {
	change
	Type string `json:"type"`
}

func (s *Server) patchFormation(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var body struct {
		Updates []update `json:"updates"`
	}
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	if len(body.Updates) == 0 {
		return 0, nil, invalid("updates is required")
	}
	if err := s.scale(body.Updates); err != nil {
		return 0, nil, err
	}
	list := []formation{}
	for _, u := range body.Updates {
		f, _ := s.process(u.Type)
		list = append(list, f)
	}
	return http.StatusOK, list, nil
}

// scale does all the updates or none.
func (s *Server) scale(updates []update) error {
	var changes []app.Update
	for _, u := range updates {
		f, ok := s.process(u.Type)
		if ok && u.Size != nil && *u.Size != f.Size {
			return invalid("Changing sizes is not simulated.")
		}
		if u.Quantity != nil || !ok {
			change := app.Update{Process: u.Type}
			if u.Quantity != nil {
				change.Quantity = *u.Quantity
			}
			changes = append(changes, change)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return s.opt.App.Scale(s.opt.Email, changes...) // a *app.RefusedError becomes a 422
}
