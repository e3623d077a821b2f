package schema

// Element is a statement of DDL, or several that belong together. A package
// that adds one of its own embeds CustomElement and implements
// compile.ElementRenderer.
type Element interface{ ddl() }

// CustomElement is embedded in elements of other packages.
type CustomElement struct{}

func (CustomElement) ddl() {}

// CreateTable is CREATE TABLE with its columns, keys, unique and check
// constraints, and the foreign keys that are not left out.
type CreateTable struct {
	Table *Table
	// Without are foreign keys to be added later, because they close a cycle.
	Without []*ForeignKeyConstraint
	// IfNotExists leaves a table that is there as it is.
	IfNotExists bool
}

// DropTable is DROP TABLE.
type DropTable struct {
	Table    *Table
	IfExists bool
	// Cascade drops what depends on the table as well.
	Cascade bool
}

// CreateIndex is CREATE INDEX.
type CreateIndex struct {
	Index       *Index
	IfNotExists bool
}

// DropIndex is DROP INDEX.
type DropIndex struct {
	Index    *Index
	IfExists bool
}

// CreateSchema is CREATE SCHEMA.
type CreateSchema struct {
	Name        string
	IfNotExists bool
}

// DropSchema is DROP SCHEMA. Without Cascade a schema that holds anything is
// refused.
type DropSchema struct {
	Name              string
	IfExists, Cascade bool
}

// CreateSequence is CREATE SEQUENCE. Column is the column that the sequence
// fills, or nil.
type CreateSequence struct {
	Sequence    *Sequence
	Column      *Column
	IfNotExists bool
}

// OwnSequence is ALTER SEQUENCE … OWNED BY the sequence's Owner, which must be
// resolved.
type OwnSequence struct{ Sequence *Sequence }

// DropSequence is DROP SEQUENCE.
type DropSequence struct {
	Sequence          *Sequence
	IfExists, Cascade bool
}

// CreateEnum is CREATE TYPE … AS ENUM, where enumerations are types.
type CreateEnum struct{ Column *Column }

// DropEnum is DROP TYPE.
type DropEnum struct {
	Column            *Column
	IfExists, Cascade bool
}

// AddForeignKey is ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY.
type AddForeignKey struct{ ForeignKey *ForeignKeyConstraint }

// DropForeignKey is ALTER TABLE … DROP CONSTRAINT.
type DropForeignKey struct{ ForeignKey *ForeignKeyConstraint }

// AddConstraint is ALTER TABLE … ADD CONSTRAINT.
type AddConstraint struct {
	Table      *Table
	Constraint Constraint
}

// DropConstraint is ALTER TABLE … DROP CONSTRAINT. The constraint must have a
// name, but for a primary key where the database knows that by itself.
type DropConstraint struct {
	Table             *Table
	Constraint        Constraint
	IfExists, Cascade bool
}

// SetComment gives a table the comment that it has in the model, or one of its
// columns or constraints where that is not nil. Without a comment in the model
// the database's is taken away.
type SetComment struct {
	Table      *Table
	Column     *Column
	Constraint Constraint
}

func (CreateSchema) ddl()   {}
func (DropSchema) ddl()     {}
func (AddConstraint) ddl()  {}
func (DropConstraint) ddl() {}
func (CreateTable) ddl()    {}
func (DropTable) ddl()      {}
func (CreateIndex) ddl()    {}
func (DropIndex) ddl()      {}
func (CreateSequence) ddl() {}
func (OwnSequence) ddl()    {}
func (DropSequence) ddl()   {}
func (CreateEnum) ddl()     {}
func (DropEnum) ddl()       {}
func (AddForeignKey) ddl()  {}
func (DropForeignKey) ddl() {}
func (SetComment) ddl()     {}
