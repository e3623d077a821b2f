package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// ddl returns the statement that makes the table, in standard SQL.
func ddl(t *testing.T, table *schema.Table) string {
	t.Helper()
	if err := table.MetaData().Resolve(); err != nil {
		t.Fatal(err)
	}
	statements, err := compile.Element(schema.CreateTable{Table: table}, compile.Base("standard"))
	if err != nil {
		t.Fatal(err)
	}
	for _, ix := range table.Indexes {
		more, err := compile.Element(schema.CreateIndex{Index: ix}, compile.Base("standard"))
		if err != nil {
			t.Fatal(err)
		}
		statements = append(statements, more...)
	}
	return strings.Join(statements, ";\n")
}

func TestCopiesOfTables(t *testing.T) {
	m := schema.NewMetaData()
	parent := schema.MustTable(m, "parent", key(), schema.InSchema("a"))
	age := func(t *schema.Table) expr.Num[int64] { return expr.NumColumn[int64](t, "age") }
	child := schema.MustTable(m, "child", schema.InSchema("a"), key(), col("age", schema.NotNull(), schema.Unique(), schema.ColumnInfo("unit", "years")),
		col("p", schema.ForeignKey("a.parent.id", schema.OnDelete(schema.Cascade))), col("up", schema.ForeignKey("a.child.id", schema.ConstraintName("upwards"))),
		schema.IndexOn("", "age", "p"), schema.CheckOn("named", expr.SQL("p > 0")), schema.TableInfo("owner", "sales"))
	if err := child.AddItems(schema.CheckOn("", age(child).Ge(0))); err != nil {
		t.Fatal(err)
	}
	other := schema.NewMetaData()
	moved, err := child.CopyTo(other, schema.CopyInSchema("b"), schema.CopyNamed("kid"))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Resolve(); err == nil || !strings.Contains(err.Error(), `"b.parent"`) {
		t.Errorf("a copy without the table that it references: got %v", err)
	}
	if _, err := parent.CopyTo(other, schema.CopyInSchema("b")); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(`"a".`, `"b".`, `"child"`, `"kid"`, "child_", "kid_").Replace(ddl(t, child))
	if diff := cmp.Diff(ddl(t, moved), want); diff != "" {
		t.Errorf("the copy (-got +want):\n%s", diff)
	}
	if moved.Info["owner"] != "sales" || moved.Column("age").Info["unit"] != "years" {
		t.Error("the copy lost what is told of it")
	}
	moved.Column("age").Info["unit"] = "days"
	if child.Column("age").Info["unit"] != "years" {
		t.Error("the copy changed the original")
	}
	if _, err := child.CopyTo(m); err == nil || !strings.Contains(err.Error(), "declared twice") {
		t.Errorf("a copy of the same name: got %v", err)
	}
}

// The parts of a foreign key are known from its column, once all tables are
// there.
func TestForeignKeysOfColumns(t *testing.T) {
	m := schema.NewMetaData()
	child := schema.MustTable(m, "child", key(), col("p", schema.ForeignKey("parent.id")))
	p := child.Column("p")
	if p.ReferencesColumn(child.Column("id")) || len(child.Column("id").ForeignKeys()) != 0 {
		t.Error("a column references what it does not")
	}
	parent := schema.MustTable(m, "parent", key())
	if p.ReferencesColumn(parent.Column("id")) {
		t.Error("a key is known before it is resolved")
	}
	if err := m.Resolve(); err != nil {
		t.Fatal(err)
	}
	if !p.ReferencesColumn(parent.Column("id")) || p.ForeignKeys()[0].References != parent {
		t.Error("the key is not known")
	}
}

func TestTokensOfNaming(t *testing.T) {
	m := schema.NewMetaData()
	m.Info, m.Schema = map[string]string{"team": "a"}, "inv"
	m.Naming = schema.Naming{
		PrimaryKey: "pk_{label}", Unique: "uq_{table}_{joined}", ForeignKey: "fk_{labels}_{referenced}_{referenced_columns}_{referenced_column}",
		Check: "ck_{table}_{name}", Index: "ix_{size}_{column}",
		Tokens: map[string]func(*schema.Table, []*schema.Column) string{
			"size": func(_ *schema.Table, cols []*schema.Column) string { return strings.Repeat("i", len(cols)) },
		},
	}
	table := schema.MustTable(m, "t", key(), col("a"), col("b", schema.ForeignKey("inv.t.id")), schema.UniqueOn("", "a", "b"), schema.IndexOn("", "a", "b"),
		schema.CheckOn("small", expr.SQL("a < 9")), schema.CheckOn("", expr.SQL("b < 9")), schema.CheckOn(schema.FinalName("whole"), expr.SQL("a > b")))
	want := `CREATE TABLE "inv"."t" (
  "id" BIGINT NOT NULL,
  "a" BIGINT,
  "b" BIGINT,
  CONSTRAINT "pk_t_id" PRIMARY KEY ("id"),
  CONSTRAINT "uq_t_ab" UNIQUE ("a", "b"),
  CONSTRAINT "fk_t_b_t_id_id" FOREIGN KEY ("b") REFERENCES "inv"."t" ("id"),
  CONSTRAINT "ck_t_small" CHECK (a < 9),
  CHECK (b < 9),
  CONSTRAINT "whole" CHECK (a > b)
);
CREATE INDEX "ix_ii_a" ON "inv"."t" ("a", "b")`
	if diff := cmp.Diff(ddl(t, table), want); diff != "" {
		t.Errorf("names (-got +want):\n%s", diff)
	}
}

func TestPrefixesAndSystemColumns(t *testing.T) {
	table := schema.MustTable(schema.NewMetaData(), "t", schema.Prefix("GLOBAL"), schema.Prefix("TEMPORARY"), key(), col("ctid", schema.System()))
	want := "CREATE GLOBAL TEMPORARY TABLE \"t\" (\n  \"id\" BIGINT NOT NULL,\n  CONSTRAINT \"t_pkey\" PRIMARY KEY (\"id\")\n)"
	if diff := cmp.Diff(ddl(t, table), want); diff != "" {
		t.Errorf("the table (-got +want):\n%s", diff)
	}
}
