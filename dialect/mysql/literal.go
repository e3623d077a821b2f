package mysql

import (
	"encoding/hex"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// literal escapes the backslash, which the SQL modes of the driver's sessions
// leave special within quotes.
func (s server) literal(v sqltype.Value, t sqltype.Type) (string, error) {
	switch v.Kind() {
	case sqltype.KindText, sqltype.KindJSON:
		text, err := compile.QuoteText(v.Text(), t)
		return strings.ReplaceAll(text, `\`, `\\`), err
	case sqltype.KindInstant:
		text, err := compile.StandardLiteral(v, t)
		return strings.Replace(text, "+00:00", "", 1), err
	case sqltype.KindUUID:
		if s.binaryUUIDs {
			return "X'" + hex.EncodeToString(v.Bytes()) + "'", nil
		}
	}
	return compile.StandardLiteral(v, t)
}
