package compile

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// DMLRules are how one product writes INSERT, UPDATE and DELETE.
type DMLRules struct {
	// UpdateOthers is how an UPDATE reads sources beside its table.
	UpdateOthers OtherSources
	// DeleteOthers is how a DELETE does.
	DeleteOthers OtherSources
	// UpdateReturnsOthers and DeleteReturnsOthers say that RETURNING may have
	// columns of those sources.
	UpdateReturnsOthers, DeleteReturnsOthers bool
	// FirstRow is the condition that leaves one row of a SELECT, for products with
	// OthersInSubquery; nil for none, so that several rows are the product's error.
	FirstRow expr.Predicate
	// LimitsWrites says that ORDER BY and LIMIT may end UPDATE and DELETE.
	LimitsWrites bool
	// UpdateHidesTable and DeleteHidesTable say that a subquery of the statement
	// can't read the table that it changes, unless in a derived table that ends
	// with NoLimit.
	UpdateHidesTable, DeleteHidesTable bool
	// NoLimit is a LIMIT that no rows reach.
	NoLimit string
	// AssignsInOrder says that a value in SET sees what the assignments before it
	// have set.
	AssignsInOrder bool
	// ManyByKey is for which types one statement changes or deletes many rows that
	// are found by their keys, as a statement a row does.
	ManyByKey ManyByKey
	// ValuesSeeRow says that a value in VALUES may read the columns of its row that
	// stand before it.
	ValuesSeeRow bool
}

// ManyByKey is for which types of columns, as the product has them, a statement
// with many rows does the same as one statement a row. A function that is nil says
// that there are none.
type ManyByKey struct {
	// Sent says that a value of the type which comes out of SentRows is stored as
	// one that is assigned to the column.
	Sent func(t sqltype.Type) bool
	// Matches says that a column of the type which is compared with one of
	// SentRows finds the rows that it does when it is compared with a value, and as
	// quickly.
	Matches func(t sqltype.Type) bool
	// Typed is what stands around the first value of a column of SentRows so that
	// the column is of a type which holds all of them. Nil: nothing does.
	Typed func(t sqltype.Type) (before, after string)
	// Lists says so of a column IN a list of values.
	Lists func(t sqltype.Type) bool
}

// OtherSources is how UPDATE and DELETE read sources beside their table.
type OtherSources uint8

// Where the other sources stand.
const (
	// OthersInSubquery: there is no clause for them. The condition becomes an
	// EXISTS, and the values that read them become a subquery.
	OthersInSubquery OtherSources = iota
	// OthersBehind: UPDATE t SET … FROM others, DELETE FROM t USING others.
	OthersBehind
	// OthersWithTable: UPDATE t SET … FROM t, others, DELETE FROM t FROM t, others.
	OthersWithTable
	// OthersBeside: UPDATE t, others SET …, DELETE FROM t USING t, others, neither
	// of which has a RETURNING.
	OthersBeside
)
