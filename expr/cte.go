package expr

import "fmt"

// CTE is a common table expression: a query that a statement names in its WITH
// and uses as a source. It is written once, in the WITH of the outermost
// statement, wherever it is used; Select.With puts it into another.
//
// Two CTEs are the same only if they are one node.
type CTE struct {
	name      string
	columns   []string
	query     Query
	recursive bool
	keep      Materialization
}

// Materialization says whether a CTE is computed by itself.
type Materialization uint8

// Whether a CTE is computed by itself.
const (
	MaterializeDefault Materialization = iota // as the database sees fit
	MaterializeAlways
	MaterializeNever
)

// CTEOption is a property of a CTE.
type CTEOption func(c *CTE)

// Materialized has the CTE computed once and by itself. A product without
// MATERIALIZED refuses it.
func Materialized() CTEOption { return func(c *CTE) { c.keep = MaterializeAlways } }

// NotMaterialized has the CTE computed as part of the statement that uses it. A
// product without NOT MATERIALIZED refuses it.
func NotMaterialized() CTEOption { return func(c *CTE) { c.keep = MaterializeNever } }

// CTEColumns names the columns of a CTE; without it they have the names that
// they have in the query.
func CTEColumns(names ...string) CTEOption { return func(c *CTE) { c.columns = names } }

// NewCTE names a query: a SELECT, a set operation, or an INSERT, UPDATE or
// DELETE, whose columns are those that it returns. Where a product lets no CTE
// change rows, the last three are refused.
func NewCTE(name string, q Query, opts ...CTEOption) *CTE {
	c := &CTE{name: name, query: q}
	for _, o := range opts {
		o(c)
	}
	return c
}

// Recursive names a query that begins with the rows of base and goes on, as
// long as there are new ones, with those that step makes of them: step is given
// the CTE and must select from it. Equal rows are kept (UNION ALL), so that a
// circle has no end.
func Recursive(name string, base Query, step func(self *CTE) Query, opts ...CTEOption) *CTE {
	return newRecursive(name, base, step, opts, func(next Query) Query { return UnionAll(base, next) })
}

// RecursiveDistinct is Recursive that drops rows that are there already
// (UNION), and so comes to an end in a circle too.
func RecursiveDistinct(name string, base Query, step func(self *CTE) Query, opts ...CTEOption) *CTE {
	return newRecursive(name, base, step, opts, func(next Query) Query { return Union(base, next) })
}

func newRecursive(name string, base Query, step func(*CTE) Query, opts []CTEOption, join func(Query) Query) *CTE {
	c := NewCTE(name, base, opts...)
	c.recursive = true
	if c.columns == nil {
		c.columns = outputNames(base)
	}
	c.query = join(step(c))
	return c
}

// CTEParts are the parts of a CTE.
type CTEParts struct {
	Name         string
	Columns      []string // empty: those of the query
	Query        Query
	Recursive    bool
	Materialized Materialization
}

// Parts returns the parts, which must not be changed.
func (c *CTE) Parts() CTEParts {
	return CTEParts{Name: c.name, Columns: c.columns, Query: c.query, Recursive: c.recursive, Materialized: c.keep}
}

// Name returns the name under which the CTE is known.
func (c *CTE) Name() string { return c.name }

// Provides implements Source.
func (c *CTE) Provides(s Source) bool { return s == Source(c) }

// OutputNames implements OutputSource.
func (c *CTE) OutputNames() []string {
	if c.columns != nil {
		return c.columns
	}
	return outputNames(c.query)
}

// AppendKey implements Node.
func (c *CTE) AppendKey(k *Key) { k.cte(c, nil) }

// CTEUse is a CTE of a statement, and the query in whose WITH it was put; nil
// where it stands in that of the outermost statement.
type CTEUse struct {
	CTE   *CTE
	Owner Query
}

// CTEs returns the CTEs of the statement, each after those that it uses. It is
// valid until the next Reset.
func (k *Key) CTEs() []CTEUse { return k.ctes }

// again writes where a part stands that is written already, and reports whether
// it is.
func (k *Key) again(n Node) bool {
	for i := range k.parts {
		if k.parts[i].node == n {
			k.parts[i].used = true
			k.Tag(tagAgain)
			k.Int(i)
			return true
		}
	}
	k.parts = append(k.parts, part{node: n})
	return false
}

// part is a node that may stand in several places of a statement.
type part struct {
	node Node
	used bool // again
}

// cte writes a CTE where it is met first, and notes it after those that it uses.
func (k *Key) cte(c *CTE, owner Query) {
	k.Tag(tagCTE)
	if k.again(c) {
		return
	}
	k.String(c.name)
	k.Bool(c.recursive)
	k.Tag(byte(c.keep))
	k.Bool(owner != nil)
	k.Int(len(c.columns))
	for _, name := range c.columns {
		k.String(name)
	}
	place := len(k.parts) - 1
	k.Node(c.query)
	if c.recursive && !k.parts[place].used {
		k.Fail(fmt.Errorf("expr: the recursive CTE %q does not select from itself; use the CTE that step is given, or NewCTE", c.name))
	}
	k.ctes = append(k.ctes, CTEUse{CTE: c, Owner: owner})
}
