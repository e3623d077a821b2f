package mssql_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/schema"
)

// TestActionsThatReachATableTwice holds which foreign keys the server would
// refuse together, and that others are left alone.
func TestActionsThatReachATableTwice(t *testing.T) {
	key := func(column, to string, on ...schema.Action) schema.TableItem {
		options := []schema.ForeignKeyOption{}
		for _, a := range on {
			options = append(options, schema.OnDelete(a))
		}
		return schema.NewColumn(column, big, schema.Nullable(), schema.ForeignKey(to+".id", options...))
	}
	type model map[string][]schema.TableItem
	for name, tc := range map[string]struct {
		tables model
		wrong  bool
	}{
		"itself":                   {model{"a": {key("x", "a", schema.SetNull)}, "b": nil, "c": nil}, true},
		"itself, without action":   {model{"a": {key("x", "a")}, "b": nil, "c": nil}, false},
		"two keys":                 {model{"a": nil, "b": {key("x", "a", schema.Cascade), key("y", "a", schema.SetNull)}, "c": nil}, true},
		"two ways":                 {model{"a": nil, "b": {key("x", "a", schema.Cascade)}, "c": {key("x", "a", schema.Cascade), key("y", "b", schema.Cascade)}}, true},
		"a way that ends":          {model{"a": nil, "b": {key("x", "a", schema.SetNull)}, "c": {key("x", "a", schema.Cascade), key("y", "b", schema.Cascade)}}, false},
		"a chain":                  {model{"a": nil, "b": {key("x", "a", schema.Cascade)}, "c": {key("y", "b", schema.Cascade)}}, false},
		"two ways, one restricted": {model{"a": nil, "b": {key("x", "a", schema.Cascade)}, "c": {key("x", "a", schema.Restrict), key("y", "b", schema.Cascade)}}, false},
	} {
		m := schema.NewMetaData()
		var first *schema.Table
		for _, n := range []string{"a", "b", "c"} {
			table := schema.MustTable(m, n, append([]schema.TableItem{schema.NewColumn("id", big, schema.PrimaryKey())}, tc.tables[n]...)...)
			if first == nil {
				first = table
			}
		}
		if err := m.Resolve(); err != nil {
			t.Fatal(err)
		}
		got := ddl(t, schema.CreateTable{Table: first})
		if wrong := strings.Contains(got, "one DELETE of a reaches"); wrong != tc.wrong {
			t.Errorf("%s: got %q, want it refused: %v", name, got, tc.wrong)
		}
	}
}

// TestKeysAreNotNull holds that a column of the key can't be NULL, whatever the
// model says: the server refuses a key over one that may be.
func TestKeysAreNotNull(t *testing.T) {
	got := ddl(t, schema.CreateTable{Table: table("t", schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo), schema.Nullable()))})
	if !strings.Contains(got, "[id] BIGINT NOT NULL,") {
		t.Errorf("got %s", got)
	}
}
