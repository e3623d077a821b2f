package postgres

import (
	"errors"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Exclude is EXCLUDE USING: no two rows for which all comparisons hold. It is
// added to a table by schema.Constrained, and refused by name elsewhere, unless
// schema.Only leaves it out there
// (https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE).
type Exclude struct {
	schema.CustomConstraint
	Name string
	// Using is the method of the index: "gist" where it is empty.
	Using    string
	Elements []Excluded
	// Where limits the constraint to some rows; nil: all.
	Where expr.Expression
	// Deferrable and Deferred: checked at COMMIT.
	Deferrable, Deferred bool
}

// Excluded is one comparison of an Exclude: of a column or expression of two
// rows with an operator, such as "&&" or "=".
type Excluded struct {
	X        expr.Expression
	Operator string
}

var (
	_ compile.ConstraintRenderer = Exclude{}
	_ compile.ElementRenderer    = CreateDomain{}
	_ compile.ElementRenderer    = DropDomain{}
)

// ConstraintName implements compile.ConstraintRenderer.
func (x Exclude) ConstraintName() string { return x.Name }

// RenderConstraint implements compile.ConstraintRenderer.
func (x Exclude) RenderConstraint(d *compile.DDL) {
	if d.Rules().Dialect != name && d.Rules().Parent != name {
		d.Unsupported("EXCLUDE constraints", "leave it out there by schema.Only(schema.On(\"postgresql\"), …)")
		return
	}
	method := x.Using
	if method == "" {
		method = "gist"
	}
	d.Text("EXCLUDE USING ")
	d.Identifier(method)
	d.Text(" (")
	compile.List(&d.Compiler, ", ", x.Elements, func(e Excluded) {
		if e.Operator == "" || strings.Trim(e.Operator, "+-*/<>=~!@#%^&|`?") != "" {
			d.Fail(errors.New("postgres: the operator of an EXCLUDE constraint has other characters than those of operators"))
		}
		if _, plain := expr.Unwrap(e.X).(*expr.Column); plain {
			d.Expression(e.X)
		} else {
			d.Text("(")
			d.Expression(e.X)
			d.Text(")")
		}
		d.Text(" WITH " + e.Operator)
	})
	d.Text(")")
	if x.Where != nil {
		d.Text(" WHERE (")
		d.Condition(x.Where)
		d.Text(")")
	}
	if x.Deferrable || x.Deferred {
		d.Text(" DEFERRABLE")
	}
	if x.Deferred {
		d.Text(" INITIALLY DEFERRED")
	}
}
