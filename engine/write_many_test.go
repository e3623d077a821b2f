package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
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

// TestManyRowsOfAllTypes has each value come out of a statement of many rows as
// it does out of one that sets it alone, whatever the values before it were.
func TestManyRowsOfAllTypes(t *testing.T) {
	at := time.Date(2026, 11, 23, 23, 59, 59, 999999000, time.UTC)
	text := func(n int) sqltype.Value { return sqltype.TextValue(strings.Repeat("𝄞a", n)) }
	null := sqltype.Value{}
	types := []struct {
		of     sqltype.Type
		values []sqltype.Value
		long   bool // too long for MariaDB's statements of many rows
	}{
		{sqltype.Integer{Bits: 16}, []sqltype.Value{null, whole(-1), whole(math.MaxInt16), whole(math.MinInt16)}, false},
		{sqltype.Integer{Bits: 32}, []sqltype.Value{whole(0), null, whole(math.MaxInt32), whole(math.MinInt32)}, false},
		{sqltype.Integer{Bits: 64}, []sqltype.Value{whole(0), null, whole(math.MaxInt64), whole(math.MinInt64)}, false},
		{sqltype.Integer{Bits: 64, Unsigned: true}, []sqltype.Value{null, sqltype.Uint64Value(0), sqltype.Uint64Value(math.MaxUint64), sqltype.Uint64Value(1 << 63)}, false},
		{sqltype.Float{Bits: 64}, []sqltype.Value{sqltype.Float64Value(1), null, sqltype.Float64Value(math.MaxFloat64), sqltype.Float64Value(5e-324), sqltype.Float64Value(-0.1)}, false},
		{sqltype.Float{Bits: 32}, []sqltype.Value{null, sqltype.Float64Value(float64(float32(0.1))), sqltype.Float64Value(math.MaxFloat32)}, false},
		{sqltype.Boolean{}, []sqltype.Value{null, sqltype.BoolValue(true), sqltype.BoolValue(false)}, false},
		{sqltype.Numeric{Precision: 30, Scale: 10}, []sqltype.Value{sqltype.DecimalValue("1"), null, sqltype.DecimalValue("12345678901234567890.0123456789"), sqltype.DecimalValue("-0.0000000001")}, false},
		{sqltype.String{Length: 200}, []sqltype.Value{sqltype.TextValue(""), null, sqltype.TextValue("a "), text(100), sqltype.TextValue("12e3")}, false},
		{sqltype.String{Length: 200}, []sqltype.Value{sqltype.TextValue(" a "), null, sqltype.TextValue("ä"), sqltype.TextValue("a  "), sqltype.TextValue(" "), sqltype.TextValue("𝄞𝄞")}, false},
		{sqltype.Text{}, []sqltype.Value{null, sqltype.TextValue("a "), sqltype.TextValue("𝄞"), sqltype.TextValue("ab ")}, false},
		{sqltype.Text{}, []sqltype.Value{null, text(800), sqltype.TextValue(strings.Repeat("a", 4095) + " "), sqltype.TextValue("ab ")}, false},
		{sqltype.LargeBinary{}, []sqltype.Value{null, sqltype.BytesValue(slices.Repeat([]byte{0xff}, 4096)), sqltype.BytesValue([]byte{1})}, false},
		{sqltype.LargeBinary{}, []sqltype.Value{null, sqltype.BytesValue([]byte{0xff, ' '}), sqltype.BytesValue([]byte{1, 0}), sqltype.BytesValue([]byte{' '}), sqltype.BytesValue([]byte{0, 0, 0xc3}), sqltype.BytesValue([]byte{})}, false},
		{sqltype.LargeBinary{Length: 20}, []sqltype.Value{sqltype.BytesValue([]byte{0x80}), null, sqltype.BytesValue([]byte{1, 0, ' '}), sqltype.BytesValue([]byte{})}, false},
		{sqltype.JSON{Binary: true}, []sqltype.Value{null, sqltype.JSONValue(`{"a": 1} `), sqltype.JSONValue(`[]`), sqltype.JSONValue(`"ä "`)}, false},
		{sqltype.String{Length: 4, Fixed: true}, []sqltype.Value{null, sqltype.TextValue("a"), sqltype.TextValue("𝄞𝄞𝄞𝄞")}, false},
		{sqltype.Text{}, []sqltype.Value{sqltype.TextValue("x"), null, text(50_000), sqltype.TextValue(strings.Repeat("'\\\x01", 99))}, true},
		{sqltype.LargeBinary{}, []sqltype.Value{sqltype.BytesValue([]byte{}), null, sqltype.BytesValue([]byte{0, 255, 0, 0x80}), sqltype.BytesValue(slices.Repeat([]byte{0xff, 0}, 60_000))}, true},
		{sqltype.Date{}, []sqltype.Value{null, sqltype.DateValue(at), sqltype.DateValue(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), sqltype.DateValue(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))}, false},
		{sqltype.Time{Precision: 6}, []sqltype.Value{null, sqltype.TimeOfDayValue(0), sqltype.TimeOfDayValue(24*time.Hour - time.Microsecond)}, false},
		{sqltype.Time{}, []sqltype.Value{null, sqltype.TimeOfDayValue(time.Hour), sqltype.TimeOfDayValue(2*time.Hour + 500*time.Millisecond)}, false},
		{sqltype.DateTime{Precision: 6}, []sqltype.Value{null, sqltype.DateTimeValue(at), sqltype.DateTimeValue(time.Date(1000, 1, 1, 0, 0, 0, 1000, time.UTC))}, false},
		{sqltype.DateTime{Precision: 3}, []sqltype.Value{sqltype.DateTimeValue(at.Truncate(time.Second)), null, sqltype.DateTimeValue(at.Add(-time.Second / 2))}, false},
		{sqltype.DateTime{Precision: 6, Zone: true}, []sqltype.Value{null, sqltype.InstantValue(at), sqltype.InstantValue(at.Truncate(time.Hour))}, false},
		{sqltype.UUID{}, []sqltype.Value{null, sqltype.UUIDValue(&[16]byte{}), sqltype.UUIDValue(&[16]byte{0xff, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 255})}, false},
		{sqltype.JSON{}, []sqltype.Value{null, sqltype.JSONValue(`{"a": "ä𝄞", "b": [1, 2.5, null]}`), sqltype.JSONValue(`"` + strings.Repeat("x", 70_000) + `"`), sqltype.JSONValue("null")}, true},
		{sqltype.Enum{Name: "engine_many_mood", Labels: sqltype.NewLabels("sad", "ok", "häppy")}, []sqltype.Value{sqltype.TextValue("ok"), null, sqltype.TextValue("häppy")}, false},
	}
	withMany(t, func(t *testing.T, e *engine.Engine) {
		sent := statements(t, e)
		for i, typ := range types {
			t.Run(fmt.Sprint(i, " ", typ.of), func(t *testing.T) {
				table := schema.MustTable(schema.NewMetaData(), "engine_many_types",
					schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), schema.NewColumn("v", typ.of, schema.Nullable()))
				create(t, e, table)
				const n = 20
				insert(t, e, &engine.InsertBatch{Table: table, Columns: table.Columns()[:1], N: 2 * n, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					return append(dst, whole(i)), nil
				}})
				for round := range 2 * len(typ.values) { // each value is the first once, and at last all are
					c := &changes{table: table, set: []string{"v"}, key: []string{"id"}}
					for i := range n {
						at := round + i
						if round >= len(typ.values) {
							at = round
						}
						c.rows = append(c.rows, change{typ.values[at%len(typ.values) : at%len(typ.values)+1], []sqltype.Value{whole(i)}})
					}
					err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
						*sent = 0
						if err := c.send(t, tx, 0, n); err != nil {
							return err
						}
						if *sent >= n && !typ.long {
							t.Errorf("round %d: %d statements were sent for %d rows", round, *sent, n)
						}
						for i := range c.rows {
							c.rows[i].key = []sqltype.Value{whole(n + i)}
						}
						return c.alone(t, tx)
					})
					if err != nil {
						t.Fatal(err)
					}
					differs := differentValues(t, e, table, n)
					if len(differs) > 0 {
						t.Errorf("round %d: the rows %v differ from those that were written alone", round, differs)
					}
				}
			})
		}
	})
}

// differentValues are the rows i with another v than row n+i has, as raw text.
func differentValues(t *testing.T, e *engine.Engine, table *schema.Table, n int) (list []int) {
	t.Helper()
	r, err := e.Query(t.Context(), expr.NewSelect(table.C("id"), table.C("v")).From(table).OrderBy(expr.Order{X: table.C("id")}))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for r.Next() {
		v := "NULL"
		if !r.Row().IsNull(1) {
			raw := r.Row().Raw(1)
			v = string(raw.Bytes) + raw.Value.Reveal()
		}
		got = append(got, v)
	}
	for i := range n {
		if got[i] != got[n+i] {
			list = append(list, i)
		}
	}
	return list
}

// TestManyRowsRefuseWhatOneDoes has a value that its column can't hold in the
// middle of a batch.
func TestManyRowsRefuseWhatOneDoes(t *testing.T) {
	onSQLiteToo(t, func(t *testing.T, e *engine.Engine) {
		for i, typ := range []struct {
			of        sqltype.Type
			good, bad sqltype.Value
		}{
			{sqltype.Integer{Bits: 16}, whole(3), whole(1 << 20)},
			{sqltype.Integer{Bits: 32, Unsigned: true}, whole(3), whole(-1)},
			{sqltype.Numeric{Precision: 5, Scale: 2}, sqltype.DecimalValue("1.25"), sqltype.DecimalValue("12345.6")},
			{sqltype.Numeric{Precision: 5, Scale: 2}, sqltype.DecimalValue("1.25"), sqltype.DecimalValue("1.234")},
			{sqltype.String{Length: 3}, sqltype.TextValue("abc"), sqltype.TextValue("abcd")},
			{sqltype.String{Length: 3}, sqltype.TextValue("abc"), sqltype.TextValue("abc ")},
			{sqltype.LargeBinary{Length: 3}, sqltype.BytesValue([]byte("abc")), sqltype.BytesValue([]byte("abcd"))},
			{sqltype.Float{Bits: 32}, sqltype.Float64Value(1), sqltype.Float64Value(math.MaxFloat64)},
			{sqltype.Enum{Name: "engine_many_side", Labels: sqltype.NewLabels("left", "right")}, sqltype.TextValue("left"), sqltype.TextValue("up")},
			{sqltype.JSON{}, sqltype.JSONValue("[]"), sqltype.JSONValue("[")},
			{sqltype.Integer{Bits: 64}, whole(1), sqltype.Value{}},
		} {
			table := schema.MustTable(schema.NewMetaData(), "engine_many_refuse",
				schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), schema.NewColumn("v", typ.of, schema.NotNull()))
			create(t, e, table)
			const n = 20
			insert(t, e, &engine.InsertBatch{Table: table, Columns: table.Columns(), N: 2 * n, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, whole(i), typ.good), nil
			}})
			var told [2]string
			for k := range told {
				c := &changes{table: table, set: []string{"v"}, key: []string{"id"}}
				for i := range n {
					v := typ.good
					if i == 7 {
						v = typ.bad
					}
					c.rows = append(c.rows, change{[]sqltype.Value{v}, []sqltype.Value{whole(k*n + i)}})
				}
				err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
					if k == 0 {
						return c.send(t, tx, 0, n)
					}
					return c.alone(t, tx)
				})
				told[k] = what(err)
			}
			if told[0] != told[1] {
				t.Errorf("%d: %v: in one batch: %s, row by row: %s", i, typ.of, told[0], told[1])
			}
			if list := differentValues(t, e, table, n); len(list) > 0 {
				t.Errorf("%d: %v: the rows %v differ", i, typ.of, list)
			}
		}
	})
}
