package oracle

import (
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// isIdentity reports whether the column is GENERATED … AS IDENTITY.
func isIdentity(col *schema.Column) bool {
	return col.Identity != nil || col.OwnSequence() == nil && col.ServerDefault == nil && col.Table.AutoincrementColumn() == col
}

// SequenceFor implements dialect.Dialect.
func (oracle) SequenceFor(_ dialect.Capabilities, col *schema.Column) *schema.Sequence {
	return col.OwnSequence()
}

// BulkKeys implements dialect.Dialect. Ids come back with each execution of an
// array, so that none need be reserved.
func (oracle) BulkKeys(dialect.Capabilities, *schema.Table, *schema.Column) *dialect.BulkKeys {
	return nil
}

// whole reports whether an identity takes the type.
func whole(t sqltype.Type) bool {
	n, numeric := sqltype.Base(t).(sqltype.Numeric)
	return schema.WholeType(t) && (!numeric || n.Precision > 0)
}
