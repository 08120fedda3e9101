package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// decoder fills Go values from YAML nodes. The library's own strictness gives up at the first
// mistake of a kind and knows no paths; people deserve all of them, and where.
type decoder struct {
	report func(line int, path, wrong, right string)
	lines  map[string]int // where each path was written
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// defaulter is implemented by values whose zero is not their default.
type defaulter interface{ SetDefaults() }

func (d *decoder) decode(n *yaml.Node, v reflect.Value, path string) {
	d.lines[path] = n.Line
	if n.Kind == yaml.AliasNode {
		d.report(n.Line, path, "is a YAML alias", "write the value out")
		return
	}
	if v.Kind() == reflect.Pointer && !v.Type().Implements(textType) {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if n.Tag == "!!null" {
		d.report(n.Line, path, "has no value", "give "+expected(v.Type())+", or leave the key out")
		return
	}
	if f, ok := formsOf(v); ok {
		d.forms(n, f, path)
		return
	}
	switch {
	case v.Type() == durationType:
		d.duration(n, v, path)
	case v.CanAddr() && v.Addr().Type().Implements(textType):
		d.text(n, v, path)
	case v.Kind() == reflect.Struct:
		d.structure(n, v, path)
	case v.Kind() == reflect.Map:
		d.mapping(n, v, path)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

// inForms is implemented by values that can be written as one or as a mapping.
type inForms interface{ Forms() (one, each any) }

func formsOf(v reflect.Value) (f inForms, ok bool) {
	if !v.CanAddr() {
		return nil, false
	}
	f, ok = v.Addr().Interface().(inForms)
	return f, ok
}

func (d *decoder) forms(n *yaml.Node, f inForms, path string) {
	one, each := f.Forms()
	o, e := reflect.ValueOf(one).Elem(), reflect.ValueOf(each).Elem()
	switch n.Kind {
	case yaml.MappingNode:
		d.decode(n, e, path)
	case yaml.ScalarNode:
		d.decode(n, o, path)
	default:
		d.report(n.Line, path, "is "+found(n), "give "+expected(o.Type())+", or "+expected(e.Type()))
	}
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	if !d.want(n, yaml.MappingNode, v, path) {
		return
	}
	if def, ok := v.Addr().Interface().(defaulter); ok {
		def.SetDefaults()
	}
	fields := make(map[string]int)
	var names []string
	for i := range v.NumField() {
		if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ","); name != "" {
			fields[name] = i
			names = append(names, name)
		}
	}
	d.pairs(n, path, func(key, value *yaml.Node, at string) {
		i, ok := fields[key.Value]
		if !ok {
			right := "use one of " + strings.Join(names, ", ")
			if near := Nearest(key.Value, names); near != "" {
				right = "did you mean " + near + "?"
			}
			d.report(key.Line, at, "unknown key", right)
			return
		}
		d.decode(value, v.Field(i), at)
	})
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if !d.want(n, yaml.MappingNode, v, path) {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, path, func(key, value *yaml.Node, at string) {
		elem := reflect.New(v.Type().Elem()).Elem()
		if value.Tag != "!!null" || elem.Kind() != reflect.Struct { // `enketo:` alone is an app with defaults
			d.decode(value, elem, at)
		} else {
			d.lines[at] = key.Line
		}
		v.SetMapIndex(reflect.ValueOf(key.Value), elem)
	})
}

// pairs calls fn for each key of a mapping once.
func (d *decoder) pairs(n *yaml.Node, path string, fn func(key, value *yaml.Node, at string)) {
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		if key.Kind != yaml.ScalarNode || key.Tag != "!!str" {
			d.report(key.Line, path, "has a key that is not a word", "write keys as plain text")
			continue
		}
		if first, dup := seen[key.Value]; dup {
			d.report(key.Line, at, fmt.Sprintf("the key stands in line %d already", first), "keep one of them")
			continue
		}
		seen[key.Value] = key.Line
		fn(key, value, at)
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	elem := v.Type().Elem()
	if n.Kind == yaml.ScalarNode && elem.Kind() == reflect.String {
		one := reflect.New(elem).Elem() // a list of one may be written without brackets
		d.decode(n, one, path)
		v.Set(reflect.Append(v, one))
		return
	}
	if !d.want(n, yaml.SequenceNode, v, path) {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, c := range n.Content {
		d.decode(c, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *decoder) duration(n *yaml.Node, v reflect.Value, path string) {
	if !d.want(n, yaml.ScalarNode, v, path) {
		return
	}
	dur, err := time.ParseDuration(n.Value)
	if err != nil {
		d.report(n.Line, path, fmt.Sprintf("%q is not a duration", n.Value), "write a number and a unit, e.g. 30s, 5m, 1h30m")
		return
	}
	v.SetInt(int64(dur))
}

func (d *decoder) text(n *yaml.Node, v reflect.Value, path string) {
	if !d.want(n, yaml.ScalarNode, v, path) {
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
		wrong, right, _ := strings.Cut(err.Error(), "; ")
		d.report(n.Line, path, wrong, right)
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if !d.want(n, yaml.ScalarNode, v, path) {
		return
	}
	ok, outside := false, false
	switch v.Kind() {
	case reflect.String:
		if ok = n.Tag == "!!str"; ok {
			v.SetString(n.Value)
		}
	case reflect.Bool:
		var b bool
		if ok = n.Tag == "!!bool" && n.Decode(&b) == nil; ok {
			v.SetBool(b)
		}
	case reflect.Int:
		i, err := strconv.ParseInt(n.Value, 10, 64)
		outside = errors.Is(err, strconv.ErrRange)
		if ok = err == nil && n.Tag == "!!int"; ok {
			v.SetInt(i)
		}
	case reflect.Uint64:
		u, err := strconv.ParseUint(n.Value, 10, 64)
		outside = errors.Is(err, strconv.ErrRange) || n.Tag == "!!int" && strings.HasPrefix(n.Value, "-")
		if ok = err == nil && n.Tag == "!!int"; ok {
			v.SetUint(u)
		}
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		number := n.Tag == "!!float" || n.Tag == "!!int"
		if ok = err == nil && number && f-f == 0; ok { // f-f: neither NaN nor infinite
			v.SetFloat(f)
		}
		outside = number
	}
	if !ok {
		right := "give " + expected(v.Type())
		if v.Kind() == reflect.String {
			right += ` (put it in quotes: "` + n.Value + `")`
		}
		is := found(n)
		if outside {
			is = "out of range"
		}
		d.report(n.Line, path, fmt.Sprintf("%s is %s", n.Value, is), right)
	}
}

// want reports a node of another kind than kind.
func (d *decoder) want(n *yaml.Node, kind yaml.Kind, v reflect.Value, path string) bool {
	if n.Kind == kind {
		return true
	}
	d.report(n.Line, path, "is "+found(n), "give "+expected(v.Type()))
	return false
}

func found(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "a boolean"
	case "!!timestamp":
		return "a date"
	default:
		return "text"
	}
}

func expected(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == durationType {
		return "a duration, e.g. 5m"
	}
	if f, ok := reflect.New(t).Interface().(inForms); ok {
		one, each := f.Forms()
		return expected(reflect.TypeOf(one).Elem()) + ", or " + expected(reflect.TypeOf(each).Elem())
	}
	if reflect.PointerTo(t).Implements(textType) {
		return "one word"
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "a mapping (key: value)"
	case reflect.Slice:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number, 0 or more"
	case reflect.Float64:
		return "a number"
	default:
		return "text"
	}
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}
