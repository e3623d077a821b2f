package mssql

import (
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
)

// guard writes the condition under which a table, index or sequence is made.
// CREATE SCHEMA and CREATE VIEW have to be alone in a batch, and take none
// (https://learn.microsoft.com/sql/t-sql/functions/object-id-transact-sql).
func guard(d *compile.DDL, o compile.Object) bool {
	switch o.Kind {
	case compile.ObjectTable:
		d.Text("IF OBJECT_ID(")
		objectName(d, o.Schema, o.Name)
		d.Text(", N'U') IS NULL ")
	case compile.ObjectSequence:
		d.Text("IF OBJECT_ID(")
		objectName(d, o.Schema, o.Name)
		d.Text(", N'SO') IS NULL ")
	case compile.ObjectIndex:
		d.Text("IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(")
		objectName(d, o.Schema, o.Table)
		d.Text(") AND name = ")
		d.String(o.Name)
		d.Text(") ")
	default:
		return false
	}
	return true
}

// objectName writes the quoted name of an object as a literal.
func objectName(d *compile.DDL, schemaName, name string) {
	var quoted []byte
	var err error
	if schemaName != "" {
		if quoted, err = identifiers.Append(quoted, schemaName); err != nil {
			d.Fail(err)
		}
		quoted = append(quoted, '.')
	}
	if quoted, err = identifiers.Append(quoted, name); err != nil {
		d.Fail(err)
	}
	d.String(string(quoted))
}

// setComment writes what changes a comment, whether there is one or not.
func setComment(d *compile.DDL, e schema.SetComment) {
	if e.Constraint != nil {
		d.Unsupported("comments of constraints", "put it into the comment of the table")
		return
	}
	column := ""
	if e.Column != nil {
		column = e.Column.Name
	}
	drop, err := commentOn(e.Table, "sp_dropextendedproperty", "", column)
	if err != nil {
		d.Fail(err)
	}
	d.Text("BEGIN TRY " + drop + " END TRY BEGIN CATCH END CATCH")
	comment := compile.Comment(e)
	if comment == "" {
		return
	}
	add, err := commentOn(e.Table, "sp_addextendedproperty", comment, column)
	if err != nil {
		d.Fail(err)
	}
	d.Text("; " + strings.TrimPrefix(add, declareSchema))
}
