package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"drain/alert"
	"drain/alert/plot"
)

// maxAltText is how many characters a picture's text for screen readers may have, by
// docs.slack.dev/reference/methods/files.getUploadURLExternal.
const maxAltText = 1000

// pictureName is what a picture is called when somebody saves it.
const pictureName = "plot.png"

// Picture shows in the message's thread how the figure of the worst alert went that has one. It takes
// three requests: where to send the picture, sending it, and showing it.
func (n *Notifier) Picture(ctx context.Context, inc alert.Incident, was alert.Receipt) error {
	figure, ok := n.figureOf(inc)
	if !ok || n.webhook != "" {
		return nil
	}
	picture, err := figure.PNG()
	if err != nil {
		return fmt.Errorf("slack: draw the picture: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	place, err := n.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{
		FileName: pictureName, FileSize: len(picture), AltTxt: shorten(figure.Words(), maxAltText),
	})
	if err != nil {
		return n.explainFile(err)
	}
	err = n.api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: place.UploadURL, Filename: pictureName, Reader: bytes.NewReader(picture)})
	if err != nil {
		with := *n
		with.secrets = append([]string{place.UploadURL}, n.secrets...) // whoever has it can send another picture
		return with.explainFile(err)
	}
	_, err = n.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
		Files: []slack.FileSummary{{ID: place.FileID, Title: figure.Title}}, Channel: was.Channel, ThreadTimestamp: was.TS,
	})
	if err != nil {
		return certain(n.explainFile(err))
	}
	return nil
}

// figureOf finds what to draw.
func (n *Notifier) figureOf(inc alert.Incident) (plot.Figure, bool) {
	if n.figure == nil {
		return plot.Figure{}, false
	}
	for _, a := range inc.Alerts {
		if a.State != alert.Firing || a.Plot == "" {
			continue
		}
		if f, ok := n.figure(inc.App, a.Plot); ok && f.Known() {
			return f, true
		}
	}
	return plot.Figure{}, false
}

// explainFile is explain for the methods of files, which need a scope of their own.
func (n *Notifier) explainFile(err error) error {
	switch code := apiCode(err); code {
	case "missing_scope", "no_permission":
		return &alert.UnableError{Err: errors.New("slack: " + code + ": pictures need the scope files:write; add it and install the app again, or do without them")}
	case "file_uploads_disabled", "not_allowed_token_type", "method_deprecated", "deprecated_endpoint", "unknown_method":
		return &alert.UnableError{Err: errors.New("slack: " + code + ": the workspace takes no pictures")}
	}
	return n.explain(err)
}

// certain makes final what may have succeeded for all that is known: a second picture is worse than none.
func certain(err error) error {
	if retry, ok := errors.AsType[*alert.RetryError](err); ok && retry.After <= 0 {
		return retry.Err
	}
	return err
}

// shorten leaves the first n characters of s.
func shorten(s string, n int) string {
	if characters := []rune(s); len(characters) > n {
		return string(characters[:n])
	}
	return s
}
