package modernc

import "strings"

// blank reports whether s holds no further statement: only space, comments and
// semicolons, as SQLite's tokenizer reads them.
func blank(s string) bool { return skip(s) == "" }

// skip returns s from its first token on.
func skip(s string) string {
	for s != "" {
		switch c := s[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r':
			s = strings.TrimLeft(s, " \t\n\v\f\r")
		case c == ';':
			s = s[1:]
		case strings.HasPrefix(s, "\ufeff"):
			s = s[len("\ufeff"):]
		case strings.HasPrefix(s, "--"):
			n := strings.IndexByte(s, '\n')
			if n < 0 {
				return ""
			}
			s = s[n:]
		case strings.HasPrefix(s, "/*") && len(s) > 2:
			_, s, _ = strings.Cut(s[2:], "*/")
		default:
			return s
		}
	}
	return ""
}

// firstWord returns the first word of sql in upper case.
func firstWord(sql string) string {
	sql = skip(sql)
	n := 0
	for n < len(sql) && (sql[n]|0x20 >= 'a' && sql[n]|0x20 <= 'z') {
		n++
	}
	return strings.ToUpper(sql[:n])
}
