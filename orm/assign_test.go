package orm_test

import (
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

func TestExpressionsAssignedToFields(t *testing.T) {
	everywhere(t, tallying, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &tally{A: "a"}, &tally{A: "b", N: ptr(int64(1))}
		orm.AddAll(s, a, b)
		must(t, s.Assign(a, Tallies.N.SetExpr(expr.AsNum(expr.Value[int64](20)).Add(1)), Tallies.A.SetExpr(expr.AsText(expr.Value("SMALL")).Lower())))
		must(t, s.Commit(ctx))
		same(t, "inserted", []any{a.A, *a.N, b.A, *b.N}, []any{"small", int64(21), "b", int64(1)})
		run(t, db, "UPDATE tallies SET n = 100 WHERE a = 'b'")
		db.forget()
		must(t, s.Assign(b, Tallies.N.SetExpr(Tallies.N.Add(1))))
		b.A, *b.N = "changed", 7
		must(t, s.Flush(ctx))
		if db.name == "mariadb" { // whose UPDATE has no RETURNING
			db.wantSent(t, "update tallies(a,n)", "select tallies")
		} else {
			db.wantSent(t, "update tallies(a,n)")
		}
		same(t, "counted up", []any{b.A, *b.N}, []any{"changed", int64(101)})
		must(t, s.Flush(ctx))
		db.wantSent(t)
		must(t, s.Rollback(ctx))
		same(t, "rolled back", []any{b.A, *b.N}, []any{"b", int64(1)})
		must(t, s.Assign(b, Tallies.N.SetExpr(Tallies.N.Add(1))))
		must(t, s.Rollback(ctx))
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t) // the rollback has taken the expression back
		for _, err := range []error{s.Assign(&tally{}, Tallies.N.Set(1)), s.Assign(b, Tallies.ID.Set(1)), s.Assign(b, members.Name.Set("x"))} {
			if err == nil {
				t.Error("an expression for what can't have one is no error")
			}
		}
	})
}

type note struct {
	ID   int64
	Text string
	orm.Timestamps
}

type noteTable struct {
	orm.Table[note]
	ID   schema.Int64
	Text schema.Text
	orm.TimestampColumns
}

func TestTimestamps(t *testing.T) {
	base := orm.NewBase()
	notes := orm.Declare(base, "notes", noteTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(20), TimestampColumns: orm.NewTimestamps(),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		old := time.Date(2000, 1, 2, 3, 4, 5, 0, time.UTC)
		n, given := &note{Text: "a"}, &note{Text: "b", Timestamps: orm.Timestamps{CreatedAt: old, UpdatedAt: old}}
		begun := time.Now().Add(-time.Second)
		orm.AddAll(s, n, given)
		must(t, s.Commit(ctx))
		if n.CreatedAt.Before(begun) || n.UpdatedAt.Before(n.CreatedAt) || !given.CreatedAt.Equal(old) {
			t.Errorf("new rows: got %v and %v", n.Timestamps, given.Timestamps)
		}
		given.Text = "changed"
		must(t, s.Commit(ctx))
		if !given.CreatedAt.Equal(old) || given.UpdatedAt.Before(begun) {
			t.Errorf("a changed row: got %v", given.Timestamps)
		}
		fresh := session(t, db)
		got, err := orm.Get(ctx, fresh, notes, given.ID)
		must(t, err)
		if !got.UpdatedAt.Equal(given.UpdatedAt) || !got.CreatedAt.Equal(old) {
			t.Errorf("the row has %v, and the object %v", got.Timestamps, given.Timestamps)
		}
	})
}
