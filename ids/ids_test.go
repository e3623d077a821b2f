package ids_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/ids"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// keyed is a table with a generated key.
func keyed(m *schema.MetaData, name string, typ sqltype.Type, opts ...schema.Option) *schema.Table {
	return schema.MustTable(m, name, schema.NewColumn("id", typ, append(opts, schema.PrimaryKey())...), schema.NewColumn("tag", big))
}

// draw inserts n rows with generated ids and returns those.
func draw(t testing.TB, db *database, table *schema.Table, n int) []int64 {
	t.Helper()
	b := insertion(table, n, []string{"tag"}, func(i int, _ string) int64 { return int64(i) })
	must(t, insert(context.Background(), db.inner, b))
	return b.ids
}

// give inserts rows with the ids that are told.
func give(t testing.TB, db *database, table *schema.Table, id ...int64) {
	t.Helper()
	must(t, tryGive(db, table, id...))
}

func tryGive(db *database, table *schema.Table, id ...int64) error {
	return insert(context.Background(), db.inner, insertion(table, len(id), []string{"id", "tag"}, func(i int, column string) int64 {
		if column == "id" {
			return id[i]
		}
		return 0
	}))
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%s (-got +want):\n%s", what, diff)
	}
}

// keys are ways in which a primary key is generated, with the ids after 1000.
var keys = []struct {
	name              string
	typ               sqltype.Type
	opts              func() []schema.Option
	given, next, step int64
}{
	{"a plain key", big, func() []schema.Option { return nil }, 1000, 1001, 1},
	{"a plain key of 32 bits", sqltype.Integer{Bits: 32}, func() []schema.Option { return nil }, 1000, 1001, 1},
	{"an identity", big, func() []schema.Option { return []schema.Option{schema.NewIdentity(schema.Start(7))} }, 1000, 1001, 1},
	{"an identity by 10", big, func() []schema.Option {
		return []schema.Option{schema.NewIdentity(schema.Start(5), schema.Increment(10))}
	}, 1000, 1005, 10},
	{"a sequence", big, sequence("ids_key", ""), 1000, 1001, 1},
	{"a sequence downwards", big, sequence("ids_key_down", "", schema.Increment(-3)), -1000, -1003, -3},
	{"an unsigned key", sqltype.Integer{Bits: 32, Unsigned: true}, func() []schema.Option { return nil }, 1000, 1001, 1},
}

// After ids of the program's own, Advance sees to it that the next generated
// one lies beyond them, in the generator's own steps; where the database does
// that by itself, there is nothing left to do.
func TestAdvance(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		for _, k := range keys {
			t.Run(k.name, func(t *testing.T) {
				m := schema.NewMetaData()
				table := keyed(m, "ids_advance", k.typ, k.opts()...)
				must(t, db.CreateAll(t.Context(), m))
				defer func() { must(t, db.DropAll(context.Background(), m)) }()
				draw(t, db, table, 1)
				give(t, db, table, k.given)
				a, err := ids.AdvanceColumn(t.Context(), db.inner, table.Column("id"))
				must(t, err)
				same(t, "the next id", a.New, k.next)
				same(t, "the ids", draw(t, db, table, 2), []int64{k.next, k.next + k.step})
				again, err := ids.AdvanceColumn(t.Context(), db.inner, table.Column("id"))
				must(t, err)
				same(t, "moved without need", again.New, again.Old)
			})
		}
	})
}

// A generator that is beyond all ids stays where it is, whatever was deleted.
func TestAdvanceNeverMovesBackwards(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		m := schema.NewMetaData()
		table := keyed(m, "ids_back", big, schema.NewSequence("ids_back_seq", schema.Start(5000), schema.Increment(5)))
		must(t, db.CreateAll(t.Context(), m))
		same(t, "first", draw(t, db, table, 2), []int64{5000, 5005})
		give(t, db, table, 1, 2, 4999, -10)
		a, err := ids.AdvanceColumn(t.Context(), db.inner, table.Column("id"))
		must(t, err)
		same(t, "moved", a.New, a.Old)
		next := draw(t, db, table, 1)[0]
		if next < 5010 || next > 5020 || next%5 != 0 { // looking may cost a value
			t.Errorf("got %d after 5005", next)
		}
	})
}

// AdvanceAll takes each generator once, and goes on after one that fails.
func TestAdvanceAll(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		m := schema.NewMetaData()
		shared := func() schema.Option { return schema.NewSequence("ids_all_seq") }
		plain := keyed(m, "ids_all_plain", big)
		one, two := keyed(m, "ids_all_one", big, shared()), keyed(m, "ids_all_two", big, shared())
		full := keyed(m, "ids_all_full", big, schema.NewSequence("ids_all_full_seq", schema.Max(100)))
		fixed := keyed(m, "ids_all_fixed", big, schema.Autoincrements(schema.AutoincrementNo))
		must(t, db.CreateAll(t.Context(), m))
		give(t, db, plain, 50)
		give(t, db, one, 60)
		give(t, db, two, 70)
		give(t, db, full, 100)
		done, err := ids.AdvanceAll(t.Context(), db.inner, m)
		if !errors.Is(err, sqlerr.ErrIDExhausted) || !strings.Contains(err.Error(), "ids_all_full") {
			t.Errorf("got %v, want ErrIDExhausted for ids_all_full_seq alone", err)
		}
		next := map[string]int64{}
		for _, a := range done {
			next[a.Generator] = a.New
		}
		same(t, "done", next, map[string]int64{"ids_all_plain.id": 51, "ids_all_seq": 71})
		same(t, "ids", [][]int64{draw(t, db, plain, 1), draw(t, db, two, 1), draw(t, db, one, 1)}, [][]int64{{51}, {71}, {72}})
		_, err = ids.AdvanceTable(t.Context(), db.inner, fixed)
		if !errors.Is(err, ids.ErrNoGenerator) || !strings.Contains(err.Error(), "ids_all_fixed") {
			t.Errorf("got %v, want ErrNoGenerator with the table", err)
		}
		_, err = ids.AdvanceColumn(t.Context(), db.inner, plain.Column("tag"))
		if !errors.Is(err, ids.ErrNoGenerator) || !strings.Contains(err.Error(), "ids_all_plain.tag") {
			t.Errorf("got %v, want ErrNoGenerator with the column", err)
		}
		moved, err := ids.AdvanceTable(t.Context(), db.inner, one)
		must(t, err)
		same(t, "generators of a table", len(moved), 1)
	})
}

// What is not there, or not as declared, is named.
func TestAdvanceOfWhatIsNotThere(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		m := schema.NewMetaData()
		table := keyed(m, "ids_absent", big, schema.NewSequence("ids_absent_seq", schema.Increment(2)))
		if _, err := ids.AdvanceColumn(t.Context(), db.inner, table.Column("id")); err == nil || !strings.Contains(err.Error(), "ids_absent_seq") {
			t.Errorf("got %v, want the name of the sequence", err)
		}
		if _, err := ids.Advance(t.Context(), db.inner, nil); err == nil {
			t.Error("a column that is none was advanced")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := ids.AdvanceAll(ctx, db.inner, m); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v of a context that has ended", err)
		}
	})
}

// On PostgreSQL a sequence is moved by its owner: another is told so.
func TestAdvanceTakesTheOwner(t *testing.T) {
	for _, name := range []string{"postgres15", "postgres18"} {
		t.Run(name, func(t *testing.T) {
			db := open(t, name)
			m := schema.NewMetaData()
			table := keyed(m, "ids_owned", big)
			must(t, db.CreateAll(t.Context(), m))
			role := uniqueName()
			run(t, db, "CREATE ROLE "+role+" LOGIN")
			defer run(t, db, "DROP ROLE "+role)
			run(t, db, "GRANT SELECT, INSERT ON ids_owned TO "+role)
			defer run(t, db, "REVOKE ALL ON ids_owned FROM "+role)
			schemaName, err := engine.Scalar[string](t.Context(), db, expr.SQL("SELECT current_schema()"))
			must(t, err)
			run(t, db, "GRANT USAGE ON SCHEMA "+schemaName+" TO "+role)
			defer run(t, db, "REVOKE USAGE ON SCHEMA "+schemaName+" FROM "+role)
			other := connect(t, strings.Replace(db.URL().Reveal(), "postgres@", role+"@", 1))
			_, err = ids.AdvanceColumn(t.Context(), other, table.Column("id"))
			var answer *sqlerr.DatabaseError
			if !errors.As(err, &answer) || answer.Code != "42501" || !strings.Contains(err.Error(), "owner") {
				t.Errorf("got %v, want 42501 and a word about the owner", err)
			}
		})
	}
}
