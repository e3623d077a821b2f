package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var big = sqltype.Integer{Bits: 64}

// words is a table whose rows are known by their word.
func words(t testing.TB, name string, id ...schema.Option) *schema.Table {
	t.Helper()
	table, err := schema.NewTable(schema.NewMetaData(), name,
		schema.NewColumn("id", big, append([]schema.Option{schema.PrimaryKey()}, id...)...),
		schema.NewColumn("word", sqltype.String{Length: 40}, schema.NotNull(), schema.Unique()),
		schema.NewColumn("score", sqltype.Float{Bits: 64}),
		schema.NewColumn("made", sqltype.Integer{Bits: 32}, schema.NotNull(), schema.ServerDefaultValue(int32(7))),
	)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func word(i int) string { return fmt.Sprintf("word %d, with a tail", i) }

// wordBatch sends words from first on and keeps what comes back.
type wordBatch struct {
	engine.InsertBatch
	ids  []int64
	made []int64
}

func newWordBatch(table *schema.Table, first, n int, returning ...string) *wordBatch {
	b := &wordBatch{ids: make([]int64, n), made: make([]int64, n)}
	b.Table, b.N = table, n
	b.Columns = []*schema.Column{table.Column("word"), table.Column("score")}
	b.Exprs = make([]expr.Expression, 2)
	for _, name := range returning {
		b.Returning = append(b.Returning, table.Column(name))
	}
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		score := sqltype.Float64Value(float64(first+i) / 2)
		if i%3 == 0 {
			score = sqltype.NullValue()
		}
		return append(dst, sqltype.TextValue(word(first+i)), score), nil
	}
	b.Store = func(i int, row sqltype.Row) error {
		for at, name := range returning {
			switch name {
			case "id":
				b.ids[i] = row.Int64(at)
			case "made":
				b.made[i] = row.Int64(at)
			}
		}
		return row.Err()
	}
	return b
}

// check compares the ids that came back with those of the rows in the database.
func (b *wordBatch) check(t *testing.T, x engine.Executor, first int) {
	t.Helper()
	table := b.Table
	r, err := x.Query(t.Context(), expr.NewSelect(table.C("id"), table.C("word"), table.C("made")))
	if err != nil {
		t.Fatal(err)
	}
	byWord, made := map[string]int64{}, map[string]int64{}
	for r.Next() {
		byWord[string(r.Row().Text(1))] = r.Row().Int64(0)
		made[string(r.Row().Text(1))] = r.Row().Int64(2)
	}
	if err := errors.Join(r.Close(), r.Row().Err()); err != nil {
		t.Fatal(err)
	}
	for i := range b.N {
		if w := word(first + i); b.ids[i] == 0 || b.ids[i] != byWord[w] {
			t.Fatalf("%q was given the id %d and has %d", w, b.ids[i], byWord[w])
		}
		if w := word(first + i); len(b.Returning) > 1 && b.made[i] != made[w] {
			t.Fatalf("%q was given made = %d and has %d", w, b.made[i], made[w])
		}
	}
}

func insert(t *testing.T, e *engine.Engine, batches ...*engine.InsertBatch) {
	t.Helper()
	if err := tryInsert(t, e, batches...); err != nil {
		t.Fatal(err)
	}
}

func tryInsert(t *testing.T, e *engine.Engine, batches ...*engine.InsertBatch) error {
	t.Helper()
	return e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		for _, b := range batches {
			if err := tx.Insert(t.Context(), b); err != nil {
				return err
			}
		}
		return nil
	})
}

// sizes are around the limits at which the way of inserting changes.
var sizes = []int{1, 2, 31, 32, 33, 64, 65, 300, 2100}

// testInserts inserts in all sizes and checks that each id is its row's.
func testInserts(t *testing.T, e *engine.Engine, table *schema.Table) {
	t.Helper()
	create(t, e, table)
	first := 0
	for _, returning := range [][]string{{"id"}, {"id", "made"}, {"made", "id"}} {
		for _, n := range sizes {
			b := newWordBatch(table, first, n, returning...)
			insert(t, e, &b.InsertBatch)
			b.check(t, e, first)
			first += n
		}
	}
	for _, n := range sizes {
		b := newWordBatch(table, first, n)
		insert(t, e, &b.InsertBatch)
		first += n
	}
	count, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(&expr.Func{Name: "count", Args: []expr.Expression{expr.STAR}, Type: big}).From(table))
	if err != nil || count != int64(first) {
		t.Errorf("got %d rows, %v, want %d", count, err, first)
	}
}

func create(t *testing.T, e *engine.Engine, table *schema.Table) {
	t.Helper()
	if err := e.DropAll(t.Context(), table.MetaData()); err != nil {
		t.Fatal(err)
	}
	if err := e.CreateAll(t.Context(), table.MetaData()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.DropAll(context.Background(), table.MetaData()); err != nil {
			t.Errorf("drop: %v", err)
		}
	})
}

func TestInsertOnSQLite(t *testing.T) {
	for name, options := range map[string][]schema.Option{
		"rowid":              nil,
		"autoincrement":      {schema.NewSequence("s1", schema.Start(100))},
		"sequence table":     {schema.NewSequence("s2", schema.Start(100), schema.Increment(5))},
		"falling sequence":   {schema.NewSequence("s3", schema.Start(-1), schema.Increment(-1))},
		"identity by itself": {schema.NewIdentity(schema.Start(10), schema.Increment(3))},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) { testInserts(t, e, words(t, "words", options...)) })
		})
	}
}

// A table that was not made by this library may have a key that is not the
// engine's row id: the id must still be the row's.
func TestInsertIntoForeignTableOnSQLite(t *testing.T) {
	for name, ddl := range map[string]expr.Statement{
		"descending key": expr.SQL("CREATE TABLE words (id INTEGER PRIMARY KEY DESC, word TEXT, score REAL, made INTEGER DEFAULT 7)"),
		"other key":      expr.SQL("CREATE TABLE words (id BIGINT DEFAULT 5, word TEXT, score REAL, made INTEGER DEFAULT 7)"),
	} {
		t.Run(name, func(t *testing.T) {
			e := memory(t, engine.Options{})
			exec(t, e, ddl)
			for range 2 {
				b := newWordBatch(words(t, "words"), 0, 3, "id")
				err := tryInsert(t, e, &b.InsertBatch)
				r, qerr := engine.Collect[*int64](t.Context(), e, expr.SQL("SELECT id FROM words ORDER BY rowid"))
				if qerr != nil {
					t.Fatal(qerr)
				}
				for i := range r {
					if err == nil && (r[i] == nil && b.ids[i%3] != 0 || r[i] != nil && *r[i] != b.ids[i%3]) {
						t.Errorf("row %d was given the id %d", i, b.ids[i%3])
					}
				}
			}
		})
	}
}

func TestInsertIntoViewOnSQLite(t *testing.T) {
	e := memory(t, engine.Options{})
	exec(t, e, expr.SQL("CREATE TABLE base (id INTEGER PRIMARY KEY, word TEXT)"))
	exec(t, e, expr.SQL("CREATE VIEW words AS SELECT id, word, 0.5 AS score, 7 AS made FROM base"))
	exec(t, e, expr.SQL("CREATE TRIGGER tr INSTEAD OF INSERT ON words BEGIN INSERT INTO base (word) VALUES (new.word); END"))
	exec(t, e, expr.SQL("INSERT INTO base (id, word) VALUES (41, 'before')"))
	b := newWordBatch(words(t, "words"), 0, 2, "id")
	if err := tryInsert(t, e, &b.InsertBatch); err == nil && (b.ids[0] == 41 || b.ids[1] == 41) {
		t.Errorf("got the ids %v, which are of another row", b.ids)
	}
}

func TestInsertErrorsNameTheRow(t *testing.T) {
	e := memory(t, engine.Options{})
	table := words(t, "words")
	create(t, e, table)
	for _, n := range []int{3, 200} {
		b := newWordBatch(table, 0, n, "id")
		bind := b.Bind
		b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			if i == 2 {
				i = 1
			}
			return bind(i, dst)
		}
		err := tryInsert(t, e, &b.InsertBatch)
		var row *engine.RowError
		var ce *sqlerr.ConstraintError
		if !errors.As(err, &row) || row.Index != 2 || !errors.As(err, &ce) || ce.Kind != sqlerr.Unique {
			t.Errorf("of %d rows: got %v, want a unique violation in row 2", n, err)
		}
	}
}

func TestInsertOfDefaultsAndExpressions(t *testing.T) {
	e := memory(t, engine.Options{})
	testDefaults(t, e, "defaults")
}

// testDefaults inserts rows that send nothing, and rows that send expressions
// with values of their own.
func testDefaults(t *testing.T, e *engine.Engine, name string) {
	t.Helper()
	table, err := schema.NewTable(schema.NewMetaData(), name,
		schema.NewColumn("id", big, schema.PrimaryKey()),
		schema.NewColumn("a", big, schema.ServerDefaultValue(int64(3))),
		schema.NewColumn("b", big, schema.ServerDefaultValue(int64(4))),
	)
	if err != nil {
		t.Fatal(err)
	}
	create(t, e, table)
	var ids, as []int64
	keep := func(_ int, row sqltype.Row) error {
		ids, as = append(ids, row.Int64(0)), append(as, row.Int64(1))
		return row.Err()
	}
	back := []*schema.Column{table.Column("id"), table.Column("a")}
	nothing := &engine.InsertBatch{
		Table: table, N: 3, Returning: back, Store: keep,
		Bind: func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) { return dst, nil },
	}
	insert(t, e, nothing)
	for _, n := range []int64{40, 50} { // the same text with another value within
		x := &expr.Binary{Op: expr.OpAdd, L: expr.BindValue(big, sqltype.Int64Value(n)), R: expr.BindValue(big, sqltype.Int64Value(2))}
		insert(t, e, &engine.InsertBatch{
			Table: table, N: 40, Columns: []*schema.Column{table.Column("a"), table.Column("b")}, Exprs: []expr.Expression{x, nil},
			Returning: back, Store: keep,
			Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, sqltype.Int64Value(int64(i))), nil
			},
		})
	}
	want := []int64{3, 3, 3}
	for i := range 80 {
		want = append(want, int64(42+10*(i/40)))
	}
	if diff := cmp.Diff(as, want); diff != "" {
		t.Errorf("values of a (-got +want):\n%s", diff)
	}
	all, err := engine.Collect[int64](t.Context(), e, expr.NewSelect(table.C("id")).OrderBy(expr.Order{X: table.C("id")}))
	if diff := cmp.Diff(ids, all); diff != "" || err != nil {
		t.Errorf("ids (-got +in the database), %v:\n%s", err, diff)
	}
}

func TestUpdateAndDeleteBatches(t *testing.T) {
	testWrites(t, memory(t, engine.Options{}), "writes")
}

func testWrites(t *testing.T, e *engine.Engine, name string) {
	t.Helper()
	table := words(t, name)
	create(t, e, table)
	b := newWordBatch(table, 0, 600, "id")
	insert(t, e, &b.InsertBatch)
	key := []*schema.Column{table.Column("id")}
	gone := -1
	err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		return tx.Update(t.Context(), &engine.UpdateBatch{
			Table: table, Set: []*schema.Column{table.Column("word")}, Key: key, N: b.N,
			Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, sqltype.TextValue(word(i+10000)), sqltype.Int64Value(b.ids[i])), nil
			},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.check(t, e, 10000)
	remove := func(from int) error {
		return e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			return tx.Delete(t.Context(), &engine.DeleteBatch{
				Table: table, Key: key, N: 10,
				Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					id := b.ids[from+i]
					if i == gone {
						id = -1
					}
					return append(dst, sqltype.Int64Value(id)), nil
				},
			})
		})
	}
	if err := remove(0); err != nil {
		t.Fatal(err)
	}
	gone = 4
	var rc *engine.RowCountError
	if err := remove(10); !errors.As(err, &rc) || rc.Index != 4 || rc.Got != 0 {
		t.Errorf("a row that is not there: got %v, want a RowCountError of row 4", err)
	}
	n, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(&expr.Func{Name: "count", Args: []expr.Expression{expr.STAR}, Type: big}).From(table))
	if n != 590 || err != nil {
		t.Errorf("got %d rows, %v, want 590", n, err)
	}
}
