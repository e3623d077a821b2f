package compile

import (
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Expression writes x, without parentheses around it.
func (c *Compiler) Expression(x expr.Expression) {
	if c.err != nil || c.asValue(expr.Unwrap(x)) {
		return
	}
	switch x := expr.Unwrap(x).(type) {
	case *expr.Column:
		c.column(x)
	case *expr.Bind:
		c.bind(x)
	case *expr.Blank:
		c.parameter(x)
	case *expr.Param:
		c.expressedValue(x.Type, func() { c.place(Slot{Bind: -1, Param: x.Index}, x.Type) })
	case expr.Const:
		c.constant(x)
	case *expr.Unary, *expr.Binary, *expr.Variadic:
		c.operator(x)
	case *expr.In:
		c.in(x)
	case *expr.Between:
		c.between(x)
	case *expr.Case:
		c.caseWhen(x)
	case *expr.Cast:
		c.cast(x)
	case *expr.Func:
		c.call(x, false)
	case *expr.Over:
		c.over(x)
	case *expr.Groups:
		c.groups(x)
	case expr.Separator, expr.FrameCount, *expr.OutputColumn:
		c.word(x)
	case *expr.Tuple:
		c.whole(x)
	case *expr.Subquery:
		c.subquery(x)
	case *expr.Label:
		c.Expression(x.X)
	case *expr.Text:
		c.text(x)
	case *expr.NextValue:
		c.nextValue(x)
	case expr.MergedAs:
		c.mergedAs()
	case *expr.ExcludedColumn:
		c.excluded(x)
	case expr.Invalid:
		c.Fail(x.Err)
	case Renderer:
		x.Render(c)
	case expr.Special:
		c.special(x)
	default:
		c.Fail(fmt.Errorf("compile: an expression of type %T can't be written; it must implement compile.Renderer", x))
	}
}

// Operand writes x as an operand of op, in parentheses where SQL's precedence
// asks for them. right says that it is a right operand, where a op (b op c)
// needs them too unless op is associative.
func (c *Compiler) Operand(x expr.Expression, op expr.Op, right bool) {
	x = expr.Unwrap(x)
	if !needsParens(x, op, right) {
		c.Expression(x)
		return
	}
	c.Text("(")
	c.Expression(x)
	c.Text(")")
}

func needsParens(x expr.Expression, op expr.Op, right bool) bool {
	inner, ok := operatorOf(x)
	if !ok {
		_, raw := coerced(x).(*expr.Text)
		return raw
	}
	p, q := inner.Precedence(), op.Precedence()
	switch {
	case inner == expr.OpBitNot:
		// It binds loosely in PostgreSQL and tightly elsewhere.
		return true
	case comparison(p) && comparison(q):
		// Products differ in whether IS, LIKE and = bind alike, and a = b = c is
		// refused or means something else.
		return true
	case q == operators && (p == operators || p == sums || p == products):
		// || and the bit operators bind at every level that there is.
		return inner != op || right && !op.Associative()
	case p != q:
		return p < q
	}
	return right && !(inner == op && op.Associative())
}

// Levels of expr.Op.Precedence whose place among the others is not the same in
// every product.
const (
	lowestComparison, highestComparison = 4, 6
	operators, sums, products           = 7, 8, 9
)

func comparison(level int) bool { return level >= lowestComparison && level <= highestComparison }

// operatorOf returns the operator at the top of x.
func operatorOf(x expr.Expression) (expr.Op, bool) {
	switch x := x.(type) {
	case *expr.Unary:
		return x.Op, true
	case *expr.Binary:
		return x.Op, true
	case *expr.Variadic:
		if len(x.Xs) > 1 {
			return x.Op, true
		}
		if len(x.Xs) == 1 {
			return operatorOf(expr.Unwrap(x.Xs[0]))
		}
	case *expr.In, *expr.Between:
		return expr.OpLike, true
	case *expr.Label:
		return operatorOf(expr.Unwrap(x.X))
	case *expr.Coerced:
		return operatorOf(expr.Unwrap(x.X))
	case expr.Infix:
		return x.Operator()
	}
	return 0, false
}

func (c *Compiler) column(x *expr.Column) {
	if !c.scope.provides(x.From) {
		c.Fail(fmt.Errorf("compile: column %s.%s is used, but %s is not in FROM; join it or select from it",
			sourceName(x.From), x.Name, sourceName(x.From)))
		return
	}
	if !provided(x) {
		c.Fail(fmt.Errorf("compile: %s has no column %q; select it there, or name it there by As", sourceName(x.From), x.Name))
		return
	}
	switch {
	case c.scope.image != "" && c.scope.sources[0] == x.From:
		c.Text(c.scope.image + ".")
	case !c.scope.bare:
		c.sourceRef(x.From)
		c.Text(".")
	}
	c.Identifier(x.Name)
}

func (c *Compiler) constant(x expr.Const) {
	switch x {
	case expr.NULL:
		c.Text("NULL")
	case expr.TRUE:
		c.Text(c.rules.True)
	case expr.FALSE:
		c.Text(c.rules.False)
	case expr.DEFAULT:
		c.Text("DEFAULT")
	case expr.STAR:
		c.Text("*")
	}
}

func (c *Compiler) text(x *expr.Text) {
	pieces, args := x.Pieces()
	for i, p := range pieces {
		c.Text(p)
		if i == len(args) {
			return
		}
		if list, ok := args[i].(expr.Items); ok && enclosed(p, pieces[i+1]) {
			List(c, ", ", list.Items(), c.Expression)
		} else {
			c.Expression(args[i])
		}
	}
}

// enclosed reports whether what stands between two pieces of text has
// parentheses already.
func enclosed(before, after string) bool {
	return strings.HasSuffix(strings.TrimRight(before, " \t\r\n"), "(") && strings.HasPrefix(strings.TrimLeft(after, " \t\r\n"), ")")
}

func (c *Compiler) nextValue(x *expr.NextValue) {
	s, ok := x.Sequence.(*schema.Sequence)
	switch {
	case !ok:
		c.Fail(fmt.Errorf("compile: the next value of a %T can't be written", x.Sequence))
	case c.rules.NextValue == nil:
		c.Unsupported("the next value of a sequence as an expression", "insert it as a value by itself, or give the sequence to a column as its generator")
	default:
		c.rules.NextValue(c, s)
	}
}

func (c *Compiler) subquery(x *expr.Subquery) {
	if x.Exists {
		c.Text("EXISTS ")
	}
	c.Text("(")
	if !c.apart(x.Select) {
		c.Query(x.Select)
	}
	c.Text(")")
}
