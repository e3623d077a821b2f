package stdsql

import "strings"

// change is what a statement does to the transaction.
type change uint8

const (
	unchanged change = iota
	begins
	ends
)

func changeOf(sql string) change {
	w := words{rest: sql}
	switch w.next() {
	case "BEGIN":
		return begins
	case "START":
		if w.next() == "TRANSACTION" {
			return begins
		}
	case "COMMIT", "END", "ABORT":
		return ends
	case "ROLLBACK":
		for next := w.next(); next != ""; next = w.next() {
			if next == "TO" {
				return unchanged
			}
		}
		return ends
	}
	return unchanged
}

// returnsRows reports whether a statement has to be queried rather than
// executed. database/sql makes the caller choose, and the count and id of a
// write are only told by Exec.
func returnsRows(sql string) bool {
	w := words{rest: sql}
	write := false
	switch w.next() {
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "UPSERT":
		write = true
	case "WITH":
	case "SELECT", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "PRAGMA", "CALL", "FETCH", "FROM",
		"EXECUTE", "EXEC", "ANALYZE", "CHECK", "SUMMARIZE":
		return true
	default:
		return false
	}
	for next := w.next(); next != ""; next = w.next() {
		switch next {
		case "RETURNING", "OUTPUT":
			return true
		case "INSERT", "UPDATE", "DELETE", "MERGE":
			write = true
		}
	}
	return !write
}

// words gives the words of an SQL text in upper case, without those in quotes
// and comments.
type words struct{ rest string }

func (w *words) next() string {
	for w.rest != "" {
		switch c := w.rest[0]; {
		case isWordByte(c):
			n := 1
			for n < len(w.rest) && isWordByte(w.rest[n]) {
				n++
			}
			word := w.rest[:n]
			w.rest = w.rest[n:]
			return strings.ToUpper(word)
		case c == '\'' || c == '"' || c == '`':
			w.skip(1, string(c))
		case c == '[':
			w.skip(1, "]")
		case strings.HasPrefix(w.rest, "--"):
			w.skip(2, "\n")
		case strings.HasPrefix(w.rest, "/*"):
			w.skip(2, "*/")
		default:
			w.rest = w.rest[1:]
		}
	}
	return ""
}

// skip goes behind the next end. A doubled quote is two texts side by side,
// which comes to the same.
func (w *words) skip(n int, end string) {
	_, w.rest, _ = strings.Cut(w.rest[n:], end)
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
