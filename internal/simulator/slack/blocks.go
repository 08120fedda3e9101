package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCharacters is what Slack accepts over all of a message's blocks. It is documented nowhere;
// measured by slackapi/bolt-js#2509.
const maxCharacters = 13_200

// object is a JSON object of Block Kit.
type object = map[string]any

// checker holds blocks against Block Kit's limits and collects what people would read.
type checker struct {
	errors     []string
	characters int
	shown      []string
	blockIDs   []string
}

func (c *checker) fail(at, format string, args ...any) {
	c.errors = append(c.errors, fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// all checks a message's blocks and attachments. It returns false if they are no lists of objects.
func (c *checker) all(blocks, attachments []byte) bool {
	var bs, as []object
	if len(blocks) > 0 && json.Unmarshal(blocks, &bs) != nil || len(attachments) > 0 && json.Unmarshal(attachments, &as) != nil {
		return false
	}
	c.blocks("/blocks", bs)
	for i, a := range as {
		inner, err := json.Marshal(a["blocks"])
		var bs []object
		if err != nil || json.Unmarshal(inner, &bs) != nil {
			return false
		}
		c.blocks(fmt.Sprintf("/attachments/%d/blocks", i), bs)
	}
	return true
}

func (c *checker) blocks(at string, blocks []object) {
	if len(blocks) > 50 {
		c.fail(at, "no more than 50 items allowed")
	}
	for i, b := range blocks {
		c.block(fmt.Sprintf("%s/%d", at, i), b)
	}
}

func (c *checker) block(at string, b object) {
	c.short(at+"/block_id", b["block_id"], 255)
	if id, ok := b["block_id"].(string); ok {
		if slices.Contains(c.blockIDs, id) {
			c.fail(at+"/block_id", "must be unique")
		}
		c.blockIDs = append(c.blockIDs, id)
	}
	switch b["type"] {
	case "header":
		c.keys(at, b, "block_id text")
		c.text(at+"/text", b["text"], 150, "plain_text")
	case "section":
		c.keys(at, b, "block_id text fields accessory expand")
		fields := c.list(at+"/fields", b["fields"], 10)
		if b["text"] == nil && len(fields) == 0 {
			c.fail(at, "missing required field: text")
		}
		if b["text"] != nil {
			c.text(at+"/text", b["text"], 3000, "plain_text", "mrkdwn")
		}
		for i, f := range fields {
			c.text(fmt.Sprintf("%s/fields/%d", at, i), f, 2000, "plain_text", "mrkdwn")
		}
		if b["accessory"] != nil {
			c.element(at+"/accessory", b["accessory"], "button", "image")
		}
	case "context":
		c.keys(at, b, "block_id elements")
		elements := c.list(at+"/elements", b["elements"], 10)
		if len(elements) == 0 {
			c.fail(at+"/elements", "must have at least 1 item")
		}
		for i, e := range elements {
			c.element(fmt.Sprintf("%s/elements/%d", at, i), e, "image", "plain_text", "mrkdwn")
		}
	case "actions":
		c.keys(at, b, "block_id elements")
		elements := c.list(at+"/elements", b["elements"], 25)
		if len(elements) == 0 {
			c.fail(at+"/elements", "must have at least 1 item")
		}
		var ids []any
		for i, e := range elements {
			where := fmt.Sprintf("%s/elements/%d", at, i)
			c.element(where, e, "button")
			id := asObject(e)["action_id"]
			if id != nil && slices.Contains(ids, id) {
				c.fail(where+"/action_id", "must be unique")
			}
			ids = append(ids, id)
		}
	case "image":
		c.keys(at, b, "block_id image_url slack_file alt_text title")
		c.image(at, b)
	case "divider":
		c.keys(at, b, "block_id")
	default:
		c.fail(at+"/type", "unsupported type: %v", b["type"])
	}
}

// element checks an element that is one of kinds.
func (c *checker) element(at string, v any, kinds ...string) {
	e := asObject(v)
	kind, _ := e["type"].(string)
	if !slices.Contains(kinds, kind) {
		c.fail(at+"/type", "unsupported type: %v", e["type"])
		return
	}
	switch kind {
	case "plain_text", "mrkdwn":
		c.text(at, e, 3000, kinds...)
	case "image":
		c.image(at, e)
	case "button":
		c.keys(at, e, "text action_id url value style confirm accessibility_label")
		c.text(at+"/text", e["text"], 75, "plain_text")
		c.short(at+"/action_id", e["action_id"], 255)
		c.short(at+"/value", e["value"], 2000)
		c.short(at+"/url", e["url"], 3000)
		c.short(at+"/accessibility_label", e["accessibility_label"], 75)
		if s := e["style"]; s != nil && s != "primary" && s != "danger" {
			c.fail(at+"/style", "must be one of: primary, danger")
		}
		if e["confirm"] != nil {
			ask := asObject(e["confirm"])
			c.keys(at+"/confirm", ask, "title text confirm deny style")
			c.text(at+"/confirm/title", ask["title"], 100, "plain_text")
			c.text(at+"/confirm/text", ask["text"], 300, "plain_text", "mrkdwn")
			c.text(at+"/confirm/confirm", ask["confirm"], 30, "plain_text")
			c.text(at+"/confirm/deny", ask["deny"], 30, "plain_text")
		}
	}
}

func (c *checker) image(at string, e object) {
	c.short(at+"/image_url", e["image_url"], 3000)
	c.short(at+"/alt_text", e["alt_text"], 2000)
	if e["alt_text"] == nil {
		c.fail(at, "missing required field: alt_text")
	}
}

// text checks a text object of at most limit characters, and keeps it as shown.
func (c *checker) text(at string, v any, limit int, kinds ...string) {
	t := asObject(v)
	kind, _ := t["type"].(string)
	if !slices.Contains(kinds, kind) {
		c.fail(at, "must be a text object of type %s", strings.Join(kinds, " or "))
		return
	}
	c.keys(at, t, map[string]string{"plain_text": "text emoji", "mrkdwn": "text verbatim"}[kind])
	text, _ := t["text"].(string)
	if text == "" {
		c.fail(at+"/text", "must be more than 0 characters")
	}
	c.short(at+"/text", text, limit)
	c.characters += utf8.RuneCountInString(text)
	c.shown = append(c.shown, text)
}

// short checks a string, if it is there.
func (c *checker) short(at string, v any, limit int) {
	s, ok := v.(string)
	if v != nil && !ok {
		c.fail(at, "must be a string")
	}
	if utf8.RuneCountInString(s) > limit {
		c.fail(at, "must be less than %d characters", limit+1)
	}
}

// list checks a list, if it is there.
func (c *checker) list(at string, v any, limit int) []any {
	list, ok := v.([]any)
	if v != nil && !ok {
		c.fail(at, "must be a list")
	}
	if len(list) > limit {
		c.fail(at, "no more than %d items allowed", limit)
	}
	return list
}

// keys checks that o has no others than known and type.
func (c *checker) keys(at string, o object, known string) {
	for key := range o {
		if key != "type" && !slices.Contains(strings.Fields(known), key) {
			c.fail(at, "invalid additional property: %s", key)
		}
	}
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}
