package compile

import (
	"math"
	"time"

	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Resolve returns the type that the product has in the place of t, and how
// values get there and back; nil where they are the same.
func (r *Rules) Resolve(t sqltype.Type) (sqltype.Type, *sqltype.Conversion) {
	names := []string{r.Dialect, r.Parent}
	if r.Parent == "" {
		names = names[:1]
	}
	t, declared := sqltype.Resolve(t, names...)
	t, own := r.keeps(t)
	return t, declared.Then(own)
}

// keeps asks Stored, for arrays about their elements.
func (r *Rules) keeps(t sqltype.Type) (sqltype.Type, *sqltype.Conversion) {
	if a, ok := t.(sqltype.Array); ok {
		elem, c := r.keeps(a.Elem)
		return sqltype.Array{Elem: elem}, c.Elements()
	}
	if r.Stored == nil {
		return t, nil
	}
	return r.Stored(t)
}

// StandardStored keeps intervals as numbers of microseconds.
func StandardStored(t sqltype.Type) (sqltype.Type, *sqltype.Conversion) {
	if _, ok := sqltype.Values(t).(sqltype.Interval); ok {
		return sqltype.Integer{Bits: 64}, microseconds
	}
	return t, nil
}

var microseconds = &sqltype.Conversion{
	To: func(v sqltype.Value) (sqltype.Value, error) {
		return sqltype.Int64Value(v.Interval().Microseconds()), nil
	},
	From: func(r sqltype.Row, i int) (sqltype.Value, error) {
		if r.IsNull(i) {
			return sqltype.NullValue(), nil
		}
		return Microseconds(r.Int64(i))
	},
}

// Microseconds returns the interval of n microseconds, or says that no Go
// duration is as long.
func Microseconds(n int64) (sqltype.Value, error) {
	if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
		return sqltype.Value{}, &sqlerr.ValueError{Type: "INTERVAL", Reason: "the stored value is longer than a time.Duration"}
	}
	return sqltype.IntervalValue(time.Duration(n) * time.Microsecond), nil
}

// stored returns the conversions of a result's columns, nil where none needs
// one.
func (r *Rules) stored(columns []ResultColumn) []*sqltype.Conversion {
	var list []*sqltype.Conversion
	for i, col := range columns {
		if col.Type == nil {
			continue
		}
		if _, c := r.Resolve(col.Type); c != nil {
			if list == nil {
				list = make([]*sqltype.Conversion, len(columns))
			}
			list[i] = c
		}
	}
	return list
}
