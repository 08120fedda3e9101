package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestBlocks(t *testing.T) {
	x := func(n int) string { return strings.Repeat("ä", n) }
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	plain := func(n int) string { return `{"type":"plain_text","text":"` + x(n) + `"}` }
	mrkdwn := func(n int) string { return `{"type":"mrkdwn","text":"` + x(n) + `"}` }
	button := func(more string) string { return `{"type":"button","text":` + plain(1) + more + `}` }
	actions := func(elements string) string { return `[{"type":"actions","elements":[` + elements + `]}]` }

	// want is the first error; empty if the blocks are fine.
	f := func(blocks, want string) {
		t.Helper()
		got := ""
		if no := content("x", []byte(blocks), nil); no != nil {
			got = no.Error
			if len(no.Errors) > 0 {
				got += ": " + no.Errors[0]
			}
		}
		if got != want {
			t.Errorf("%.80s\n got %s\nwant %s", blocks, got, want)
		}
	}

	f(``, "")
	f(`[]`, "")
	f(`{}`, "invalid_blocks_format")
	f(`["x"]`, "invalid_blocks_format")
	f(`[{"type":"divider"}]`, "")
	f(`[`+many(50, `{"type":"divider"}`)+`]`, "")
	f(`[`+many(51, `{"type":"divider"}`)+`]`, "invalid_blocks: no more than 50 items allowed [json-pointer:/blocks]")
	f(`[{"type":"rich_text","elements":[]}]`, "invalid_blocks: unsupported type: rich_text [json-pointer:/blocks/0/type]")
	f(`[{}]`, "invalid_blocks: unsupported type: <nil> [json-pointer:/blocks/0/type]")
	f(`[{"type":"divider","text":1}]`, "invalid_blocks: invalid additional property: text [json-pointer:/blocks/0]")
	f(`[{"type":"divider","block_id":"`+x(255)+`"}]`, "")
	f(`[{"type":"divider","block_id":"`+x(256)+`"}]`, "invalid_blocks: must be less than 256 characters [json-pointer:/blocks/0/block_id]")
	f(`[`+many(2, `{"type":"divider","block_id":"a"}`)+`]`, "invalid_blocks: must be unique [json-pointer:/blocks/1/block_id]")

	// header
	f(`[{"type":"header","text":`+plain(150)+`}]`, "")
	f(`[{"type":"header","text":`+plain(151)+`}]`, "invalid_blocks: must be less than 151 characters [json-pointer:/blocks/0/text/text]")
	f(`[{"type":"header","text":`+mrkdwn(1)+`}]`, "invalid_blocks: must be a text object of type plain_text [json-pointer:/blocks/0/text]")
	f(`[{"type":"header","text":`+plain(0)+`}]`, "invalid_blocks: must be more than 0 characters [json-pointer:/blocks/0/text/text]")

	// section
	f(`[{"type":"section","text":`+mrkdwn(3000)+`}]`, "")
	f(`[{"type":"section","text":`+mrkdwn(3001)+`}]`, "invalid_blocks: must be less than 3001 characters [json-pointer:/blocks/0/text/text]")
	f(`[{"type":"section"}]`, "invalid_blocks: missing required field: text [json-pointer:/blocks/0]")
	f(`[{"type":"section","text":"x"}]`, "invalid_blocks: must be a text object of type plain_text or mrkdwn [json-pointer:/blocks/0/text]")
	f(`[{"type":"section","fields":[`+many(6, mrkdwn(2000))+`]}]`, "")
	f(`[{"type":"section","fields":[`+mrkdwn(2001)+`]}]`, "invalid_blocks: must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]")
	f(`[{"type":"section","fields":[`+many(10, plain(1))+`]}]`, "")
	f(`[{"type":"section","fields":[`+many(11, plain(1))+`]}]`, "invalid_blocks: no more than 10 items allowed [json-pointer:/blocks/0/fields]")
	f(`[{"type":"section","text":`+plain(1)+`,"accessory":`+button("")+`}]`, "")

	// context
	f(`[{"type":"context","elements":[`+many(10, mrkdwn(1))+`]}]`, "")
	f(`[{"type":"context","elements":[`+many(11, mrkdwn(1))+`]}]`, "invalid_blocks: no more than 10 items allowed [json-pointer:/blocks/0/elements]")
	f(`[{"type":"context","elements":[]}]`, "invalid_blocks: must have at least 1 item [json-pointer:/blocks/0/elements]")
	f(`[{"type":"context","elements":[{"type":"image","image_url":"https://example.com/x.png","alt_text":"x"}]}]`, "")
	f(`[{"type":"context","elements":[`+button("")+`]}]`, "invalid_blocks: unsupported type: button [json-pointer:/blocks/0/elements/0/type]")

	// actions
	f(actions(many(25, button(""))), "")
	f(actions(many(26, button(""))), "invalid_blocks: no more than 25 items allowed [json-pointer:/blocks/0/elements]")
	f(actions(`{"type":"button","text":`+plain(76)+`}`), "invalid_blocks: must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]")
	f(actions(button(`,"value":"`+x(2000)+`","url":"`+x(3000)+`","style":"danger"`)), "")
	f(actions(button(`,"value":"`+x(2001)+`"`)), "invalid_blocks: must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]")
	f(actions(button(`,"style":"loud"`)), "invalid_blocks: must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]")
	f(actions(many(2, button(`,"action_id":"a"`))), "invalid_blocks: must be unique [json-pointer:/blocks/0/elements/1/action_id]")
	confirm := `,"confirm":{"title":%s,"text":%s,"confirm":%s,"deny":%s}`
	f(actions(button(fmt.Sprintf(confirm, plain(100), mrkdwn(300), plain(30), plain(30)))), "")
	f(actions(button(fmt.Sprintf(confirm, plain(100), mrkdwn(300), plain(31), plain(30)))),
		"invalid_blocks: must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]")

	// image
	f(`[{"type":"image","image_url":"https://example.com/x.png"}]`, "invalid_blocks: missing required field: alt_text [json-pointer:/blocks/0]")

	// all together
	f(`[`+many(13, `{"type":"section","text":`+plain(1000)+`}`)+`,{"type":"section","text":`+plain(200)+`}]`, "")
	f(`[`+many(13, `{"type":"section","text":`+plain(1000)+`}`)+`,{"type":"section","text":`+plain(201)+`}]`, "msg_blocks_too_long")
}

func TestAttachmentsHoldBlocksToo(t *testing.T) {
	good := `[{"color":"#f00","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"a"}}]},{"text":"old style"}]`
	c := &checker{}
	if !c.all(nil, []byte(good)) || len(c.errors) != 0 || fmt.Sprint(c.shown) != "[a]" {
		t.Errorf("errors %q, shown %q", c.errors, c.shown)
	}
	no := content("x", nil, []byte(strings.Replace(good, "section", "sektion", 1)))
	said, _ := json.Marshal(no)
	want := `{"ok":false,"error":"invalid_blocks",` +
		`"errors":["unsupported type: sektion [json-pointer:/attachments/0/blocks/0/type]"],` +
		`"response_metadata":{"messages":["[ERROR] unsupported type: sektion [json-pointer:/attachments/0/blocks/0/type]"]}}`
	if string(said) != want {
		t.Errorf("%s\nwant %s", said, want)
	}
	if no := content("x", nil, []byte(`[{"blocks":"x"}]`)); no == nil || no.Error != "invalid_blocks_format" {
		t.Errorf("%+v, want invalid_blocks_format", no)
	}
}
