package expr

// Special is an expression of this package that products write so differently
// that each has a rule of its own for it (compile.ExprRules).
type Special interface {
	Expression
	Parent
	special()
}

// Infix is a node that is written as an operator between its operands, for
// parentheses.
type Infix interface {
	// Operator is the operator that binds as tightly; false for none, where the
	// node stands for itself, as a call does.
	Operator() (Op, bool)
}

// Conditional is a node that may be a condition, which is no value on products
// that keep the two apart.
type Conditional interface {
	IsCondition() bool
}

// negated is NOT x, as the opposite of x's operator where there is one: NOT of a
// comparison with NULL is NULL either way.
func negated(x Expression) Expression {
	switch x := x.(type) {
	case *Unary:
		if op, ok := opposite[x.Op]; ok {
			return &Unary{Op: op, X: x.X}
		}
		if x.Op == OpNot {
			return x.X
		}
	case *Binary:
		if op, ok := opposite[x.Op]; ok {
			y := *x
			y.Op = op
			if q, ok := x.R.(*Quantified); ok {
				y.R = q.other()
			}
			return &y
		}
	case *In:
		y := *x
		y.Not = !x.Not
		return &y
	case *Between:
		y := *x
		y.Not = !x.Not
		return &y
	case *Regexp:
		y := *x
		y.Not = !x.Not
		return &y
	}
	return &Unary{Op: OpNot, X: x}
}

var opposite = func() map[Op]Op {
	m := map[Op]Op{}
	for _, pair := range [][2]Op{
		{OpEq, OpNe},
		{OpLt, OpGe},
		{OpGt, OpLe},
		{OpLike, OpNotLike},
		{OpILike, OpNotILike},
		{OpIsDistinct, OpIsNotDistinct},
		{OpIsNull, OpIsNotNull},
	} {
		m[pair[0]], m[pair[1]] = pair[1], pair[0]
	}
	return m
}()
