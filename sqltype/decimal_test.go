package sqltype_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/sqltype"
)

func TestParseDecimal(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"-0.00", "0.00"},
		{"00012.50", "12.50"},
		{"+7", "7"},
		{".5", "0.5"},
		{"5.", "5"},
		{"-100", "-100"},
		{"1e3", "1000"},
		{"1.25E+1", "12.5"},
		{"125e-4", "0.0125"},
		{"1.5e-1", "0.15"},
		{"0e5", "0"},
		{"0E0", "0"},
		{"5e0", "5"},
		{"1000", "1000"},
	} {
		d, err := sqltype.ParseDecimal(test.in)
		if err != nil || d.String() != test.want {
			t.Errorf("%q: got %s, %v, want %s", test.in, d, err, test.want)
		}
	}
	for _, in := range []string{"", "-", "+", ".", "e5", "1e", "1e9999999", "1e-9999999", "NaN", "Infinity", "0x10", "1,5", " 1", "1_000", "--1", "-+1", "1.2.3", "1\x00", "١"} {
		d, err := sqltype.ParseDecimal(in)
		if err == nil {
			t.Errorf("%q: got %s, want an error", in, d)
		} else if len(in) > 3 && strings.Contains(err.Error(), in) {
			t.Errorf("%q: got error %q, want one that does not show the value", in, err)
		}
	}
}

func TestDecimalRound(t *testing.T) {
	for _, test := range []struct {
		in    string
		scale int
		want  string
	}{
		{"0.5", 0, "1"},
		{"-0.5", 0, "-1"},
		{"0.49", 0, "0"},
		{"-0.49", 0, "0"},
		{"2.5", 0, "3"},
		{"1.005", 2, "1.01"},
		{"9.995", 2, "10.00"},
		{"999.999", 2, "1000.00"},
		{"-9.9949", 2, "-9.99"},
		{"0.0004", 2, "0.00"},
		{"3", 2, "3.00"},
		{"12.3", -1, "12"},
	} {
		if got := sqltype.MustParseDecimal(test.in).Round(test.scale).String(); got != test.want {
			t.Errorf("%s at %d: got %s, want %s", test.in, test.scale, got, test.want)
		}
	}
}

func TestNewDecimal(t *testing.T) {
	for _, test := range []struct {
		unscaled int64
		scale    int
		want     string
	}{
		{0, 0, "0"},
		{0, 2, "0.00"},
		{5, 2, "0.05"},
		{-5, 2, "-0.05"},
		{1250, 2, "12.50"},
		{-1 << 63, 18, "-9.223372036854775808"},
		{12, -2, "1200"},
	} {
		d := sqltype.NewDecimal(test.unscaled, test.scale)
		if d.String() != test.want || d != sqltype.MustParseDecimal(test.want) {
			t.Errorf("%d, %d: got %s, want %s", test.unscaled, test.scale, d, test.want)
		}
	}
}

func TestDecimalJSON(t *testing.T) {
	var got struct{ A, B, C sqltype.Decimal }
	if err := json.Unmarshal([]byte(`{"A":"1.50","B":0.1,"C":null}`), &got); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if want := `{"A":"1.50","B":"0.1","C":"0"}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
	for _, bad := range []string{`{"A":""}`, `{"A":true}`, `{"A":"1"x}`, `{"A":[1]}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s: got no error, want one", bad)
		}
	}
}

// Every number that is accepted is the one that math/big reads, is written in
// one way, compares as numbers do, and rounds half away from zero.
func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "1e10", "99.995", "-.5e-3", "+001.10", "1e", "5."} {
		f.Add(seed, "1.5", uint8(2))
	}
	f.Fuzz(func(t *testing.T, s, other string, scale uint8) {
		d, err := sqltype.ParseDecimal(s)
		if err != nil || len(d.String()) > 2000 {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		got, gotOK := new(big.Rat).SetString(d.String())
		if !ok || !gotOK || got.Cmp(want) != 0 {
			t.Fatalf("%q: got %s, want %v", s, d, want)
		}
		if again := sqltype.MustParseDecimal(d.String()); again != d {
			t.Errorf("%q: got %#v when read again, want %#v", s, again, d)
		}
		checkRound(t, d, int(scale%40))
		e, err := sqltype.ParseDecimal(other)
		if err != nil || len(e.String()) > 2000 {
			return
		}
		rat, _ := new(big.Rat).SetString(e.String())
		if c := d.Cmp(e); c != got.Cmp(rat) || c != -e.Cmp(d) {
			t.Errorf("%s.Cmp(%s): got %d, want %d", d, e, c, got.Cmp(rat))
		}
	})
}

// checkRound compares with big.Rat, which also rounds half away from zero.
func checkRound(t *testing.T, d sqltype.Decimal, scale int) {
	t.Helper()
	rat, _ := new(big.Rat).SetString(d.String())
	got, _ := new(big.Rat).SetString(d.Round(scale).String())
	want, _ := new(big.Rat).SetString(rat.FloatString(scale))
	if got.Cmp(want) != 0 || d.Round(scale).Scale() != scale {
		t.Errorf("%s at %d: got %s, want %s", d, scale, d.Round(scale), rat.FloatString(scale))
	}
}
