package sqltype_test

import (
	"database/sql/driver"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/sqltype"
)

// reversed keeps its text backwards in the database, like a type that
// encrypts what it holds.
type reversed string

func (s reversed) Value() (driver.Value, error) {
	if s == "fail" {
		return nil, errors.New("cannot seal fail")
	}
	return backwards(string(s)), nil
}

func (s *reversed) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return errors.New("no text")
	}
	*s = reversed(backwards(text))
	return nil
}

func backwards(s string) string {
	var b strings.Builder
	for i := len(s); i > 0; i-- {
		b.WriteByte(s[i-1])
	}
	return b.String()
}

// sealed keeps even nothing as something, so that no one sees who has nothing.
type sealed []byte

func (s sealed) Value() (driver.Value, error) { return append([]byte{'#'}, s...), nil }

func (s *sealed) Scan(v any) error {
	text, ok := v.([]byte)
	if !ok || len(text) == 0 {
		return errors.New("not sealed")
	}
	*s = text[1:]
	return nil
}

type onlyValue string

func (onlyValue) Value() (driver.Value, error) { return "x", nil }

// number returns from Value whatever it is given.
type number struct{ v driver.Value }

func (n number) Value() (driver.Value, error) { return n.v, nil }
func (n *number) Scan(v any) error            { n.v = v; return nil }

// A type that converts itself is not overruled by its kind, or a secret would
// be stored as it is.
func TestOwnMethodsGoFirst(t *testing.T) {
	got, err := encode(t, sqltype.Text{}, reversed("abc"))
	if err != nil || got.Reveal() != `"cba"` {
		t.Errorf("sent: got %s, %v, want %q", got.Reveal(), err, "cba")
	}
	back, err := decode(t, sqltype.Text{}, got, reversed(""))
	if err != nil || back != reversed("abc") {
		t.Errorf("read: got %q, %v, want %q", back, err, "abc")
	}
	held, err := encode(t, sqltype.Text{}, ptr(reversed("abc")))
	if err != nil || held.Reveal() != `"cba"` {
		t.Errorf("sent by pointer: got %s, %v, want %q", held.Reveal(), err, "cba")
	}
	nothing, err := encode(t, sqltype.LargeBinary{}, sealed(nil))
	if err != nil || nothing.Reveal() != "0x23" {
		t.Errorf("sent nil: got %s, %v, want 0x23", nothing.Reveal(), err)
	}
	_, err = encode(t, sqltype.Text{}, reversed("fail"))
	if diff := cmp.Diff(message(err), "value of type TEXT: the Value method of the Go type sqltype_test.reversed failed"); diff != "" {
		t.Errorf("failed Value (-got +want):\n%s", diff)
	}
	if _, err := sqltype.CodecFor(sqltype.Text{}, typeOf(onlyValue(""))); err == nil || !strings.Contains(err.Error(), "needs both") {
		t.Errorf("got error %v, want one with %q", err, "needs both")
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What Value returns is checked like a variable of that type.
func TestMethodsAreChecked(t *testing.T) {
	for _, test := range []struct {
		typ  sqltype.Type
		v    driver.Value
		want string // Reveal, or the error
	}{
		{sqltype.Integer{Bits: 16}, int64(5), "5"},
		{sqltype.Integer{Bits: 16}, 5, "5"},
		{sqltype.Integer{Bits: 16}, int64(70000), "value of type SMALLINT: overflows SMALLINT; use a type that holds it"},
		{sqltype.Integer{Bits: 16}, "5", "value of type SMALLINT: the Value method of the Go type sqltype_test.number returned a string, which SMALLINT does not accept"},
		{sqltype.Numeric{Precision: 3, Scale: 1}, "1.25", "1.3"},
		{sqltype.Numeric{Precision: 3, Scale: 1}, "x", "value of type NUMERIC(3, 1): not a decimal number"},
		{sqltype.Numeric{Precision: 3, Scale: 1}, 1.25, "value of type NUMERIC(3, 1): the Value method of the Go type sqltype_test.number returned a float64, which NUMERIC(3, 1) does not accept"},
		{sqltype.String{Length: 2}, []byte("abc"), "value of type VARCHAR(2): longer than 2 characters; shorten it, or use a longer type"},
		{sqltype.Text{}, nil, "NULL"},
		{sqltype.LargeBinary{}, []byte("ab"), "0x6162"},
		{sqltype.JSON{}, []byte(`{"a":1}`), `"{\"a\":1}"`},
		{sqltype.JSON{}, "{", "value of type JSON: not a JSON document"},
		{sqltype.UUID{}, id.String(), id.String()},
		{sqltype.UUID{}, "0189", "value of type UUID: not a UUID"},
		{sqltype.Boolean{}, true, "true"},
		{sqltype.Date{}, moment, "2024-02-29"},
		{sqltype.Time{}, moment, "value of type TIME(0): the Value method of the Go type sqltype_test.number returned a time.Time, which TIME(0) does not accept"},
	} {
		v, err := encode(t, test.typ, number{test.v})
		got := v.Reveal()
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(got, test.want); diff != "" {
			t.Errorf("%s given a %T (-got +want):\n%s", test.typ, test.v, diff)
		}
	}
}

// Scan methods are given the Go values that they expect of a driver.
func TestScanIsGivenNaturalValues(t *testing.T) {
	for _, test := range []struct {
		typ    sqltype.Type
		stored sqltype.Value
		want   any
	}{
		{sqltype.Integer{Bits: 16}, sqltype.Int64Value(5), int64(5)},
		{sqltype.Integer{Bits: 64, Unsigned: true}, sqltype.Uint64Value(5), int64(5)},
		{sqltype.Integer{Bits: 64, Unsigned: true}, sqltype.Uint64Value(1 << 63), "9223372036854775808"},
		{sqltype.Numeric{}, sqltype.DecimalValue("1.50"), "1.50"},
		{sqltype.Text{}, sqltype.TextValue("a"), "a"},
		{sqltype.Text{}, sqltype.NullValue(), nil},
		{sqltype.JSON{}, sqltype.JSONValue("[]"), []byte("[]")},
		{sqltype.LargeBinary{}, sqltype.BytesValue([]byte{1}), []byte{1}},
		{sqltype.UUID{}, sqltype.UUIDValue((*[16]byte)(&id)), id.String()},
		{sqltype.Time{}, sqltype.TimeOfDayValue(3661e9), "01:01:01"},
		{sqltype.DateTime{Zone: true}, sqltype.InstantValue(moment), moment},
	} {
		got, err := decode(t, test.typ, test.stored, number{})
		if err != nil {
			t.Errorf("%s: %v", test.typ, err)
			continue
		}
		if diff := cmp.Diff(got.(number).v, test.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", test.typ, diff)
		}
	}
}

// uuid.UUID has methods, but in a UUID column it is 16 bytes like any other;
// in a text column the methods write it.
func TestUUIDInTextColumn(t *testing.T) {
	got, err := encode(t, sqltype.String{Length: 36}, id)
	if err != nil || got.Text() != id.String() {
		t.Fatalf("sent: got %s, %v, want %s", got.Reveal(), err, id)
	}
	back, err := decode(t, sqltype.String{Length: 36}, got, uuid.UUID{})
	if err != nil || back != id {
		t.Errorf("read: got %s, %v, want %s", back, err, id)
	}
}

// Types whose text form is a decimal number are exact, and are rounded and
// checked like Decimal.
func TestTextDecimals(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	typ := sqltype.Numeric{Precision: 30}
	got, err := encode(t, typ, huge)
	if err != nil || got.Text() != huge.String() {
		t.Fatalf("sent: got %s, %v, want %s", got.Reveal(), err, huge)
	}
	back, err := decode(t, typ, got, huge)
	if err != nil || back.(*big.Int).Cmp(huge) != 0 {
		t.Errorf("read: got %s, %v, want %s", back, err, huge)
	}
	if _, err := encode(t, sqltype.Numeric{Precision: 29}, huge); message(err) != "value of type NUMERIC(29, 0): overflows NUMERIC(29, 0); use a type that holds it" {
		t.Errorf("too large: got error %v", err)
	}
}
