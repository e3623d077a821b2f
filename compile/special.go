package compile

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ExprRules are how one product writes the expressions that differ in more than
// an operator. A slot that is nil says that the product does not have the
// construct, unless it says otherwise.
type ExprRules struct {
	// Symmetric says that BETWEEN SYMMETRIC is understood; where not, it is
	// written as two BETWEENs.
	Symmetric bool
	// TryCast writes a cast that gives NULL instead of an error.
	TryCast func(c *Compiler, x *expr.Cast, typeName string)
	// Collation writes the name of a collation. Nil: as an identifier.
	Collation func(c *Compiler, name string)
	// Regexp writes a match of a regular expression, RegexpReplace the
	// replacement of its matches.
	Regexp        func(c *Compiler, x *expr.Regexp)
	RegexpReplace func(c *Compiler, x *expr.RegexpReplace)
	// FullText writes a search for words.
	FullText func(c *Compiler, x *expr.FullText)

	// TableOpen is written before a function in FROM, whose end is then ")".
	TableOpen string
	// TableColumns says that the columns of a function in FROM may be named.
	TableColumns bool
	// NoTableFunctions says that no function of the program's choice stands in
	// FROM.
	NoTableFunctions bool
	// InList writes IN of values that are sent as one, NOT included. Nil: no
	// statement takes them so.
	InList func(c *Compiler, x *expr.In, list *expr.List)

	// AnyQuery says that a value may be compared with ANY and ALL of a query; where
	// not, the same is written with EXISTS. AnyArray says so of an array.
	AnyQuery, AnyArray bool

	// Extract writes a part of a date or time as a whole number, DateAdd a date
	// or time plus units, as a value of the same type, DateDiff the whole units
	// between two, and DateTrunc the beginning of a unit. They refuse units that
	// they can't write.
	Extract   func(c *Compiler, x *expr.Extract)
	DateAdd   func(c *Compiler, x *expr.DateAdd)
	DateDiff  func(c *Compiler, x *expr.DateDiff)
	DateTrunc func(c *Compiler, x *expr.DateTrunc)
	// Elapsed writes the difference of two dates or times as an interval. Nil: as
	// a number of microseconds, as which intervals are stored.
	Elapsed func(c *Compiler, x *expr.Elapsed)
	// Clock writes CURRENT_TIMESTAMP as the product stores a moment. Nil: as it
	// is.
	Clock func(c *Compiler, x expr.Clock)

	// Words are the values of the database that it has words of its own for; what
	// is not among them it has not.
	Words map[expr.Word]string

	// JSONGet writes a value within a document, JSONEqual the comparison of two.
	JSONGet   func(c *Compiler, x *expr.JSONGet)
	JSONEqual func(c *Compiler, x *expr.JSONEqual)
}

// special writes a node that has a rule of its own.
func (c *Compiler) special(x expr.Special) {
	switch x := x.(type) {
	case *expr.Coerced:
		c.Expression(x.X)
	case *expr.Collate:
		c.collate(x)
	case *expr.Regexp:
		slot(c, c.rules.Expr.Regexp, x, "regular expressions", "use LIKE")
	case *expr.RegexpReplace:
		slot(c, c.rules.Expr.RegexpReplace, x, "the replacement of regular expressions", "replace in the program")
	case *expr.FullText:
		slot(c, c.rules.Expr.FullText, x, "full text search", "use LIKE")
	case expr.Items:
		c.tuple(x.Items())
	case *expr.Out:
		c.out(x)
	case *expr.Operation:
		c.operation(x)
	case *expr.Quantified:
		c.Fail(errors.New("compile: the values of AnyOf, AllOf and their kin stand on the right of a comparison, and nowhere else"))
	case expr.Clock:
		if c.rules.Expr.Clock != nil {
			c.rules.Expr.Clock(c, x)
			return
		}
		c.Text(string(x))
	case expr.Word:
		text, ok := c.rules.Expr.Words[x]
		if !ok {
			c.Unsupported(string(x), "send it as a value")
			return
		}
		c.Text(text)
	case *expr.JSONGet:
		slot(c, c.rules.Expr.JSONGet, x, "paths into JSON", "read the document, and look into it in the program")
	case *expr.JSONEqual:
		slot(c, c.rules.Expr.JSONEqual, x, "the comparison of JSON documents", "compare values within them")
	case *expr.Nested:
		c.nested(x)
	default:
		c.temporal(x)
	}
}

func (c *Compiler) operation(x *expr.Operation) {
	op, _ := x.Operator()
	c.Operand(x.L, op, false)
	c.Text(" " + x.Text + " ")
	c.Operand(x.R, op, true)
}

func (c *Compiler) temporal(x expr.Special) {
	switch x := x.(type) {
	case *expr.Extract:
		slot(c, c.rules.Expr.Extract, x, "EXTRACT", inProgram)
	case *expr.DateAdd:
		slot(c, c.rules.Expr.DateAdd, x, "arithmetic of dates", inProgram)
	case *expr.DateDiff:
		slot(c, c.rules.Expr.DateDiff, x, "differences of dates", inProgram)
	case *expr.Elapsed:
		if c.rules.Expr.Elapsed != nil {
			c.rules.Expr.Elapsed(c, x)
			return
		}
		slot(c, c.rules.Expr.DateDiff, &expr.DateDiff{Unit: expr.Microsecond, A: x.A, B: x.B}, "differences of dates", inProgram)
	case *expr.DateTrunc:
		slot(c, c.rules.Expr.DateTrunc, x, "the truncation of dates", inProgram)
	default:
		c.Fail(fmt.Errorf("compile: an expression of type %T can't be written", x))
	}
}

// inProgram is what to do where a product has no such arithmetic.
const inProgram = "compute it in the program"

// slot writes a node by its rule, or says that the product does not have it.
func slot[N expr.Expression](c *Compiler, write func(*Compiler, N), x N, construct, instead string) {
	if write == nil {
		c.Unsupported(construct, instead)
		return
	}
	write(c, x)
}

func coerced(x expr.Expression) expr.Expression {
	for {
		y, ok := x.(*expr.Coerced)
		if !ok {
			return x
		}
		x = expr.Unwrap(y.X)
	}
}

func (c *Compiler) collate(x *expr.Collate) {
	c.Operand(x.X, expr.OpCollate, false)
	c.Text(" COLLATE ")
	if c.rules.Expr.Collation != nil {
		c.rules.Expr.Collation(c, x.Name)
		return
	}
	c.Identifier(x.Name)
}

// BareCollation writes the name of a collation without quotes, for products
// that take none.
func BareCollation(c *Compiler, name string) {
	if !plainName(name) {
		c.Fail(fmt.Errorf("compile: %s can't be the name of a collation; it has letters, digits, _ and dots", quoteForMessage(name)))
		return
	}
	c.Text(name)
}

// eitherWay writes BETWEEN SYMMETRIC as (x BETWEEN a AND b OR x BETWEEN b AND a).
func (c *Compiler) eitherWay(x *expr.Between) {
	one := &expr.Between{X: x.X, Low: x.Low, High: x.High, Not: x.Not}
	other := &expr.Between{X: x.X, Low: x.High, High: x.Low, Not: x.Not}
	op := expr.OpOr
	if x.Not {
		op = expr.OpAnd
	}
	c.Text("(")
	c.variadic(&expr.Variadic{Op: op, Xs: []expr.Expression{one, other}})
	c.Text(")")
}

func (c *Compiler) cast(x *expr.Cast) {
	typeName := c.rules.CastName
	if typeName == nil {
		typeName = c.rules.TypeName
	}
	t, _ := c.rules.Resolve(x.Type)
	name, err := typeName(t)
	if err != nil {
		c.Fail(err)
		return
	}
	if !x.Try {
		c.CastAs(x.X, name)
		return
	}
	if c.rules.Expr.TryCast == nil {
		c.Unsupported("TRY_CAST", "check the value by a condition within CASE before the cast")
		return
	}
	c.rules.Expr.TryCast(c, x, name)
}

// CastAs writes CAST(x AS name).
func (c *Compiler) CastAs(x expr.Expression, name string) {
	c.Text("CAST(")
	c.Expression(x)
	c.Text(" AS " + name + ")")
}

// NoUnit refuses a unit of time.
func (c *Compiler) NoUnit(what string, u expr.Unit) {
	c.Unsupported(what+" "+u.String(), "use another unit, or "+inProgram)
}

// CastLike writes CAST(… AS the type of x) around what write writes.
func (c *Compiler) CastLike(x expr.Expression, write func()) {
	typeName := c.rules.CastName
	if typeName == nil {
		typeName = c.rules.TypeName
	}
	t, _ := c.rules.Resolve(x.SQLType())
	name, err := typeName(t)
	if err != nil {
		c.Fail(err)
		return
	}
	c.Text("CAST(")
	write()
	c.Text(" AS " + name + ")")
}

// QuotedText writes constant text as a literal.
func (c *Compiler) QuotedText(text string) {
	quoted, err := c.rules.Literal(sqltype.TextValue(text), sqltype.Text{})
	if err != nil {
		c.Fail(err)
	}
	c.Text(quoted)
}

// Path writes the way into a JSON document as a literal of SQL/JSON.
func (c *Compiler) Path(x *expr.JSONGet) { c.QuotedText(expr.SQLPath(x.Path)) }
