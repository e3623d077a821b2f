package schema

// Element is a statement of DDL.
type Element interface{ ddl() }

// CreateTable is CREATE TABLE with its columns, keys, unique and check
// constraints, and the foreign keys that are not left out.
type CreateTable struct {
	Table *Table
	// Without are foreign keys to be added later, because they close a cycle.
	Without []*ForeignKeyConstraint
}

// DropTable is DROP TABLE.
type DropTable struct{ Table *Table }

// CreateIndex is CREATE INDEX.
type CreateIndex struct{ Index *Index }

// DropIndex is DROP INDEX.
type DropIndex struct{ Index *Index }

// CreateSequence is CREATE SEQUENCE. Column is the column that the sequence
// fills, or nil.
type CreateSequence struct {
	Sequence *Sequence
	Column   *Column
}

// OwnSequence is ALTER SEQUENCE … OWNED BY the sequence's Owner, which must be
// resolved.
type OwnSequence struct{ Sequence *Sequence }

// DropSequence is DROP SEQUENCE.
type DropSequence struct{ Sequence *Sequence }

// CreateEnum is CREATE TYPE … AS ENUM, where enumerations are types.
type CreateEnum struct{ Column *Column }

// DropEnum is DROP TYPE.
type DropEnum struct{ Column *Column }

// AddForeignKey is ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY.
type AddForeignKey struct{ ForeignKey *ForeignKeyConstraint }

// DropForeignKey is ALTER TABLE … DROP CONSTRAINT.
type DropForeignKey struct{ ForeignKey *ForeignKeyConstraint }

// SetComment is COMMENT ON a table, or on Column where that is not nil, for
// databases that don't take comments within CREATE TABLE.
type SetComment struct {
	Table  *Table
	Column *Column
}

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
