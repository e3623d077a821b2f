package compile

import (
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// MergeInsert is an INSERT of many rows that says which of them each returned
// row is: after Returning comes the position of the row, counted from 0. The
// order of the rows means nothing. It is written as a MERGE that matches
// nothing, the one statement that returns values of its source. Its parameters
// are the values without an expression, row by row.
type MergeInsert struct {
	Into    *schema.Table
	Columns []*schema.Column
	Exprs   []expr.Expression // of each column; nil for values a row
	Rows    int
	// OverridingAlways says that columns which are generated always take values.
	OverridingAlways bool
	Returning        []expr.Expression
}

// Verb implements expr.Statement.
func (s *MergeInsert) Verb() expr.Verb { return expr.VerbInsert }

// AppendKey implements expr.Node.
func (s *MergeInsert) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("merge insert")
	k.Node(s.Into)
	k.Int(s.Rows)
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

// Render implements Renderer: MERGE INTO t USING (VALUES (?, 0), (?, 1)) AS r
// (c1, p) ON 1 = 0 WHEN NOT MATCHED THEN INSERT (a) VALUES (r.c1) RETURNING
// t.id, r.p.
func (s *MergeInsert) Render(c *Compiler) {
	if !c.rules.MergeInsert {
		c.Unsupported("MERGE with RETURNING", "insert the rows one by one")
		return
	}
	if !c.rowsFit(s.Rows) {
		return
	}
	w := Write{
		Verb: expr.VerbInsert, Merge: true, Table: s.Into, Columns: s.Columns, Rows: s.Rows,
		Overriding: s.OverridingAlways,
		Returning:  append(append([]expr.Expression{}, s.Returning...), rowPosition{}),
	}
	c.around(w, func() {
		c.Text("MERGE INTO ")
		c.TableName(s.Into)
		c.Text(" USING (VALUES ")
		s.source(c)
		c.Text(") AS r (")
		s.each(func(name string) { c.Text(name + ", ") })
		c.Text("p) ON 1 = 0 WHEN NOT MATCHED THEN INSERT (")
		List(c, ", ", s.Columns, func(col *schema.Column) { c.Identifier(col.Name) })
		c.Text(")")
		c.overriding(w)
		s.values(c)
		c.scope = &scope{sources: []expr.Source{s.Into}, outer: c.scope}
		c.output(w)
		c.returning(w)
		c.scope = c.scope.outer
	})
}

// each calls f for each column of the source.
func (s *MergeInsert) each(f func(name string)) {
	for i := range s.Columns {
		if s.Exprs[i] == nil {
			f("c" + strconv.Itoa(i+1))
		}
	}
}

func (s *MergeInsert) source(c *Compiler) {
	n := 0
	for row := range s.Rows {
		if row > 0 {
			c.Text(", ")
		}
		c.Text("(")
		for i, col := range s.Columns {
			if s.Exprs[i] == nil {
				c.place(Slot{Bind: -1, Param: n}, col.Type)
				c.Text(", ")
				n++
			}
		}
		c.Text(strconv.Itoa(row) + ")")
	}
}

func (s *MergeInsert) values(c *Compiler) {
	defer c.bareScope(s.Into)()
	c.Text(" VALUES (")
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
	c.Text(")")
}

// rowPosition is where among the rows of a MergeInsert a returned row stands.
type rowPosition struct{}

// SQLType implements expr.Expression.
func (rowPosition) SQLType() sqltype.Type { return sqltype.Integer{Bits: 32} }

// AppendKey implements expr.Node.
func (rowPosition) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("row position")
}

// Render implements Renderer.
func (rowPosition) Render(c *Compiler) { c.Text("r.p") }
