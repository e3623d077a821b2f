package cases

import "github.com/alkahest-go/alkahest/expr"

var updateCases = []Case{
	query("update-003", func(s *Schema) *expr.Update { return expr.NewUpdate(s.Tags.Table) }).refused("an UPDATE sets nothing"),
}
