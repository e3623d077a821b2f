package sqltype_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/sqltype"
)

// However a Value is printed, what it holds does not end up in a log.
func TestValueIsHidden(t *testing.T) {
	values := map[string]sqltype.Value{
		"text(6 bytes)":     sqltype.TextValue("424242"),
		"bytes(6 bytes)":    sqltype.BytesValue([]byte("424242")),
		"int64":             sqltype.Int64Value(424242),
		"decimal(6 bytes)":  sqltype.DecimalValue("424242"),
		"array(1 elements)": sqltype.ArrayValue([]sqltype.Value{sqltype.Int64Value(424242)}),
		"NULL":              sqltype.NullValue(),
	}
	for want, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			if got := fmt.Sprintf(verb, v); got != want {
				t.Errorf("%s: got %s, want %s", verb, got, want)
			}
			if got := fmt.Sprintf(verb, []sqltype.Value{v}); strings.Contains(got, "424242") {
				t.Errorf("%s in a slice: got %s, want no value", verb, got)
			}
		}
		if text, err := json.Marshal(map[string]any{"v": v}); err != nil || strings.Contains(string(text), "424242") {
			t.Errorf("JSON: got %s, %v, want no value", text, err)
		}
	}
}

func TestClone(t *testing.T) {
	b, key := []byte("first"), id
	values := []sqltype.Value{
		sqltype.BytesValue(b), sqltype.UUIDValue((*[16]byte)(&key)),
		sqltype.ArrayValue([]sqltype.Value{sqltype.BytesValue(b)}), sqltype.TextValue(""), sqltype.Int64Value(7), sqltype.NullValue(),
	}
	var clones []sqltype.Value
	for _, v := range values {
		clones = append(clones, v.Clone())
		if !v.Equal(clones[len(clones)-1]) {
			t.Errorf("got %s, want %s", clones[len(clones)-1].Reveal(), v.Reveal())
		}
	}
	copy(b, "other")
	key[0]++
	var got []string
	for _, v := range clones {
		got = append(got, v.Reveal())
	}
	want := []string{"0x6669727374", id.String(), "[0x6669727374]", `""`, "7", "NULL"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("after the variables changed (-got +want):\n%s", diff)
	}
}

// Two types of labels are not one, however their names are written.
func TestEnumKeys(t *testing.T) {
	a := sqltype.Enum{Name: "e", Labels: sqltype.NewLabels("a, b")}
	b := sqltype.Enum{Name: "e", Labels: sqltype.NewLabels("a", "b")}
	if a.String() == b.String() {
		t.Errorf("got %s for both, want different keys", a)
	}
}
