package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
)

// mergeRules follow https://www.postgresql.org/docs/current/sql-merge.html:
// there is a MERGE since 15, and its RETURNING since 17.
func mergeRules(v dialect.Version) *compile.MergeRules {
	if !v.AtLeast(15) {
		return nil
	}
	r := &compile.MergeRules{Conditions: true, Delete: true, Nothing: true, DefaultRow: true, ValuesSource: true}
	if v.AtLeast(17) {
		r.BySource, r.Returning, r.Action = true, true, "merge_action()"
	}
	return r
}
