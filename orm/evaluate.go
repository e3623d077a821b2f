package orm

import (
	"math/bits"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// What a condition gives for a row is found in Go where that is certain: for
// whole numbers, truth values, UUIDs and NULL. Text is equal by collations,
// times and numbers by precisions that only the database knows.

// evaluate returns the value of an expression for the row of a state, and whether
// it is certain.
func (st *state) evaluate(x expr.Expression) (sqltype.Value, bool) {
	switch x := expr.Unwrap(x).(type) {
	case expr.Const:
		if x == expr.NULL {
			return sqltype.NullValue(), true
		}
		return sqltype.BoolValue(x == expr.TRUE), x == expr.TRUE || x == expr.FALSE
	case *expr.Bind:
		return x.Value, x.Err == nil
	case *expr.Column:
		return st.columnValue(x)
	case *expr.Unary:
		return st.evaluateUnary(x)
	case *expr.Binary:
		return st.evaluateBinary(x)
	case *expr.Variadic:
		return st.evaluateAll(x)
	case *expr.In:
		return st.evaluateIn(x)
	}
	return sqltype.Value{}, false
}

func (st *state) columnValue(x *expr.Column) (sqltype.Value, bool) {
	for _, a := range st.m.attrs {
		if a.col.Name != x.Name || !x.From.Provides(st.m.table) {
			continue
		}
		if a.ref >= 0 {
			return st.kept(a), !a.missing(st.snap)
		}
		v, err := a.encode(st.snap)
		return v, err == nil && !a.missing(st.snap)
	}
	return sqltype.Value{}, false
}

func (st *state) evaluateUnary(x *expr.Unary) (sqltype.Value, bool) {
	v, ok := st.evaluate(x.X)
	if !ok {
		return v, false
	}
	switch {
	case x.Op == expr.OpIsNull:
		return sqltype.BoolValue(v.IsNull()), true
	case x.Op == expr.OpIsNotNull:
		return sqltype.BoolValue(!v.IsNull()), true
	case x.Op == expr.OpNot && (v.IsNull() || v.Kind() == sqltype.KindBool):
		if v.IsNull() {
			return v, true
		}
		return sqltype.BoolValue(!v.Bool()), true
	}
	return v, false
}

// evaluateAll is AND or OR of three truth values.
func (st *state) evaluateAll(x *expr.Variadic) (sqltype.Value, bool) {
	ends := x.Op == expr.OpOr // the value that decides
	result := sqltype.BoolValue(!ends)
	for _, part := range x.Xs {
		v, ok := st.evaluate(part)
		switch {
		case !ok || !v.IsNull() && v.Kind() != sqltype.KindBool:
			return v, false
		case v.IsNull():
			result = v
		case v.Bool() == ends:
			return v, true
		}
	}
	return result, true
}

func (st *state) evaluateBinary(x *expr.Binary) (sqltype.Value, bool) {
	if x.Op == expr.OpAnd || x.Op == expr.OpOr {
		return st.evaluateAll(&expr.Variadic{Op: x.Op, Xs: []expr.Expression{x.L, x.R}})
	}
	l, ok := st.evaluate(x.L)
	if !ok {
		return l, false
	}
	r, ok := st.evaluate(x.R)
	if !ok {
		return r, false
	}
	switch x.Op {
	case expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe:
		return compared(x.Op, l, r)
	case expr.OpAdd, expr.OpSub, expr.OpMul:
		return calculated(x.Op, l, r)
	}
	return sqltype.Value{}, false
}

func compared(op expr.Op, l, r sqltype.Value) (sqltype.Value, bool) {
	if l.IsNull() || r.IsNull() {
		return sqltype.NullValue(), true
	}
	if l.Kind() != r.Kind() {
		return l, false
	}
	switch l.Kind() {
	case sqltype.KindBool, sqltype.KindUUID:
		switch op {
		case expr.OpEq:
			return sqltype.BoolValue(l.Equal(r)), true
		case expr.OpNe:
			return sqltype.BoolValue(!l.Equal(r)), true
		}
		return l, false
	case sqltype.KindInt64:
	default:
		return l, false
	}
	a, b := l.Int64(), r.Int64()
	var is bool
	switch op {
	case expr.OpEq:
		is = a == b
	case expr.OpNe:
		is = a != b
	case expr.OpLt:
		is = a < b
	case expr.OpLe:
		is = a <= b
	case expr.OpGt:
		is = a > b
	default:
		is = a >= b
	}
	return sqltype.BoolValue(is), true
}

// calculated is not certain where the numbers are so large that their result may
// not fit.
func calculated(op expr.Op, l, r sqltype.Value) (sqltype.Value, bool) {
	if l.IsNull() || r.IsNull() {
		return sqltype.NullValue(), true
	}
	if l.Kind() != sqltype.KindInt64 || r.Kind() != sqltype.KindInt64 {
		return l, false
	}
	a, b := l.Int64(), r.Int64()
	if bitsOf(a)+bitsOf(b) > 61 {
		return l, false
	}
	switch op {
	case expr.OpAdd:
		a += b
	case expr.OpSub:
		a -= b
	default:
		a *= b
	}
	return sqltype.Int64Value(a), true
}

// bitsOf is how many bits a number needs without its sign.
func bitsOf(n int64) int {
	if n < 0 {
		n = ^n
	}
	return bits.Len64(uint64(n)) + 1
}

func (st *state) evaluateIn(x *expr.In) (sqltype.Value, bool) {
	v, ok := st.evaluate(x.X)
	if !ok {
		return v, false
	}
	result := sqltype.BoolValue(false)
	for _, y := range x.List {
		w, ok := st.evaluate(y)
		if !ok {
			return w, false
		}
		eq, ok := compared(expr.OpEq, v, w)
		switch {
		case !ok:
			return eq, false
		case eq.IsNull():
			result = eq
		case eq.Bool():
			return sqltype.BoolValue(!x.Not), true
		}
	}
	if result.IsNull() {
		return result, true
	}
	return sqltype.BoolValue(x.Not), true
}
