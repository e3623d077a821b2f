package compile

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// IndexWords are what the options of a product add to CREATE INDEX. Each but
// Kind and Name begins with its own blank.
type IndexWords struct {
	Kind  string                     // before INDEX: "FULLTEXT"
	Name  string                     // before the name: "CONCURRENTLY"
	Using string                     // before the columns: " USING gin"
	Term  func(column string) string // after a column: " gin_trgm_ops"
	With  string                     // before WHERE: " WITH (fillfactor = 50)"
	End   string                     // at the end
}

func (d *DDL) createIndex(e schema.CreateIndex) {
	ix := e.Index
	if !d.wants(ix.If) || !d.indexHas(ix) {
		return
	}
	d.in(ix.Table)
	var words IndexWords
	if d.rules.DDL.Index != nil {
		var err error
		if words, err = d.rules.DDL.Index(ix); err != nil {
			d.Fail(err)
			return
		}
	}
	d.indexName(e, words)
	d.Text(words.Using + " (")
	List(&d.Compiler, ", ", ix.Terms, func(o expr.Order) { d.indexTerm(o, words.Term) })
	d.Text(")")
	if len(ix.Include) > 0 {
		d.Text(" INCLUDE (")
		List(&d.Compiler, ", ", ix.Include, d.Identifier)
		d.Text(")")
	}
	if ix.NullsNotDistinct {
		d.Text(" NULLS NOT DISTINCT")
	}
	d.Text(words.With)
	if ix.Where != nil {
		d.clause(" WHERE ", []expr.Expression{ix.Where})
	}
	d.Text(words.End)
	d.End()
}

// indexHas refuses what the product's indexes don't have.
func (d *DDL) indexHas(ix *schema.Index) bool {
	rules := &d.rules.DDL
	switch {
	case ix.Where != nil && !rules.PartialIndex:
		d.Unsupported("partial indexes", "leave Where out")
	case len(ix.Include) > 0 && !rules.IndexInclude:
		d.Unsupported("indexes that include other columns", "make them the last columns of the index")
	case ix.NullsNotDistinct && !rules.NullsNotDistinct:
		d.Unsupported("NULLS NOT DISTINCT", "make the columns NOT NULL")
	default:
		return true
	}
	return false
}

func (d *DDL) indexName(e schema.CreateIndex, words IndexWords) {
	ix, create := e.Index, "CREATE "
	if ix.Unique {
		create += "UNIQUE "
	}
	if words.Kind != "" {
		create += words.Kind + " "
	}
	create += "INDEX "
	if words.Name != "" {
		create += words.Name + " "
	}
	d.create(Object{Kind: ObjectIndex, Schema: ix.Table.Schema, Name: ix.Name, Table: ix.Table.Name}, create, e.IfNotExists)
	if d.rules.DDL.BareReferences {
		d.qualified(ix.Table.Schema, ix.Name)
		d.Text(" ON ")
		d.Identifier(ix.Table.Name)
		return
	}
	d.Identifier(ix.Name)
	d.Text(" ON ")
	d.TableName(ix.Table)
}

func (d *DDL) indexTerm(o expr.Order, words func(column string) string) {
	if o.Nulls != expr.NullsDefault && !d.rules.DDL.IndexNulls {
		d.Unsupported("NULLS FIRST and NULLS LAST in an index", "leave them out")
		return
	}
	if col, plain := expr.Unwrap(o.X).(*expr.Column); plain {
		d.Expression(o.X)
		if words != nil {
			d.Text(words(col.Name))
		}
		d.direction(o)
		return
	}
	if !d.rules.DDL.ExpressionIndex {
		d.Unsupported("indexes over expressions", "index a generated column")
		return
	}
	d.Text("(")
	d.Expression(o.X)
	d.Text(")")
	d.direction(o)
}

func (d *DDL) dropIndex(e schema.DropIndex) {
	ix := e.Index
	if !d.wants(ix.If) {
		return
	}
	d.drop(ObjectIndex, e.IfExists)
	if d.rules.DDL.DropIndexOn {
		d.Identifier(ix.Name)
	} else {
		d.qualified(ix.Table.Schema, ix.Name)
	}
	if d.rules.DDL.DropIndexOn {
		d.Text(" ON ")
		d.TableName(ix.Table)
	}
	d.End()
}
