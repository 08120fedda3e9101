package ingest

import "net/http"

// verdict is what became of a POST.
type verdict uint8

const (
	taken verdict = iota
	repeated
	wrongMethod
	unknownPath
	wrongPassword
	tooLarge
	unknownEncoding
	damagedGzip
	incomplete
	noPlace
	noTurn
	underWay
	tooManyWaiting
	panicked
)

// answers has the status of each verdict and, where nothing was taken, the reason shown as a label.
var answers = [...]struct {
	code   int
	reason string
}{
	taken:           {http.StatusNoContent, ""},
	repeated:        {http.StatusNoContent, ""},
	wrongMethod:     {http.StatusMethodNotAllowed, "method"},
	unknownPath:     {http.StatusNotFound, "path"},
	wrongPassword:   {http.StatusUnauthorized, "password"},
	tooLarge:        {http.StatusRequestEntityTooLarge, "too_large"},
	unknownEncoding: {http.StatusUnsupportedMediaType, "encoding"},
	damagedGzip:     {http.StatusBadRequest, "gzip"},
	incomplete:      {http.StatusServiceUnavailable, "incomplete"},
	noPlace:         {http.StatusServiceUnavailable, "no_place"},
	noTurn:          {http.StatusServiceUnavailable, "no_turn"},
	underWay:        {http.StatusServiceUnavailable, "under_way"},
	tooManyWaiting:  {http.StatusServiceUnavailable, "too_many_waiting"},
	panicked:        {http.StatusInternalServerError, "panic"},
}

func (v verdict) code() int     { return answers[v].code }
func (v verdict) refused() bool { return answers[v].reason != "" }
