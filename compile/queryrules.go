package compile

import "github.com/alkahest-go/alkahest/expr"

// QueryRules are how one product writes what a query has beside the plain
// clauses of a SELECT.
type QueryRules struct {
	With WithRules
	// SetWords are the words of the set operations; one that is missing is
	// refused.
	SetWords map[expr.SetOp]string
	// SetParens says that a query of a set operation may stand in parentheses,
	// and SetOrdered that it may have an order and a limit there. Where not, it
	// is a derived table.
	SetParens, SetOrdered bool
	// Lateral says how a derived table sees the sources to its left.
	Lateral LateralKind
	// Filter, OrderedAggregates and WithinGroup say that these clauses of
	// aggregates are understood. For the first a CASE is written where not.
	Filter, OrderedAggregates, WithinGroup bool
	// WithinGroupOver says that WITHIN GROUP may stand before OVER, WithinGroup that
	// it may stand without.
	WithinGroupOver bool
	// NamedWindows says that WINDOW is understood; where not, each window is
	// written where it is used.
	NamedWindows bool
	// Frames says what a window's frame may have beside rows.
	Frames FrameSupport
	// GroupSets says how GROUP BY takes several groupings.
	GroupSets GroupSupport
	// GroupByPlace says that GROUP BY knows columns of the result by their place,
	// and is told so where it names one that has values: the same value in another
	// place of the text makes another expression.
	GroupByPlace bool
	// DistinctOn says that DISTINCT ON is understood.
	DistinctOn bool
	// Fetch writes a LIMIT that keeps ties or is a percentage. Nil: there is
	// none.
	Fetch func(c *Compiler, p expr.Parts)
	// LimitIsValue says that LIMIT and OFFSET take a value alone, no expression.
	LimitIsValue bool
	// ListsHaveNoLimit says that a subquery of IN, ANY or ALL has no LIMIT unless in
	// a derived table.
	ListsHaveNoLimit bool
	// Sample writes a sample of a table with its alias. Nil: there is none.
	Sample func(c *Compiler, s *expr.Sample)
	// Values writes a table of rows with its alias and the names of its columns.
	Values func(c *Compiler, v *expr.Values)
	// StringAgg writes the aggregate that joins texts. Nil: string_agg.
	StringAgg func(c *Compiler, f *expr.Func)
	// Nested says how rows are written that are a value of another row. Nil: there
	// is no such thing.
	Nested *NestedRules
}

// WithRules say where CTEs may stand.
type WithRules struct {
	// Recursive is the word behind WITH where a CTE is recursive, with a blank.
	Recursive string
	// RecursiveAll says that a recursive CTE is a UNION ALL, no UNION.
	RecursiveAll bool
	// InsertInside says that the WITH of an INSERT stands before its SELECT.
	InsertInside bool
	// NoUpdate and NoDelete say that these statements have none: each CTE stands
	// where it is used, as a derived table.
	NoUpdate, NoDelete bool
	// Nested says that a subquery may have a WITH of its own; where not, its
	// CTEs stand in the outermost.
	Nested bool
	// Materialized says that MATERIALIZED is understood.
	Materialized bool
	// Changes says that a CTE may change rows.
	Changes bool
}

// LateralKind is how a derived table sees the sources to its left.
type LateralKind uint8

// How a derived table sees the sources to its left.
const (
	NoLateral    LateralKind = iota
	LateralWord              // LATERAL (…)
	LateralApply             // CROSS APPLY (…) and OUTER APPLY (…)
)

// FrameSupport says what the frame of a window may have beside rows.
type FrameSupport struct {
	Groups, Exclude bool
	// Distance says that RANGE may count differences.
	Distance bool
}

// GroupSupport is how GROUP BY takes several groupings.
type GroupSupport uint8

// How GROUP BY takes several groupings.
const (
	NoGroupSets    GroupSupport = iota
	StandardSets                // ROLLUP (…), CUBE (…), GROUPING SETS (…)
	RollupAtTheEnd              // a, b WITH ROLLUP
)

// standardQueries are the rules of standard SQL.
func standardQueries() QueryRules {
	return QueryRules{
		With: WithRules{Recursive: "RECURSIVE ", Nested: true},
		SetWords: map[expr.SetOp]string{
			expr.UnionOp: " UNION ", expr.UnionAllOp: " UNION ALL ", expr.IntersectOp: " INTERSECT ",
			expr.IntersectAllOp: " INTERSECT ALL ", expr.ExceptOp: " EXCEPT ", expr.ExceptAllOp: " EXCEPT ALL ",
		},
		SetParens: true, SetOrdered: true,
		Lateral:      LateralWord,
		Filter:       true,
		WithinGroup:  true,
		NamedWindows: true,
		Frames:       FrameSupport{Groups: true, Exclude: true, Distance: true},
		GroupSets:    StandardSets,
		Fetch:        FetchTies,
		Values:       ValuesWithNames,
	}
}
