package postgres

import (
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// HSTORE is a map of text to text or NULL, of the extension hstore. It accepts
// map[string]*string, map[string]sql.NullString and, where no value is NULL,
// map[string]string.
func HSTORE() sqltype.Type { return sqltype.Exactly("HSTORE", hstore).On(name) }

var hstore = sqltype.Written("a map of text", nil,
	sqltype.Through(
		func(m map[string]*string) (string, error) {
			return writeHstore(m, func(v *string) (string, bool) {
				if v == nil {
					return "", false
				}
				return *v, true
			}), nil
		},
		func(s string) (map[string]*string, error) {
			return readHstore(s, func(v string, valid bool) (*string, error) {
				if !valid {
					return nil, nil
				}
				return &v, nil
			})
		}),
	sqltype.Through(
		func(m map[string]sql.NullString) (string, error) {
			return writeHstore(m, func(v sql.NullString) (string, bool) { return v.String, v.Valid }), nil
		},
		func(s string) (map[string]sql.NullString, error) {
			return readHstore(s, func(v string, valid bool) (sql.NullString, error) {
				return sql.NullString{String: v, Valid: valid}, nil
			})
		}),
	sqltype.Through(
		func(m map[string]string) (string, error) {
			return writeHstore(m, func(v string) (string, bool) { return v, true }), nil
		},
		func(s string) (map[string]string, error) {
			return readHstore(s, func(v string, valid bool) (string, error) {
				if !valid {
					return "", errNullEntry
				}
				return v, nil
			})
		}))

var (
	errNullEntry = errors.New("postgres: an entry is NULL; use map[string]*string")
	errHstore    = errors.New("postgres: the text of the hstore was not understood")
)

var hstoreQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// writeHstore sorts the keys, so that equal maps give equal text.
func writeHstore[V any](m map[string]V, value func(V) (string, bool)) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`"` + hstoreQuotes.Replace(k) + `"=>`)
		if v, valid := value(m[k]); valid {
			b.WriteString(`"` + hstoreQuotes.Replace(v) + `"`)
		} else {
			b.WriteString("NULL")
		}
	}
	return b.String()
}

// readHstore reads the server's form, in which keys and values are quoted and
// NULL is not (https://www.postgresql.org/docs/current/hstore.html).
func readHstore[V any](s string, value func(v string, valid bool) (V, error)) (map[string]V, error) {
	m := map[string]V{}
	for s != "" {
		key, rest, ok := unquote(s)
		if !ok || !strings.HasPrefix(rest, "=>") {
			return nil, errHstore
		}
		text, tail, valid := unquote(rest[2:])
		if !valid {
			if tail, ok = strings.CutPrefix(rest[2:], "NULL"); !ok {
				return nil, errHstore
			}
		}
		v, err := value(text, valid)
		if err != nil {
			return nil, err
		}
		m[key] = v
		s = strings.TrimPrefix(tail, ", ")
	}
	return m, nil
}

// unquote reads the quoted text that s starts with.
func unquote(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", s, false
			}
		}
		b.WriteByte(s[i])
	}
	return "", s, false
}
