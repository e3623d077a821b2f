package engine_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A column does what each of its options says.
func TestOptionsOfColumns(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testOptionsOfColumns(t, memory(t, engine.Options{})) })
	onServers(t, testOptionsOfColumns)
}

func testOptionsOfColumns(t *testing.T, e *engine.Engine) {
	m := schema.NewMetaData()
	schema.MustTable(m, "engine_column_kinds",
		schema.NewColumn("id", big, schema.PrimaryKey()),
		schema.NewColumn("order", sqltype.String{Length: 20}, schema.NotNull(), schema.Unique(), schema.Comment("a reserved word"), schema.ColumnInfo("shown", "yes")),
	)
	parent := m.Table("engine_column_kinds")
	table := schema.MustTable(m, "engine_column_options",
		schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementYes)),
		schema.NewColumn("Kind Of It", big, schema.Named("kind id"), schema.Nullable(), schema.Indexed(), schema.ForeignKey("engine_column_kinds.id")),
		schema.NewColumn("size", big, schema.NotNull(), schema.DefaultValue(int64(3)), schema.Check("engine_column_size", expr.SQL("size > 0").Pred())),
		schema.NewColumn("seen", big, schema.NotNull(), schema.ServerDefaultValue(int64(7)), schema.UpdateValue(int64(8))),
	)
	create(t, e, table)
	set := func(c string, n int64) expr.Assignment {
		return expr.Assignment{Target: table.C(c), Value: expr.BindValue(big, sqltype.Int64Value(n))}
	}
	word := func(s string) expr.Assignment {
		return expr.Assignment{Target: parent.C("order"), Value: expr.BindValue(sqltype.String{Length: 20}, sqltype.TextValue(s))}
	}
	exec(t, e, expr.NewInsert(parent).Values(word("first")))
	exec(t, e, expr.NewInsert(table).Values(set("kind id", 1)))
	exec(t, e, expr.NewInsert(table).Values(set("size", 9)))
	exec(t, e, expr.NewUpdate(table).Set(set("size", 4)).Where(expr.NumColumn[int64](table, "size").Eq(9)))
	if diff := cmp.Diff(texts(t, e, table), []string{"1 1 3 7", "2 - 4 8"}); diff != "" {
		t.Errorf("rows (-got +want):\n%s", diff)
	}
	for kind, s := range map[sqlerr.ConstraintKind]expr.Statement{
		sqlerr.Unique:     expr.NewInsert(parent).Values(word("first")),
		sqlerr.NotNull:    expr.NewInsert(parent).Values(expr.Assignment{Target: parent.C("order"), Value: expr.NULL}),
		sqlerr.ForeignKey: expr.NewInsert(table).Values(set("kind id", 2)),
		sqlerr.Check:      expr.NewInsert(table).Values(set("size", 0)),
	} {
		_, err := e.Exec(t.Context(), s)
		var c *sqlerr.ConstraintError
		if !errors.As(err, &c) || c.Kind != kind {
			t.Errorf("got %v, want a violation of the kind %v", err, kind)
		}
	}
	if got := parent.Column("order"); got.Comment != "a reserved word" || got.Info["shown"] != "yes" || len(table.Indexes) != 1 {
		t.Errorf("column %+v, indexes %v", got, table.Indexes)
	}
}
