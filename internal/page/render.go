package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"time"
)

//go:embed *.html page.css page.js icon.svg
var files embed.FS

// Section is a part of the page that changes by itself.
type Section struct {
	ID   string `json:"id"` // of the element whose content it is
	HTML string `json:"html"`
}

// sections are the ids of all of them, each a template's name too, in their order on the page. The
// form isn't one: what somebody types there must stay.
func sections() []string {
	return []string{"headline", "incidents", "apps", "plots", "decisions", "silences", "unclaimed", "self", "debug", "foot"}
}

// Renderer makes HTML of Views.
type Renderer struct {
	templates *template.Template
	build     string
}

// NewRenderer fails only if the binary was built of broken templates.
func NewRenderer() (*Renderer, error) {
	t, err := template.New("").Funcs(words()).ParseFS(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	sum := sha256.New()
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		sum.Write(text)
	}
	return &Renderer{t, hex.EncodeToString(sum.Sum(nil)[:8])}, nil
}

// Build tells one build of the page from another, so that a script can see that it is out of date.
func (r *Renderer) Build() string { return r.build }

// Page writes the whole of it.
func (r *Renderer) Page(w io.Writer, v *View) error {
	var b bytes.Buffer // half a page would look like a calm one
	data := struct {
		*View
		Build string
	}{v, r.build}
	if err := r.templates.ExecuteTemplate(&b, "page.html", data); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Sections returns the parts that change by themselves, as Page has them.
func (r *Renderer) Sections(v *View) ([]Section, error) {
	var out []Section
	for _, id := range sections() {
		var b bytes.Buffer
		if err := r.templates.ExecuteTemplate(&b, id, v); err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
		out = append(out, Section{id, b.String()})
	}
	return out, nil
}

// Headers are what a response with the page needs: nothing inline, nothing from elsewhere, not kept,
// not framed, and not told to others by a link's Referer.
func Headers(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
		"img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // without a Referer some browsers send forms with Origin: null
}

// Assets serves what the page loads: page.css, page.js, icon.svg.
func (r *Renderer) Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name := req.URL.Path[1:]
		text, err := files.ReadFile(name)
		if err != nil || name == "page.html" {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Cache-Control", "no-cache") // asked for again, and answered 304
		w.Header().Set("ETag", `"`+r.build+`"`)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, req, name, time.Time{}, bytes.NewReader(text))
	})
}
