package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// change is a row that a batch sends: what it sets, and its key.
type change struct{ set, key []sqltype.Value }

// changes is a batch of updates, or, where set is nil, of deletes.
type changes struct {
	table    *schema.Table
	set, key []string
	rows     []change
}

func (c *changes) columns(names []string) []*schema.Column {
	list := make([]*schema.Column, len(names))
	for i, name := range names {
		list[i] = c.table.Column(name)
	}
	return list
}

// send writes the rows from from to before to as one batch.
func (c *changes) send(t *testing.T, tx *engine.Tx, from, to int) error {
	bind := func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		return append(append(dst, c.rows[from+i].set...), c.rows[from+i].key...), nil
	}
	if c.set == nil {
		return tx.Delete(t.Context(), &engine.DeleteBatch{Table: c.table, Key: c.columns(c.key), N: to - from, Bind: bind})
	}
	return tx.Update(t.Context(), &engine.UpdateBatch{Table: c.table, Set: c.columns(c.set), Key: c.columns(c.key), N: to - from, Bind: bind})
}

// alone writes each row as a batch of its own, and tells errors as one batch
// would.
func (c *changes) alone(t *testing.T, tx *engine.Tx) error {
	for i := range c.rows {
		err := c.send(t, tx, i, i+1)
		var count *engine.RowCountError
		var row *engine.RowError
		switch {
		case errors.As(err, &count):
			count.Index += i
		case errors.As(err, &row):
			row.Index += i
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// what is an error in words that are the same for every way to write.
func what(err error) string {
	var count *engine.RowCountError
	var row *engine.RowError
	var broken *sqlerr.ConstraintError
	switch {
	case err == nil:
		return "written"
	case errors.As(err, &count):
		return fmt.Sprintf("row %d: %d rows", count.Index, count.Got)
	case errors.As(err, &row) && errors.As(err, &broken):
		return fmt.Sprintf("row %d: %v", row.Index, broken.Kind)
	case errors.As(err, &row):
		return fmt.Sprintf("row %d fails", row.Index)
	}
	return err.Error()
}

// onSQLiteToo runs a test on SQLite as well as on the servers.
func onSQLiteToo(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	t.Run("SQLite", func(t *testing.T) { f(t, memory(t, engine.Options{})) })
	withMany(t, f)
}

// withMany runs a test where rows go many a statement.
func withMany(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	onServers(t, f)
	t.Run("MySQL's way", func(t *testing.T) { f(t, mySQL(t)) })
}

// statements counts those that are sent for the program.
func statements(t *testing.T, e *engine.Engine) *int {
	n := 0
	listen(t, e, &engine.Events{Before: func(_ context.Context, x *engine.Execution) error {
		if !x.Own {
			n += x.Times
		}
		return nil
	}})
	return &n
}

// ledger is a table of rows 0 to n-1, with a unique value each.
func ledger(t *testing.T, e *engine.Engine, name string, n int) *schema.Table {
	t.Helper()
	table := schema.MustTable(schema.NewMetaData(), name,
		schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)),
		schema.NewColumn("version", big, schema.NotNull()),
		schema.NewColumn("place", big, schema.Nullable(), schema.Unique()),
		schema.NewColumn("note", sqltype.String{Length: 40}, schema.Nullable()),
	)
	create(t, e, table)
	insert(t, e, &engine.InsertBatch{Table: table, Columns: table.Columns(), N: n, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		return append(dst, whole(i), whole(1), whole(i), sqltype.TextValue("new")), nil
	}})
	return table
}

func whole(n int) sqltype.Value { return sqltype.Int64Value(int64(n)) }

// TestManyRowsAStatement writes batches of all sizes, and one in which a row is
// missing at its start, within it and at its end.
func TestManyRowsAStatement(t *testing.T) {
	onSQLiteToo(t, func(t *testing.T, e *engine.Engine) {
		for _, n := range []int{1, 3, 4, 5, 17, 499, 500, 513, 1203} {
			table := ledger(t, e, "engine_many", n+1)
			c := &changes{table: table, set: []string{"note", "version"}, key: []string{"id", "version"}}
			for i := range n {
				c.rows = append(c.rows, change{[]sqltype.Value{sqltype.TextValue(fmt.Sprint("n", i)), whole(2)}, []sqltype.Value{whole(i), whole(1)}})
			}
			write := func(c *changes) error {
				return e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
					err := c.send(t, tx, 0, len(c.rows))
					if _, still := engine.Scalar[int64](t.Context(), tx, expr.NewSelect(expr.CountAll()).From(table)); still != nil {
						t.Errorf("after %v: %v", err, still)
					}
					return err
				})
			}
			if err := write(c); err != nil {
				t.Fatalf("%d rows: %v", n, err)
			}
			want := []string{}
			for i := range n {
				want = append(want, fmt.Sprintf("%d 2 %d n%d", i, i, i))
			}
			last := fmt.Sprintf("%d 1 %d new", n, n)
			if d := cmp.Diff(texts(t, e, table), append(want, last)); d != "" {
				t.Errorf("%d rows are updated (-got +want):\n%s", n, d)
			}
			for _, gone := range []int{0, n / 2, n - 1} {
				for _, part := range []changes{{set: []string{"note"}, key: []string{"id"}}, {key: []string{"id"}}, {key: []string{"id", "version"}}} {
					part.table = table
					for i := range n {
						ch := change{key: []sqltype.Value{whole(i), whole(2)}[:len(part.key)]}
						if part.set != nil {
							ch.set = []sqltype.Value{sqltype.TextValue("lost")}
						}
						if i == gone {
							ch.key[0] = whole(-7)
						}
						part.rows = append(part.rows, ch)
					}
					if got, want := what(write(&part)), fmt.Sprintf("row %d: 0 rows", gone); got != want {
						t.Errorf("%d rows, of which row %d is gone, by %v: got %s, want %s", n, gone, part.key, got, want)
					}
				}
			}
			c.set = nil
			for i := range c.rows {
				c.rows[i] = change{key: []sqltype.Value{whole(i), whole(2)}}
			}
			if err := write(c); err != nil {
				t.Errorf("%d rows are deleted: %v", n, err)
			}
			if d := cmp.Diff(texts(t, e, table), []string{last}); d != "" {
				t.Errorf("after %d rows were deleted (-got +want):\n%s", n, d)
			}
		}
	})
}

// A value that moves from row to row is free when its turn comes.
func TestManyRowsInTheirOrder(t *testing.T) {
	onSQLiteToo(t, func(t *testing.T, e *engine.Engine) {
		const n = 40
		table := ledger(t, e, "engine_many_order", n)
		c := &changes{table: table, set: []string{"place"}, key: []string{"id"}}
		for i := range n {
			row := n - 1 - i
			c.rows = append(c.rows, change{[]sqltype.Value{whole(row + 1)}, []sqltype.Value{whole(row)}})
		}
		c.rows = append(c.rows, change{[]sqltype.Value{whole(0)}, []sqltype.Value{whole(n - 1)}}) // a row twice: the last counts
		if err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error { return c.send(t, tx, 0, len(c.rows)) }); err != nil {
			t.Fatal(err)
		}
		want := []string{}
		for i := range n - 1 {
			want = append(want, fmt.Sprintf("%d 1 %d new", i, i+1))
		}
		if d := cmp.Diff(texts(t, e, table), append(want, fmt.Sprintf("%d 1 0 new", n-1))); d != "" {
			t.Errorf("rows (-got +want):\n%s", d)
		}
	})
}

// TestManyRowsNameTheOneThatFails breaks a unique key and a foreign key in the
// middle of a batch.
func TestManyRowsNameTheOneThatFails(t *testing.T) {
	onSQLiteToo(t, func(t *testing.T, e *engine.Engine) {
		m := schema.NewMetaData()
		owner := schema.MustTable(m, "engine_many_owner", schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), schema.NewColumn("place", big, schema.Unique()))
		owned := schema.MustTable(m, "engine_many_owned", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("owner", big, schema.ForeignKey("engine_many_owner.id")))
		create(t, e, owner)
		insert(t, e, &engine.InsertBatch{Table: owner, Columns: owner.Columns(), N: 600, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(dst, whole(i), whole(i)), nil
		}})
		exec(t, e, expr.NewInsert(owned).Values(expr.Assignment{Target: owned.C("owner"), Value: expr.BindValue(big, whole(555))}))
		before := texts(t, e, owner)
		unique := &changes{table: owner, set: []string{"place"}, key: []string{"id"}}
		foreign := &changes{table: owner, key: []string{"id"}}
		for i := range 600 {
			place := i + 1000
			if i == 540 {
				place = 1003
			}
			unique.rows = append(unique.rows, change{[]sqltype.Value{whole(place)}, []sqltype.Value{whole(i)}})
			foreign.rows = append(foreign.rows, change{key: []sqltype.Value{whole(i)}})
		}
		for want, c := range map[string]*changes{"row 540: " + sqlerr.Unique.String(): unique, "row 555: " + sqlerr.ForeignKey.String(): foreign} {
			err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error { return c.send(t, tx, 0, len(c.rows)) })
			if got := what(err); got != want {
				t.Errorf("got %s (%v), want %s", got, err, want)
			}
			if d := cmp.Diff(texts(t, e, owner), before); d != "" {
				t.Errorf("rows after %q (-got +want):\n%s", want, d)
			}
		}
	})
}

// TestRandomManyRows writes random batches in one piece and row by row, to two
// tables, which must stay the same, as must what is told.
func TestRandomManyRows(t *testing.T) {
	onSQLiteToo(t, func(t *testing.T, e *engine.Engine) {
		count, seed, wrong := max(soak.Count(3_000), 60), soak.Seed(t), 0
		r := rand.New(rand.NewPCG(seed, 2))
		many, single := ledger(t, e, "engine_many_a", 80), ledger(t, e, "engine_many_b", 80)
		for range count {
			c := randomChanges(r)
			if !sameEitherWay(t, e, c, many, single) {
				wrong++
				t.Errorf("seed %d: %v of %v", seed, c.set, c.rows)
				many, single = ledger(t, e, "engine_many_a", 80), ledger(t, e, "engine_many_b", 80)
			}
		}
		soak.Report(t, t.Name(), count, wrong, seed)
	})
}

// randomChanges is a batch whose rows are mostly there, once, and in the way of
// no other.
func randomChanges(r *rand.Rand) *changes {
	c := &changes{key: []string{"id"}}
	if r.IntN(2) == 0 {
		c.key = append(c.key, "version")
	}
	switch r.IntN(4) {
	case 0:
		c.set = []string{"note"}
	case 1:
		c.set = []string{"place", "note"}
	case 2:
		c.set = []string{"version", "place"}
	}
	ids := r.Perm(80)[:1+r.IntN(60)]
	if r.IntN(3) == 0 {
		ids[r.IntN(len(ids))] = r.IntN(90)
	}
	shift := 1000 + r.IntN(5)*100
	for _, id := range ids {
		ch := change{key: []sqltype.Value{whole(id), whole(1)}[:len(c.key)]}
		for _, column := range c.set {
			v := sqltype.Value{}
			switch {
			case r.IntN(8) == 0 && column != "version":
			case column == "note":
				v = sqltype.TextValue(strings.Repeat("ä", r.IntN(41)))
			case column == "version":
				v = whole(1 + r.IntN(10)/9)
			case r.IntN(200) == 0:
				v = whole(r.IntN(80))
			default:
				v = whole(id + shift)
			}
			ch.set = append(ch.set, v)
		}
		c.rows = append(c.rows, ch)
	}
	return c
}

// sameEitherWay writes the batch to one table and its rows to the other, and
// compares. That a batch goes well of which each row in turn is in the way of
// another is right too: then its rows are all that is to be seen.
func sameEitherWay(t *testing.T, e *engine.Engine, c *changes, many, single *schema.Table) bool {
	t.Helper()
	errs := [2]error{}
	for i, table := range []*schema.Table{many, single} {
		c.table = table
		tx, err := e.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			errs[i] = c.send(t, tx, 0, len(c.rows))
		} else {
			errs[i] = c.alone(t, tx)
		}
		if errs[i] != nil {
			err = tx.Rollback(t.Context())
		} else {
			err = tx.Commit(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if a, b := what(errs[0]), what(errs[1]); a != b && (errs[0] != nil || !strings.Contains(b, sqlerr.Unique.String())) {
		t.Errorf("in one batch: %s, row by row: %s", a, b)
		return false
	} else if a != b {
		exec(t, e, expr.NewDelete(single).Where(expr.All()))
		exec(t, e, expr.NewInsert(single).From(refsOf(single), expr.NewSelect(refsOf(many)...).From(many)))
	}
	d := cmp.Diff(texts(t, e, many), texts(t, e, single))
	if d != "" {
		t.Errorf("after %q: in one batch - and row by row +:\n%s", what(errs[0]), d)
	}
	return d == ""
}

func refsOf(table *schema.Table) (list []expr.Expression) {
	for _, c := range table.Columns() {
		list = append(list, c.Ref())
	}
	return list
}

// A trigger that keeps a row as it is makes the count of rows differ.
func TestManyRowsAndATrigger(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"PostgreSQL 15": testdb.PG15, "PostgreSQL 18": testdb.PG18} {
		t.Run(name, func(t *testing.T) {
			e := open(t, url(t))
			table := ledger(t, e, "engine_many_trigger", 100)
			exec(t, e, expr.SQL(`CREATE OR REPLACE FUNCTION engine_many_keep() RETURNS trigger LANGUAGE plpgsql AS
				'BEGIN IF OLD.id = 61 THEN RETURN NULL; END IF; IF TG_OP = ''DELETE'' THEN RETURN OLD; END IF; RETURN NEW; END'`))
			t.Cleanup(func() {
				if _, err := e.Exec(context.Background(), expr.SQL("DROP FUNCTION engine_many_keep CASCADE")); err != nil {
					t.Error(err)
				}
			})
			exec(t, e, expr.SQL("CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON engine_many_trigger FOR EACH ROW EXECUTE FUNCTION engine_many_keep()"))
			before := texts(t, e, table)
			for _, c := range []*changes{{table: table, set: []string{"note"}, key: []string{"id"}}, {table: table, key: []string{"id"}}} {
				for i := range 100 {
					ch := change{key: []sqltype.Value{whole(i)}}
					if c.set != nil {
						ch.set = []sqltype.Value{sqltype.TextValue("changed")}
					}
					c.rows = append(c.rows, ch)
				}
				err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error { return c.send(t, tx, 0, 100) })
				if got, want := what(err), "row 61: 0 rows"; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
			if d := cmp.Diff(texts(t, e, table), before); d != "" {
				t.Errorf("rows (-got +want):\n%s", d)
			}
		})
	}
}

// TestManyRowsThatWait has rows wait for another transaction until their time is
// over: they do not wait once more one by one.
func TestManyRowsThatWait(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		table := ledger(t, e, "engine_many_wait", 40)
		other, err := e.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Rollback(t.Context())
		c := &changes{table: table, set: []string{"note"}, key: []string{"id"}}
		for i := range 40 {
			c.rows = append(c.rows, change{[]sqltype.Value{sqltype.TextValue("mine")}, []sqltype.Value{whole(i)}})
		}
		if err := c.send(t, other, 30, 31); err != nil {
			t.Fatal(err)
		}
		sent := statements(t, e)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		tx, err := e.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		err = tx.Update(ctx, &engine.UpdateBatch{Table: table, Set: c.columns(c.set), Key: c.columns(c.key), N: 40, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(append(dst, c.rows[i].set...), c.rows[i].key...), nil
		}})
		if !errors.Is(err, context.DeadlineExceeded) || *sent > 2 {
			t.Errorf("got %v after %d statements", err, *sent)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		if err := other.Commit(t.Context()); err != nil {
			t.Error(err)
		}
		if err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error { return c.send(t, tx, 0, 40) }); err != nil {
			t.Error(err)
		}
	})
}
