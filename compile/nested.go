package compile

import (
	"errors"
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// NestedRules are how one product writes an expr.Nested, which is JSON of the same
// form everywhere: an array of rows, each an array of its values. What a product
// may cut off without an error is [count, rows] instead. A row of more than
// NestedWidth values is an array of arrays of so many.
//
// Of a value, NULL is null; a truth value is true or 1; numbers are numbers or
// their text, and decimals text; bytes are text, 0x and two digits for each; a
// UUID is text, or bytes; dates and times are text as in ISO 8601, with T or a
// blank, an instant with its zone or in UTC; a JSON document is the text of it; an
// array is an array. All else is text.
type NestedRules struct {
	// Aggregate makes one array of values, Row one of its arguments.
	Aggregate, Row string
	// Within is the function around the rows that are a value of others, so that
	// they are JSON there and no text; "" for none.
	Within string
	// InPlace says that the aggregate orders and limits by itself, and may cut off
	// what is long; elsewhere a derived table, which sees the rows around it, does.
	InPlace bool
	// Cell writes the value x of a type that the product has; nil: as it is.
	Cell func(c *Compiler, x expr.Expression, t sqltype.Type)
}

// NestedWidth is how many values an array of a row has, as functions take no more
// arguments than that everywhere.
const NestedWidth = 100

// NestedColumns describe the rows within an expr.Nested.
type NestedColumns struct {
	Columns []ResultColumn
	// Types are those that the product has in the place of the columns'.
	Types []sqltype.Type
	// Stored turn the values back; nil as for Compiled.Stored.
	Stored []*sqltype.Conversion
}

// resolveNested says of rows within rows which types they have.
func (r *Rules) resolveNested(columns []ResultColumn) {
	for _, col := range columns {
		if n := col.Nested; n != nil {
			n.Stored, n.Types = r.stored(n.Columns), make([]sqltype.Type, len(n.Columns))
			for i, inner := range n.Columns {
				n.Types[i] = r.storedType(inner.Type)
			}
			r.resolveNested(n.Columns)
		}
	}
}

func (r *Rules) storedType(t sqltype.Type) sqltype.Type {
	t, _ = r.Resolve(t)
	return sqltype.Values(t)
}

var errNestedClauses = errors.New("compile: an expr.Nested is of a SELECT with FROM, WHERE, ORDER BY and LIMIT alone; put the rest into a subquery in FROM")

func (c *Compiler) nested(x *expr.Nested) {
	r, p := c.rules.Query.Nested, x.Select.Parts()
	switch {
	case r == nil:
		c.Unsupported("rows within a row as JSON", "read them by a statement of their own")
	case p.Distinct || len(p.DistinctOn)+len(p.GroupBy)+len(p.Having)+len(p.Windows) > 0 || p.Offset != nil || p.Ties || p.Lock.Strength != expr.NoLock:
		c.Fail(errNestedClauses)
	case r.InPlace:
		c.nestedInPlace(r, p)
	default:
		c.nestedOverDerived(r, x.Select)
	}
}

// nestedInPlace has the aggregate order and limit its values, and counts them.
func (c *Compiler) nestedInPlace(r *NestedRules, p expr.Parts) {
	c.scope = &scope{sources: p.From, outer: c.scope}
	defer func() { c.scope = c.scope.outer }()
	c.Text("(SELECT " + r.Row + "(")
	if p.Limit != nil {
		c.Text("LEAST(COUNT(*), ")
		c.Expression(p.Limit)
		c.Text("), ")
	} else {
		c.Text("COUNT(*), ")
	}
	c.Text(r.Aggregate + "(")
	c.nestedRow(r, p.Columns, p.Columns)
	c.orderBy(p.OrderBy, nil)
	c.limit(p)
	c.Text(")) FROM ")
	List(c, ", ", p.From, c.source)
	c.clause(" WHERE ", p.Where)
	c.Text(")")
}

// nestedOverDerived makes an array of the rows of a derived table, in their order.
func (c *Compiler) nestedOverDerived(r *NestedRules, q *expr.Select) {
	columns := q.Parts().Columns
	labelled, cells := make([]expr.Expression, len(columns)), make([]expr.Expression, len(columns))
	rows := &expr.Derived{Name: "r"}
	for i, x := range columns {
		name := "c" + strconv.Itoa(i+1)
		labelled[i], cells[i] = &expr.Label{X: c.nestedValue(x), Name: name}, &expr.Column{From: rows, Name: name}
	}
	rows.Select = q.Columns(labelled...)
	c.scope = &scope{sources: []expr.Source{rows}, outer: c.scope}
	defer func() { c.scope = c.scope.outer }()
	c.Text("(SELECT COALESCE(" + r.Aggregate + "(")
	c.nestedRow(r, columns, cells)
	c.Text("), '[]') FROM ")
	c.source(rows)
	c.Text(")")
}

// nestedValue is a column as the result of a statement has it.
func (c *Compiler) nestedValue(x expr.Expression) expr.Expression {
	x = expr.Unwrap(x)
	if l, ok := x.(*expr.Label); ok {
		x = expr.Unwrap(l.X)
	}
	if e := c.rules.Expressed(x.SQLType()); e != nil {
		if around := e.ColumnExpression(x); around != nil {
			return around
		}
	}
	return x
}

// nestedRow writes the array of the cells, which have the values of columns.
func (c *Compiler) nestedRow(r *NestedRules, columns, cells []expr.Expression) {
	cell := func(i int) {
		x := cells[i]
		if r.InPlace {
			x = c.nestedValue(x)
		}
		_, nested := expr.Unwrap(columns[i]).(*expr.Nested)
		switch {
		case nested && r.Within != "":
			c.Text(r.Within + "(")
			c.Expression(x)
			c.Text(")")
		case nested || r.Cell == nil:
			c.Expression(x)
		default:
			r.Cell(c, x, c.rules.storedType(columns[i].SQLType()))
		}
	}
	width := len(cells)
	if width > NestedWidth {
		c.Text(r.Row + "(")
		width = NestedWidth
	}
	for i := range cells {
		switch {
		case i == 0:
			c.Text(r.Row + "(")
		case i%width == 0:
			c.Text("), " + r.Row + "(")
		default:
			c.Text(", ")
		}
		cell(i)
	}
	c.Text(")")
	if len(cells) > NestedWidth {
		c.Text(")")
	}
}
