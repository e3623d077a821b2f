package compile

import "github.com/alkahest-go/alkahest/sqltype"

// Resolve returns the type that the product has in the place of t, and how
// values get there and back; nil where they are the same.
func (r *Rules) Resolve(t sqltype.Type) (sqltype.Type, *sqltype.Conversion) {
	if r.Parent != "" {
		return sqltype.Resolve(t, r.Dialect, r.Parent)
	}
	return sqltype.Resolve(t, r.Dialect)
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
