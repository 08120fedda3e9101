package daemon

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"drain/alert/silence"
	"drain/internal/config"
)

const maxSilenceBody = 64 << 10 // bytes

// quietness is what a configuration says about silences.
func quietness(cfg *config.Config) silence.Settings {
	return silence.Settings{Windows: cfg.Mute, Labels: cfg.RuleLabels(), Redact: cfg.Redactions()}
}

func (d *Daemon) apiSilences(w http.ResponseWriter, _ *http.Request) { d.answer(w, d.silences.List()) }

// apiSilence takes a silence.Request and answers the Silence it made.
func (d *Daemon) apiSilence(w http.ResponseWriter, r *http.Request) {
	// No form of another site's can send this type unasked: browsers remember the password.
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		d.refuse(w, http.StatusUnsupportedMediaType, errors.New("send application/json"))
		return
	}
	var req silence.Request
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSilenceBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		d.refuse(w, http.StatusBadRequest, err)
		return
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		d.refuse(w, http.StatusBadRequest, errors.New("more follows after the silence"))
		return
	}
	one, err := req.Silence(d.now())
	if err == nil {
		one, err = d.silences.Add(r.Context(), one)
	}
	if err != nil {
		d.refuseSilence(w, err)
		return
	}
	d.tellSilence(one)
	d.answerStatus(w, http.StatusCreated, one)
}

func (d *Daemon) apiExpireSilence(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := d.silences.Expire(r.Context(), id); err != nil {
		d.refuseSilence(w, err)
		return
	}
	d.log.Info().Str("silence", id).Msg("silence expired")
	w.WriteHeader(http.StatusNoContent)
}

func (d *Daemon) tellSilence(one silence.Silence) {
	d.log.Info().Str("silence", one.ID).Stringer("matchers", one.Matchers).Time("ends", one.Ends).Str("by", one.By).Msg("silenced")
}

func (d *Daemon) refuseSilence(w http.ResponseWriter, err error) {
	status, told := d.silenceFault(err)
	d.refuse(w, status, told)
}

// silenceFault is what to answer where a silence was not made or ended.
func (d *Daemon) silenceFault(err error) (status int, told error) {
	_, wrong := errors.AsType[silence.Problem](err)
	switch {
	case wrong:
		return http.StatusBadRequest, err
	case errors.Is(err, silence.ErrNotFound):
		return http.StatusNotFound, err
	}
	return d.ledgerFailed(err, "the ledger fails; silences stay as they were")
}

func (d *Daemon) refuse(w http.ResponseWriter, status int, err error) {
	d.answerStatus(w, status, map[string]string{"error": err.Error()})
}
