package web

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// readJSON reads the fields of a body that is one JSON object and nothing else.
func readJSON(data []byte) ([]sentField, error) {
	switch {
	case !utf8.Valid(data):
		return nil, badBody("is not UTF-8")
	case !json.Valid(data):
		return nil, badBody("is not JSON")
	case oddCharacter(data):
		return nil, badBody("has characters that no text has: \\u0000, or half of one")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, badBody("is not a JSON object")
	}
	var out []sentField
	at := map[string]int{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, badBody("is not JSON")
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, badBody("is not JSON")
		}
		x := sentField{name: name.(string), json: value}
		if x.twice, err = names(value); err != nil {
			return nil, err
		}
		if i, ok := at[x.name]; ok {
			out[i].twice = true
			continue
		}
		at[x.name] = len(out)
		out = append(out, x)
		if len(out) > maxBodyFields {
			break
		}
	}
	return out, nil
}

// names reports whether an object of a value has a name twice, of which programs
// take the first or the last as it comes, and refuses what is nested too deeply.
func names(value []byte) (twice bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var open []map[string]bool // nil: an array
	expected := false          // the next token is a name
	for {
		t, err := dec.Token()
		if err == io.EOF {
			return twice, nil
		}
		if err != nil {
			return twice, badBody("is not JSON")
		}
		d, _ := t.(json.Delim)
		text, isText := t.(string)
		switch {
		case expected && isText:
			inner := open[len(open)-1]
			twice = twice || inner[text]
			inner[text] = true
			expected = false
			continue
		case d == '{':
			open = append(open, map[string]bool{})
		case d == '[':
			open = append(open, nil)
		case d != 0:
			open = open[:len(open)-1]
		}
		if len(open) >= maxBodyDepth {
			return twice, badBody("is nested more than %d deep", maxBodyDepth)
		}
		expected = len(open) > 0 && open[len(open)-1] != nil
	}
}

// oddCharacter reports whether JSON has one \u of the two that a character beyond
// the first 65,536 needs, which would be read as another character, or the \u0000
// that no database keeps in text.
func oddCharacter(data []byte) bool {
	unit := func(i int) (u int) { // of the escape at i, or -1
		if i+6 > len(data) || data[i] != '\\' || data[i+1] != 'u' {
			return -1
		}
		for _, c := range data[i+2 : i+6] {
			u = u<<4 | int(c&0xf)
			if c > '9' {
				u += 9
			}
		}
		return u
	}
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		switch u := unit(i); {
		case u < 0:
			i++ // what follows is escaped
		case u >= 0xd800 && u < 0xdc00:
			if low := unit(i + 6); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 11
		case u == 0 || u >= 0xdc00 && u < 0xe000:
			return true
		default:
			i += 5
		}
	}
	return false
}
