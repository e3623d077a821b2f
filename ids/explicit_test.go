package ids_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/ids"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// An explicit id ahead of the generator moves it on where the database does
// that by itself. Elsewhere the generator meets it: that is a violated key which
// says what to do, and after Advance there is none.
func TestExplicitIds(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		for name, c := range map[string]struct {
			opts  []schema.Option
			moves bool
		}{
			"a plain key": {nil, !strings.HasPrefix(db.name, "postgres")},
			"a sequence":  {[]schema.Option{schema.NewSequence("ids_explicit_seq", schema.Increment(2))}, false},
		} {
			t.Run(name, func(t *testing.T) {
				m := schema.NewMetaData()
				table := keyed(m, "ids_explicit", big, c.opts...)
				must(t, db.CreateAll(t.Context(), m))
				defer func() { must(t, db.DropAll(t.Context(), m)) }()
				first := draw(t, db, table, 1)[0]
				next := first + 1
				if c.opts != nil {
					next = first + 2
				}
				give(t, db, table, next)
				err := tryDraw(t, db, table, 1)
				if c.moves {
					must(t, err)
					same(t, "ids", column(t, db, table, "id"), []int64{first, next, next + 1})
					return
				}
				var violated *sqlerr.ConstraintError
				if !errors.As(err, &violated) || violated.Kind != sqlerr.PrimaryKey || !strings.Contains(violated.Hint, "ids.Advance") {
					t.Errorf("got %v, want a violated primary key that names ids.Advance", err)
				}
				_, err = ids.AdvanceColumn(t.Context(), db.inner, table.Column("id"))
				must(t, err)
				if id := draw(t, db, table, 1)[0]; id <= next {
					t.Errorf("got the id %d after %d", id, next)
				}
			})
		}
	})
}

// Ids of zero and below are ids like others.
func TestZeroAndNegativeIds(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		m := schema.NewMetaData()
		table := keyed(m, "ids_zero", big)
		down := keyed(m, "ids_below", big, schema.NewSequence("ids_below_seq", schema.Start(1), schema.Increment(-1), schema.Min(-1000), schema.Max(1)))
		must(t, db.CreateAll(t.Context(), m))
		give(t, db, table, 0, -1, -1<<63)
		same(t, "given", column(t, db, table, "id"), []int64{-1 << 63, -1, 0})
		same(t, "the first generated", draw(t, db, table, 2), []int64{1, 2})
		same(t, "through zero", draw(t, db, down, 4), []int64{1, 0, -1, -2})
		same(t, "in bulk", draw(t, db, down, 50)[49], int64(-52))
		same(t, "stored", len(column(t, db, down, "id")), 54)
	})
}

// Ids above 2^63 are refused before they are sent where the column or the Go
// type can't hold them.
func TestUnsignedIdsAboveTheSigned(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		m := schema.NewMetaData()
		table := keyed(m, "ids_unsigned", sqltype.Integer{Bits: 64})
		must(t, db.CreateAll(t.Context(), m))
		b := insertion(table, 1, []string{"id", "tag"}, func(int, string) int64 { return 1 })
		b.Bind = func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(dst, sqltype.Uint64Value(1<<63), sqltype.Int64Value(0)), nil
		}
		if err := insert(t.Context(), db.inner, b); err == nil {
			t.Error("an id of 2^63 was accepted")
		}
		same(t, "rows", len(column(t, db, table, "id")), 0)
	})
}

// What a rollback, or one to a savepoint, undoes is not there, and its ids are
// given to nobody else who is told of them: the next row has an id of its own.
func TestIdsOfUndoneRows(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		m := schema.NewMetaData()
		table := keyed(m, "ids_undone", big, schema.NewSequence("ids_undone_seq", schema.Increment(3)))
		must(t, db.CreateAll(t.Context(), m))
		tag := func(i int, _ string) int64 { return int64(i) }
		var kept []int64
		for _, n := range []int{1, 40} {
			must(t, db.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
				first, undone, last := insertion(table, n, []string{"tag"}, tag), insertion(table, n, []string{"tag"}, tag), insertion(table, n, []string{"tag"}, tag)
				if err := tx.Insert(t.Context(), &first.InsertBatch); err != nil {
					return err
				}
				save, err := tx.Savepoint(t.Context())
				if err != nil {
					return err
				}
				if err := tx.Insert(t.Context(), &undone.InsertBatch); err != nil {
					return err
				}
				if err := save.Rollback(t.Context()); err != nil {
					return err
				}
				if err := tx.Insert(t.Context(), &last.InsertBatch); err != nil {
					return err
				}
				kept = append(append(kept, first.ids...), last.ids...)
				return nil
			}))
		}
		same(t, "ids", column(t, db, table, "id"), kept)
	})
}

// A key that nothing fills is refused before anything is sent, and the error
// names the column and the ways to fill it.
func TestKeyThatNothingFills(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		m := schema.NewMetaData()
		table := keyed(m, "ids_unfilled", big, schema.Autoincrements(schema.AutoincrementNo))
		must(t, db.CreateAll(t.Context(), m))
		one := expr.NewInsert(table).Values(expr.Assignment{Target: table.C("tag"), Value: expr.Value(int64(1))})
		_, single := db.Exec(t.Context(), one)
		errs := []error{single, tryDraw(t, db, table, 1), tryDraw(t, db, table, 40)}
		plain := insertion(table, 40, []string{"tag"}, func(int, string) int64 { return 0 })
		plain.Returning, plain.Store = nil, nil
		for _, err := range append(errs, insert(t.Context(), db.inner, plain)) {
			var sent *sqlerr.StatementError
			if err == nil || errors.As(err, &sent) {
				t.Errorf("got %v, want an error before anything is sent", err)
				continue
			}
			for _, part := range []string{"ids_unfilled.id", "a value", "generator", "client default", "server default"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v: does not say %q", err, part)
				}
			}
		}
		same(t, "rows", len(column(t, db, table, "id")), 0)
	})
}
