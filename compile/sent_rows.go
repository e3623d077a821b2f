package compile

import (
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// SentRows is a source of rows that an execution sends, which an UPDATE or
// DELETE reads beside its table. It has a column for each of Columns, in whose
// types the values are. Where the product has ArrayCast, the execution's
// parameters are one array a column, of any number of rows; elsewhere they are
// the values of Rows rows, row by row.
type SentRows struct {
	Name    string
	Columns []*schema.Column
	Rows    int // 0 where they come as arrays
}

// Column returns the i-th column.
func (s *SentRows) Column(i int) *expr.Column {
	return &expr.Column{From: s, Name: sentName(i), Codec: s.Columns[i].Ref().Codec}
}

func sentName(i int) string { return "c" + strconv.Itoa(i+1) }

// Provides implements expr.Source.
func (s *SentRows) Provides(of expr.Source) bool { return of == expr.Source(s) }

// SourceName is the name by which columns are called.
func (s *SentRows) SourceName() string { return s.Name }

// AppendKey implements expr.Node.
func (s *SentRows) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("sent rows")
	k.String(s.Name)
	k.Int(s.Rows)
	k.Int(len(s.Columns))
	for _, c := range s.Columns {
		k.String(c.Name)
		k.String(c.Type.String())
	}
}

// Render implements Renderer: unnest(CAST($1 AS x[]), CAST($2 AS y[])) AS
// r(c1, c2), or (SELECT ? AS c1, ? AS c2 UNION ALL SELECT ?, ?) AS r.
func (s *SentRows) Render(c *Compiler) {
	if c.rules.ArrayCast != nil {
		s.arrays(c)
		return
	}
	c.Text("(")
	n := 0
	for row := range s.Rows {
		if row > 0 {
			c.Text(" UNION ALL ")
		}
		c.Text("SELECT ")
		for i, col := range s.Columns {
			if i > 0 {
				c.Text(", ")
			}
			if row > 0 {
				c.place(Slot{Bind: -1, Param: n}, col.Type)
			} else {
				s.first(c, i, n)
			}
			n++
		}
		c.Text(c.rules.NoSource)
	}
	c.Text(")")
	c.As(s.Name)
}

// first writes the place of a value of the first row, and the name of its column.
func (s *SentRows) first(c *Compiler, i, param int) {
	before, after := "", ""
	t, _ := c.rules.Resolve(s.Columns[i].Type)
	if c.rules.DML.ManyByKey.Typed != nil {
		before, after = c.rules.DML.ManyByKey.Typed(t)
	}
	c.Text(before)
	c.place(Slot{Bind: -1, Param: param}, s.Columns[i].Type)
	c.Text(after + " AS " + sentName(i))
}

func (s *SentRows) arrays(c *Compiler) {
	c.Text("unnest(")
	for i, col := range s.Columns {
		if i > 0 {
			c.Text(", ")
		}
		c.arrayOf(col.Type, i)
	}
	c.Text(")")
	c.As(s.Name)
	c.Text("(")
	for i := range s.Columns {
		if i > 0 {
			c.Text(", ")
		}
		c.Text(sentName(i))
	}
	c.Text(")")
}

// arrayOf writes the place of an array of values of a column's type.
func (c *Compiler) arrayOf(declared sqltype.Type, param int) {
	t, conversion := c.rules.Resolve(sqltype.Array{Elem: declared})
	name, err := c.rules.ArrayCast(t.(sqltype.Array).Elem)
	if err != nil {
		c.Fail(err)
		return
	}
	c.Text("CAST(")
	c.addSlot(Slot{Bind: -1, Param: param}, t, conversion)
	c.buf = c.rules.Placeholder(c.buf, len(c.slots))
	c.Text(" AS " + name + ")")
}

// SentList is the condition that a column is one of the values that an execution
// sends: one array where the product has ArrayCast, elsewhere as many as Values
// says.
type SentList struct {
	Column *schema.Column
	Values int // 0 where they come as an array
}

// SQLType implements expr.Expression.
func (s *SentList) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements expr.Node.
func (s *SentList) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("sent list")
	k.Node(s.Column.Ref())
	k.Int(s.Values)
}

// Render implements Renderer: a = ANY(CAST($1 AS x[])), or a IN (?, ?).
func (s *SentList) Render(c *Compiler) {
	c.Expression(s.Column.Ref())
	if c.rules.ArrayCast != nil {
		c.Text(" = ANY(")
		c.arrayOf(s.Column.Type, 0)
		c.Text(")")
		return
	}
	c.Text(" IN (")
	for i := range s.Values {
		if i > 0 {
			c.Text(", ")
		}
		c.place(Slot{Bind: -1, Param: i}, s.Column.Type)
	}
	c.Text(")")
}
