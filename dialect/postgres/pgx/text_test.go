package pgx

import (
	"bytes"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

// FuzzTextForms feeds every reader of text forms with anything: none may
// panic, and a value that was read is written so that it is read again.
func FuzzTextForms(f *testing.F) {
	for _, s := range []string{
		"t", "-7", "1.50", "Infinity", `\xdeadbeef`, `a\\b\001`, "00010203-0405-0607-0809-0a0b0c0d0e0f",
		"2024-02-29", "0044-03-15 BC", "12:34:56.789", "24:00:00", "2024-02-29 12:00:00.5+05:30", "0001-01-01 00:00:00 BC",
		"{1,NULL,3}", `{"a\"b",NULL,"NULL",""}`, "[0:1]={1,2}", "{{1,2},{3,4}}", "{}", "{", `{"`, `{"\`, "[", "infinity",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for i := range baseTypes {
			typ := &baseTypes[i]
			v, err := textValue(typ, b)
			if err == nil && typ.encode != nil {
				again(t, typ, v)
			}
			if v, err := readArray(typ, b); err == nil {
				dst, err := appendArrayText(nil, v)
				if err != nil || readsMore(typ) {
					continue // an element that the server cannot have written, or would not so
				}
				if w, err := readArray(typ, dst); err != nil || !w.Equal(v) {
					t.Errorf("%s: %q was written as %q, and read with error %v", typ.name, b, dst, err)
				}
			}
		}
	})
}

// readsMore tells types of whose values the text that is written is not the
// one that was read: days that do not exist, more digits than the server has,
// true for t.
func readsMore(t *pgType) bool {
	return t.name == "bool" || t.name == "date" || t.name == "time" || t.name == "timestamp" || t.name == "timestamptz" ||
		t.name == "float4" || t.name == "float8"
}

func again(t *testing.T, typ *pgType, v sqltype.Value) {
	b, err := appendText(nil, v)
	if err != nil || readsMore(typ) {
		return
	}
	w, err := textValue(typ, b)
	if err != nil || !w.Equal(v) {
		t.Errorf("%s: written as %q and read with error %v", typ.name, b, err)
	}
}

// The text form of a moment is read as the moment it was.
func TestMomentText(t *testing.T) {
	for _, want := range []time.Time{
		time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(0, 12, 31, 1, 2, 3, 0, time.UTC),
		time.Date(-4712, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(294276, 12, 31, 23, 59, 59, 999999000, time.UTC),
	} {
		b, err := appendText(nil, sqltype.InstantValue(want))
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseTimestamp(b)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: got %v and error %v, want %v", b, got, err, want)
		}
	}
	got, err := parseTimestamp([]byte("2024-03-01 01:02:03.5-04:56:02"))
	if want := time.Date(2024, 3, 1, 5, 58, 5, 5e8, time.UTC); err != nil || !got.Equal(want) {
		t.Errorf("got %v and error %v, want %v", got, err, want)
	}
}

func TestBytesText(t *testing.T) {
	for s, want := range map[string]string{`\x`: "", `\x00ff`: "\x00\xff", `a\\b\000\377`: "a\\b\x00\xff", "": ""} {
		got, err := parseBytes([]byte(s))
		if err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("%s: got %q and error %v, want %q", s, got, err, want)
		}
	}
	for _, s := range []string{`\x0`, `\xzz`, `\`, `\12`, `\999`} {
		if got, err := parseBytes([]byte(s)); err == nil {
			t.Errorf("%s: got %q, want an error", s, got)
		}
	}
}
