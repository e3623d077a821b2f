package sqltype_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

type named string

// Value sends and refuses what Encode does, for the pairs that it knows and for
// those that it does not.
func TestValueIsEncode(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	wall, instant := sqltype.DateTime{Precision: 3}, sqltype.DateTime{Precision: 6, Zone: true}
	at := time.Date(2026, 11, 22, 8, 30, 15, 123000000, time.UTC)
	moments := []any{
		time.Time{},
		at, at.Add(499 * time.Microsecond), at.In(berlin), at.In(time.Local), time.Now(), ptr(at), (*time.Time)(nil), ptr(at.In(berlin)),
		time.Date(0, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999000000, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	fills := 0
	texts := []any{"", "plain", "äöü", "äöüäö", "äöüäöü", "longer", "a\x00b", "\xff", strings.Repeat("x", 9), ptr("ä\x00"), ptr("äöüäöü"), (*string)(nil), named("named"), ptr(named("\xff"))}
	for _, test := range []struct {
		typ    sqltype.Type
		values []any
	}{
		{sqltype.Integer{Bits: 64}, []any{int64(math.MinInt64), int64(-1), math.MaxInt, int32(-7), uint8(9), ptr(int64(5)), (*int64)(nil), ptr(-3)}},
		{sqltype.Integer{Bits: 16}, []any{int64(1 << 20), 77, -1 << 20}},
		{sqltype.Integer{Bits: 64, Unsigned: true}, []any{int64(-1), int64(1), uint64(math.MaxUint64)}},
		{sqltype.Float{Bits: 64}, []any{0.0, math.Copysign(0, -1), math.NaN(), math.Inf(1), 1.5, float32(2.5), ptr(0.25), (*float64)(nil)}},
		{sqltype.Float{Bits: 32}, []any{1e300, 0.1, float32(0.1)}},
		{sqltype.Boolean{}, []any{true, false, ptr(true), (*bool)(nil)}},
		{sqltype.Text{}, texts},
		{sqltype.String{Length: 5}, texts},
		{sqltype.String{Length: 5, Fixed: true}, append(texts, "a   ")},
		{sqltype.LargeBinary{}, []any{[]byte(nil), []byte{}, []byte{1, 2}, digest{3}}},
		{sqltype.LargeBinary{Length: 3}, []any{[]byte(nil), []byte{}, []byte{1, 2}, []byte{1, 2, 3, 4}}},
		{wall, moments},
		{instant, moments},
		{sqltype.DateTime{}, moments},
	} {
		for _, x := range test.values {
			c := codecFor(t, test.typ, x)
			_, p := variable(x)
			want, wantErr := c.Encode(p)
			got, err := c.Value(p)
			if !reflect.DeepEqual(err, wantErr) || err == nil && (got.Kind() != want.Kind() || got.Reveal() != want.Reveal() || !got.Equal(want) && x == x) {
				t.Errorf("%s of %T %v: got %v, %v, want %v, %v", test.typ, x, x, got.Reveal(), err, want.Reveal(), wantErr)
			}
			before := sqltype.TextValue("as it was")
			filled := before
			switch ok := c.Fill(&filled, p); {
			case ok && (wantErr != nil || filled.Kind() != want.Kind() || filled.Reveal() != want.Reveal()):
				t.Errorf("%s of %T %v: filled with %v, want %v, %v", test.typ, x, x, filled.Reveal(), want.Reveal(), wantErr)
			case !ok && !filled.Equal(before):
				t.Errorf("%s of %T %v: not filled, and yet %v", test.typ, x, x, filled.Reveal())
			case ok:
				fills++
			}
			if c.Total() && wantErr != nil {
				t.Errorf("%s of %T is said never to fail, and failed: %v", test.typ, x, wantErr)
			}
		}
	}
	if fills < 30 {
		t.Errorf("%d values were filled; the common pairs are", fills)
	}
}
