package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// limits are SQL Server's, which are the smallest.
const mergeParameters, mergeRows = 2098, 1000

// byMerge is PostgreSQL 18 that inserts as SQL Server does, within its limits:
// by a MERGE that returns which row each one is.
type byMerge struct{ dialect.Dialect }

func (d byMerge) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := d.Dialect.Probe(ctx, q)
	c.Keys = dialect.KeysByMerge
	return c, err
}

func (d byMerge) Rules(c dialect.Capabilities) *compile.Rules {
	r := *d.Dialect.Rules(c)
	r.MergeInsert, r.ArrayCast = true, nil
	r.MaxParameters, r.MaxRows = mergeParameters, mergeRows
	r.BindCast = func(t sqltype.Type) string {
		text, err := r.CastName(t)
		if err != nil {
			return ""
		}
		return text
	}
	return &r
}

func mergingPG18(t *testing.T, o engine.Options) *engine.Engine {
	t.Helper()
	cfg, err := pgx.ParseConfig(testdb.PG18(t), upstream.ParseConfigOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(byMerge{postgres.Dialect}, pgx.New(cfg), o)
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// most counts the values of the largest statement.
func most(n *atomic.Int64) engine.Options {
	return engine.Options{Events: []*engine.Events{{Before: func(_ context.Context, x *engine.Execution) error {
		if got := int64(strings.Count(x.SQL, "$")); got > n.Load() {
			n.Store(got)
		}
		return nil
	}}}}
}

func TestInsertByMerge(t *testing.T) {
	for name, options := range map[string][]schema.Option{
		"generated":        nil,
		"sequence by five": {schema.NewSequence("engine_m1", schema.Start(100), schema.Increment(5))},
		"falling sequence": {schema.NewSequence("engine_m2", schema.Start(-1), schema.Increment(-1))},
		"cycling":          {schema.NewSequence("engine_m3", schema.Min(1), schema.Max(20000), schema.Start(18000), schema.Cycle(true))},
		"always":           {schema.AlwaysIdentity(schema.Start(10), schema.Increment(3))},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			testInserts(t, mergingPG18(t, most(&n)), words(t, "engine_merge", options...))
			// Two values a row: 512 rows a statement.
			if n.Load() != 1024 {
				t.Errorf("the largest statement has %d values, want 1024", n.Load())
			}
		})
	}
}

// A trigger gives ids that have nothing to do with the order of the rows.
func TestInsertByMergeBesideTriggers(t *testing.T) {
	e := mergingPG18(t, engine.Options{})
	table := words(t, "engine_merge_t")
	create(t, e, table)
	exec(t, e, expr.SQL(`CREATE OR REPLACE FUNCTION engine_merge_f() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN NEW.id := 1000003 * (hashtext(NEW.word)::bigint + 3000000000) + NEW.id; RETURN NEW; END $$`))
	exec(t, e, expr.SQL("CREATE TRIGGER engine_merge_g BEFORE INSERT ON engine_merge_t FOR EACH ROW EXECUTE FUNCTION engine_merge_f()"))
	later(t, e, expr.SQL("DROP FUNCTION engine_merge_f() CASCADE"))
	checkAll(t, e, table)
}

// A row that a trigger keeps out is no other's.
func TestInsertByMergeOfFewerRows(t *testing.T) {
	e := mergingPG18(t, engine.Options{})
	table := words(t, "engine_merge_u")
	create(t, e, table)
	exec(t, e, expr.SQL(`CREATE OR REPLACE FUNCTION engine_merge_h() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF NEW.word LIKE 'word 7,%' THEN RETURN NULL; END IF; RETURN NEW; END $$`))
	exec(t, e, expr.SQL("CREATE TRIGGER engine_merge_k BEFORE INSERT ON engine_merge_u FOR EACH ROW EXECUTE FUNCTION engine_merge_h()"))
	later(t, e, expr.SQL("DROP FUNCTION engine_merge_h() CASCADE"))
	b := newWordBatch(table, 0, 20, "id")
	err := tryInsert(t, e, &b.InsertBatch)
	if err == nil || !strings.Contains(err.Error(), "engine_merge_u") {
		t.Errorf("got %v, want an error that names the table", err)
	}
}

// later runs a statement at the end of the test.
func later(t *testing.T, e *engine.Engine, s expr.Statement) {
	t.Helper()
	t.Cleanup(func() {
		if _, err := e.Exec(context.Background(), s); err != nil {
			t.Error(err)
		}
	})
}

// wide is a table of so many columns that few rows of it reach the limits.
func wide(name string, columns int) *schema.Table {
	items := []schema.TableItem{schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("c0", big, schema.Unique())}
	for i := 1; i < columns; i++ {
		items = append(items, schema.NewColumn(fmt.Sprintf("c%d", i), sqltype.Integer{Bits: 16}))
	}
	return schema.MustTable(schema.NewMetaData(), name, items...)
}

// insertWide inserts rows whose c0 counts them, and checks each id by it.
func insertWide(t *testing.T, e *engine.Engine, table *schema.Table, rows int) {
	t.Helper()
	create(t, e, table)
	ids := make([]int64, rows)
	b := engine.InsertBatch{Table: table, Columns: table.Columns()[1:], N: rows, Returning: table.Columns()[:1]}
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		dst = append(dst, sqltype.Int64Value(int64(i)))
		for c := range len(b.Columns) - 1 {
			dst = append(dst, sqltype.Int64Value(int64(c%100)))
		}
		return dst, nil
	}
	b.Store = func(i int, row sqltype.Row) error {
		ids[i] = row.Int64(0)
		return row.Err()
	}
	insert(t, e, &b)
	plain := b
	plain.Returning, plain.Store = nil, nil
	bind := b.Bind
	plain.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) { return bind(i+rows, dst) }
	insert(t, e, &plain)
	r, err := e.Query(t.Context(), expr.NewSelect(table.C("id"), table.C("c0")).From(table))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for ; r.Next(); n++ {
		if at := r.Row().Int64(1); at < int64(rows) && ids[at] != r.Row().Int64(0) {
			t.Fatalf("row %d was given the id %d and has %d", at, ids[at], r.Row().Int64(0))
		}
	}
	if err := r.Err(); err != nil || n != 2*rows {
		t.Errorf("got %d rows, %v, want %d", n, err, 2*rows)
	}
}

func TestBatchesBeyondTheLimitAreSplit(t *testing.T) {
	// As many columns as make a full statement too large: 64 rows on SQLite,
	// which takes 32,766 values, and 256 elsewhere, of 65,535.
	t.Run("SQLite", func(t *testing.T) { insertWide(t, memory(t, engine.Options{}), wide("engine_wide", 600), 200) })
	t.Run("PostgreSQL 15", func(t *testing.T) { insertWide(t, open(t, testdb.PG15(t)), wide("engine_wide", 300), 600) })
	t.Run("MariaDB", func(t *testing.T) { insertWide(t, open(t, testdb.MariaDB(t)), wide("engine_wide", 300), 600) })
	t.Run("MySQL's way", func(t *testing.T) { insertWide(t, mySQL(t), wide("engine_wide_m", 300), 600) })
	t.Run("2,098 values", func(t *testing.T) {
		var n atomic.Int64
		insertWide(t, mergingPG18(t, most(&n)), wide("engine_wide", 300), 600)
		if n.Load() > mergeParameters || n.Load() < 1200 {
			t.Errorf("the largest statement has %d values, want at most %d and not far fewer", n.Load(), mergeParameters)
		}
	})
}
