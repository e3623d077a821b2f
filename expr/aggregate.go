package expr

import (
	"errors"

	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	errFrameCount   = errors.New("expr: a frame of a window counts fewer than zero rows; Preceding and Following take how many")
	errNotAggregate = errors.New("expr: FILTER, WITHIN GROUP and an order of values belong to a function, which this is not")
)

// Aggregate are the clauses that a call of an aggregate may have.
type Aggregate struct {
	OrderBy     []Order      // of the values, within the parentheses
	WithinGroup []Order      // of the group that an ordered-set function sees
	Filter      []Expression // all of which hold for the rows that count
}

func (a *Aggregate) appendKey(k *Key) {
	keyNodes(k, a.OrderBy)
	keyNodes(k, a.WithinGroup)
	keyNodes(k, a.Filter)
}

// children returns the expressions of the clauses.
func (a *Aggregate) children(to []Expression) []Expression {
	if a == nil {
		return to
	}
	to = append([]Expression(nil), to...)
	return append(ordered(ordered(to, a.OrderBy), a.WithinGroup), a.Filter...)
}

func ordered(to []Expression, os []Order) []Expression {
	for _, o := range os {
		to = append(to, o.X)
	}
	return to
}

// aggregated returns the call with other clauses.
func aggregated(call Expression, change func(a *Aggregate)) Expression {
	f, ok := call.(*Func)
	if !ok {
		return Invalid{errNotAggregate}
	}
	g := *f
	a := Aggregate{}
	if f.Aggregate != nil {
		a = *f.Aggregate
	}
	change(&a)
	g.Aggregate = &a
	return &g
}

//go:noinline
func filtered(call Expression, ps []Predicate) Expression {
	return aggregated(call, func(a *Aggregate) { a.Filter = append(append([]Expression(nil), a.Filter...), unwrapAll(ps)...) })
}

//go:noinline
func orderedBy(call Expression, os []Order) Expression {
	return aggregated(call, func(a *Aggregate) { a.OrderBy = os })
}

//go:noinline
func within(call Expression, group []Order) Expression {
	return aggregated(call, func(a *Aggregate) { a.WithinGroup = group })
}

// Filter has the aggregate s count only rows for which all conditions hold.
// Where a product has no FILTER, a CASE within the call takes its place.
//
//go:noinline
func (s Scalar[T]) Filter(ps ...Predicate) Scalar[T] {
	return NewScalar[T](filtered(s.Unwrap(), ps), s.c)
}

// Filter has the aggregate count only rows that meet all conditions; see
// Scalar.Filter.
//
//go:noinline
func (s Ordered[T]) Filter(ps ...Predicate) Ordered[T] {
	return Ordered[T]{NewScalar[T](filtered(s.Unwrap(), ps), s.c)}
}

// Filter has the aggregate count only rows that meet all conditions; see
// Scalar.Filter.
//
//go:noinline
func (s Num[T]) Filter(ps ...Predicate) Num[T] {
	return Num[T]{Ordered[T]{NewScalar[T](filtered(s.Unwrap(), ps), s.c)}}
}

// Filter has the aggregate count only rows that meet all conditions; see
// Scalar.Filter.
//
//go:noinline
func (s TextOf[T]) Filter(ps ...Predicate) TextOf[T] {
	return TextOf[T]{Ordered[T]{NewScalar[T](filtered(s.Unwrap(), ps), s.c)}}
}

// OrderedBy gives the values of an aggregate that joins them an order, as in
// array_agg(x ORDER BY y).
//
//go:noinline
func (s Scalar[T]) OrderedBy(os ...Order) Scalar[T] {
	return NewScalar[T](orderedBy(s.Unwrap(), os), s.c)
}

// OrderedBy gives the values of an aggregate that joins them an order, as in
// string_agg(x, ',' ORDER BY y).
//
//go:noinline
func (s TextOf[T]) OrderedBy(os ...Order) TextOf[T] {
	return TextOf[T]{Ordered[T]{s.Scalar.OrderedBy(os...)}}
}

// WithinGroup gives an ordered-set function the group that it sees, as in
// percentile_cont(0.5) WITHIN GROUP (ORDER BY x).
//
//go:noinline
func (s Scalar[T]) WithinGroup(os ...Order) Scalar[T] {
	return NewScalar[T](within(s.Unwrap(), os), s.c)
}

// WithinGroup gives an ordered-set function the group that it sees; see
// Scalar.WithinGroup.
//
//go:noinline
func (s Num[T]) WithinGroup(os ...Order) Num[T] {
	return Num[T]{Ordered[T]{s.Scalar.WithinGroup(os...)}}
}

// GroupingKind is a kind of grouping by several sets of terms.
type GroupingKind uint8

// The kinds of grouping.
const (
	RollupGroups GroupingKind = iota
	CubeGroups
	GroupingSetsGroups
)

// Groups is a term of GROUP BY that stands for several groupings.
type Groups struct {
	Kind GroupingKind
	Sets [][]Expression
}

// Rollup groups by all terms, then by all but the last, and so on to none.
func Rollup(xs ...Expression) *Groups { return &Groups{RollupGroups, singles(xs)} }

// Cube groups by every subset of the terms.
func Cube(xs ...Expression) *Groups { return &Groups{CubeGroups, singles(xs)} }

// GroupingSets groups by each of the sets, of which one may be empty.
func GroupingSets(sets ...[]Expression) *Groups {
	g := &Groups{Kind: GroupingSetsGroups}
	for _, s := range sets {
		g.Sets = append(g.Sets, unwrapAll(s))
	}
	return g
}

func singles(xs []Expression) [][]Expression {
	sets := make([][]Expression, len(xs))
	for i, x := range xs {
		sets[i] = []Expression{Unwrap(x)}
	}
	return sets
}

// SQLType implements Expression.
func (*Groups) SQLType() sqltype.Type { return sqltype.Null{} }

// AppendKey implements Node.
func (g *Groups) AppendKey(k *Key) {
	k.Tag(tagGrouping)
	k.Tag(byte(g.Kind))
	k.Int(len(g.Sets))
	for _, s := range g.Sets {
		keyNodes(k, s)
	}
}

// Children implements Parent.
func (g *Groups) Children() []Expression {
	var out []Expression
	for _, s := range g.Sets {
		out = append(out, s...)
	}
	return out
}

// Grouping is 1 in a row whose group leaves the term out, and 0 in others.
func Grouping(x Expression) Num[int64] { return count64("grouping", false, Unwrap(x)) }

func count64(name string, window bool, args ...Expression) Num[int64] {
	return NewNum[int64](&Func{Name: name, Args: args, Window: window, Type: countCodec.Type}, countCodec)
}

var ratioCodec = sqltype.CodecOf[float64](sqltype.Float{Bits: 64})

func ratio(name string) Num[float64] {
	return NewNum[float64](&Func{Name: name, Window: true, Type: ratioCodec.Type}, ratioCodec)
}

// RowNumber numbers the rows of a window from 1. It needs Over, as do Rank and
// the functions that follow it.
func RowNumber() Num[int64] { return count64("row_number", true) }

// Rank is the place of a row in the window's order; equal rows share one, and
// leave a gap behind them.
func Rank() Num[int64] { return count64("rank", true) }

// DenseRank is Rank without gaps.
func DenseRank() Num[int64] { return count64("dense_rank", true) }

// PercentRank is the rank as a share of the window, from 0 to 1.
func PercentRank() Num[float64] { return ratio("percent_rank") }

// CumeDist is the share of the window's rows that come no later.
func CumeDist() Num[float64] { return ratio("cume_dist") }

// NTile divides the window into n parts as equal as can be, and numbers them
// from 1.
func NTile(n int) Num[int64] { return count64("ntile", true, FrameCount(n)) }

// windowed is a typed expression of any kind, which its own method keeps: Lag of
// a Num is a Num.
type windowed[E any] interface {
	Expression
	called(name string, window bool, more []Expression) E
}

// Lag is the value of x in the row that is n before, NULL where there is none.
func Lag[E any, X windowed[E]](x X, n int) E {
	return x.called("lag", true, []Expression{FrameCount(n)})
}

// Lead is the value of x in the row that is n behind, NULL where there is none.
func Lead[E any, X windowed[E]](x X, n int) E {
	return x.called("lead", true, []Expression{FrameCount(n)})
}

// FirstValue is the value of x in the first row of the frame.
func FirstValue[E any, X windowed[E]](x X) E { return x.called("first_value", true, nil) }

// LastValue is the value of x in the last row of the frame, which ends, unless
// the window says otherwise, with the current row.
func LastValue[E any, X windowed[E]](x X) E { return x.called("last_value", true, nil) }

// NthValue is the value of x in row n of the frame, counted from 1.
func NthValue[E any, X windowed[E]](x X, n int) E {
	return x.called("nth_value", true, []Expression{FrameCount(n)})
}

// SumOf is the sum of x in the Go type of x. A sum that does not fit is an error
// when it is read; see Sum.
func SumOf[E any, X windowed[E]](x X) E { return x.called("sum", false, nil) }

//go:noinline
func (s Scalar[T]) called(name string, window bool, more []Expression) Scalar[T] {
	f := callOn(s.Unwrap(), name, more...)
	f.Window = window
	return Scalar[T]{x: f, c: s.c}
}

//go:noinline
func (s Ordered[T]) called(name string, window bool, more []Expression) Ordered[T] {
	return Ordered[T]{s.Scalar.called(name, window, more)}
}

//go:noinline
func (s Num[T]) called(name string, window bool, more []Expression) Num[T] {
	return Num[T]{s.Ordered.called(name, window, more)}
}

//go:noinline
func (s TextOf[T]) called(name string, window bool, more []Expression) TextOf[T] {
	return TextOf[T]{s.Ordered.called(name, window, more)}
}

// Sum is the sum of a group's numbers as R: a sum of many integers needs a wider
// type than each, and a sum of none is NULL (sql.Null[int64], *int64). Where R is
// a floating-point number, the numbers are taken as such.
func Sum[R any](x Expression) Num[R] { return aggregateAs[R]("sum", x) }

// Avg is the mean of a group's numbers as R.
func Avg[R any](x Expression) Num[R] { return aggregateAs[R]("avg", x) }

func aggregateAs[R any](name string, x Expression) Num[R] {
	c, err := codecOfGo[R]()
	if err != nil {
		return NewNum[R](Invalid{err}, nil)
	}
	x = Unwrap(x)
	if _, approximate := x.SQLType().(sqltype.Float); !approximate && c.Type.Kind() == sqltype.KindFloat64 {
		x = &Cast{X: x, Type: floatCodec.Type}
	}
	return NewNum[R](&Func{Name: name, Args: []Expression{x}, Type: c.Type}, c)
}

// ArrayAgg is the values of a group as an array, NULLs among them, where a
// database has arrays. OrderedBy gives them an order. Of no rows it is NULL.
func ArrayAgg[T any](x Of[T]) Scalar[[]T] {
	t := sqltype.Array{Elem: x.SQLType()}
	return typed[[]T](&Func{Name: "array_agg", Args: []Expression{Unwrap(x)}, Type: t}, t)
}

// StringAgg joins the texts of a group, with a separator between two. OrderedBy
// gives them an order.
func StringAgg(x Of[string], separator string) TextOf[string] {
	f := &Func{Name: StringAggName, Args: []Expression{Unwrap(x), Separator(separator)}, Type: sqltype.Text{}}
	return NewText[string](f, textCodec)
}

// Separator is what StringAgg writes between two texts. It is a literal of the
// statement: products take no parameter there.
type Separator string

// SQLType implements Expression.
func (Separator) SQLType() sqltype.Type { return sqltype.Text{} }

// AppendKey implements Node.
func (s Separator) AppendKey(k *Key) {
	k.Tag(tagHint)
	k.String(string(s))
}

// StringAggName is the name of the function that StringAgg calls; products write
// it in their own way.
const StringAggName = "string_agg"
