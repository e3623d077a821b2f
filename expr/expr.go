// Package expr is the expression language: immutable nodes, typed expressions
// and statements.
//
// It knows SQL's structure but no SQL text and no schema: how a node is
// written is said by package compile under a dialect's rules. Every method
// that changes a statement or an expression returns a changed copy, so that
// two statements made from one base never touch each other.
//
// A construct that only one product has lives in that product's dialect
// package as a Node that renders itself (see compile.Renderer).
package expr

import "github.com/alkahest-go/alkahest/sqltype"

// Node is any part of a statement.
type Node interface {
	// AppendKey writes the node's structure to k: everything that its SQL text
	// depends on, and its bound values through Key.Bind, so that two nodes with
	// the same key have the same text and the same number of values.
	AppendKey(k *Key)
}

// Expression is a node that has a value.
type Expression interface {
	Node
	// SQLType is the type of the value, or sqltype.Null{} where it is unknown.
	SQLType() sqltype.Type
}

// Source is what a statement selects from, and what its columns belong to: a
// table, an alias, a join, a subquery.
type Source interface {
	Node
	// Provides reports whether the columns of s can be used where this source
	// is in FROM. A table provides itself; a join provides what its sides do.
	Provides(s Source) bool
}

// Statement is a complete statement.
type Statement interface {
	Node
	// Verb is the statement's kind.
	Verb() Verb
}

// Verb is the kind of a statement.
type Verb uint8

// The kinds of statement.
const (
	VerbSelect Verb = iota
	VerbInsert
	VerbUpdate
	VerbDelete
	VerbText // raw text, of which nothing is known
	VerbMerge
)

// Column is a reference to a column of a source.
type Column struct {
	From  Source
	Name  string
	Codec *sqltype.Codec
}

// SQLType implements Expression.
func (c *Column) SQLType() sqltype.Type {
	if c.Codec == nil {
		return sqltype.Null{}
	}
	return c.Codec.Type
}

// AppendKey implements Node.
func (c *Column) AppendKey(k *Key) {
	k.Tag(tagColumn)
	k.Node(c.From)
	k.String(c.Name)
}

// Invalid is an expression that could not be made. Compiling a statement that
// holds it returns its error, before anything is sent.
type Invalid struct{ Err error }

// SQLType implements Expression.
func (Invalid) SQLType() sqltype.Type { return sqltype.Null{} }

// AppendKey implements Node.
func (e Invalid) AppendKey(k *Key) { k.Fail(e.Err) }
