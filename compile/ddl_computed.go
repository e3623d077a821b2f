package compile

import (
	"github.com/alkahest-go/alkahest/schema"
)

// ComputedRules are how one product writes computed columns.
type ComputedRules struct {
	// Stored and Virtual are the words behind the expression, with a blank before
	// them; "" where the product does not have the kind. A Virtual that is only a
	// blank has no words.
	Stored, Virtual string
	// Words stand before the expression: "GENERATED ALWAYS AS" or "AS".
	Words string
	// Untyped leaves the column's type to the expression.
	Untyped bool
	// NotNullByCheck says that such a column can't be NOT NULL, but have a CHECK.
	NotNullByCheck bool
	// NotNullStored says that only a stored one can be NOT NULL.
	NotNullStored bool
}

// computed writes a computed column behind its name.
func (d *DDL) computed(col *schema.Column) {
	rules, words := &d.rules.DDL.Computed, ""
	storage := col.Computed.Storage
	if storage == schema.StoredOrVirtual {
		storage = schema.Stored
		if rules.Stored == "" {
			storage = schema.Virtual
		}
	}
	switch {
	case storage == schema.Stored && rules.Stored == "":
		d.Unsupported("computed columns that are stored", "let them be computed when they are read (schema.Virtual)")
		return
	case storage == schema.Virtual && rules.Virtual == "":
		d.Unsupported("computed columns that are not stored", "let them be stored (schema.Stored)")
		return
	case storage == schema.Stored:
		words = rules.Stored
	case rules.Virtual != " ":
		words = rules.Virtual
	}
	if !rules.Untyped {
		d.ColumnType(col)
		d.Text(" ")
	}
	d.Text(rules.Words + " (")
	d.Expression(col.Computed.X)
	d.Text(")" + words)
	d.computedNotNull(col, storage)
}

func (d *DDL) computedNotNull(col *schema.Column, storage schema.Storage) {
	rules := &d.rules.DDL.Computed
	if rules.NotNullByCheck {
		d.ColumnComment(col)
		if !col.Nullable {
			d.Text(" CHECK (")
			d.Identifier(col.Name)
			d.Text(" IS NOT NULL)")
		}
		return
	}
	if rules.NotNullStored && storage != schema.Stored && !col.Nullable {
		d.Unsupported("NOT NULL of a computed column that is not stored", "let it be stored (schema.Stored), or say Nullable")
	}
	d.NotNull(col)
	if d.rules.DDL.InlineComments {
		d.ColumnComment(col)
	}
}
