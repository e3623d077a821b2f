package schema

import (
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// written has the types of package expr that the common columns embed, and those
// that their methods return. The compiler takes it that this package has written
// what it writes for an embedded method, and for a pointer, of each of them, as
// the list is not generic. Where it meets the types only within a column, which
// is, it writes that again into every package that names one: a thousand
// functions.
type written struct {
	_ expr.Num[int64]
	_ expr.Num[float64]
	_ expr.Num[sqltype.Decimal]
	_ expr.TextOf[string]
	_ expr.BoolOf[bool]
	_ expr.Ordered[int64]
	_ expr.Ordered[float64]
	_ expr.Ordered[sqltype.Decimal]
	_ expr.Ordered[string]
	_ expr.Ordered[time.Time]
	_ expr.Scalar[int64]
	_ expr.Scalar[float64]
	_ expr.Scalar[sqltype.Decimal]
	_ expr.Scalar[string]
	_ expr.Scalar[bool]
	_ expr.Scalar[time.Time]
	_ expr.Scalar[[]byte]
}

// known leads from every column to the list.
func (column) known(*written) {}

var _ interface{ known(*written) } = column{}
