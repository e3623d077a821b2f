package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// field is a part of a value of a composite type.
type field struct {
	of   expr.Expression
	name string
	typ  sqltype.Type
}

var _ compile.Renderer = (*field)(nil)

// Field is (x).name: a part of a value of a composite type, such as the row that
// a function returns. See
// https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-ACCESSING.
func Field(x expr.Expression, name string, t sqltype.Type) expr.Expression {
	return &field{of: expr.Unwrap(x), name: name, typ: t}
}

// SQLType implements expr.Expression.
func (f *field) SQLType() sqltype.Type { return f.typ }

// AppendKey implements expr.Node.
func (f *field) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("postgres field")
	k.String(f.name)
	k.Node(f.of)
}

// Children implements expr.Parent.
func (f *field) Children() []expr.Expression { return []expr.Expression{f.of} }

// Replaced implements expr.Replaceable.
func (f *field) Replaced(with func(expr.Expression) expr.Expression) expr.Node {
	return &field{of: with(f.of), name: f.name, typ: f.typ}
}

// Render implements compile.Renderer.
func (f *field) Render(c *compile.Compiler) {
	if !c.OnlyFor("a field of a composite value", "use a column for each field, or JSON", name) {
		return
	}
	c.Text("(")
	c.Expression(f.of)
	c.Text(").")
	c.Identifier(f.name)
}
