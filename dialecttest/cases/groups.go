package cases

// groups are the lists of cases in the order in which they are tried: a new
// list is a line here.
//
// A list stands in a file of its own, such as select_basic.go. A case names
// itself as in testdata/expected, which has its rows by product, and says how it
// is made:
//
//	query("select-basic-003", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Name.As("nm")) })
//	ddl("ddl-table-001", func(s *Schema) []schema.Element { … })
//
// followed by what else has to be said: .refused("part of the error") where every
// dialect refuses it, .differs("mariadb", Difference{…}) where one product gives
// other rows or an error, with the reason, .after(…) for what DDL stands on. A
// product that lacks a construct refuses it by name; that needs no word, unless
// the expected rows show that it has it. "go test -update" writes the golden
// SQL of the new cases, which is to be read before it is kept.
func groups() [][]Case {
	return [][]Case{
		selectBasic,
		selectSources,
		selectMore,
		whereOperators,
		subqueries,
		correlations,
		ctes,
		setOperations,
		functions,
		jsonAndArrays,
		misc,
		joinCases,
		joinSources,
		windowCases,
		insertCases,
		upsertCases,
		updateCases,
		deleteCases,
		ddlTables,
		ddlProducts,
		ddlIndexes,
	}
}
