package expr

import (
	"slices"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Window is the rows that a window function sees. The zero Window is all rows of
// the result: OVER (). It is a value; its methods return changed copies.
type Window struct {
	base      string
	partition []Expression
	orderBy   []Order
	frame     *Frame
}

// PartitionBy returns the window of the rows whose terms are equal.
func PartitionBy(xs ...Expression) Window { return Window{partition: unwrapAll(xs)} }

// WindowOrder returns the window of all rows in an order.
func WindowOrder(os ...Order) Window { return Window{orderBy: os} }

// WindowNamed returns the window that Select.Window gave the name. What is added
// to it must not be there already.
func WindowNamed(name string) Window { return Window{base: name} }

// PartitionBy adds terms that are equal within the window.
func (w Window) PartitionBy(xs ...Expression) Window {
	w.partition = append(slices.Clip(w.partition), unwrapAll(xs)...)
	return w
}

// OrderBy adds terms to the window's order.
func (w Window) OrderBy(os ...Order) Window {
	w.orderBy = append(slices.Clip(w.orderBy), os...)
	return w
}

// Rows cuts the window to the rows between two, counted in rows.
func (w Window) Rows(from, to Bound) Window { return w.cut(RowsFrame, from, to) }

// Range cuts the window to the rows between two, counted in differences of the
// one term of its order.
func (w Window) Range(from, to Bound) Window { return w.cut(RangeFrame, from, to) }

// Groups cuts the window to the rows between two, counted in groups of rows that
// its order makes equal.
func (w Window) Groups(from, to Bound) Window { return w.cut(GroupsFrame, from, to) }

func (w Window) cut(unit FrameUnit, from, to Bound) Window {
	w.frame = &Frame{Unit: unit, From: from, To: to}
	return w
}

// Exclude leaves rows around the current one out of the frame, which Rows, Range
// or Groups must have given.
func (w Window) Exclude(e Exclusion) Window {
	f := Frame{Unit: RangeFrame, From: UnboundedPreceding(), To: CurrentRow()}
	if w.frame != nil {
		f = *w.frame
	}
	f.Exclude = e
	w.frame = &f
	return w
}

// Frame is the part of a window that a function sees.
type Frame struct {
	Unit     FrameUnit
	From, To Bound
	Exclude  Exclusion
}

// FrameUnit is what the bounds of a frame count.
type FrameUnit uint8

// What the bounds of a frame count.
const (
	RowsFrame FrameUnit = iota
	RangeFrame
	GroupsFrame
)

// Exclusion says what is left out of a frame.
type Exclusion uint8

// What is left out of a frame.
const (
	ExcludeNothing Exclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// Bound is where a frame begins or ends.
type Bound struct {
	Kind BoundKind
	N    Expression // for the two that count
}

// BoundKind is the kind of a Bound.
type BoundKind uint8

// The kinds of Bound.
const (
	BoundUnboundedPreceding BoundKind = iota
	BoundPreceding
	BoundCurrentRow
	BoundFollowing
	BoundUnboundedFollowing
)

// UnboundedPreceding is the start of the window.
func UnboundedPreceding() Bound { return Bound{Kind: BoundUnboundedPreceding} }

// UnboundedFollowing is the end of the window.
func UnboundedFollowing() Bound { return Bound{Kind: BoundUnboundedFollowing} }

// CurrentRow is the row that the function is computed for.
func CurrentRow() Bound { return Bound{Kind: BoundCurrentRow} }

// Preceding is n before the current row. An n below zero is refused when the
// statement is compiled.
func Preceding(n int) Bound { return Bound{BoundPreceding, FrameCount(n)} }

// Following is n after the current row.
func Following(n int) Bound { return Bound{BoundFollowing, FrameCount(n)} }

// PrecedingBy is the distance x before the current row, such as an interval.
func PrecedingBy(x Expression) Bound { return Bound{BoundPreceding, Unwrap(x)} }

// FollowingBy is the distance x after the current row.
func FollowingBy(x Expression) Bound { return Bound{BoundFollowing, Unwrap(x)} }

// FrameCount is a number of rows in a frame. It is part of the text: products
// take no parameter there.
type FrameCount int

// SQLType implements Expression.
func (FrameCount) SQLType() sqltype.Type { return countCodec.Type }

// AppendKey implements Node.
func (n FrameCount) AppendKey(k *Key) {
	if n < 0 {
		k.Fail(errFrameCount)
	}
	k.Tag(tagWindow)
	k.Int(int(n))
}

// WindowParts are the parts of a Window.
type WindowParts struct {
	Base        string // "": none
	PartitionBy []Expression
	OrderBy     []Order
	Frame       *Frame // nil: none
}

// Parts returns the parts, which must not be changed.
func (w Window) Parts() WindowParts {
	return WindowParts{Base: w.base, PartitionBy: w.partition, OrderBy: w.orderBy, Frame: w.frame}
}

func (w Window) appendKey(k *Key) {
	k.String(w.base)
	keyNodes(k, w.partition)
	keyNodes(k, w.orderBy)
	k.Bool(w.frame != nil)
	if f := w.frame; f != nil {
		k.Tag(byte(f.Unit))
		k.Tag(byte(f.Exclude))
		for _, b := range []Bound{f.From, f.To} {
			k.Tag(byte(b.Kind))
			k.Node(b.N)
		}
	}
}

// Over is a function computed over a window.
type Over struct {
	X      Expression // a *Func
	Window Window
}

// SQLType implements Expression.
func (e *Over) SQLType() sqltype.Type { return e.X.SQLType() }

// AppendKey implements Node.
func (e *Over) AppendKey(k *Key) {
	k.Tag(tagOver)
	k.Node(e.X)
	e.Window.appendKey(k)
}

//go:noinline
func over(call Expression, w []Window) Expression {
	o := &Over{X: call}
	if len(w) > 0 {
		o.Window = w[0]
	}
	return o
}

// Over computes the function s over a window, without one over all rows.
//
//go:noinline
func (s Scalar[T]) Over(w ...Window) Scalar[T] { return NewScalar[T](over(s.Unwrap(), w), s.c) }

// Over computes the function s over a window, without one over all rows.
//
//go:noinline
func (s Ordered[T]) Over(w ...Window) Ordered[T] {
	return Ordered[T]{NewScalar[T](over(s.Unwrap(), w), s.c)}
}

// Over computes the function s over a window, without one over all rows.
//
//go:noinline
func (s Num[T]) Over(w ...Window) Num[T] {
	return Num[T]{Ordered[T]{NewScalar[T](over(s.Unwrap(), w), s.c)}}
}

// Over computes the function s over a window, without one over all rows.
//
//go:noinline
func (s TextOf[T]) Over(w ...Window) TextOf[T] {
	return TextOf[T]{Ordered[T]{NewScalar[T](over(s.Unwrap(), w), s.c)}}
}
