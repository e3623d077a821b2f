package engine

import (
	"encoding/json"
	"strconv"
)

// nestedScan reads JSON that a database has made, piece by piece and where it
// stands.
type nestedScan struct {
	text []byte
	at   int
}

// peek returns the next byte that is no blank, 0 at the end.
func (s *nestedScan) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch b := s.text[s.at]; b {
		case ' ', '\n', '\t', '\r':
		default:
			return b
		}
	}
	return 0
}

func (s *nestedScan) skip(b byte) bool {
	if s.peek() != b {
		return false
	}
	s.at++
	return true
}

func (s *nestedScan) open() bool  { return s.skip('[') }
func (s *nestedScan) shut() bool  { return s.skip(']') }
func (s *nestedScan) comma() bool { return s.skip(',') }

// done reports whether nothing follows.
func (s *nestedScan) done() bool { return s.peek() == 0 && s.at == len(s.text) }

// array reads an array of as many values as there is room for.
func (s *nestedScan) array(into []nestedCell) bool {
	if !s.open() {
		return false
	}
	for i := range into {
		if i > 0 && !s.comma() {
			return false
		}
		var ok bool
		if into[i], ok = s.value(); !ok {
			return false
		}
	}
	return s.shut()
}

// value reads a value of any kind.
func (s *nestedScan) value() (nestedCell, bool) {
	first := s.peek()
	start := s.at
	switch first {
	case '"':
		escaped, ok := s.string()
		return nestedCell{raw: s.text[start:s.at], quoted: true, escaped: escaped}, ok
	case '[', '{':
		ok := s.nest()
		return nestedCell{raw: s.text[start:s.at]}, ok
	}
	for s.at < len(s.text) && s.text[s.at] != ',' && s.text[s.at] != ']' && s.text[s.at] != '}' && s.text[s.at] > ' ' {
		s.at++
	}
	return nestedCell{raw: s.text[start:s.at]}, s.at > start
}

// string goes behind the string that begins here.
func (s *nestedScan) string() (escaped, ok bool) {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			escaped = true
			s.at++
		case '"':
			s.at++
			return escaped, true
		}
	}
	s.at = len(s.text)
	return escaped, false
}

// nest goes behind the array or object that begins here.
func (s *nestedScan) nest() bool {
	depth := 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if _, ok := s.string(); !ok {
				return false
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		s.at++
		if depth == 0 {
			return true
		}
	}
	return false
}

// nestedCell is one value as it is written.
type nestedCell struct {
	raw             []byte
	quoted, escaped bool // it is a string, and one with escapes
}

func (c nestedCell) null() bool { return string(c.raw) == "null" && !c.quoted }

// text is what a string says, and the text of anything else.
func (c nestedCell) text() []byte {
	if !c.quoted {
		return c.raw
	}
	if !c.escaped {
		return c.raw[1 : len(c.raw)-1]
	}
	var s string
	if json.Unmarshal(c.raw, &s) != nil {
		return nil
	}
	return []byte(s)
}

func (c nestedCell) whole() (int, bool) {
	n, err := strconv.Atoi(string(c.raw))
	return n, err == nil && n >= 0
}
