package compile

import (
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var operatorText = map[expr.Op]string{
	expr.OpOr: " OR ", expr.OpAnd: " AND ",
	expr.OpEq: " = ", expr.OpNe: " <> ", expr.OpLt: " < ", expr.OpLe: " <= ", expr.OpGt: " > ", expr.OpGe: " >= ",
	expr.OpIsDistinct: " IS DISTINCT FROM ", expr.OpIsNotDistinct: " IS NOT DISTINCT FROM ",
	expr.OpIsNull: " IS NULL", expr.OpIsNotNull: " IS NOT NULL",
	expr.OpLike: " LIKE ", expr.OpNotLike: " NOT LIKE ",
	expr.OpAdd: " + ", expr.OpSub: " - ", expr.OpMul: " * ", expr.OpIntDiv: " / ", expr.OpMod: " % ",
	expr.OpConcat: " || ", expr.OpNeg: "-", expr.OpNot: "NOT ",
	expr.OpBitAnd: " & ", expr.OpBitOr: " | ", expr.OpBitNot: "~", expr.OpBitXor: " ^ ",
	expr.OpShiftLeft: " << ", expr.OpShiftRight: " >> ",
}

// Infix writes a binary expression with the given text between its operands.
func (c *Compiler) Infix(x *expr.Binary, text string) {
	c.Operand(x.L, x.Op, false)
	c.Text(text)
	c.Operand(x.R, x.Op, true)
}

// Call writes name(args).
func (c *Compiler) Call(name string, args ...expr.Expression) {
	c.Text(name)
	c.Text("(")
	List(c, ", ", args, c.Expression)
	c.Text(")")
}

func (c *Compiler) operator(x expr.Expression) {
	if c.spread(x) {
		return
	}
	op, _ := topOperator(x)
	if write, ok := c.rules.Operators[op]; ok {
		if write == nil {
			c.Unsupported("the operator "+strings.TrimSpace(operatorText[op]), "write what it has instead by expr.Fn or expr.SQL")
			return
		}
		write(c, x)
		return
	}
	switch x := x.(type) {
	case *expr.Unary:
		c.unary(x)
	case *expr.Binary:
		c.binary(x)
	case *expr.Variadic:
		c.variadic(x)
	}
}

func topOperator(x expr.Expression) (expr.Op, bool) {
	if v, ok := x.(*expr.Variadic); ok {
		return v.Op, true
	}
	return operatorOf(x)
}

func (c *Compiler) unary(x *expr.Unary) {
	text := operatorText[x.Op]
	switch x.Op {
	case expr.OpIsNull, expr.OpIsNotNull:
		c.Operand(x.X, x.Op, true)
		c.Text(text)
		return
	case expr.OpNot:
		c.Text(text)
		c.not(x)
		return
	}
	c.Prefix(x, text)
}

// not writes the operand of NOT.
func (c *Compiler) not(x *expr.Unary) {
	if c.startsWithSign(x) {
		c.Text("(")
		c.Condition(x.X)
		c.Text(")")
		return
	}
	c.conditionOperand(x.X, x.Op)
}

// Prefix writes a unary expression with the given text before its operand.
func (c *Compiler) Prefix(x *expr.Unary, text string) {
	c.Text(text)
	if c.startsWithSign(x) {
		c.Text("(")
		c.Expression(x.X)
		c.Text(")")
		return
	}
	c.Operand(x.X, x.Op, false)
}

// startsWithSign reports whether the operand of x would be written with a sign
// in front of it: "--x" would begin a comment, and "~-x" is an operator of its
// own in PostgreSQL.
func (c *Compiler) startsWithSign(x *expr.Unary) bool {
	switch inner := expr.Unwrap(x.X).(type) {
	case *expr.Unary:
		return inner.Op.Precedence() == x.Op.Precedence()
	case *expr.Bind:
		return c.literals
	}
	return false
}

func (c *Compiler) binary(x *expr.Binary) {
	if q, ok := x.R.(*expr.Quantified); ok {
		c.quantified(x, q)
		return
	}
	switch x.Op {
	case expr.OpILike, expr.OpNotILike:
		c.foldedLike(x)
		return
	case expr.OpDiv:
		c.trueDivision(x)
		return
	case expr.OpCollate:
		c.Unsupported("COLLATE", "declare the collation with the column")
		return
	}
	c.Infix(x, operatorText[x.Op])
	c.Escape(x)
}

// Escape writes the ESCAPE clause of a LIKE, where it has one.
func (c *Compiler) Escape(x *expr.Binary) {
	if x.Escape == 0 {
		return
	}
	text, err := c.rules.Literal(sqltype.TextValue(string(rune(x.Escape))), sqltype.Text{})
	if err != nil {
		c.Fail(err)
	}
	c.Text(" ESCAPE " + text)
}

// foldedLike writes ILIKE as a LIKE of both sides in small letters.
func (c *Compiler) foldedLike(x *expr.Binary) {
	c.Text("lower(")
	c.Expression(x.L)
	c.Text(")")
	if x.Op == expr.OpNotILike {
		c.Text(" NOT")
	}
	c.Text(" LIKE lower(")
	c.Expression(x.R)
	c.Text(")")
	c.Escape(x)
}

// trueDivision gives 1/2 as 0.5 on products whose "/" between integers cuts.
func (c *Compiler) trueDivision(x *expr.Binary) {
	c.Operand(x.L, x.Op, false)
	c.Text(" / (")
	c.Operand(x.R, expr.OpAdd, false)
	c.Text(" + 0.0)")
}

// truth writes the condition that is always or never true.
func (c *Compiler) truth(always bool) {
	x := expr.FALSE
	if always {
		x = expr.TRUE
	}
	c.Condition(x)
}

func (c *Compiler) variadic(x *expr.Variadic) {
	switch len(x.Xs) {
	case 0:
		c.truth(x.Op == expr.OpAnd)
	case 1:
		c.Condition(x.Xs[0])
	default:
		List(c, operatorText[x.Op], x.Xs, func(y expr.Expression) { c.conditionOperand(y, x.Op) })
	}
}

func (c *Compiler) in(x *expr.In) {
	if c.spread(x) || c.inList(x) {
		return
	}
	if len(x.List) == 0 {
		// Nothing is in an empty list, and everything is not in it, NULL
		// included.
		c.truth(x.Not)
		return
	}
	c.Operand(x.X, expr.OpLike, false)
	if x.Not {
		c.Text(" NOT")
	}
	c.Text(" IN ")
	if len(x.List) == 1 {
		if q, ok := expr.Unwrap(x.List[0]).(*expr.Subquery); ok {
			c.listed(q)
			return
		}
	}
	c.tuple(x.List)
}

// whole writes a row where the product compares rows.
func (c *Compiler) whole(x *expr.Tuple) {
	if c.rules.Tuples == NoTuples {
		c.Unsupported("comparisons of rows as a whole", "compare each column")
		return
	}
	c.tuple(x.Xs)
}

func (c *Compiler) tuple(xs []expr.Expression) {
	c.Text("(")
	List(c, ", ", xs, c.Expression)
	c.Text(")")
}

func (c *Compiler) between(x *expr.Between) {
	if x.Symmetric && !c.rules.Expr.Symmetric {
		c.eitherWay(x)
		return
	}
	c.Operand(x.X, expr.OpLike, false)
	if x.Not {
		c.Text(" NOT")
	}
	c.Text(" BETWEEN ")
	if x.Symmetric {
		c.Text("SYMMETRIC ")
	}
	c.Operand(x.Low, expr.OpConcat, false)
	c.Text(" AND ")
	c.Operand(x.High, expr.OpConcat, false)
}

func (c *Compiler) caseWhen(x *expr.Case) {
	c.Text("CASE")
	when := c.Condition
	if x.Of != nil {
		c.Text(" ")
		c.Expression(x.Of)
		when = c.Expression
	}
	for _, w := range x.Whens {
		c.Text(" WHEN ")
		when(w.If)
		c.Text(" THEN ")
		c.Expression(w.Then)
	}
	if x.Else != nil {
		c.Text(" ELSE ")
		c.Expression(x.Else)
	}
	c.Text(" END")
}

func (c *Compiler) function(x *expr.Func) {
	if x.Name == expr.StringAggName && c.rules.Query.StringAgg != nil {
		c.rules.Query.StringAgg(c, x)
		return
	}
	name, known := x.Names[c.rules.Dialect]
	if !known {
		name = x.Name
		if renamed, ok := c.rules.Functions[name]; ok {
			name = renamed
		}
	}
	if name == "" {
		c.Unsupported("the function "+x.Name, "call what it has instead by expr.Fn")
		return
	}
	if !plainName(name) {
		c.Fail(&UnsupportedError{Construct: "a function named " + quoteForMessage(name), Dialect: c.rules.Dialect, Instead: "a function's name is letters, digits, _ and dots"})
		return
	}
	c.Text(name)
	c.Arguments(x)
}

func plainName(s string) bool {
	for i := range len(s) {
		b := s[i]
		if b != '_' && b != '.' && (b < '0' || b > '9') && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9')
}

func quoteForMessage(s string) string { return "\"" + strings.ToValidUTF8(s, "?") + "\"" }
