package expr

import "errors"

var errRowWidth = errors.New("expr: rows that are compared must have the same number of values, at least one")

// RowValue is several values that are compared as one: (a, b).
type RowValue struct{ xs []Expression }

// TupleOf is (x, y, …). Products that compare no rows as a whole get the same by
// comparisons of each value.
func TupleOf(xs ...Expression) RowValue { return RowValue{unwrapAll(xs)} }

func (r RowValue) tuple() *Tuple { return &Tuple{Xs: r.xs} }

func (r RowValue) compare(op Op, s RowValue) Pred {
	if len(r.xs) != len(s.xs) || len(r.xs) == 0 {
		return Pred{Invalid{errRowWidth}}
	}
	return Pred{&Binary{Op: op, L: r.tuple(), R: s.tuple()}}
}

// Eq is r = s.
func (r RowValue) Eq(s RowValue) Pred { return r.compare(OpEq, s) }

// Ne is r <> s.
func (r RowValue) Ne(s RowValue) Pred { return r.compare(OpNe, s) }

// Lt is r < s: by the first values that differ.
func (r RowValue) Lt(s RowValue) Pred { return r.compare(OpLt, s) }

// Le is r <= s.
func (r RowValue) Le(s RowValue) Pred { return r.compare(OpLe, s) }

// Gt is r > s.
func (r RowValue) Gt(s RowValue) Pred { return r.compare(OpGt, s) }

// Ge is r >= s.
func (r RowValue) Ge(s RowValue) Pred { return r.compare(OpGe, s) }

// In reports whether r is among the rows. Of no rows it is false.
func (r RowValue) In(rows ...RowValue) Pred {
	in := &In{X: r.tuple()}
	for _, s := range rows {
		if len(s.xs) != len(r.xs) {
			return Pred{Invalid{errRowWidth}}
		}
		in.List = append(in.List, s.tuple())
	}
	return Pred{in}
}

// InSelect is r IN (SELECT …), of a SELECT with as many columns.
func (r RowValue) InSelect(q *Select) Pred {
	return Pred{&In{X: r.tuple(), List: []Expression{&Subquery{Select: q}}}}
}

// Spread writes a comparison of rows as comparisons of their values, for
// products that compare no rows; nil where x compares no rows.
func Spread(x Expression) Expression {
	switch x := x.(type) {
	case *Binary:
		l, ok := x.L.(*Tuple)
		r, also := x.R.(*Tuple)
		if ok && also {
			return spread(x.Op, l.Xs, r.Xs)
		}
	case *In:
		if l, ok := x.X.(*Tuple); ok {
			return spreadIn(x, l)
		}
	}
	return nil
}

func spreadIn(x *In, l *Tuple) Expression {
	either := &Variadic{Op: OpOr}
	for _, y := range x.List {
		r, ok := y.(*Tuple)
		if !ok {
			return nil
		}
		either.Xs = append(either.Xs, spread(OpEq, l.Xs, r.Xs))
	}
	if x.Not {
		return &Unary{Op: OpNot, X: either}
	}
	return either
}

// spread compares l with r: by the first values that differ, the last of which
// may be equal where the operator says so.
func spread(op Op, l, r []Expression) Expression {
	switch op {
	case OpEq:
		all := &Variadic{Op: OpAnd}
		for i := range l {
			all.Xs = append(all.Xs, &Binary{Op: OpEq, L: l[i], R: r[i]})
		}
		return all
	case OpNe:
		return &Unary{Op: OpNot, X: spread(OpEq, l, r)}
	}
	if len(l) == 1 {
		return &Binary{Op: op, L: l[0], R: r[0]}
	}
	strict := op
	switch op {
	case OpLe:
		strict = OpLt
	case OpGe:
		strict = OpGt
	}
	equal := &Binary{Op: OpEq, L: l[0], R: r[0]}
	return &Variadic{Op: OpOr, Xs: []Expression{
		&Binary{Op: strict, L: l[0], R: r[0]},
		&Variadic{Op: OpAnd, Xs: []Expression{equal, spread(op, l[1:], r[1:])}},
	}}
}
