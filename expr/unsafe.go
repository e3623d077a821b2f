package expr

import (
	"fmt"

	"github.com/alkahest-go/alkahest/sqltype"
)

// UnsafeSQL is SQL for text that is not a constant of the program. Whoever can
// change the text can do anything in the database: nothing that came from
// outside must be part of it, not even with its quotes doubled.
func UnsafeSQL(text string, args ...Arg) *Text { return SQL(constant(text), args...) }

// VerbatimSQL is SQL that a database itself has written, such as a default that
// its catalog tells: nothing in it is a place for a value, whatever it looks
// like. What is said of UnsafeSQL holds here as well.
func VerbatimSQL(text string) *Text { return &Text{pieces: []string{text}} }

// NamedList gives the place :name of a raw text a list, for IN :name or IN
// (:name). Of no values it is (NULL), which nothing is in.
func NamedList[T any](name string, vs ...T) Arg {
	list := &Tuple{}
	for _, v := range vs {
		list.Xs = append(list.Xs, Unwrap(Value(v)))
	}
	if len(list.Xs) == 0 {
		list.Xs = []Expression{NULL}
	}
	return Arg{name: name, x: &rawList{list}}
}

// Items is a list in parentheses that is no row.
type Items interface {
	Special
	// Items returns the values.
	Items() []Expression
}

// rawList is a list of raw SQL, which is no row.
type rawList struct{ list *Tuple }

// SQLType implements Expression.
func (e *rawList) SQLType() sqltype.Type { return sqltype.Null{} }

// AppendKey implements Node.
func (e *rawList) AppendKey(k *Key) { k.Node(e.list) }

// Children implements Parent.
func (e *rawList) Children() []Expression { return e.list.Xs }

// Items returns the values.
func (e *rawList) Items() []Expression { return e.list.Xs }

func (e *rawList) special() {}

// Out is a value that a procedure returns through a parameter.
type Out struct{ Type sqltype.Type }

// NamedOut gives the place :name of a raw text a parameter that the server sets.
// Products that have no such parameters refuse it.
func NamedOut(name string, t sqltype.Type) Arg {
	if t == nil {
		return Arg{name: name, x: Invalid{fmt.Errorf("expr: the OUT parameter :%s needs a type", name)}}
	}
	return Arg{name: name, x: &Out{t}}
}

// SQLType implements Expression.
func (e *Out) SQLType() sqltype.Type { return e.Type }

// AppendKey implements Node.
func (e *Out) AppendKey(k *Key) {
	k.Tag(tagOut)
	k.String(e.Type.String())
}

// Children implements Parent.
func (e *Out) Children() []Expression { return nil }

func (e *Out) special() {}
