package compile

import (
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// ArrayInsert is an INSERT of many rows whose values come as one array a
// column, so that one text serves for any number of rows. Its parameters are
// the arrays of the columns without an expression, in order.
type ArrayInsert struct {
	Into    *schema.Table
	Columns []*schema.Column
	Exprs   []expr.Expression // of each column; nil for values a row
	// OverridingAlways says that columns which are generated always take values.
	OverridingAlways bool
	Returning        []expr.Expression
}

// Verb implements expr.Statement.
func (s *ArrayInsert) Verb() expr.Verb { return expr.VerbInsert }

// AppendKey implements expr.Node.
func (s *ArrayInsert) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("array insert")
	k.Node(s.Into)
	k.Int(len(s.Columns))
	for i, c := range s.Columns {
		k.String(c.Name)
		k.Node(s.Exprs[i])
	}
	k.Bool(s.OverridingAlways)
	k.Int(len(s.Returning))
	for _, x := range s.Returning {
		k.Node(x)
	}
}

// Render implements Renderer: INSERT INTO t (a, b) SELECT r.c1, r.c2 FROM
// unnest(CAST($1 AS x[]), CAST($2 AS y[])) AS r(c1, c2).
func (s *ArrayInsert) Render(c *Compiler) {
	if c.rules.ArrayCast == nil {
		c.Unsupported("INSERT from arrays", "insert rows of values")
		return
	}
	w := Write{Verb: expr.VerbInsert, Table: s.Into, Columns: s.Columns, Overriding: s.OverridingAlways, Returning: s.Returning}
	c.Text("INSERT INTO ")
	c.TableName(s.Into)
	defer c.bareScope(s.Into)()
	c.Text(" (")
	List(c, ", ", s.Columns, func(col *schema.Column) { c.Identifier(col.Name) })
	c.Text(")")
	c.overriding(w)
	c.Text(" SELECT ")
	for i := range s.Columns {
		if i > 0 {
			c.Text(", ")
		}
		if s.Exprs[i] != nil {
			c.Expression(s.Exprs[i])
		} else {
			c.Text("r.c" + strconv.Itoa(i+1))
		}
	}
	s.source(c)
	c.returning(w)
}

// source writes the arrays as a table.
func (s *ArrayInsert) source(c *Compiler) {
	c.Text(" FROM unnest(")
	n := 0
	for i, col := range s.Columns {
		if s.Exprs[i] != nil {
			continue
		}
		if n > 0 {
			c.Text(", ")
		}
		c.arrayOf(col.Type, n)
		n++
	}
	c.Text(") AS r(")
	first := true
	for i := range s.Columns {
		if s.Exprs[i] != nil {
			continue
		}
		if !first {
			c.Text(", ")
		}
		first = false
		c.Text("c" + strconv.Itoa(i+1))
	}
	c.Text(")")
}
