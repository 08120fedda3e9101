package slack

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	api "github.com/slack-go/slack"

	"drain/internal/simulator/faults"
)

const picture = "\x89PNG\r\n\x1a\nand so on"

func png(channel, thread string) api.UploadFileParameters {
	return api.UploadFileParameters{
		Filename: "plot.png", Title: "Memory", AltTxt: "it rises", FileSize: len(picture), Reader: strings.NewReader(picture),
		Channel: channel, ThreadTimestamp: thread,
	}
}

func TestFile(t *testing.T) {
	r := newRig(t).unlimited()
	_, ts, err := r.client.PostMessageContext(t.Context(), r.ChannelID, api.MsgOptionText("x", false))
	if err != nil {
		t.Fatal(err)
	}
	shared, err := r.client.UploadFileContext(t.Context(), png(r.ChannelID, ts))
	if err != nil {
		t.Fatal(err)
	}
	m := r.Messages()
	if len(m) != 2 || m[1].Thread != ts {
		t.Fatalf("%d messages, want a second one, in the thread", len(m))
	}
	want := &File{ID: shared.ID, Name: "plot.png", Title: "Memory", Alt: "it rises", Data: []byte(picture)}
	if diff := cmp.Diff(want, m[1].File); diff != "" {
		t.Error(diff)
	}
	if v := r.violated(); len(v) > 0 {
		t.Errorf("violations %q", v)
	}
}

func TestFilesRefused(t *testing.T) {
	r := newRig(t).unlimited()
	ctx := t.Context()
	post := func(opts ...api.MsgOption) string {
		_, ts, err := r.client.PostMessageContext(ctx, r.ChannelID, append(opts, api.MsgOptionText("x", false))...)
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	ts := post()
	reply := post(api.MsgOptionTS(ts))
	f := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if v := r.violated(); len(v) != 1 || strings.Contains(v[0], r.Token) {
			t.Errorf("%s: violations %q, want one without secrets", want, v)
		}
		if n := len(r.Messages()); n != 2 {
			t.Errorf("%s: %d messages, want no more than before", want, n)
		}
	}
	share := func(change func(*api.UploadFileParameters)) error {
		p := png(r.ChannelID, ts)
		change(&p)
		_, err := r.client.UploadFileContext(ctx, p)
		return err
	}
	f(share(func(p *api.UploadFileParameters) { p.Channel = r.Channel }), "channel_not_found")
	f(share(func(p *api.UploadFileParameters) { p.ThreadTimestamp = "1.2" }), "thread_not_found")
	f(share(func(p *api.UploadFileParameters) { p.ThreadTimestamp = reply }), "thread_not_found")
	f(share(func(p *api.UploadFileParameters) { p.FileSize++ }), "400")
	f(share(func(p *api.UploadFileParameters) { p.Reader = bytes.NewReader(make([]byte, len(picture))) }), "400")
	f(share(func(p *api.UploadFileParameters) { p.AltTxt = strings.Repeat("x", maxAltText+1) }), "alt_txt_too_large")

	begun, err := r.client.GetUploadURLExternalContext(ctx, api.GetUploadURLExternalParameters{FileName: "plot.png", FileSize: len(picture)})
	if err != nil {
		t.Fatal(err)
	}
	complete := func() error {
		_, err := r.client.CompleteUploadExternalContext(ctx, api.CompleteUploadExternalParameters{
			Files: []api.FileSummary{{ID: begun.FileID}}, Channel: r.ChannelID, ThreadTimestamp: ts,
		})
		return err
	}
	send := func(token, url string) error {
		c := api.New(token, api.OptionAPIURL(r.srv.URL+"/api/"), api.OptionHTTPClient(r.srv.Client()))
		return c.UploadToURL(ctx, api.UploadToURLParameters{UploadURL: url, Filename: "plot.png", Reader: strings.NewReader(picture)})
	}
	f(complete(), "file_not_found") // it was not sent yet
	f(send("xoxb-wrong", begun.UploadURL), "403")
	f(send(r.Token, begun.UploadURL+"0"), "404")
	if err := send(r.Token, begun.UploadURL); err != nil {
		t.Fatal(err)
	}
	f(send(r.Token, begun.UploadURL), "404") // once
	if err := complete(); err != nil {
		t.Fatal(err)
	}

	r.Faults.Next(1, faults.Fault{Status: 429})
	if err, ok := errors.AsType[api.StatusCodeError](share(func(*api.UploadFileParameters) {})); !ok || err.Code != 429 {
		t.Errorf("%v, want 429", err)
	}
	r.Revoke("files:write")
	if err := share(func(*api.UploadFileParameters) {}); err == nil || !strings.Contains(err.Error(), "missing_scope") {
		t.Errorf("%v, want missing_scope", err)
	}
}
