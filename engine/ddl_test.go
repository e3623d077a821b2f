package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func count(t *testing.T, e *engine.Engine, table *schema.Table) int64 {
	t.Helper()
	n, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(expr.CountAll()).From(table))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// hooked is two tables; rows are inserted when they are made.
func hooked(t *testing.T) (m *schema.MetaData, a, b *schema.Table) {
	t.Helper()
	m = schema.NewMetaData()
	row := func(table *schema.Table) schema.Element {
		return schema.Run{Statement: expr.NewInsert(table).Values(expr.Assignment{Target: table.C("n"), Value: expr.BindValue(big, sqltype.Int64Value(7))})}
	}
	columns := func() []schema.TableItem {
		return []schema.TableItem{schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("n", big)}
	}
	a = schema.MustTable(m, "engine_hook_a", columns()...)
	b = schema.MustTable(m, "engine_hook_b", columns()...)
	for _, table := range []*schema.Table{a, b} {
		if err := table.AddItems(schema.At(schema.AfterCreate, row(table), row(table)),
			schema.Only(schema.On("sqlite"), schema.At(schema.AfterCreate, row(table))),
			schema.At(schema.BeforeDrop, schema.DDL("INSERT INTO engine_hook_log SELECT count(*) FROM {table}"))); err != nil {
			t.Fatal(err)
		}
	}
	m.RunAt(schema.BeforeCreate, schema.DDL("CREATE TABLE IF NOT EXISTS engine_hook_log (n INT)"))
	return m, a, b
}

func TestDDLEvents(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		m, a, b := hooked(t)
		clear := func() {
			for _, s := range []expr.Statement{expr.SQL("DROP TABLE IF EXISTS engine_hook_a"), expr.SQL("DROP TABLE IF EXISTS engine_hook_b"), expr.SQL("DROP TABLE IF EXISTS engine_hook_log")} {
				exec(t, e, s)
			}
		}
		clear()
		want := int64(2)
		if e.Dialect().Name() == "sqlite" {
			want = 3
		}
		if err := e.CreateAll(t.Context(), m, engine.OnlyTables(a)); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(expr.CountAll()).From(b)); err == nil {
			t.Error("got a table that OnlyTables left out")
		}
		for range 2 {
			if err := e.CreateAll(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if na, nb := count(t, e, a), count(t, e, b); na != want || nb != want {
			t.Errorf("got %d and %d rows, want %d: what is run with a table is run once", na, nb, want)
		}
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		n, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT min(n) FROM engine_hook_log"))
		if n != want || err != nil {
			t.Errorf("got %d, %v, want %d: BeforeDrop sees the rows", n, err, want)
		}
		clear()
	})
}

func TestWithoutLooking(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		m := words(t, "engine_blind", schema.NewSequence("engine_blind_seq", schema.Start(3), schema.Increment(2))).MetaData()
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if err := e.CreateAll(t.Context(), m, engine.WithoutLooking()); err != nil {
			t.Fatal(err)
		}
		if err := e.CreateAll(t.Context(), m, engine.WithoutLooking()); err == nil {
			t.Error("a second time: got no error, want the database's")
		}
		if err := e.DropAll(t.Context(), m, engine.WithoutLooking()); err != nil {
			t.Fatal(err)
		}
		if err := e.DropAll(t.Context(), m, engine.WithoutLooking()); err == nil {
			t.Error("dropped twice: got no error, want the database's")
		}
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Errorf("nothing is there: %v", err)
		}
		other := words(t, "engine_blind")
		if err := e.CreateAll(t.Context(), m, engine.OnlyTables(other)); err == nil || !strings.Contains(err.Error(), "another MetaData") {
			t.Errorf("a table of another MetaData: got %v", err)
		}
	})
}

func TestExecDDL(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_exec_ddl")
		drop := schema.DropTable{Table: table, IfExists: true}
		if err := e.ExecDDL(t.Context(), drop); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.ExecDDL(context.Background(), drop) })
		var no *compile.UnsupportedError
		refused := schema.AddConstraint{Table: table, Constraint: &schema.UniqueConstraint{Columns: table.Columns()[1:2], Deferrable: true, NullsNotDistinct: true}}
		if e.Dialect().Name() != "postgresql" {
			if err := e.ExecDDL(t.Context(), schema.CreateTable{Table: table}, refused); !errors.As(err, &no) {
				t.Errorf("got %v, want an UnsupportedError", err)
			}
			if err := e.ExecDDL(t.Context(), schema.CreateTable{Table: table}); err != nil {
				t.Errorf("what was before it must not be there: %v", err)
			}
		} else if err := e.ExecDDL(t.Context(), schema.CreateTable{Table: table}, schema.CreateSequence{Sequence: schema.NewSequence("engine_exec_ddl_seq")},
			schema.DropSequence{Sequence: schema.NewSequence("engine_exec_ddl_seq")}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, e, table); n != 0 {
			t.Errorf("got %d rows", n)
		}
		ddlInTransaction(t, e, drop, table)
	})
}

// ddlInTransaction drops the table and thinks better of it.
func ddlInTransaction(t *testing.T, e *engine.Engine, drop schema.Element, table *schema.Table) {
	t.Helper()
	caps, err := e.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tx, err := e.Begin(t.Context(), engine.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	err = tx.ExecDDL(t.Context(), drop)
	if caps.TransactionalDDL != (err == nil) {
		t.Errorf("got %v within a transaction", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	count(t, e, table)
}
