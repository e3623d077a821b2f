package sqltype_test

import (
	"database/sql"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/sqltype"
)

// seconds is a duration, and a number of them where it is stored.
type seconds time.Duration

var secondsType = sqltype.Decorate("seconds", sqltype.Integer{Bits: 32},
	func(s seconds) (int64, error) {
		if s < 0 {
			return 0, errors.New("the past: " + time.Duration(s).String())
		}
		return int64(time.Duration(s) / time.Second), nil
	},
	func(n int64) (seconds, error) {
		if n == 13 {
			return 0, errors.New("unlucky")
		}
		return seconds(n) * seconds(time.Second), nil
	})

func TestDecorate(t *testing.T) {
	got, err := encode(t, secondsType, seconds(90*time.Second))
	if err != nil || got.Kind() != sqltype.KindInt64 || got.Int64() != 90 {
		t.Errorf("got %s, %v, want 90", got.Reveal(), err)
	}
	back, err := decode(t, secondsType, sqltype.Int64Value(90), seconds(0))
	if err != nil || back != seconds(90*time.Second) {
		t.Errorf("got %v, %v, want 90 s", back, err)
	}
	null, err := encode(t, secondsType, (*seconds)(nil))
	if err != nil || !null.IsNull() {
		t.Errorf("nil: got %s, %v, want NULL", null.Reveal(), err)
	}
	valid, err := encode(t, secondsType, sql.Null[seconds]{V: seconds(time.Minute), Valid: true})
	if err != nil || valid.Int64() != 60 {
		t.Errorf("sql.Null: got %s, %v, want 60", valid.Reveal(), err)
	}
	if got, want := secondsType.String(), "seconds(INTEGER)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDecoratorsThatRefuse(t *testing.T) {
	_, err := encode(t, secondsType, seconds(-time.Hour))
	if got, want := message(err), "value of type seconds(INTEGER): its decorator refused the value"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = decode(t, secondsType, sqltype.Int64Value(13), seconds(0))
	if got, want := message(err), "value of type seconds(INTEGER): its decorator refused the stored value"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = encode(t, secondsType, seconds(time.Second<<33))
	if err == nil || !strings.Contains(err.Error(), "overflows INTEGER") {
		t.Errorf("got %v, want an overflow of the implementation", err)
	}
	_, err = decode(t, secondsType, sqltype.NullValue(), seconds(0))
	if err == nil || !strings.Contains(err.Error(), "is NULL") {
		t.Errorf("got %v, want an error about NULL", err)
	}
}

func TestWrongWrappers(t *testing.T) {
	same := func(n int64) (int64, error) { return n, nil }
	pointer := func(n *int64) (int64, error) { return *n, nil }
	back := func(n int64) (*int64, error) { return &n, nil }
	text := func(string) (int64, error) { return 0, nil }
	toText := func(int64) (string, error) { return "", nil }
	integer := sqltype.Integer{Bits: 64}
	for _, test := range []struct {
		typ  sqltype.Type
		g    reflect.Type
		want string
	}{
		{secondsType, typeOf(""), "sqltype: seconds(INTEGER) does not accept the Go type string; it accepts sqltype_test.seconds, pointers to it and sql.Null of it"},
		{sqltype.Decorate("", integer, same, same), typeOf(int64(0)), "sqltype: a decorator of BIGINT for the Go type int64 has no name"},
		{sqltype.Decorate("half", integer, same, nil), typeOf(int64(0)), "sqltype: the decorator half(BIGINT) has no function to bind or none for results"},
		{sqltype.Decorate("ptr", integer, pointer, back), typeOf(new(int64)), "sqltype: the decorator ptr(BIGINT) is for *int64, which can be NULL; decorate what it holds, and let the column be nullable"},
		{
			sqltype.Decorate("other", integer, toText, text), typeOf(int64(0)),
			"sqltype: the decorator other(BIGINT): sqltype: BIGINT does not accept the Go type string; it accepts the integer types, pointers to them, sql.Null of them, and types with Value and Scan methods",
		},
		{sqltype.WithVariant(integer, sqltype.Integer{Bits: 32}), typeOf(int64(0)), "sqltype: the variant INTEGER of BIGINT is for no dialect; name one, such as \"sqlite\""},
		{
			sqltype.WithVariant(integer, sqltype.Text{}, "sqlite"), typeOf(int64(0)),
			"sqltype: BIGINT and its variant TEXT have values of different kinds, int64 and text; use WithVariantOf, which names a Go type for both",
		},
		{sqltype.WithVariant(integer, sqltype.Integer{Bits: 5}, "sqlite"), typeOf(int64(0)), "sqltype: sqltype.Integer{Bits:5, Unsigned:false} is not a type: Bits is 8, 16, 24, 32 or 64"},
		{
			sqltype.WithVariantOf[int64](integer, sqltype.Date{}, "sqlite"), typeOf(int64(0)),
			"sqltype: DATE does not accept the Go type int64; it accepts time.Time, pointers to them, sql.Null of them, and types with Value and Scan methods",
		},
	} {
		_, err := sqltype.CodecFor(test.typ, test.g)
		if diff := cmp.Diff(message(err), test.want); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	}
}

// What is said of a product goes before what is said of its parent, and what is
// said last before what was said first.
func TestVariantsByDialect(t *testing.T) {
	small := sqltype.Integer{Bits: 16}
	typ := sqltype.WithVariant(sqltype.WithVariant(sqltype.Integer{Bits: 64}, sqltype.Integer{Bits: 32}, "mysql", "sqlite"), small, "mariadb", "sqlite")
	for _, test := range []struct {
		dialects []string
		want     sqltype.Type
	}{
		{nil, sqltype.Integer{Bits: 64}},
		{[]string{"postgresql"}, sqltype.Integer{Bits: 64}},
		{[]string{"mysql"}, sqltype.Integer{Bits: 32}},
		{[]string{"mariadb", "mysql"}, small},
		{[]string{"sqlite"}, small},
		{[]string{"tidb", "mysql"}, sqltype.Integer{Bits: 32}},
	} {
		if got, conv := sqltype.Resolve(typ, test.dialects...); got != test.want || conv != nil {
			t.Errorf("%q: got %s, %v, want %s", test.dialects, got, conv, test.want)
		}
	}
	if got := sqltype.Base(sqltype.Array{Elem: secondsType}); got != sqltype.Type(sqltype.Array{Elem: sqltype.Integer{Bits: 32}}) {
		t.Errorf("got %s, want INTEGER[]", got)
	}
}

func TestConversions(t *testing.T) {
	list := sqltype.WithVariantOf[[]string](sqltype.Array{Elem: sqltype.Text{}}, sqltype.JSON{}, "sqlite")
	stored, conv := sqltype.Resolve(list, "sqlite")
	if stored != sqltype.Type(sqltype.JSON{}) || conv == nil {
		t.Fatalf("got %s, %v, want JSON and a conversion", stored, conv)
	}
	array := sqltype.ArrayValue([]sqltype.Value{sqltype.TextValue("a"), sqltype.TextValue(`"`)})
	sent, err := conv.Send(array)
	if err != nil || sent.Kind() != sqltype.KindJSON || sent.Text() != `["a","\""]` {
		t.Errorf("got %s, %v", sent.Reveal(), err)
	}
	back, err := conv.From(sqltype.RowOf(sent), 0)
	if err != nil || !back.Equal(array) {
		t.Errorf("got %s, %v, want %s", back.Reveal(), err, array.Reveal())
	}
	null, err := conv.Send(sqltype.NullValue())
	if err != nil || !null.IsNull() {
		t.Errorf("got %s, %v, want NULL", null.Reveal(), err)
	}
	if _, err := conv.From(sqltype.RowOf(sqltype.JSONValue(`{"a":1}`)), 0); err == nil {
		t.Error("a document that is no list: got no error")
	}
	// Lists of such lists, with what is NULL among them.
	lists, conv := sqltype.Resolve(sqltype.Array{Elem: list}, "sqlite")
	sent, err = conv.Send(sqltype.ArrayValue([]sqltype.Value{array, {}}))
	if want := "JSON[]"; lists.String() != want || err != nil || len(sent.Array()) != 2 || !sent.Array()[1].IsNull() {
		t.Errorf("got %s of %s, %v, want %s", sent.Reveal(), lists, err, want)
	}
	back, err = conv.From(sqltype.RowOf(sent), 0)
	if err != nil || !back.Array()[0].Equal(array) || !back.Array()[1].IsNull() {
		t.Errorf("got %s, %v", back.Reveal(), err)
	}
}

// TestGeneralTypes gives the general type that a named one has the values of.
func TestGeneralTypes(t *testing.T) {
	for _, tc := range []struct{ named, want sqltype.Type }{
		{sqltype.VARCHAR(50), sqltype.String{Length: 50}},
		{sqltype.CHAR(4), sqltype.String{Length: 4, Fixed: true}},
		{sqltype.DECIMAL(12, 2), sqltype.Numeric{Precision: 12, Scale: 2}},
		{sqltype.TIMESTAMPTZ(3), sqltype.DateTime{Precision: 3, Zone: true}},
		{sqltype.BLOB(), sqltype.LargeBinary{}},
		{sqltype.Exactly("GEOMETRY", sqltype.Text{}), sqltype.Text{}},
		{sqltype.Integer{Bits: 16}, sqltype.Integer{Bits: 16}},
	} {
		if got := sqltype.Values(tc.named); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.named, got, tc.want)
		}
	}
}
