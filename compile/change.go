package compile

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// rowChange is an UPDATE or DELETE that is being written.
type rowChange struct {
	Write
	prefixes expr.Prefixes
	others   []expr.Source
	style    OtherSources
	where    []expr.Expression
	orderBy  []expr.Order
	limit    expr.Expression
}

// plan decides how the statement reads other sources and chooses its rows, and
// reports whether the product can write it.
func (c *Compiler) plan(ch *rowChange, returnsOthers bool) bool {
	if !c.conditioned(ch) || !c.limited(ch) {
		return false
	}
	if len(ch.others) == 0 {
		return true
	}
	for _, s := range ch.others {
		if s.Provides(ch.Table) {
			c.Fail(fmt.Errorf("compile: %s is the table of the %s and one of its other sources too; give the latter an alias", ch.Table.FullName(), verbWords[ch.Verb]))
			return false
		}
	}
	if ch.style == OthersBeside && len(ch.Returning) > 0 {
		ch.style = OthersInSubquery
	}
	if (!returnsOthers || ch.style == OthersInSubquery) && slices.ContainsFunc(ch.Returning, ch.readsOthers) {
		c.Unsupported(fmt.Sprintf("columns of other tables in %s … RETURNING", verbWords[ch.Verb]), "read them by the keys that it returns")
		return false
	}
	if ch.style == OthersInSubquery {
		ch.where = []expr.Expression{&expr.Subquery{Select: ch.matching(expr.TRUE), Exists: true}}
	}
	return true
}

func (c *Compiler) conditioned(ch *rowChange) bool {
	if len(ch.where) > 0 {
		return true
	}
	c.Fail(fmt.Errorf("compile: %s without a condition changes every row; say Where(expr.All()) if that is meant", verbWords[ch.Verb]))
	return false
}

// limited has the rows chosen by a SELECT of their primary key, where the
// product has no LIMIT for the statement.
func (c *Compiler) limited(ch *rowChange) bool {
	if ch.limit == nil && len(ch.orderBy) == 0 {
		return true
	}
	verb := verbWords[ch.Verb]
	switch {
	case len(ch.others) > 0:
		c.Unsupported("ORDER BY or LIMIT in "+verb+" that reads other tables", "choose the rows by a SELECT of their keys")
		return false
	case c.rules.DML.LimitsWrites:
		return true
	case ch.limit == nil:
		c.Unsupported("ORDER BY in "+verb+" without LIMIT", "leave it out")
		return false
	case ch.Table.PrimaryKey == nil:
		c.Unsupported(verb+" … LIMIT on a table without a primary key", "give it a condition that chooses the rows")
		return false
	}
	key := make([]expr.Expression, len(ch.Table.PrimaryKey.Columns))
	for i, col := range ch.Table.PrimaryKey.Columns {
		key[i] = col.Ref()
	}
	chosen := expr.NewSelect(key...).From(ch.Table).Where(predicates(ch.where)...).OrderBy(ch.orderBy...).Limited(ch.limit)
	in := &expr.In{X: key[0], List: []expr.Expression{&expr.Subquery{Select: chosen}}}
	if len(key) > 1 {
		in.X = &expr.Tuple{Xs: key}
	}
	ch.where, ch.orderBy, ch.limit = []expr.Expression{in}, nil, nil
	return true
}

func predicates(conditions []expr.Expression) []expr.Predicate {
	out := make([]expr.Predicate, 0, len(conditions))
	for _, x := range conditions {
		if x != expr.Expression(expr.TRUE) {
			out = append(out, expr.NewPred(x))
		}
	}
	return out
}

// matching is a SELECT of the other sources that go with the row.
func (ch *rowChange) matching(columns ...expr.Expression) *expr.Select {
	return expr.NewSelect(columns...).From(ch.others...).Where(predicates(ch.where)...)
}

// readsOthers reports whether x has a column of the other sources.
func (ch *rowChange) readsOthers(x expr.Expression) bool {
	return uses(x, func(col *expr.Column) bool {
		return slices.ContainsFunc(ch.others, func(s expr.Source) bool { return s.Provides(col.From) })
	})
}

// uses reports whether x has a column of which is holds, not looking into
// subqueries.
func uses(x expr.Expression, is func(col *expr.Column) bool) bool {
	x = expr.Unwrap(x)
	if col, ok := x.(*expr.Column); ok {
		return is(col)
	}
	return slices.ContainsFunc(expr.Children(x), func(y expr.Expression) bool { return uses(y, is) })
}

// enter begins the scope of the statement, which ends when leave is called.
func (c *Compiler) enter(ch *rowChange) (leave func()) {
	c.cartesian(append([]expr.Source{ch.Table}, ch.others...), ch.where)
	sources := []expr.Source{ch.Table}
	if ch.style != OthersInSubquery {
		sources = append(sources, ch.others...)
	}
	c.scope = &scope{sources: sources, bare: len(sources) == 1, outer: c.scope}
	return func() { c.scope = c.scope.outer }
}

// readOthers writes the clause of the other sources where it stands between SET
// and WHERE.
func (c *Compiler) readOthers(ch *rowChange, word string) {
	switch {
	case len(ch.others) == 0, ch.style == OthersInSubquery, ch.style == OthersBeside && ch.Verb == expr.VerbUpdate:
		return
	case ch.style == OthersWithTable:
		c.Text(" FROM ")
	default:
		c.Text(word)
	}
	if ch.style != OthersBehind {
		c.TableName(ch.Table)
		c.Text(", ")
	}
	List(c, ", ", ch.others, c.source)
}

// rowsOf writes the condition of UPDATE or DELETE, whose columns are qualified
// so that a subquery's columns can't capture them, and which rows come first.
func (c *Compiler) rowsOf(ch *rowChange) {
	bare := c.scope.bare
	c.scope.bare = false
	if len(ch.where) != 1 || ch.where[0] != expr.Expression(expr.TRUE) {
		c.clause(" WHERE ", ch.where)
	}
	c.orderBy(ch.orderBy, nil)
	if ch.limit != nil {
		c.limit(expr.Parts{Limit: ch.limit, OrderBy: ch.orderBy})
	}
	c.scope.bare = bare
}

// columnOf returns the column of t that x is, or nil.
func columnOf(x expr.Expression, t *schema.Table) *schema.Column {
	col, ok := expr.Unwrap(x).(*expr.Column)
	if !ok || col.From != expr.Source(t) {
		return nil
	}
	return t.Column(col.Name)
}
