package engine

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// defaults are the columns of a table that have client defaults, and their
// positions are those of the declaration.
type defaults struct{ insert, update []*schema.Column }

func (s *server) defaultsOf(src expr.Source) *defaults {
	t, ok := src.(*schema.Table)
	if !ok {
		return &defaults{}
	}
	if known, ok := s.defaults.Load(t); ok {
		return known.(*defaults)
	}
	d := &defaults{}
	for _, c := range t.Columns() {
		if c.Default != nil {
			d.insert = append(d.insert, c)
		}
		if c.OnUpdate != nil {
			d.update = append(d.update, c)
		}
	}
	s.defaults.Store(t, d)
	return d
}

// withDefaults gives an INSERT or UPDATE the client defaults of the columns that
// it leaves out. It returns all other statements as they are.
func (s *server) withDefaults(x expr.Statement) expr.Statement {
	switch x := x.(type) {
	case *expr.Insert:
		p := x.Parts()
		if left := leftOut(s.defaultsOf(p.Into).insert, p.Columns); len(left) > 0 && !p.WithoutDefaults {
			return filled(x, p, left)
		}
	case *expr.Update:
		p := x.Parts()
		targets := make([]expr.Expression, len(p.Set))
		for i, a := range p.Set {
			targets[i] = a.Target
		}
		if len(p.Set) == 0 {
			return x // it will be refused
		}
		for _, c := range leftOut(s.defaultsOf(p.Table).update, targets) {
			x = x.Set(expr.Assignment{Target: c.Ref(), Value: c.OnUpdate.Expression(c)})
		}
		return x
	}
	return x
}

func leftOut(columns []*schema.Column, sent []expr.Expression) []*schema.Column {
	if len(columns) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(columns), func(c *schema.Column) bool {
		return slices.ContainsFunc(sent, func(x expr.Expression) bool { return isColumn(x, c) })
	})
}

// filled adds the columns to every row, each with a value of its own, or to the
// SELECT.
func filled(x *expr.Insert, p expr.InsertParts, left []*schema.Column) *expr.Insert {
	columns, rows := slices.Clip(p.Columns), slices.Clone(p.Rows)
	if len(rows) == 0 && p.From == nil && len(columns) == 0 {
		rows = [][]expr.Expression{nil}
	}
	var constants []expr.Expression
	for _, c := range left {
		columns = append(columns, c.Ref())
		if p.From != nil {
			constants = append(constants, c.Default.Expression(c))
		}
		for i, row := range rows {
			rows[i] = append(slices.Clip(row), c.Default.ExpressionFor(c, sentBy(p.Columns, row)))
		}
	}
	if p.From != nil {
		return x.Filling(columns, nil, p.From.Columns(slices.Concat(p.From.Parts().Columns, constants)...))
	}
	return x.Filling(columns, rows, nil)
}

// sentBy returns the bound values of a row by the names of their columns.
func sentBy(columns, row []expr.Expression) schema.Sent {
	return func(name string) (sqltype.Value, bool) {
		for i, x := range columns {
			if c, ok := expr.Unwrap(x).(*expr.Column); ok && c.Name == name && i < len(row) {
				if b, ok := expr.Unwrap(row[i]).(*expr.Bind); ok && b.Err == nil {
					return b.Value, true
				}
			}
		}
		return sqltype.Value{}, false
	}
}

// updateDefaults are those of the columns that an UpdateBatch does not set.
type updateDefaults struct {
	columns []*schema.Column
	first   int // the place of the first one among the values of a row
	// expressions says that some are no values.
	expressions bool
}

// set adds the columns to the statement: expressions as they are, values as
// parameters behind those that are set, as values are sent in the order in which
// they stand in the text.
func (d *updateDefaults) set(u *expr.Update, left []*schema.Column) *expr.Update {
	for _, c := range left {
		a := expr.Assignment{Target: c.Ref(), Value: c.OnUpdate.Expr}
		if c.OnUpdate.Expr == nil {
			a.Value = &expr.Param{Index: d.first + len(d.columns), Type: c.Type}
			d.columns = append(d.columns, c)
		} else {
			d.expressions = true
		}
		u = u.Set(a)
	}
	return u
}

// bind puts the values among those of each row.
func (d *updateDefaults) bind(w *rowWrite) {
	if len(d.columns) == 0 {
		return
	}
	inner := w.bind
	w.width += len(d.columns)
	w.bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		at := len(dst) + d.first
		dst, err := inner(i, dst)
		for k, c := range d.columns {
			if err != nil {
				return dst, err
			}
			var v sqltype.Value
			v, err = c.OnUpdate.Value()
			dst = slices.Insert(dst, at+k, v)
		}
		return dst, err
	}
}
