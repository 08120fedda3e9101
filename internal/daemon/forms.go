package daemon

import (
	"errors"
	"net/http"
	"strings"

	"drain/alert"
	"drain/alert/silence"
	"drain/internal/page"
)

// maxForm bounds a form of the page, in bytes.
const maxForm = 16 << 10

// readForm reads a form of the page, or answers why it can't.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		plain(w, http.StatusBadRequest, "the form can't be read: "+err.Error()+"\n")
		return false
	}
	return true
}

// formSilence makes a silence of the page's form, or shows the form again and what is wrong with it.
func (d *Daemon) formSilence(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	form := page.Form{
		Matchers: r.PostForm.Get("matchers"), For: strings.TrimSpace(r.PostForm.Get("for")),
		By: r.PostForm.Get("by"), Comment: r.PostForm.Get("comment"),
	}
	req := silence.Request{Matchers: matchers(form.Matchers), For: form.For, By: form.By, Comment: form.Comment}
	one, err := req.Silence(d.now())
	if err == nil {
		one, err = d.silences.Add(r.Context(), one)
	}
	if err != nil {
		status, told := d.silenceFault(err)
		form.Error = told.Error()
		v := d.viewPage(r)
		v.Form = form
		d.answerPage(w, status, v)
		return
	}
	d.tellSilence(one)
	back(w, "./#silences")
}

// matchers reads what people write: app=enketo, rule=memory-*. What isn't so is a label that no alert
// has, and the error says so.
func matchers(text string) silence.Matchers {
	m := silence.Matchers{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			name, pattern, _ := strings.Cut(part, "=")
			m[strings.TrimSpace(name)] = strings.TrimSpace(pattern)
		}
	}
	return m
}

// formExpire ends a silence. One that is over already is as it was wished to be.
func (d *Daemon) formExpire(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	err := d.silences.Expire(r.Context(), id)
	if err != nil && !errors.Is(err, silence.ErrNotFound) {
		status, told := d.silenceFault(err)
		plain(w, status, told.Error()+"\n")
		return
	}
	if err == nil {
		d.log.Info().Str("silence", id).Msg("silence expired")
	}
	back(w, "../../#silences")
}

// formArm has deliveries copied for a while.
func (d *Daemon) formArm(w http.ResponseWriter, _ *http.Request) {
	d.peek.arm(d.now(), alert.NewRedactor(d.config.Load().Redactions()...))
	d.log.Info().Dur("for", peekFor).Msg("deliveries are copied for the page, redacted")
	back(w, "../#debug")
}

// back has the browser get the page again, so that a reload doesn't send the form again. The way is
// relative: a proxy may serve us under a path of its own.
func back(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}
