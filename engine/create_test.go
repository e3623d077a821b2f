package engine_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// onAll runs a test on SQLite and on each server.
func onAll(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	t.Run("SQLite", func(t *testing.T) { f(t, memory(t, engine.Options{})) })
	onServers(t, f)
}

// circle is tables that reference each other, with what else a schema has.
func circle(t *testing.T) *schema.MetaData {
	t.Helper()
	m := schema.NewMetaData()
	labels := sqltype.NewLabels("red", "it's \"green\"")
	for _, table := range [][]schema.TableItem{
		{
			schema.NewColumn("id", big, schema.PrimaryKey(), schema.Comment("it's the key")),
			schema.NewColumn("other_id", big, schema.ForeignKey("engine_b.id")),
			schema.NewColumn("colour", sqltype.Enum{Name: "engine_colour", Labels: labels}),
			schema.NewColumn("word", sqltype.String{Length: 10}, schema.Unique(), schema.Indexed()),
			schema.TableComment("a 'table'"),
		},
		{
			schema.NewColumn("id", big, schema.PrimaryKey()),
			schema.NewColumn("other_id", big, schema.ForeignKey("engine_a.id", schema.OnDelete(schema.Cascade))),
			schema.NewColumn("self_id", big, schema.ForeignKey("engine_b.id")),
			schema.NewColumn("colour", sqltype.Enum{Name: "engine_colour", Labels: labels}),
		},
	} {
		name := "engine_a"
		if len(m.Tables()) == 1 {
			name = "engine_b"
		}
		if _, err := schema.NewTable(m, name, table...); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestCreateAllInCircles(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		m := circle(t)
		drop := func() {
			if err := e.DropAll(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		drop()
		for range 2 { // the second time nothing is left to do
			if err := e.CreateAll(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		a := m.Table("engine_a")
		exec(t, e, expr.NewInsert(a).Values(
			expr.Assignment{Target: a.C("colour"), Value: expr.BindValue(a.Column("colour").Type, sqltype.TextValue("it's \"green\""))},
			expr.Assignment{Target: a.C("word"), Value: expr.BindValue(a.Column("word").Type, sqltype.TextValue("x"))},
		))
		if err := e.CreateAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got, err := engine.Scalar[string](t.Context(), e, expr.NewSelect(a.C("colour"))); got != "it's \"green\"" || err != nil {
			t.Errorf("got %q, %v: what is there must stay", got, err)
		}
		_, err := e.Exec(t.Context(), expr.NewInsert(a).Values(
			expr.Assignment{Target: a.C("other_id"), Value: expr.BindValue(big, sqltype.Int64Value(77))}))
		if err == nil {
			t.Error("a reference to nothing: got no error")
		}
		drop()
		drop()
	})
}

func TestSequenceWithAnotherIncrementIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	for name, url := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "sqlite:///" + path }, "PostgreSQL": testdb.PG15, "MariaDB": testdb.MariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, url(t))
			first := words(t, "engine_inc", schema.NewSequence("engine_inc_seq", schema.Start(100)))
			create(t, e, first)
			b := newWordBatch(first, 0, 2, "id")
			insert(t, e, &b.InsertBatch)
			if b.ids[0] != 100 || b.ids[1] != 101 {
				t.Errorf("got the ids %v, want 100 and 101", b.ids)
			}
			other := words(t, "engine_inc", schema.NewSequence("engine_inc_seq", schema.Start(100), schema.Increment(5)))
			schema.MustTable(other.MetaData(), "engine_inc_more", schema.NewColumn("id", big, schema.PrimaryKey()))
			err := open(t, url(t)).CreateAll(t.Context(), other.MetaData())
			if err == nil || !strings.Contains(err.Error(), "engine_inc_seq") || !strings.Contains(err.Error(), "increment 1") {
				t.Errorf("got %v, want an error that names the sequence and its increment", err)
			}
			if _, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT count(*) FROM engine_inc_more")); err == nil {
				t.Error("a table was created in spite of the refusal")
			}
		})
	}
}

func TestWhatCannotBeHeldIsRefusedAtOnce(t *testing.T) {
	e := open(t, testdb.MariaDB(t))
	m := schema.NewMetaData()
	for _, name := range []string{"engine_bad1", "engine_bad2"} {
		schema.MustTable(m, name, schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("text", sqltype.String{}, schema.Indexed()))
	}
	schema.MustTable(m, "engine_good", schema.NewColumn("id", big, schema.PrimaryKey()))
	err := e.CreateAll(t.Context(), m)
	if err == nil || !strings.Contains(err.Error(), "engine_bad1") || !strings.Contains(err.Error(), "engine_bad2") {
		t.Errorf("got %v, want an error that names both tables", err)
	}
	if _, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT count(*) FROM engine_good")); err == nil {
		t.Error("a table was created in spite of the refusal")
		_ = e.DropAll(t.Context(), m)
	}
}

// Rows of tables that reference each other go with them; where something else
// references such a row, all stays as it was.
func TestDropAllOfReferencedRows(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		m := circle(t)
		create(t, e, m.Table("engine_a"))
		for _, sql := range []expr.Statement{
			expr.SQL("INSERT INTO engine_b (id, other_id, self_id) VALUES (1, NULL, 1)"),
			expr.SQL("INSERT INTO engine_a (id, other_id) VALUES (1, 1)"),
			expr.SQL("UPDATE engine_b SET other_id = 1"),
		} {
			exec(t, e, sql)
		}
		rows := func() (n int64) {
			t.Helper()
			n, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT count(*) FROM engine_a JOIN engine_b ON engine_a.other_id = engine_b.id AND engine_b.other_id = engine_a.id"))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		caps, err := e.Capabilities(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if caps.TransactionalDDL {
			exec(t, e, expr.SQL("CREATE TABLE engine_outside (id integer PRIMARY KEY, a_id bigint REFERENCES engine_a (id))"))
			exec(t, e, expr.SQL("INSERT INTO engine_outside (id, a_id) VALUES (1, 1)"))
			if err := e.DropAll(t.Context(), m); err == nil {
				t.Error("a table that is referenced from outside was dropped")
			}
			if got := rows(); got != 1 {
				t.Errorf("after the failure: got %d rows, want 1", got)
			}
			for _, sql := range []expr.Statement{expr.SQL("DELETE FROM engine_b"), expr.SQL("INSERT INTO engine_a (id, other_id) VALUES (2, 77)")} {
				_, err := e.Exec(t.Context(), sql)
				if want, ok := errors.AsType[*sqlerr.ConstraintError](err); !ok || want.Kind != sqlerr.ForeignKey {
					t.Errorf("after the failure: got %v, want a violated foreign key", err)
				}
			}
			exec(t, e, expr.SQL("DROP TABLE engine_outside"))
		}
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []expr.Statement{expr.SQL("SELECT count(*) FROM engine_a"), expr.SQL("SELECT count(*) FROM engine_b")} {
			if _, err := engine.Scalar[int64](t.Context(), e, sql); err == nil {
				t.Error("a table is there after DropAll")
			}
		}
	})
}
