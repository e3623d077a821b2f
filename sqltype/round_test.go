package sqltype_test

import (
	"database/sql"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/sqltype"
)

func typeOf(v any) reflect.Type { return reflect.TypeOf(v) }

// After rounding, a variable is what the database will return, so that an
// object that was written and one that was read are the same.
func TestRound(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	for _, test := range []struct {
		typ     sqltype.Type
		v, want any
	}{
		{sqltype.DateTime{Precision: 6, Zone: true}, moment.Add(500 * time.Nanosecond), moment.Add(time.Microsecond)},
		{sqltype.DateTime{Precision: 6, Zone: true}, moment.Add(499 * time.Nanosecond), moment},
		{sqltype.DateTime{Precision: 6, Zone: true}, moment.In(berlin), moment},
		{sqltype.DateTime{Precision: 0}, moment, time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)},
		{sqltype.DateTime{Precision: 3}, time.Date(1, 1, 1, 0, 0, 0, 1500000, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 2000000, time.UTC)},
		{sqltype.Date{}, time.Date(2024, 2, 29, 23, 59, 0, 0, time.FixedZone("", -5*3600)), day},
		{sqltype.Time{Precision: 3}, time.Hour + 1500*time.Microsecond, time.Hour + 2*time.Millisecond},
		{sqltype.Numeric{Precision: 9, Scale: 2}, sqltype.MustParseDecimal("0.125"), sqltype.MustParseDecimal("0.13")},
		{sqltype.Numeric{Precision: 9, Scale: 2}, sqltype.MustParseDecimal("-0.125"), sqltype.MustParseDecimal("-0.13")},
		{sqltype.Numeric{Precision: 9, Scale: 2}, sqltype.MustParseDecimal("-0.004"), sqltype.MustParseDecimal("0.00")},
		{sqltype.Numeric{Precision: 9, Scale: 2}, sqltype.Decimal{}, sqltype.MustParseDecimal("0.00")},
		{sqltype.Float{Bits: 32}, 0.1, float64(float32(0.1))},
		{sqltype.Float{Bits: 32}, math.Inf(1), math.Inf(1)},
		{sqltype.String{Length: 9, Fixed: true}, "ab  ", "ab"},
		{sqltype.DateTime{Zone: true}, sql.Null[time.Time]{V: moment, Valid: true}, sql.Null[time.Time]{V: moment.Truncate(time.Second), Valid: true}},
		{sqltype.Array{Elem: sqltype.DateTime{Zone: true}}, []time.Time{moment}, []time.Time{moment.Truncate(time.Second)}},
	} {
		c := codecFor(t, test.typ, test.v)
		before, err := encode(t, test.typ, test.v)
		if err != nil {
			t.Errorf("%s of %T: %v", test.typ, test.v, err)
			continue
		}
		rounded, p := variable(test.v)
		c.Round(p)
		opt := cmp.AllowUnexported(sqltype.Decimal{})
		if diff := cmp.Diff(rounded.Interface(), test.want, opt); diff != "" {
			t.Errorf("%s of %T rounded (-got +want):\n%s", test.typ, test.v, diff)
		}
		after, err := c.Encode(p)
		if err != nil || !after.Equal(before) {
			t.Errorf("%s of %T: got %s, %v after rounding, want %s as before", test.typ, test.v, after.Reveal(), err, before.Reveal())
		}
		back, err := decode(t, test.typ, before, test.v)
		if diff := cmp.Diff(back, test.want, opt); diff != "" || err != nil {
			t.Errorf("%s of %T read: %v (-got +want):\n%s", test.typ, test.v, err, diff)
		}
	}
}

// What a pointer or a slice shares with the rest of the program is not changed
// by rounding.
func TestRoundLeavesSharedVariables(t *testing.T) {
	shared := moment
	p := &shared
	typ := sqltype.DateTime{Zone: true}
	_, at := variable(p)
	codecFor(t, typ, p).Round(at)
	list := []time.Time{moment}
	_, at = variable(list)
	codecFor(t, sqltype.Array{Elem: typ}, list).Round(at)
	if !shared.Equal(moment) || !list[0].Equal(moment) {
		t.Errorf("got %s and %s, want both %s", shared, list[0], moment)
	}
}

func TestSame(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	negativeZero := math.Copysign(0, -1)
	instant, wall := sqltype.DateTime{Precision: 6, Zone: true}, sqltype.DateTime{Precision: 6}
	for _, test := range []struct {
		typ  sqltype.Type
		a, b any
		want bool
	}{
		{sqltype.Float{Bits: 64}, math.NaN(), math.NaN(), true},
		{sqltype.Float{Bits: 64}, 0.0, negativeZero, false},
		{sqltype.Float{Bits: 32}, float32(math.NaN()), float32(math.NaN()), true},
		{instant, moment, moment.In(berlin), true},
		{instant, moment, moment.Add(1), false},
		{wall, moment, moment.In(berlin), false},
		{wall, time.Time{}, time.Time{}.UTC(), true},
		{sqltype.Date{}, day, day.Add(23 * time.Hour), true},
		{sqltype.Date{}, day, day.Add(24 * time.Hour), false},
		{sqltype.Numeric{}, sqltype.MustParseDecimal("1.0"), sqltype.MustParseDecimal("1"), true},
		{sqltype.Numeric{}, sqltype.MustParseDecimal("1.0"), sqltype.MustParseDecimal("1.01"), false},
		{sqltype.Text{}, "a", "a ", false},
		{sqltype.UUID{}, [16]byte{1}, [16]byte{1}, true},
		{sqltype.LargeBinary{}, digest{1}, digest{2}, false},
		{sqltype.Integer{Bits: 64}, sql.Null[int]{V: 1}, sql.Null[int]{V: 2}, true},
		{sqltype.Integer{Bits: 64}, sql.Null[int]{V: 1}, sql.Null[int]{V: 1, Valid: true}, false},
	} {
		_, a := variable(test.a)
		_, b := variable(test.b)
		if got := codecFor(t, test.typ, test.a).Same(a, b); got != test.want {
			t.Errorf("%s: Same(%v, %v): got %t, want %t", test.typ, test.a, test.b, got, test.want)
		}
	}
}

// The flags decide what a mapper may do with a zero and how it sees changes.
func TestFlags(t *testing.T) {
	type flags struct{ Nullable, Reference, SaysUnset bool }
	for _, test := range []struct {
		typ  sqltype.Type
		v    any
		want flags
	}{
		{sqltype.Integer{Bits: 64}, 0, flags{}},
		{sqltype.Text{}, "", flags{}},
		{sqltype.Numeric{}, sqltype.Decimal{}, flags{}},
		{sqltype.UUID{}, [16]byte{}, flags{SaysUnset: true}},
		{sqltype.DateTime{}, time.Time{}, flags{SaysUnset: true}},
		{sqltype.Integer{Bits: 64}, (*int)(nil), flags{Nullable: true, Reference: true, SaysUnset: true}},
		{sqltype.Integer{Bits: 64}, sql.Null[int]{}, flags{Nullable: true, SaysUnset: true}},
		{sqltype.LargeBinary{}, []byte(nil), flags{Nullable: true, Reference: true}},
		{sqltype.LargeBinary{}, digest{}, flags{}},
		{sqltype.JSON{}, map[string]int(nil), flags{Reference: true}},
		{sqltype.JSON{}, sql.Null[map[string]int]{}, flags{Nullable: true, Reference: true, SaysUnset: true}},
	} {
		c := codecFor(t, test.typ, test.v)
		got := flags{c.Nullable, c.Reference, c.SaysUnset}
		if diff := cmp.Diff(got, test.want); diff != "" {
			t.Errorf("%s of %T (-got +want):\n%s", test.typ, test.v, diff)
		}
		if (c.Same == nil) != c.Reference {
			t.Errorf("%s of %T: got Same set %t, want %t", test.typ, test.v, c.Same != nil, !c.Reference)
		}
		if _, p := variable(test.v); !c.IsZero(p) {
			t.Errorf("%s of %T: got IsZero false for the zero value, want true", test.typ, test.v)
		}
	}
}

// A []byte that was read is the program's own: it survives the next row.
func TestReadBytesAreOwned(t *testing.T) {
	buffer := []byte("first")
	got, err := decode(t, sqltype.LargeBinary{}, sqltype.BytesValue(buffer), []byte(nil))
	copy(buffer, "other")
	if err != nil || string(got.([]byte)) != "first" {
		t.Errorf("got %q, %v, want %q", got, err, "first")
	}
}
