package compile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// elementCase is DDL that is run in order, with a sentence that says what it
// shows.
type elementCase struct {
	name, doc string
	elements  func() []schema.Element
}

func TestElements(t *testing.T) {
	for _, tc := range elementCases {
		t.Run(tc.name, func(t *testing.T) { golden(t, "element/"+tc.name, renderElements(tc)) })
	}
}

func renderElements(tc elementCase) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", tc.doc)
	for _, p := range products {
		fmt.Fprintf(&b, "\n-- %s\n", p.name)
		for _, e := range tc.elements() {
			list, err := statementsOf(p, []schema.Element{e})
			if err != nil {
				fmt.Fprintf(&b, "-- refuses: %s\n", err)
			}
			for _, sql := range list {
				fmt.Fprintf(&b, "%s;\n", sql)
			}
		}
	}
	return strings.ReplaceAll(b.String(), own, "own")
}

// TestElementsRun runs the elements of the golden files on the databases, each
// of which has what a product does not refuse.
func TestElementsRun(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		for _, tc := range elementCases {
			for _, e := range tc.elements() {
				list, err := statementsOf(p, []schema.Element{e})
				if err != nil {
					continue // the golden file has why
				}
				for _, sql := range list {
					if _, err := c.Exec(context.Background(), sql); err != nil {
						t.Errorf("%s: %v\n%s", tc.name, err, sql)
					}
				}
			}
		}
	})
}

var elementCases = []elementCase{
	{"table_exists", "IF NOT EXISTS and IF EXISTS of a table and its index; a second time nothing happens.", tableExists},
	{"sequence_exists", "IF NOT EXISTS and IF EXISTS of a sequence.", sequenceExists},
	{"schemas", "Schemas are made, and dropped with what they hold.", schemas},
	{"cascade", "A table is dropped though another references it.", cascade},
	{"constraints", "Constraints are added to a table that is there, and dropped.", alterConstraints},
	{"primary_key", "A primary key is dropped and made anew.", alterPrimaryKey},
	{"comments", "Comments of a table, a column and a constraint change, and go.", changeComments},
	{"scripts", "Raw DDL with the names of its table, and what is run where a condition holds.", scripts},
	{"rows", "The first rows of a table.", firstRows},
	{"unique_options", "UNIQUE that is checked at COMMIT, and in which NULL is a value.", uniqueOptions},
	{"match_full", "MATCH FULL of a key of one column and of several.", matchFull},
}

func noted(name string, items ...schema.TableItem) *schema.Table {
	items = append([]schema.TableItem{schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("a", integer), schema.NewColumn("b", integer)}, items...)
	t := schema.MustTable(schema.NewMetaData(), name, items...)
	must(t.MetaData().Resolve())
	return t
}

func tableExists() []schema.Element {
	t := noted("el_exists", schema.IndexOn("el_exists_a", "a"))
	return []schema.Element{
		schema.CreateTable{Table: t, IfNotExists: true},
		schema.CreateTable{Table: t, IfNotExists: true},
		schema.CreateIndex{Index: t.Indexes[0], IfNotExists: true},
		schema.CreateIndex{Index: t.Indexes[0], IfNotExists: true},
		schema.DropIndex{Index: t.Indexes[0], IfExists: true},
		schema.DropIndex{Index: t.Indexes[0], IfExists: true},
		schema.DropTable{Table: t, IfExists: true},
		schema.DropTable{Table: t, IfExists: true},
	}
}

func sequenceExists() []schema.Element {
	s := schema.NewSequence("el_seq", schema.Start(5))
	return []schema.Element{
		schema.CreateSequence{Sequence: s, IfNotExists: true},
		schema.CreateSequence{Sequence: s, IfNotExists: true},
		schema.DropSequence{Sequence: s, IfExists: true},
		schema.DropSequence{Sequence: s, IfExists: true},
	}
}

func schemas() []schema.Element {
	name := own + "_inv"
	return []schema.Element{
		schema.CreateSchema{Name: name},
		schema.CreateSchema{Name: name, IfNotExists: true},
		schema.DropSchema{Name: name},
		schema.CreateSchema{Name: name, IfNotExists: true},
		schema.DropSchema{Name: name, Cascade: true},
		schema.DropSchema{Name: name, IfExists: true, Cascade: true},
	}
}

func cascade() []schema.Element {
	m := schema.NewMetaData()
	a := schema.MustTable(m, "el_parent", schema.NewColumn("id", bigint, schema.PrimaryKey()))
	b := schema.MustTable(m, "el_child", schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("p", bigint, schema.ForeignKey("el_parent.id", schema.UseAlter())))
	must(m.Resolve())
	return []schema.Element{
		schema.CreateTable{Table: a},
		schema.CreateTable{Table: b},
		schema.DropTable{Table: a, Cascade: true},
		schema.DropTable{Table: b, Cascade: true},
		schema.DropTable{Table: b, IfExists: true},
		schema.DropTable{Table: a, IfExists: true},
	}
}

func alterConstraints() []schema.Element {
	t := noted("el_alter")
	unique := &schema.UniqueConstraint{Name: "el_alter_a_b", Columns: []*schema.Column{t.Column("a"), t.Column("b")}}
	check := &schema.CheckConstraint{Name: "el_alter_less", Condition: expr.SQL("a < b")}
	key := &schema.ForeignKeyConstraint{Name: "el_alter_self", Table: t, Columns: []*schema.Column{t.Column("a")}, References: t, Referenced: []*schema.Column{t.Column("id")}}
	elsewhere := &schema.CheckConstraint{Name: "el_alter_not_here", Condition: expr.SQL("a < b"), If: func(schema.Target) bool { return false }}
	key.Columns[0].Type = bigint
	return []schema.Element{
		schema.CreateTable{Table: t},
		schema.AddConstraint{Table: t, Constraint: unique},
		schema.AddConstraint{Table: t, Constraint: check},
		schema.AddConstraint{Table: t, Constraint: key},
		schema.AddConstraint{Table: t, Constraint: elsewhere},
		schema.DropConstraint{Table: t, Constraint: key},
		schema.DropConstraint{Table: t, Constraint: check},
		schema.DropConstraint{Table: t, Constraint: unique},
		schema.DropConstraint{Table: t, Constraint: check, IfExists: true},
		schema.DropConstraint{Table: t, Constraint: unique, IfExists: true, Cascade: true},
		schema.DropTable{Table: t},
	}
}

func alterPrimaryKey() []schema.Element {
	m := schema.NewMetaData()
	t := schema.MustTable(m, "el_key", schema.NewColumn("id", bigint, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), schema.NewColumn("a", integer, schema.NotNull()))
	other := &schema.PrimaryKeyConstraint{Name: "el_key_both", Columns: []*schema.Column{t.Column("a"), t.Column("id")}}
	return []schema.Element{
		schema.CreateTable{Table: t},
		schema.DropConstraint{Table: t, Constraint: t.PrimaryKey},
		schema.AddConstraint{Table: t, Constraint: other},
		schema.DropConstraint{Table: t, Constraint: other},
		schema.DropTable{Table: t},
	}
}

func changeComments() []schema.Element {
	t := noted("el_comment", schema.CheckWith(schema.CheckConstraint{Name: "el_comment_less", Condition: expr.SQL("a < b"), Comment: "it's less"}))
	bare := noted("el_comment", schema.CheckWith(schema.CheckConstraint{Name: "el_comment_less", Condition: expr.SQL("a < b")}))
	t.Comment, t.Column("a").Comment = "it's \"a\" table", "the first"
	return []schema.Element{
		schema.CreateTable{Table: bare},
		schema.SetComment{Table: t},
		schema.SetComment{Table: t, Column: t.Column("a")},
		schema.SetComment{Table: t, Constraint: t.Checks[0]},
		schema.SetComment{Table: bare},
		schema.SetComment{Table: bare, Column: bare.Column("a")},
		schema.SetComment{Table: bare, Constraint: bare.Checks[0]},
		schema.DropTable{Table: bare},
	}
}

func scripts() []schema.Element {
	t := noted("el_script", schema.Only(schema.On("sqlite", "mysql"), schema.IndexOn("el_script_b", "b")), schema.Only(schema.NotOn("sqlite", "mysql"), schema.IndexOn("el_script_ab", "a", "b")))
	return []schema.Element{
		schema.CreateTable{Table: t},
		schema.CreateIndex{Index: t.Indexes[0]},
		schema.CreateIndex{Index: t.Indexes[1]},
		schema.DDL("ALTER TABLE {fullname} ADD x INT").For(t),
		schema.If(schema.On("postgresql"), schema.DDL("ALTER TABLE {table} ALTER COLUMN x SET DEFAULT ('{1,2}'::int[])[1]").For(t)),
		schema.If(schema.On("mariadb"), schema.DDL("ALTER TABLE {table} ADD y INT INVISIBLE").For(t)),
		schema.DropTable{Table: t},
	}
}

func firstRows() []schema.Element {
	t := noted("el_rows")
	row := func(n int64, word sqltype.Value) []expr.Assignment {
		return []expr.Assignment{
			{Target: t.C("id"), Value: expr.BindValue(bigint, sqltype.Int64Value(n))}, {Target: t.C("a"), Value: expr.BindValue(integer, word)},
		}
	}
	return []schema.Element{
		schema.CreateTable{Table: t},
		schema.Run{Statement: expr.NewInsert(t).Values(row(1, sqltype.Int64Value(-7))...).Values(row(2, sqltype.Value{})...)},
		schema.Run{Statement: expr.NewDelete(t).Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: t.C("id"), R: expr.BindValue(bigint, sqltype.Int64Value(2))}))},
		schema.DropTable{Table: t},
	}
}

func uniqueOptions() []schema.Element {
	deferred := noted("el_deferred", schema.UniqueWith(schema.UniqueConstraint{Name: "el_deferred_a", Deferrable: true, Deferred: true}, "a"))
	nulls := noted("el_nulls", schema.UniqueWith(schema.UniqueConstraint{Name: "el_nulls_a", NullsNotDistinct: true, Deferrable: true}, "a"))
	one := noted("el_one", schema.UniqueWith(schema.UniqueConstraint{Name: "el_one_a", NullsNotDistinct: true}, "a"))
	var list []schema.Element
	for _, t := range []*schema.Table{deferred, nulls, one} {
		list = append(list, schema.If(schema.On("postgresql"), schema.CreateTable{Table: t}), schema.If(schema.On("postgresql"), schema.DropTable{Table: t}),
			schema.If(schema.NotOn("postgresql"), schema.CreateTable{Table: t}))
	}
	return list
}

func matchFull() []schema.Element {
	m := schema.NewMetaData()
	a := schema.MustTable(m, "el_full", schema.NewColumn("id", integer, schema.PrimaryKey()), schema.NewColumn("other", integer, schema.Nullable(), schema.ForeignKey("el_full.id", schema.Matching(schema.MatchFull), schema.OnDelete(schema.Cascade), schema.OnUpdate(schema.SetNull))))
	pair := []schema.TableItem{schema.NewColumn("x", integer, schema.PrimaryKey()), schema.NewColumn("y", integer, schema.PrimaryKey()), schema.NewColumn("ox", integer), schema.NewColumn("oy", integer)}
	b := schema.MustTable(m, "el_full_pair", append(pair, schema.ForeignKeyOn([]string{"ox", "oy"}, "el_full_pair", []string{"x", "y"}, schema.Matching(schema.MatchFull)))...)
	must(m.Resolve())
	return []schema.Element{
		schema.CreateTable{Table: a},
		schema.DropTable{Table: a},
		schema.If(schema.On("postgresql"), schema.CreateTable{Table: b}), schema.If(schema.On("postgresql"), schema.DropTable{Table: b}),
		schema.If(schema.NotOn("postgresql"), schema.CreateTable{Table: b}),
	}
}
