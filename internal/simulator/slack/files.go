package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The arguments of the methods by which a file is shared, and the longest text for screen readers.
const (
	uploadURLArguments = "token filename length alt_txt snippet_type"
	completeArguments  = "token files channel_id thread_ts initial_comment blocks"
	maxAltText         = 1000
)

// uploadPath is where files are sent; what follows names the file, and nobody can guess it.
const uploadPath = "/upload/v1/"

// maxUploads are those begun that the server knows of at a time.
const maxUploads = 100

// File is a file that a message shows.
type File struct {
	ID    string
	Name  string
	Title string
	Alt   string // for screen readers
	Data  []byte
}

// upload is a file between the first of its three requests and the last.
type upload struct {
	file   File
	length int
	sent   bool
}

// beginUpload is the first of three requests. Its answer holds an URL, which is where we were asked.
func (s *Server) beginUpload(w http.ResponseWriter, r *http.Request) {
	s.method(&s.file, uploadURLArguments, func(form url.Values) (any, *refusal) {
		return s.uploadURL("http://"+r.Host+uploadPath, form)
	})(w, r)
}

// uploadURL gives out where a file is to be sent: below base.
func (s *Server) uploadURL(base string, form url.Values) (any, *refusal) {
	length, err := strconv.Atoi(form.Get("length"))
	switch {
	case s.without("files:write"):
		return nil, &refusal{Error: "missing_scope"}
	case form.Get("filename") == "" || err != nil || length < 1:
		return nil, &refusal{Error: "missing_argument"}
	case len([]rune(form.Get("alt_txt"))) > maxAltText:
		return nil, &refusal{Error: "alt_txt_too_large"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.uploads) == maxUploads {
		clear(s.uploads)
	}
	s.uploaded++
	ticket := s.opt.Dice.Hex(16)
	s.uploads[ticket] = &upload{length: length, file: File{
		ID: fmt.Sprintf("F%09d", s.uploaded), Name: form.Get("filename"), Alt: form.Get("alt_txt"),
	}}
	return map[string]any{"ok": true, "upload_url": base + ticket, "file_id": s.uploads[ticket].file.ID}, nil
}

// takeFile takes a file where its URL says, once. Its answers are plain text.
func (s *Server) takeFile(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, text string) {
		s.violate(r, text)
		http.Error(w, text, status)
	}
	data, err := fileOf(r)
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || bearer != s.Token {
		refuse(http.StatusForbidden, "not the token that asked for the URL")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[strings.TrimPrefix(r.URL.Path, uploadPath)]
	switch {
	case u == nil || u.sent:
		refuse(http.StatusNotFound, "no such upload")
	case err != nil || len(data) != u.length:
		refuse(http.StatusBadRequest, fmt.Sprintf("%d bytes, %d were announced: %v", len(data), u.length, err))
	case strings.HasSuffix(u.file.Name, ".png") && !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		refuse(http.StatusBadRequest, "not the picture that its name says")
	default:
		u.sent, u.file.Data = true, data
		fmt.Fprintf(w, "OK - %d", len(data))
	}
}

// fileOf reads the bytes that are sent, as they are or as a form with one file.
func fileOf(r *http.Request) ([]byte, error) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "multipart/form-data" {
		return io.ReadAll(r.Body)
	}
	if err := r.ParseMultipartForm(maxBody); err != nil {
		return nil, err
	}
	for _, files := range r.MultipartForm.File {
		f, err := files[0].Open()
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(f)
	}
	return nil, http.ErrMissingFile
}

// completeUpload shows files that were sent, as a message of the channel or of a thread.
func (s *Server) completeUpload(form url.Values) (any, *refusal) {
	var files []struct{ ID, Title string }
	thread := form.Get("thread_ts")
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case json.Unmarshal([]byte(form.Get("files")), &files) != nil || len(files) != 1:
		return nil, &refusal{Error: "invalid_arguments"} // of several files the drain knows nothing
	case form.Get("channel_id") != s.ChannelID: // a name is no good here
		return nil, &refusal{Error: "channel_not_found"}
	case thread != "" && (s.find(thread) == nil || s.find(thread).Thread != ""):
		return nil, &refusal{Error: "thread_not_found"}
	}
	for ticket, u := range s.uploads {
		if u.file.ID != files[0].ID || !u.sent {
			continue
		}
		delete(s.uploads, ticket)
		u.file.Title = files[0].Title
		s.add(Message{Thread: thread, File: &u.file}, Version{
			At: time.Now(), Text: form.Get("initial_comment"), Shown: []string{u.file.Title},
		})
		return map[string]any{"ok": true, "files": []any{map[string]string{"id": u.file.ID, "title": u.file.Title}}}, nil
	}
	return nil, &refusal{Error: "file_not_found"}
}
