package compile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// hexOf is a construct as a program may have: a number in base 16, which each
// product writes in its way.
type hexOf struct{ x expr.Expression }

// SQLType implements expr.Expression.
func (hexOf) SQLType() sqltype.Type { return sqltype.Text{} }

// Children implements expr.Parent.
func (h hexOf) Children() []expr.Expression { return []expr.Expression{h.x} }

// AppendKey implements expr.Node.
func (h hexOf) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("hexadecimal number of the tests")
	k.Node(h.x)
}

// Render implements compile.Renderer.
func (h hexOf) Render(c *compile.Compiler) {
	switch c.Rules().Dialect {
	case "sqlite":
		c.Text("printf('%x', ")
	case "postgresql":
		c.Text("to_hex(")
	case "mysql", "mariadb":
		c.Text("lower(hex(")
		defer c.Text(")")
	case "mssql":
		c.Text("lower(format(")
		defer c.Text(", 'x'))")
		c.Expression(h.x)
		return
	default:
		c.Unsupported("numbers in base 16", "write them in the program")
		return
	}
	c.Expression(h.x)
	c.Text(")")
}

// A construct of a program's own is written for each dialect, takes values, is
// part of larger expressions and of the statement's key, and is refused by name
// where it has no text.
func TestCustomConstructs(t *testing.T) {
	hex := func(n int64) expr.TextOf[string] {
		return expr.AsText(expr.Typed[string](hexOf{expr.Unwrap(num(n).Add(1))}, sqltype.Text{}))
	}
	q := expr.NewSelect(hex(254).Concat("!"))
	want := map[string]string{
		"sqlite":     "SELECT printf('%x', ? + ?) || ?",
		"postgresql": "SELECT to_hex($1 + $2) || $3",
		"mariadb":    "SELECT CONCAT(lower(hex(? + ?)), ?)",
		"mysql":      "SELECT CONCAT(lower(hex(? + ?)), ?)",
		"mssql":      "SELECT lower(format(@p1 + @p2, 'x')) + @p3",
		"oracle":     "",
	}
	for _, p := range products {
		compiled, _, err := statement(q, p.rules())
		var refused *compile.UnsupportedError
		switch {
		case want[p.name] == "":
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "oracle does not have numbers in base 16") {
				t.Errorf("%s: got %v, want a refusal by name", p.name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", p.name, err)
		case compiled.SQL != want[p.name]:
			t.Errorf("%s writes\n%s, want\n%s", p.name, compiled.SQL, want[p.name])
		}
	}
	if !expr.Same(hex(1), hex(1)) || expr.Same(hex(1), hex(1).Lower()) {
		t.Error("the construct is not told from others")
	}
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		checkValue(t, p, c, gives("hexadecimal", "", hex(254), "ff"))
	})
}
