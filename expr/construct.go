package expr

import (
	"maps"
	"slices"

	"github.com/alkahest-go/alkahest/sqltype"
)

// When is one branch of a Case.
type When struct {
	If   Expression
	Then Expression
}

// Case is CASE WHEN … THEN … ELSE … END, or, with Of, CASE Of WHEN … THEN …,
// which compares Of with the value of each branch.
type Case struct {
	Of    Expression // nil: the branches are conditions
	Whens []When
	Else  Expression // nil: NULL
}

// SQLType implements Expression.
func (e *Case) SQLType() sqltype.Type {
	if len(e.Whens) == 0 {
		return sqltype.Null{}
	}
	return e.Whens[0].Then.SQLType()
}

// AppendKey implements Node.
func (e *Case) AppendKey(k *Key) {
	k.Tag(tagCase)
	k.Node(e.Of)
	k.Int(len(e.Whens))
	for _, w := range e.Whens {
		k.Node(w.If)
		k.Node(w.Then)
	}
	k.Node(e.Else)
}

// Cast is CAST(X AS Type).
type Cast struct {
	X    Expression
	Type sqltype.Type
	// Try says that a value which can't be converted gives NULL.
	Try bool
}

// SQLType implements Expression.
func (e *Cast) SQLType() sqltype.Type { return e.Type }

// AppendKey implements Node.
func (e *Cast) AppendKey(k *Key) {
	k.Tag(tagCast)
	k.Bool(e.Try)
	k.String(e.Type.String())
	k.Node(e.X)
}

// Func is a call of a function. Name is written as it is, and must be an
// identifier; compile refuses another.
type Func struct {
	Name string
	// Names are those of products that have another one; "" is for one that has
	// not the function.
	Names    map[string]string
	Args     []Expression
	Distinct bool
	Type     sqltype.Type
	// Aggregate are the clauses that an aggregate may have; nil for none.
	Aggregate *Aggregate
	// Window says that the function has no value without OVER.
	Window bool
}

// SQLType implements Expression.
func (e *Func) SQLType() sqltype.Type {
	if e.Type == nil {
		return sqltype.Null{}
	}
	return e.Type
}

// keyNames notes names by product, in an order.
func keyNames(k *Key, names map[string]string) {
	k.Int(len(names))
	for _, product := range slices.Sorted(maps.Keys(names)) {
		k.String(product)
		k.String(names[product])
	}
}

// AppendKey implements Node.
func (e *Func) AppendKey(k *Key) {
	k.Tag(tagFunc)
	k.String(e.Name)
	keyNames(k, e.Names)
	k.Bool(e.Distinct)
	keyNodes(k, e.Args)
	k.Bool(e.Aggregate != nil)
	if e.Aggregate != nil {
		e.Aggregate.appendKey(k)
	}
}

// Tuple is (a, b, …).
type Tuple struct{ Xs []Expression }

// SQLType implements Expression.
func (e *Tuple) SQLType() sqltype.Type { return sqltype.Null{} }

// AppendKey implements Node.
func (e *Tuple) AppendKey(k *Key) {
	k.Tag(tagTuple)
	keyNodes(k, e.Xs)
}

// Subquery is a query used as a value, or, with Exists, EXISTS (SELECT).
type Subquery struct {
	Select Query
	Exists bool
}

// SQLType implements Expression.
func (e *Subquery) SQLType() sqltype.Type {
	if e.Exists {
		return sqltype.Boolean{}
	}
	if columns := e.Select.Output(); len(columns) == 1 {
		return columns[0].SQLType()
	}
	return sqltype.Null{}
}

// AppendKey implements Node.
func (e *Subquery) AppendKey(k *Key) {
	k.Tag(tagScalar)
	k.Bool(e.Exists)
	k.Node(e.Select)
}

// Label names a column of a result.
type Label struct {
	X    Expression
	Name string
}

// SQLType implements Expression.
func (e *Label) SQLType() sqltype.Type { return e.X.SQLType() }

// AppendKey implements Node.
func (e *Label) AppendKey(k *Key) {
	k.Tag(tagLabel)
	k.String(e.Name)
	k.Node(e.X)
}

// Nulls says where NULLs stand in an order.
type Nulls uint8

// Where NULLs stand.
const (
	NullsDefault Nulls = iota // as the database has it
	NullsFirst
	NullsLast
)

// Order is one term of ORDER BY.
type Order struct {
	X     Expression
	Desc  bool
	Nulls Nulls
}

// AppendKey implements Node.
func (o Order) AppendKey(k *Key) {
	k.Tag(tagOrder)
	k.Bool(o.Desc)
	k.Tag(byte(o.Nulls))
	k.Node(o.X)
}

// keyOrders writes the terms without making each a Node, which would be a piece
// of memory.
func keyOrders(k *Key, list []Order) {
	k.Int(len(list))
	for i := range list {
		list[i].AppendKey(k)
	}
}

// First returns the order with NULLs first.
func (o Order) First() Order { o.Nulls = NullsFirst; return o }

// Last returns the order with NULLs last.
func (o Order) Last() Order { o.Nulls = NullsLast; return o }

// Sequence is what NextValue draws from; *schema.Sequence implements it.
type Sequence interface{ Node }

// NextValue is the next value of a sequence.
type NextValue struct {
	Sequence Sequence
	Type     sqltype.Type
}

// SQLType implements Expression.
func (e *NextValue) SQLType() sqltype.Type { return e.Type }

// AppendKey implements Node.
func (e *NextValue) AppendKey(k *Key) {
	k.Tag(tagNext)
	k.Node(e.Sequence)
}
