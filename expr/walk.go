package expr

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	errJoinWithoutFrom = errors.New("expr: a join needs something on its left: call From first")
	errUndeclared      = errors.New("expr: a column is used that was not declared, or whose model has errors; see Base.Check")
	errRowShape        = errors.New("expr: every row of an INSERT must set the same columns, in the same order")
	errRowsAndSelect   = errors.New("expr: an INSERT takes rows of values or those of a SELECT, not both")
)

// rowCount binds a count of rows.
func rowCount(clause string, n int) Expression {
	if n < 0 {
		return Invalid{rowsBelowZero(clause, int64(n))}
	}
	return &Bind{Value: sqltype.Int64Value(int64(n)), Type: countCodec.Type, Codec: countCodec}
}

func rowsBelowZero(clause string, n int64) error {
	return fmt.Errorf("expr: %s %d is below zero; leave the clause out for no limit", clause, n)
}

// rows writes LIMIT or OFFSET, whose value may be that of a parameter: one
// below zero means no limit to one product, and is an error to others.
func (k *Key) rows(clause string, n Expression) {
	k.Node(n)
	b, _ := n.(*Bind)
	if p, ok := n.(*Blank); ok {
		b = k.Filled(p)
	}
	if b != nil && b.Value.Kind() == sqltype.KindInt64 && b.Value.Int64() < 0 {
		k.Fail(rowsBelowZero(clause, b.Value.Int64()))
	}
}

// Parent is a node of another package that has expressions within it, so that
// the columns that it uses are known.
type Parent interface {
	Children() []Expression
}

// Children returns the expressions directly within x, not going into
// subqueries, whose columns belong to their own FROM.
func Children(x Expression) []Expression {
	switch x := Unwrap(x).(type) {
	case *Unary:
		return []Expression{x.X}
	case *Binary:
		return []Expression{x.L, x.R}
	case *Variadic:
		return x.Xs
	case *In:
		return append([]Expression{x.X}, x.List...)
	case *Between:
		return []Expression{x.X, x.Low, x.High}
	case *Case:
		return caseChildren(x)
	case *Cast:
		return []Expression{x.X}
	case *Func:
		return x.Aggregate.children(x.Args)
	case *Over:
		return ordered(append([]Expression{x.X}, x.Window.partition...), x.Window.orderBy)
	case *Tuple:
		return x.Xs
	case *Label:
		return []Expression{x.X}
	case *Text:
		return x.args
	case Parent:
		return x.Children()
	}
	return nil
}

func caseChildren(x *Case) []Expression {
	var out []Expression
	if x.Of != nil {
		out = append(out, x.Of)
	}
	for _, w := range x.Whens {
		out = append(out, w.If, w.Then)
	}
	if x.Else != nil {
		out = append(out, x.Else)
	}
	return out
}

func appendSources(from []Source, x Expression) []Source {
	if c, ok := Unwrap(x).(*Column); ok {
		for _, f := range from {
			if f.Provides(c.From) {
				return from
			}
		}
		return append(from, c.From)
	}
	for _, y := range Children(x) {
		from = appendSources(from, y)
	}
	return from
}
