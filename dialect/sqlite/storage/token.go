package storage

import "strings"

// token is what matters of a token of SQL.
type token uint8

const (
	other token = iota
	space       // and comments
	semicolon
	explain
	query
	plan
	create
	temp
	triggers
	end
)

var words = map[string]token{
	"EXPLAIN": explain, "QUERY": query, "PLAN": plan, "CREATE": create,
	"TEMP": temp, "TEMPORARY": temp, "TRIGGER": triggers, "END": end,
}

// next returns the first token of a text that is not empty, and the rest.
// What is open at the end of the text ends there.
func next(s string) (token, string) {
	switch c := s[0]; {
	case c == ';':
		return semicolon, s[1:]
	case isSpace(c) && c != '\v':
		return space, strings.TrimLeft(s, " \t\n\v\f\r")
	case strings.HasPrefix(s, "\ufeff"): // SQLite skips a byte order mark
		return space, s[len("\ufeff"):]
	case strings.HasPrefix(s, "--"):
		return space, s[lineLen(s):]
	case strings.HasPrefix(s, "/*") && len(s) > 2: // at the very end SQLite reads a slash and an asterisk
		_, s, _ = strings.Cut(s[2:], "*/")
		return space, s
	case c == '\'' || c == '"' || c == '`':
		return other, quoted(s, c)
	case c == '[':
		return other, quoted(s, ']')
	case c == '$' || c == '@' || c == '#' || c == ':':
		return other, parameter(s)
	case isWord(c):
		n := wordLen(s)
		if n > len("TEMPORARY") {
			return other, s[n:]
		}
		return words[strings.ToUpper(s[:n])], s[n:]
	}
	return other, s[1:]
}

func lineLen(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

// quoted returns what follows the closing quote. A doubled quote begins what
// looks like another token, which ends where the true one does.
func quoted(s string, closing byte) string {
	_, rest, _ := strings.Cut(s[1:], string(closing))
	return rest
}

// parameter returns what follows $name, $a::b or $name(text without space).
func parameter(s string) string {
	named := false
	i := 1
	for i < len(s) {
		switch c := s[i]; {
		case isWord(c):
			named = true
			i++
		case c == ':' && i+1 < len(s) && s[i+1] == ':':
			i += 2
		case c == '(' && named:
			return array(s[i+1:])
		default:
			return s[i:]
		}
	}
	return ""
}

func array(s string) string {
	i := 0
	for i < len(s) && !isSpace(s[i]) && s[i] != ')' {
		i++
	}
	if i < len(s) && s[i] == ')' {
		i++
	}
	return s[i:]
}

func wordLen(s string) int {
	n := 0
	for n < len(s) && isWord(s[n]) {
		n++
	}
	return n
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || c >= 0x80
}
