package compile_test

import (
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

func init() {
	elementCases = append(elementCases,
		elementCase{"views", "A view is made, changed, checked and dropped; its values are literals.", views},
		elementCase{"materialized_views", "A materialized view is made, refreshed and dropped.", materializedViews},
		elementCase{"table_as", "A table is made and filled by a query.", tableAs},
		elementCase{"temporary", "Tables and views of the connection.", temporaries},
		elementCase{"exclude", "Rows that may not overlap.", exclude},
		elementCase{"domains", "A type with conditions.", domains},
		elementCase{"table_options", "Options of one product leave the others alone.", tableOptions},
	)
}

// selectedOf declares what a query over the table makes.
func selectedOf(t *schema.Table, name string, kind schema.SelectedKind, opts ...schema.SelectedOption) *schema.Table {
	id, a := &expr.Column{From: t, Name: "id", Codec: t.Column("id").Codec}, &expr.Column{From: t, Name: "a", Codec: t.Column("a").Codec}
	query := expr.NewSelect(id, &expr.Label{X: a, Name: "it's"}).Where(expr.NewPred(&expr.Binary{Op: expr.OpGt, L: a, R: expr.Unwrap(expr.Value(int32(-5)))}))
	v, err := schema.NewSelected(schema.NewMetaData(), name, kind, query, opts...)
	must(err)
	return v
}

func views() []schema.Element {
	t := noted("el_viewed")
	v, checked := selectedOf(t, "el_view", schema.View), selectedOf(t, "el_view_checked", schema.View, schema.WithCheck(schema.CheckCascaded))
	local := selectedOf(t, "el_view_local", schema.View, schema.WithCheck(schema.CheckLocal))
	return []schema.Element{
		schema.CreateTable{Table: t},
		schema.CreateTable{Table: v},
		schema.CreateTable{Table: v, IfNotExists: true},
		schema.CreateView{View: v, OrReplace: true},
		schema.CreateView{View: checked},
		schema.CreateView{View: local},
		schema.DropTable{Table: v},
		schema.DropTable{Table: v, IfExists: true},
		schema.DropTable{Table: checked, IfExists: true},
		schema.DropTable{Table: local, IfExists: true},
		schema.DropTable{Table: t},
	}
}

func materializedViews() []schema.Element {
	t := noted("el_source")
	v, later := selectedOf(t, "el_stored", schema.MaterializedView), selectedOf(t, "el_later", schema.MaterializedView, schema.Unfilled())
	ix := &schema.Index{Name: "el_stored_id", Table: v, Terms: []expr.Order{{X: v.C("id")}}, Unique: true}
	return []schema.Element{
		schema.CreateTable{Table: t},
		schema.If(schema.On("postgresql", "oracle"), schema.CreateTable{Table: v}), schema.If(schema.On("postgresql"), schema.CreateIndex{Index: ix}),
		schema.RefreshView{View: v, Concurrently: true},
		schema.If(schema.On("oracle"), schema.RefreshView{View: v}),
		schema.If(schema.On("postgresql"), schema.CreateTable{Table: later, IfNotExists: true}), schema.If(schema.On("postgresql"), schema.DropTable{Table: later}),
		schema.If(schema.On("postgresql", "oracle"), schema.DropTable{Table: v}),
		schema.If(schema.NotOn("postgresql", "oracle"), schema.CreateTable{Table: v}),
		schema.DropTable{Table: t},
	}
}

func tableAs() []schema.Element {
	t := noted("el_full")
	made := selectedOf(t, "el_made", schema.TableAs)
	return []schema.Element{
		schema.CreateTable{Table: t}, schema.CreateTable{Table: made}, schema.CreateTable{Table: made, IfNotExists: true}, schema.DropTable{Table: made}, schema.DropTable{Table: t},
	}
}

func temporaries() []schema.Element {
	t := noted("el_temporary", schema.Temporary(), schema.TableOption("oracle.on_commit", "preserve rows"))
	v := selectedOf(t, "el_temporary_view", schema.View)
	v.Temporary = true
	return []schema.Element{schema.CreateTable{Table: t}, schema.CreateTable{Table: v}, schema.If(schema.On("sqlite", "postgresql"), schema.DropTable{Table: v}), schema.DropTable{Table: t}}
}

func exclude() []schema.Element {
	x := func() schema.TableItem {
		return schema.Constrained(postgres.Exclude{Name: "el_not_over", Elements: []postgres.Excluded{{X: expr.SQL("int4range(a, b)"), Operator: "&&"}}, Where: expr.SQL("a < b"), Deferred: true})
	}
	everywhere, there := noted("el_apart_all"), noted("el_apart")
	must(everywhere.AddItems(x()))
	must(there.AddItems(schema.Only(schema.On("postgresql"), x())))
	return []schema.Element{
		schema.CreateTable{Table: everywhere},
		schema.If(schema.On("postgresql"), schema.DropTable{Table: everywhere}),
		schema.CreateTable{Table: there},
		schema.DropTable{Table: there},
	}
}

func domains() []schema.Element {
	return []schema.Element{
		postgres.CreateDomain{Name: "el_positive", Type: integer, NotNull: true, Default: expr.SQL("1"), Checks: []*schema.CheckConstraint{{Name: "el_more", Condition: expr.SQL("VALUE > 0")}}},
		postgres.DropDomain{Name: "el_positive"},
		postgres.DropDomain{Name: "el_positive", IfExists: true, Cascade: true},
	}
}

func tableOptions() []schema.Element {
	t := noted("el_options", schema.TableOption("postgres.with", "fillfactor=70, autovacuum_enabled=off"), schema.TableOption("postgres.unlogged", "true"),
		schema.TableOption("mysql.stats_persistent", "1"), schema.TableOption("mysql.row_format", "COMPACT"), schema.TableOption("mariadb.row_format", "DYNAMIC"),
		schema.TableOption("oracle.compress", "advanced"))
	wrong := noted("el_wrong", schema.TableOption("postgres.with", "fillfactor=70) --"), schema.TableOption("oracle.tablespace", "a b"))
	return []schema.Element{schema.CreateTable{Table: t}, schema.DropTable{Table: t}, schema.If(schema.On("postgresql", "oracle"), schema.CreateTable{Table: wrong})}
}
