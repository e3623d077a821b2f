package ids_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	small  = sqltype.Integer{Bits: 16}
	medium = sqltype.Integer{Bits: 32}
)

// ends are generators with the id before the last one, which has to be given
// to come to the end.
var ends = []struct {
	name        string
	typ         sqltype.Type
	opts        func() []schema.Option
	before, end int64
	sequence    string // named in the error
}{
	{"a key of 16 bits", small, func() []schema.Option { return nil }, 1<<15 - 2, 1<<15 - 1, ""},
	{"a key of 32 bits", medium, func() []schema.Option { return nil }, 1<<31 - 2, 1<<31 - 1, ""},
	{"a key of 64 bits", big, func() []schema.Option { return []schema.Option{schema.NewIdentity()} }, 1<<63 - 3, 1<<63 - 2, ""},
	{"an identity with a largest value", big, func() []schema.Option {
		return []schema.Option{schema.NewIdentity(schema.Start(5), schema.Increment(5), schema.Max(50))}
	}, 45, 50, ""},
	{"a sequence with a largest value", big, sequence("ids_short", "", schema.Max(90)), 89, 90, "ids_short"},
	{"a descending sequence", big, sequence("ids_short_down", "", schema.Increment(-2), schema.Start(-1), schema.Min(-41)), -39, -41, "ids_short_down"},
	{"a descending identity", big, func() []schema.Option {
		return []schema.Option{schema.NewIdentity(schema.Increment(-3), schema.Min(-200))}
	}, -196, -199, ""},
	{"a sequence of a narrow column", small, sequence("ids_narrow", ""), 1<<15 - 2, 1<<15 - 1, "ids_narrow"},
}

// A generator that has come to its end says so in the same way everywhere, on
// every path, and nothing of the batch is kept.
func TestExhausted(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		for _, e := range ends {
			t.Run(e.name, func(t *testing.T) {
				m := schema.NewMetaData()
				table := keyed(m, "ids_end", e.typ, e.opts()...)
				must(t, db.CreateAll(t.Context(), m))
				defer func() { must(t, db.DropAll(t.Context(), m)) }()
				give(t, db, table, e.before)
				advanceTo(t, db, table)
				draw(t, db, table, 1)
				for len(column(t, db, table, "id")) < 3 { // where the end lies one further
					if err := tryDraw(t, db, table, 1); err != nil {
						break
					}
				}
				kept := column(t, db, table, "id")
				for _, n := range []int{1, 2, 40} {
					wantExhausted(t, tryDraw(t, db, table, n), e.sequence)
				}
				_, err := db.Exec(t.Context(), expr.NewInsert(table).Values(expr.Assignment{Target: table.C("tag"), Value: expr.Value(int64(1))}))
				wantExhausted(t, err, e.sequence)
				same(t, "rows", column(t, db, table, "id"), kept)
				if last := kept[len(kept)-1]; kept[0] < min(e.end, e.before)-1 || last > max(e.end, e.before)+1 {
					t.Errorf("got the ids %v, want none past %d", kept, e.end)
				}
			})
		}
	})
}

func advanceTo(t *testing.T, db *database, table *schema.Table) {
	t.Helper()
	_, err := idsAdvance(t, db, table)
	must(t, err)
}

func tryDraw(t testing.TB, db *database, table *schema.Table, n int) error {
	t.Helper()
	return insert(t.Context(), db.inner, insertion(table, n, []string{"tag"}, func(i int, _ string) int64 { return int64(i) }))
}

func wantExhausted(t *testing.T, err error, sequence string) {
	t.Helper()
	var e *sqlerr.IDExhaustedError
	if !errors.Is(err, sqlerr.ErrIDExhausted) || !errors.As(err, &e) {
		t.Errorf("got %v, want ErrIDExhausted", err)
		return
	}
	if e.Table != "ids_end" || e.Column != "id" || sequence != "" && e.Generator != sequence {
		t.Errorf("got %q.%q of %q, want ids_end.id of %q", e.Table, e.Column, e.Generator, sequence)
	}
	if !strings.Contains(err.Error(), "ids_end.id are exhausted") {
		t.Errorf("the message does not name the column: %v", err)
	}
}

// A number that is too large for another column is no exhausted generator.
func TestOutOfRangeIsNotExhausted(t *testing.T) {
	for _, name := range []string{"postgres15", "postgres18", "mariadb", "mysql"} {
		t.Run(name, func(t *testing.T) {
			db := open(t, name)
			m := schema.NewMetaData()
			table := schema.MustTable(m, "ids_range", schema.NewColumn("id", medium, schema.PrimaryKey()), schema.NewColumn("n", small))
			must(t, db.CreateAll(t.Context(), m))
			tooLarge := expr.SQL("20000 + 20000").Typed(small)
			_, err := db.Exec(t.Context(), expr.NewInsert(table).Values(expr.Assignment{Target: table.C("n"), Value: tooLarge}))
			if errors.Is(err, sqlerr.ErrIDExhausted) || !errors.Is(err, sqlerr.ErrOutOfRange) {
				t.Errorf("got %v, want ErrOutOfRange", err)
			}
		})
	}
}

// A column that is narrower than a sequence that others made ends before it.
func TestColumnEndsBeforeItsSequence(t *testing.T) {
	for _, name := range []string{"postgres15", "postgres18"} {
		t.Run(name, func(t *testing.T) {
			db := open(t, name)
			m := schema.NewMetaData()
			table := keyed(m, "ids_end", medium, schema.NewSequence("ids_wide"))
			run(t, db, "CREATE SEQUENCE ids_wide START WITH 2147483647")
			run(t, db, "CREATE TABLE ids_end (id INT PRIMARY KEY DEFAULT nextval('ids_wide'), tag BIGINT)")
			same(t, "the last id", draw(t, db, table, 1), []int64{1<<31 - 1})
			for _, n := range []int{1, 40} {
				wantExhausted(t, tryDraw(t, db, table, n), "ids_wide")
			}
			_, err := db.Exec(t.Context(), expr.NewInsert(table))
			wantExhausted(t, err, "ids_wide")
			same(t, "rows", len(column(t, db, table, "id")), 1)
		})
	}
}
