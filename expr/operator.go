package expr

import "github.com/alkahest-go/alkahest/sqltype"

// Op is an operator of SQL. What it is written as, and whether a product has
// it, is said by the rules of its dialect.
type Op uint8

// The operators.
const (
	OpOr Op = iota
	OpAnd
	OpNot
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpIsDistinct    // NULL-safe "not equal"
	OpIsNotDistinct // NULL-safe "equal"
	OpIsNull
	OpIsNotNull
	OpLike
	OpNotLike
	OpILike
	OpNotILike
	OpAdd
	OpSub
	OpMul
	OpDiv // true division: 1/2 is 0.5 on every database
	OpIntDiv
	OpMod
	OpConcat
	OpNeg
	OpBitAnd
	OpBitOr
	OpBitNot
	OpCollate
	OpBitXor
	OpShiftLeft
	OpShiftRight // keeps the sign
)

// Precedence orders the operators as SQL's grammar does: an operand whose
// operator binds less tightly than its parent's is put in parentheses. The
// levels follow PostgreSQL's table (manual, 4.1.6), which is the strictest.
func (o Op) Precedence() int {
	switch o {
	case OpOr:
		return 1
	case OpAnd:
		return 2
	case OpNot:
		return 3
	case OpIsNull, OpIsNotNull, OpIsDistinct, OpIsNotDistinct:
		return 4
	case OpEq, OpNe, OpLt, OpLe, OpGt, OpGe:
		return 5
	case OpLike, OpNotLike, OpILike, OpNotILike:
		return 6
	case OpConcat, OpBitAnd, OpBitOr, OpBitXor, OpShiftLeft, OpShiftRight:
		return 7
	case OpAdd, OpSub:
		return 8
	case OpMul, OpDiv, OpIntDiv, OpMod:
		return 9
	case OpCollate:
		return 11
	}
	return 10
}

// Associative reports whether a op (b op c) is (a op b) op c.
func (o Op) Associative() bool {
	switch o {
	case OpOr, OpAnd, OpAdd, OpMul, OpConcat:
		return true
	}
	return false
}

// Unary is an operator with one operand.
type Unary struct {
	Op Op
	X  Expression
}

// SQLType implements Expression.
func (e *Unary) SQLType() sqltype.Type {
	switch e.Op {
	case OpNeg, OpBitNot:
		return e.X.SQLType()
	}
	return sqltype.Boolean{}
}

// AppendKey implements Node.
func (e *Unary) AppendKey(k *Key) {
	k.Tag(tagUnary)
	k.Tag(byte(e.Op))
	k.Node(e.X)
}

// Binary is an operator with two operands. Escape is the escape character of a
// LIKE, or 0.
type Binary struct {
	Op     Op
	L, R   Expression
	Escape byte
	Type   sqltype.Type // nil: Boolean for comparisons, else what follows from L and R
}

// SQLType implements Expression.
func (e *Binary) SQLType() sqltype.Type {
	if e.Type != nil {
		return e.Type
	}
	switch e.Op {
	case OpAdd, OpSub, OpMul, OpDiv, OpIntDiv, OpMod:
		return numberType(e.L.SQLType(), e.R.SQLType())
	}
	if p := e.Op.Precedence(); p >= 7 {
		return e.L.SQLType()
	}
	return sqltype.Boolean{}
}

// numberType is the type of a sum or product: a floating-point number beside
// any other makes one, and an exact number beside a whole one. How many digits
// an exact number has then is the database's affair.
func numberType(l, r sqltype.Type) sqltype.Type {
	if _, ok := r.(sqltype.Float); ok && l.Kind() != sqltype.KindFloat64 {
		return r
	}
	switch l.(type) {
	case sqltype.Numeric:
		return sqltype.Numeric{}
	case sqltype.Integer, sqltype.Null:
		if _, ok := r.(sqltype.Numeric); ok {
			return sqltype.Numeric{}
		}
	}
	if l.Kind() == sqltype.KindNull {
		return r
	}
	return l
}

// AppendKey implements Node.
func (e *Binary) AppendKey(k *Key) {
	k.Tag(tagBinary)
	k.Tag(byte(e.Op))
	k.Tag(e.Escape)
	k.Node(e.L)
	k.Node(e.R)
}

// Variadic is AND or OR of any number of operands. Of none, AND is true and
// OR is false.
type Variadic struct {
	Op Op
	Xs []Expression
}

// SQLType implements Expression.
func (e *Variadic) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements Node.
func (e *Variadic) AppendKey(k *Key) {
	k.Tag(tagVariadic)
	k.Tag(byte(e.Op))
	keyNodes(k, e.Xs)
}

// In is X IN (list), or X IN (subquery) where the list is one *Select. An
// empty list is in nothing: false, and NOT IN is true.
type In struct {
	X    Expression
	List []Expression
	Not  bool
}

// SQLType implements Expression.
func (e *In) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements Node.
func (e *In) AppendKey(k *Key) {
	k.Tag(tagIn)
	k.Bool(e.Not)
	k.Node(e.X)
	keyNodes(k, e.List)
}

// Between is X BETWEEN Low AND High.
type Between struct {
	X, Low, High Expression
	Not          bool
	// Symmetric says that the bounds may come in either order.
	Symmetric bool
}

// SQLType implements Expression.
func (e *Between) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements Node.
func (e *Between) AppendKey(k *Key) {
	k.Tag(tagBetween)
	k.Bool(e.Not)
	k.Bool(e.Symmetric)
	k.Node(e.X)
	k.Node(e.Low)
	k.Node(e.High)
}
