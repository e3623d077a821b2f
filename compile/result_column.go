package compile

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// ResultColumnOf describes a column of a result as compiling its statement
// does, so that it can be found among Compiled.Columns.
func ResultColumnOf(x expr.Expression) ResultColumn { return resultColumn(expr.Unwrap(x)) }

// tableName returns the name by which a column is told from those of other
// tables of its statement: the table's without its schema, or the alias.
func tableName(s expr.Source) string {
	if t, ok := s.(*schema.Table); ok {
		return t.Name
	}
	return sourceName(s)
}
