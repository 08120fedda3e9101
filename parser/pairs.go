package parser

import "iter"

// Pairs walks the key=value pairs of a text. A value runs to the next space, or if it starts with a
// quote, to the quote that a space or the end follows: `fwd="a, b"` is one value, and so is
// `path="/say "hi""`. A backslash hides the quote behind it; values are yielded as written, without
// the outer quotes. A value whose closing quote is missing runs to the end. Words without "=" are
// left out, and so are pairs without a key. The same key may come again: in Heroku's lines the
// first one counts.
func Pairs(text []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for rest := text; len(rest) > 0; {
			var key, value []byte
			key, value, rest = cutPair(rest)
			if len(key) > 0 && !yield(key, value) {
				return
			}
		}
	}
}

// cutPair takes a pair, a word or a space off the front of b. The key is nil unless it is a pair.
func cutPair(b []byte) (key, value, rest []byte) {
	for i, c := range b {
		switch c {
		case ' ':
			return nil, nil, b[i+1:]
		case '=':
			value, rest = cutValue(b[i+1:])
			return b[:i], value, rest
		}
	}
	return nil, nil, nil
}

func cutValue(b []byte) (value, rest []byte) {
	if len(b) > 0 && b[0] == '"' {
		return cutQuoted(b[1:])
	}
	value, rest, _ = cutField(b)
	return value, rest
}

func cutQuoted(b []byte) (value, rest []byte) {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			if i+1 == len(b) {
				return b[:i], nil
			}
			if b[i+1] == ' ' {
				return b[:i], b[i+2:]
			}
		}
	}
	return b, nil
}
