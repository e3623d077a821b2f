package dialect

import (
	"context"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Reflector is a Dialect that can read how the tables of a database are made.
// A schemaName of "" is the current schema of the connection, and what is in it
// is told without a schema. What is not there is left out of an answer.
type Reflector interface {
	// Schemas returns the names of the schemas, but for those of the product
	// itself, and which of them is current.
	Schemas(ctx context.Context, q Querier) (names []string, current string, err error)
	// Relations lists the tables and views of a schema, by name. Temporary ones
	// are not among them.
	Relations(ctx context.Context, q Querier, schemaName string) ([]Relation, error)
	// Temporary lists the temporary tables and views of the connection.
	Temporary(ctx context.Context, q Querier) ([]Relation, error)
	// ReflectSequences describes the sequences of a schema, by name.
	ReflectSequences(ctx context.Context, q Querier, c Capabilities, schemaName string) ([]ReflectedSequence, error)
	// Reflect describes the tables and views of these names, those of all names
	// where there are none, in a few queries. A temporary one comes in the place of
	// the one that it hides, and only where it is named.
	Reflect(ctx context.Context, q Querier, c Capabilities, schemaName string, names []string) ([]*ReflectedTable, error)
}

// RelationKind is what stands under a name from which rows are read.
type RelationKind string

// The kinds of relations.
const (
	RelationTable            RelationKind = "table"
	RelationView             RelationKind = "view"
	RelationMaterializedView RelationKind = "materialized view"
	RelationForeignTable     RelationKind = "foreign table" // its rows are in another database
	RelationVirtualTable     RelationKind = "virtual table" // its rows are made by a module of SQLite
)

// Relation is the name of a table or view.
type Relation struct {
	Schema, Name string
	Kind         RelationKind
	Temporary    bool
}

// ReflectedTable is a table or view as the database has it.
type ReflectedTable struct {
	Relation
	Comment string
	// Options are those of schema.TableOption.
	Options map[string]string
	Columns []ReflectedColumn
	// PrimaryKey is nil where there is none.
	PrimaryKey  *ReflectedKey
	Uniques     []ReflectedKey
	ForeignKeys []ReflectedForeignKey
	Checks      []ReflectedCheck
	Indexes     []ReflectedIndex
	// Constraints are those that the product alone has.
	Constraints []ReflectedConstraint
	// Definition is the SELECT of a view, and Check what it says of rows that are
	// written through it.
	Definition string
	Check      schema.CheckOption
	// Beyond says in words what the table has and the rest does not tell, such as
	// that it is a partition of another. What a table is beside its structure is not
	// told: its rows, privileges, triggers, where its generators stand.
	Beyond []string
}

// ReflectedColumn is a column as the database has it.
type ReflectedColumn struct {
	Name string
	// SQL is the type in the database's words.
	SQL string
	// Type is the library's type of these words. Where it has none, that is one
	// which is called by the words themselves, and Unknown is set.
	Type     sqltype.Type
	Unknown  bool
	Nullable bool
	// Default is SQL, "" for none; also where it draws from Sequence.
	Default  string
	Sequence *ReflectedSequence // from which the default draws
	Identity *ReflectedIdentity
	// Generated says that the database numbers the rows in this column, by
	// AUTO_INCREMENT or as SQLite's rowid.
	Generated bool
	// Computed is SQL, "" for a column that is not computed.
	Computed string
	Storage  schema.Storage
	Comment  string
	// Options are those of schema.ColumnOption.
	Options map[string]string
	// FetchedOnUpdate says that an UPDATE of the row changes the column.
	FetchedOnUpdate bool
}

// ReflectedSequence is a sequence as the database has it.
type ReflectedSequence struct {
	Schema, Name string
	// Type is that of the values, nil where sequences have none.
	Type                       sqltype.Type
	Start, Increment, Min, Max int64
	Cache                      int64 // 0 where sequences have none
	Cycle                      bool
	OwnerTable, OwnerColumn    string // whose sequence it is, in the same schema
	Carried                    bool   // by the library's own table
}

// ReflectedIdentity is GENERATED … AS IDENTITY as the database has it.
type ReflectedIdentity struct {
	Always                            bool
	Start, Increment, Min, Max, Cache int64
	Cycle                             bool
}

// ReflectedKey is a primary key or UNIQUE as the database has it.
type ReflectedKey struct {
	Name                 string // "" for one without a name
	Columns              []string
	NullsNotDistinct     bool
	Deferrable, Deferred bool
	Comment              string
	Options              map[string]string
}

// ReflectedForeignKey is a foreign key as the database has it.
type ReflectedForeignKey struct {
	Name                 string
	Columns              []string
	RefSchema, RefTable  string
	RefColumns           []string
	OnDelete, OnUpdate   schema.Action
	Match                schema.Match
	Deferrable, Deferred bool
	Comment              string
}

// ReflectedCheck is CHECK as the database has it.
type ReflectedCheck struct {
	Name, Condition, Comment string
}

// ReflectedIndex is an index as the database has it. Those of the primary key
// and of UNIQUE constraints are told with them.
type ReflectedIndex struct {
	Name             string
	Unique           bool
	Terms            []ReflectedTerm
	Include          []string
	Where            string // SQL; "" for all rows
	NullsNotDistinct bool
	Options          map[string]string
	// Implied says that the database makes the index by itself for a foreign key.
	Implied bool
	Comment string
}

// ReflectedTerm is what an index orders by: a column or an expression.
type ReflectedTerm struct {
	Column, Expression    string
	Descending            bool
	NullsFirst, NullsLast bool // where that is not what the direction says anyway
}

// ReflectedConstraint is a constraint of one product.
type ReflectedConstraint struct {
	Name, Definition string
	// Constraint makes it again.
	Constraint schema.Constraint
}
