// Package compile writes statements and DDL as SQL text with places for their
// values, under the rules of a dialect.
//
// It knows the nodes of expr and schema, and no product: each difference
// between products is a slot of Rules, whose defaults, Base, follow standard
// SQL. It knows no connections.
package compile

import (
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TupleSupport says where rows may be compared as a whole.
type TupleSupport uint8

// Where rows may be compared as a whole.
const (
	TuplesEverywhere TupleSupport = iota // (a, b) < (1, 2)
	TuplesInLists                        // (a, b) IN ((1, 2))
	NoTuples
)

// Rules are how one product, in one version and mode, writes SQL. A dialect
// starts with Base and changes the slots in which it differs. A slot that is
// nil says that the product does not have the construct: compiling it is an
// *UnsupportedError.
type Rules struct {
	// Dialect is the product's name, for messages and for constructs that
	// belong to one product.
	Dialect string
	// Parent is the product from which this one is derived, "" for none: the
	// types that a program names for Parent are this one's, too.
	Parent string

	// Schemas are the schemas that are written in the place of those that tables
	// and sequences were declared with, "" for none; nil for as they were.
	Schemas map[string]string

	// Identifiers says how names are quoted and how long they may be.
	Identifiers Identifiers
	// Placeholder writes the place of the n-th value, counted from 1.
	Placeholder func(buf []byte, n int) []byte
	// ReusesPlaceholders says that a value that is used twice may be sent once
	// ($1 … $1).
	ReusesPlaceholders bool
	// RepeatsPlaceholders says that a value that is used twice has the same
	// placeholder at both places and is sent for each: that makes one expression
	// of the two, as GROUP BY asks for, though the product counts the places. In
	// a statement of raw SQL, which may be a block that counts the names, each
	// place has its own.
	RepeatsPlaceholders bool
	// MaxParameters is how many values one statement can carry.
	MaxParameters int
	// MaxRows is how many rows VALUES can have; 0: any number.
	MaxRows int

	// Stored returns the type that a column of t has where the product lacks t,
	// and how values get there and back; t and nil where it has t. Base keeps
	// intervals as numbers of microseconds.
	Stored func(t sqltype.Type) (sqltype.Type, *sqltype.Conversion)
	// TypeName names a type in DDL and CAST, or says why the product does not
	// have it.
	TypeName func(t sqltype.Type) (string, error)
	// CastName names a type in CAST where that differs from TypeName.
	CastName func(t sqltype.Type) (string, error)
	// BindCast names the type that a bound value has to be cast to where the
	// product can't tell it by itself; "" for none. Nil: never.
	BindCast func(t sqltype.Type) string
	// LiteralCast names the type that a literal within a statement has to be cast
	// to where its form says another; "" for none. Nil: never.
	LiteralCast func(t sqltype.Type) string
	// Literal writes a value as text, for DDL defaults alone.
	Literal func(v sqltype.Value, t sqltype.Type) (string, error)

	// Operators overrides how an operator is written; the default is the
	// standard's. An entry that is nil refuses the operator.
	Operators map[expr.Op]func(c *Compiler, e expr.Expression)
	// Expr says how expressions are written that differ in more than an operator.
	Expr ExprRules
	// Functions renames functions; an empty name refuses one.
	Functions map[string]string
	// True and False are the constants.
	True, False string
	// NoBooleans says that a condition is no value and a truth value no
	// condition: the one is written as a CASE that gives 1 or 0, the other is
	// compared with 1.
	NoBooleans bool

	// Tuples says where rows may be compared as a whole; elsewhere each of their
	// values is.
	Tuples TupleSupport

	// Limit writes LIMIT and OFFSET, of which p has at least one.
	Limit func(c *Compiler, p expr.Parts)
	// BeforeColumns writes what stands between SELECT and its columns, besides
	// DISTINCT: a TOP (n). Nil: nothing does.
	BeforeColumns func(c *Compiler, p expr.Parts)
	// NoSource is the FROM of a SELECT that selects from nothing, " FROM DUAL";
	// "" where it may be left out.
	NoSource string
	// OtherDatabases says how the place of a schema may name another database.
	OtherDatabases DatabaseNames
	// AliasWord is written before the alias of a table.
	AliasWord string
	// NullsOrder says that NULLS FIRST and NULLS LAST are understood; where
	// not, they are written as a CASE before the term.
	NullsOrder bool
	// Lock writes FOR UPDATE and its kin.
	Lock func(c *Compiler, l expr.Lock)
	// FullJoin says that FULL JOIN is understood.
	FullJoin bool

	// DML says how statements that change rows are written.
	DML DMLRules
	// Query says how queries are written beside their plain clauses.
	Query QueryRules
	// Conflict says what becomes of rows that violate a unique key.
	Conflict ConflictRules
	// Returning says which statements have RETURNING.
	Returning ReturningSupport
	// Around writes what has to stand before and after a statement that changes
	// rows, and calls write for the statement itself. Nil: nothing has to.
	Around func(c *Compiler, w Write, write func())
	// Merge is how MERGE is written; nil where the product has none.
	Merge *MergeRules
	// MergeInsert says that a MERGE that only inserts returns values of its
	// source, and so says which row got which values.
	MergeInsert bool
	// DefaultRow is how an INSERT of nothing but defaults is written after the
	// table's name: "DEFAULT VALUES" or "() VALUES ()"; "" where one column has
	// to be named and given its DEFAULT.
	DefaultRow string
	// DefaultInValues says that DEFAULT may stand in VALUES.
	DefaultInValues bool
	// Overriding writes, between columns and VALUES, what lets an INSERT give a
	// column that is GENERATED ALWAYS a value. Nil: nothing does.
	Overriding func(c *Compiler)
	// NextValue writes the next value of a sequence.
	NextValue func(c *Compiler, s *schema.Sequence)

	// ArrayCast names the array type in which an ArrayInsert carries the values
	// of a column: without a length, which a cast would cut values to. Nil where
	// a statement can't take its rows as arrays.
	ArrayCast func(t sqltype.Type) (string, error)

	// CopyRows ends a CopyInsert, after the columns; "" where a database takes
	// no rows but as parameters.
	CopyRows string

	// DDL says how schema elements are written.
	DDL DDLRules
}

// DDLRules are how one product writes DDL.
type DDLRules struct {
	// Column writes what follows the column's name: type, NULL, DEFAULT,
	// IDENTITY, COMMENT. The default writes the standard's.
	Column func(d *DDL, col *schema.Column)
	// Computed says how computed columns are written.
	Computed ComputedRules
	// InlineComments says that a column's comment is part of its declaration.
	InlineComments bool
	// Selected says how views and tables that are made by queries are written.
	Selected SelectedRules
	// Temporary is the word before TABLE for a table of the connection; "" where
	// there is none.
	Temporary string
	// TablePrefix returns what stands before TABLE by the options of the table,
	// with a blank behind it. Nil: nothing does.
	TablePrefix func(t *schema.Table) string
	// PrimaryKeyInline says whether the column itself declares the primary
	// key, so that the table's constraint is left out.
	PrimaryKeyInline func(t *schema.Table) bool
	// TableOptions writes what follows the closing parenthesis.
	TableOptions func(d *DDL, t *schema.Table)
	// IdentityOptions writes the options of a sequence or identity.
	IdentityOptions func(d *DDL, o *schema.SequenceOptions)
	// Sequences says that CREATE SEQUENCE is understood.
	Sequences bool
	// CompleteSequence returns the options of a sequence as CREATE SEQUENCE has
	// them, for products whose own defaults are not the standard's: Complete, or
	// more. t is the type of the values, nil where it is not known. Nil: as they
	// are given.
	CompleteSequence func(o schema.SequenceOptions, t sqltype.Type) schema.SequenceOptions
	// SequenceType says that CREATE SEQUENCE takes AS with an integer type.
	SequenceType bool
	// SequenceOwner says that ALTER SEQUENCE … OWNED BY is understood.
	SequenceOwner bool
	// KeyOrder returns the columns of a table's primary key in the order in
	// which they are written; nil: as they were declared.
	KeyOrder func(t *schema.Table) []*schema.Column
	// EnumTypes says that enumerations are types of their own.
	EnumTypes bool
	// EnumInType says that TypeName limits an enumeration to its labels, so that
	// no CHECK has to.
	EnumInType bool
	// AlterForeignKey says that foreign keys, and other constraints, can be added
	// to a table that is there.
	AlterForeignKey bool
	// ForwardReferences says that a foreign key may name a table that does not
	// exist yet, so that no cycle has to be broken.
	ForwardReferences bool
	// DropCycle are statements that, in the transaction that drops them, let the
	// tables of a cycle go one after the other though their rows reference each
	// other. They are for products with ForwardReferences, which break no cycle.
	DropCycle []string
	// BareReferences says that REFERENCES and the table of CREATE INDEX name a
	// table without its schema, which is that of the statement's own table or
	// index.
	BareReferences bool
	// NoRestrict says that RESTRICT is no word, and what a foreign key does that
	// says nothing.
	NoRestrict bool
	// Deferrable says that DEFERRABLE is understood.
	Deferrable bool
	// DeferrableUnique says that UNIQUE may be DEFERRABLE.
	DeferrableUnique bool
	// NullsNotDistinct says that UNIQUE NULLS NOT DISTINCT is understood.
	NullsNotDistinct bool
	// Match says that MATCH FULL is understood and obeyed.
	Match bool
	// KeyWords are the product's words before and after the columns of a primary
	// key or UNIQUE, by the options of these; after begins with its own blank.
	// Nil: there are none.
	KeyWords func(c schema.Constraint, options map[string]string) (before, after string, err error)
	// IfNotExists and IfExists are the objects whose CREATE and DROP take these
	// words.
	IfNotExists, IfExists Objects
	// Guard writes what stands before a CREATE so that it is passed over where
	// the object is there, for products without IF NOT EXISTS, and reports
	// whether there is such a thing. Nil: there is not.
	Guard func(d *DDL, o Object) bool
	// Cascade is how the DROP of an object says that what depends on it goes
	// too, with the blank before it.
	Cascade map[Objects]string
	// Schemas says that CREATE SCHEMA is understood.
	Schemas bool
	// SchemaTakesAll says that DROP SCHEMA drops what the schema holds without a
	// word.
	SchemaTakesAll bool
	// CommentOn says that comments are statements of their own; where not,
	// Column and TableOptions write them or the product has none.
	CommentOn bool
	// CommentOnConstraint says that constraints have comments too.
	CommentOnConstraint bool
	// NoComment is what stands for a comment that is taken away: NULL or ''.
	NoComment string
	// SetComment writes the statement that gives a table or a column a comment,
	// where that is not COMMENT ON.
	SetComment func(d *DDL, e schema.SetComment)
	// PartialIndex and ExpressionIndex say that an index may have a WHERE, and
	// be over expressions.
	PartialIndex, ExpressionIndex bool
	// IndexNulls says that NULLS FIRST and LAST may stand in an index.
	IndexNulls bool
	// IndexInclude says that INCLUDE may stand in an index.
	IndexInclude bool
	// Index returns what the options of an index add to CREATE INDEX. Nil: there
	// are none.
	Index func(ix *schema.Index) (IndexWords, error)
	// DropIndexOn says that DROP INDEX names the table.
	DropIndexOn bool
	// DropPrimaryKey says that a primary key is dropped without its name.
	DropPrimaryKey bool
	// DropForeignKey is the words before the constraint's name in ALTER TABLE.
	DropForeignKey string
	// Check refuses a table that the product can't hold as it is declared: a
	// generator that it can't honour, a type without a length. It is called
	// before anything is created.
	Check func(t *schema.Table) error
	// After returns statements that follow CREATE TABLE, such as those that
	// set where a generator starts.
	After func(t *schema.Table) ([]string, error)
}

// UnsupportedError says that a product does not have a construct.
type UnsupportedError struct {
	Construct string
	Dialect   string
	Instead   string // what to do instead, or ""
}

// Error names the construct, the product and the way out.
func (e *UnsupportedError) Error() string {
	s := fmt.Sprintf("compile: %s does not have %s", e.Dialect, e.Construct)
	if e.Instead != "" {
		s += "; " + e.Instead
	}
	return s
}

// Renderer is a node that writes itself: a construct of one product.
type Renderer interface {
	expr.Node
	Render(c *Compiler)
}

// DatabaseNames says how the place of a table's schema may name another
// database.
type DatabaseNames uint8

// How other databases are named.
const (
	NoOtherDatabases DatabaseNames = iota
	// DatabaseBefore: "a.b" is the schema b of the database a.
	DatabaseBefore
	// DatabaseLink: "b@a" is the schema b behind the link a, and "@a" the schema
	// of the user of the link.
	DatabaseLink
)
