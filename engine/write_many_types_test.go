package engine_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// typedValues are values of a type.
type typedValues struct {
	of     sqltype.Type
	values []sqltype.Value
	long   bool // too long for MariaDB's statements of many rows
}

func manyTypes() []typedValues {
	at := time.Date(2026, 11, 23, 23, 59, 59, 999999000, time.UTC)
	text := func(n int) sqltype.Value { return sqltype.TextValue(strings.Repeat("𝄞a", n)) }
	null := sqltype.Value{}
	return []typedValues{
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
}

// TestManyRowsOfAllTypes has each value come out of a statement of many rows as
// it does out of one that sets it alone, whatever the values before it were.
func TestManyRowsOfAllTypes(t *testing.T) {
	withMany(t, func(t *testing.T, e *engine.Engine) {
		sent := statements(t, e)
		for i, typ := range manyTypes() {
			t.Run(fmt.Sprint(i, " ", typ.of), func(t *testing.T) {
				table := schema.MustTable(schema.NewMetaData(), "engine_many_types",
					schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), schema.NewColumn("v", typ.of, schema.Nullable()))
				create(t, e, table)
				const n = 20
				insert(t, e, &engine.InsertBatch{Table: table, Columns: table.Columns()[:1], N: 2 * n, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					return append(dst, whole(i)), nil
				}})
				for round := range 2 * len(typ.values) {
					many, alone := typ.round(table, round, n)
					err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
						*sent = 0
						if err := many.send(t, tx, 0, n); err != nil {
							return err
						}
						if *sent >= n && !typ.long {
							t.Errorf("round %d: %d statements were sent for %d rows", round, *sent, n)
						}
						return alone.alone(t, tx)
					})
					if err != nil {
						t.Fatal(err)
					}
					if differs := differentValues(t, e, table, n); len(differs) > 0 {
						t.Errorf("round %d: the rows %v differ from those that were written alone", round, differs)
					}
				}
			})
		}
	})
}

// round sets the values in rows 0 to n-1, in turn, and again in those behind
// them. Each value is the first once, and once all there are.
func (v *typedValues) round(table *schema.Table, round, n int) (many, alone *changes) {
	many = &changes{table: table, set: []string{"v"}, key: []string{"id"}}
	again := *many
	for i := range n {
		at := round + i
		if round >= len(v.values) {
			at = round
		}
		set := []sqltype.Value{v.values[at%len(v.values)]}
		many.rows = append(many.rows, change{set, []sqltype.Value{whole(i)}})
		again.rows = append(again.rows, change{set, []sqltype.Value{whole(n + i)}})
	}
	return many, &again
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
