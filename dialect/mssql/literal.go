package mssql

import (
	"encoding/hex"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

func literal(v sqltype.Value, t sqltype.Type) (string, error) {
	switch v.Kind() {
	case sqltype.KindText, sqltype.KindJSON:
		return text(v.Text(), t)
	case sqltype.KindBool:
		if v.Bool() {
			return "1", nil
		}
		return "0", nil
	case sqltype.KindBytes:
		return "0x" + hex.EncodeToString(v.Bytes()), nil
	case sqltype.KindDateTime, sqltype.KindInstant:
		// With a T in between, what it means does not depend on the language of
		// the session.
		plain, err := compile.StandardLiteral(v, t)
		return strings.Replace(plain, " ", "T", 1), err
	}
	return compile.StandardLiteral(v, t)
}

// text writes text so that no backslash stands before the end of a line, where
// both would be dropped
// (https://learn.microsoft.com/sql/t-sql/language-elements/sql-server-utilities-statements-backslash).
func text(s string, t sqltype.Type) (string, error) {
	quoted, err := compile.QuoteText(s, t)
	if err != nil {
		return "", err
	}
	split := strings.NewReplacer("\\\n", "\\' + N'\n", "\\\r", "\\' + N'\r").Replace(quoted)
	if split != quoted {
		return "(N" + split + ")", nil
	}
	return "N" + quoted, nil
}
