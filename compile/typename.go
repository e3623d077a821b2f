package compile

import (
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// TypeNames names the types that a dialect does not name itself: those that the
// program names exactly, where they are for the dialect, and the rest as standard
// SQL does. dialects are the dialect's name and those of the products that it is
// derived from, the own first.
func TypeNames(t sqltype.Type, dialects ...string) (string, error) {
	if n, ok := t.(sqltype.Named); ok {
		if n.For(dialects...) {
			return n.Name(), nil
		}
		return "", &UnsupportedError{Construct: "the type " + n.Name(), Dialect: strings.Join(dialects[:1], ""), Instead: "use sqltype.WithVariant to give it another"}
	}
	return StandardTypeName(t)
}

// StandardTypeName names the types as standard SQL does.
func StandardTypeName(t sqltype.Type) (string, error) {
	switch t := t.(type) {
	case sqltype.Named:
		if t.For() {
			return t.Name(), nil
		}
		return "", fmt.Errorf("compile: standard SQL has no type %s", t)
	case sqltype.Enum:
		return t.TextType().String(), nil
	case sqltype.Array, sqltype.Null:
		return "", fmt.Errorf("compile: standard SQL has no type %s", t)
	case sqltype.JSON:
		return "JSON", nil
	case sqltype.Integer:
		return t.Wider(16, 32, 64).String(), nil
	case sqltype.Numeric, sqltype.Float, sqltype.Boolean, sqltype.String, sqltype.Text, sqltype.LargeBinary,
		sqltype.Date, sqltype.Time, sqltype.DateTime, sqltype.UUID:
		return t.String(), nil
	}
	return "", fmt.Errorf("compile: standard SQL has no type %s; sqltype.Exactly names one as it is", t)
}
