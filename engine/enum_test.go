package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// made creates what the metadata has, anew, for as long as the test runs.
func made(t *testing.T, e *engine.Engine, m *schema.MetaData) {
	t.Helper()
	drop := func() {
		if err := e.DropAll(context.Background(), m); err != nil {
			t.Error(err)
		}
	}
	drop()
	if err := e.CreateAll(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
}

// mood is an enumeration of constants that are numbers in the program.
type mood uint8

const (
	sad mood = iota
	fine
	happy
)

func (m mood) label() string { return [...]string{"sad", "it's ok", "happy"}[m] }

var (
	moodLabels = sqltype.NewLabels("sad", "it's ok", "happy")
	moods      = map[string]sqltype.Enum{
		"native":    {Name: "engine_mood", Labels: moodLabels},
		"text":      {Name: "engine_mood", Labels: moodLabels, AsText: true},
		"unchecked": {Name: "engine_mood", Labels: moodLabels, AsText: true, Unchecked: true, Length: 30},
	}
)

type moodTable struct {
	ID   schema.Int64
	Mood schema.TextOf[string]
}

func newMoods(t *testing.T, e *engine.Engine, of sqltype.Enum) (*schema.Table, *moodTable) {
	t.Helper()
	table := schema.MustTable(schema.NewMetaData(), "engine_moods",
		schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("mood", of))
	made(t, e, table.MetaData())
	return table, &moodTable{
		ID:   schema.Int64{Num: expr.NumColumn[int64](table, "id")},
		Mood: schema.TextOf[string]{TextOf: expr.NewText[string](expr.Unwrap(table.C("mood")), sqltype.CodecOf[string](of))},
	}
}

// TestEnums keeps labels as types, as checked text and as text of any label,
// past the program too.
func TestEnums(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		for name, of := range moods {
			t.Run(name, func(t *testing.T) {
				table, c := newMoods(t, e, of)
				exec(t, e, expr.NewInsert(table).Values(c.ID.Set(1), c.Mood.Set("it's ok")).Values(c.ID.Set(2), c.Mood.Set("happy")))
				got := readTexts(t, e, expr.NewSelect(c.Mood).Where(c.Mood.In("it's ok", "sad")))
				if d := cmp.Diff(got, []string{"it's ok"}); d != "" {
					t.Errorf("rows (-got +want):\n%s", d)
				}
				checkForeignLabels(t, e, table, c, of)
			})
		}
	})
}

// checkForeignLabels tries labels that the type does not have.
func checkForeignLabels(t *testing.T, e *engine.Engine, table *schema.Table, c *moodTable, of sqltype.Enum) {
	t.Helper()
	var value *sqlerr.ValueError
	if _, err := e.Exec(t.Context(), expr.NewInsert(table).Values(c.ID.Set(3), c.Mood.Set("angry"))); !errors.As(err, &value) {
		t.Errorf("the program's label: got %v, want a ValueError", err)
	}
	_, err := e.Exec(t.Context(), expr.SQL("INSERT INTO engine_moods (id, mood) VALUES (4, 'angry')"))
	if (err == nil) != of.Unchecked {
		t.Errorf("another program's label: got %v, want it kept: %v", err, of.Unchecked)
	}
	if !of.Unchecked {
		return
	}
	_, err = engine.Collect[string](t.Context(), e, expr.NewSelect(c.Mood).Where(c.ID.Eq(4)))
	if !errors.As(err, &value) || !strings.Contains(err.Error(), "add it to the type") {
		t.Errorf("a stored label that the program does not know: got %v", err)
	}
}

// TestEnumsOfConstants stores constants by their labels.
func TestEnumsOfConstants(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		of := sqltype.EnumBy(sqltype.Enum{Name: "engine_mood_by"}, mood.label, sad, fine, happy)
		table := schema.MustTable(schema.NewMetaData(), "engine_moods_by",
			schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("mood", of))
		made(t, e, table.MetaData())
		id := expr.NumColumn[int64](table, "id")
		col := expr.NewScalar[mood](expr.Unwrap(table.C("mood")), sqltype.CodecOf[mood](of))
		exec(t, e, expr.NewInsert(table).Values(id.Set(1), col.Set(happy)).Values(id.Set(2), col.Set(sad)).Values(id.Set(3), col.Set(fine)))
		got, err := engine.Collect[mood](t.Context(), e, expr.NewSelect(col).Where(col.Ne(sad)).OrderBy(id.Asc()))
		if d := cmp.Diff(got, []mood{happy, fine}); d != "" || err != nil {
			t.Errorf("error %v, rows (-got +want):\n%s", err, d)
		}
		stored := readTexts(t, e, expr.NewSelect(expr.CastTo[string](col, sqltype.String{Length: 20})).Where(id.Eq(3)))
		if d := cmp.Diff(stored, []string{"it's ok"}); d != "" {
			t.Errorf("stored (-got +want):\n%s", d)
		}
		var refused *sqlerr.ValueError
		if _, err := e.Exec(t.Context(), expr.NewInsert(table).Values(id.Set(4), col.Set(9))); !errors.As(err, &refused) {
			t.Errorf("a constant without a label: got %v", err)
		}
	})
}

// TestEnumsAreShared has one type for two tables, which is created and dropped
// once, also in a schema of its own and as the elements of an array; and two
// types of one name are refused.
func TestEnumsAreShared(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		if e.Dialect().Name() != "postgresql" {
			t.Skip("enumerations are no types of their own here")
		}
		exec(t, e, expr.SQL("CREATE SCHEMA IF NOT EXISTS engine_enums"))
		t.Cleanup(func() {
			if _, err := e.Exec(context.Background(), expr.SQL("DROP SCHEMA engine_enums")); err != nil {
				t.Error(err)
			}
		})
		of := sqltype.Enum{Name: "shared", Labels: moodLabels, Schema: "engine_enums"}
		m := schema.NewMetaData()
		a := schema.MustTable(m, "engine_shared_a", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("many", sqltype.Array{Elem: of}))
		schema.MustTable(m, "engine_shared_b", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("one", of))
		made(t, e, m)
		many := expr.NewScalar[[]string](expr.Unwrap(a.C("many")), sqltype.CodecOf[[]string](sqltype.Array{Elem: of}))
		exec(t, e, expr.NewInsert(a).Values(expr.NumColumn[int64](a, "id").Set(1), many.Set([]string{"happy", "it's ok"})))
		got, err := engine.Scalar[[]string](t.Context(), e, expr.NewSelect(many))
		if d := cmp.Diff(got, []string{"happy", "it's ok"}); d != "" || err != nil {
			t.Errorf("error %v, labels (-got +want):\n%s", err, d)
		}
		other := sqltype.Enum{Name: "shared", Labels: sqltype.NewLabels("x"), Schema: "engine_enums"}
		schema.MustTable(m, "engine_shared_c", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("one", other))
		if err := e.CreateAll(t.Context(), m); err == nil || !strings.Contains(err.Error(), "other labels") {
			t.Errorf("two types of one name: got %v", err)
		}
	})
}
