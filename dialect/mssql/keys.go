package mssql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// isIdentity reports whether the column is an IDENTITY.
func isIdentity(col *schema.Column) bool {
	if col.Identity != nil {
		return carries(col)
	}
	return col.OwnSequence() == nil && col.ServerDefault == nil && col.Table.AutoincrementColumn() == col
}

// carries reports whether IDENTITY, which has a start and an increment and ends
// with its type, does what the column's Identity asks for
// (https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql-identity-property).
func carries(col *schema.Column) bool {
	o := &col.Identity.SequenceOptions
	if o.Cycles() || o.Cache != nil || o.Order != nil && *o.Order {
		return false
	}
	low, high := (&schema.SequenceOptions{Increment: o.Increment}).Limits(col.Type)
	if o.IncrementValue() > 0 {
		return o.Max == nil || *o.Max == high
	}
	return o.Min == nil || *o.Min == low
}

// sequenceFor returns the sequence that fills the column, nil where its
// IDENTITY or nothing does.
func sequenceFor(col *schema.Column) *schema.Sequence {
	if own := col.OwnSequence(); own != nil {
		return own
	}
	if col.Identity == nil || carries(col) {
		return nil
	}
	return col.ImpliedSequence()
}

// SequenceFor implements dialect.Dialect.
func (mssql) SequenceFor(_ dialect.Capabilities, col *schema.Column) *schema.Sequence {
	return sequenceFor(col)
}

// BulkKeys implements dialect.Dialect. Values of an IDENTITY can't be reserved,
// and a MERGE tells those of a sequence.
func (mssql) BulkKeys(dialect.Capabilities, *schema.Table, *schema.Column) *dialect.BulkKeys {
	return nil
}

// identitySent reports whether one of the columns is an IDENTITY that takes
// explicit values, by itself or because the statement says so. It has no
// DEFAULT.
func identitySent(c *compile.Compiler, w compile.Write) bool {
	for i, col := range w.Columns {
		if !isIdentity(col) || col.Identity != nil && col.Identity.Always && !w.Overriding {
			continue
		}
		for _, row := range w.Values {
			if i < len(row) && expr.Unwrap(row[i]) == expr.Expression(expr.DEFAULT) {
				c.Unsupported("DEFAULT as the value of an identity", "leave the column out")
			}
		}
		return true
	}
	return false
}

// whole reports whether an identity takes the type.
func whole(t sqltype.Type) bool {
	n, numeric := sqltype.Base(t).(sqltype.Numeric)
	return schema.WholeType(t) && (!numeric || n.Precision > 0)
}
