package orm_test

import (
	"errors"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// What a session is opened with: its database, whether queries flush first, which
// databases other tables are in, and how it works within a transaction of the
// program. It begins by itself, and after Close it is no more.
func TestSessionOptions(t *testing.T) {
	onPairs(t, pairs, func(t *testing.T, main, books *database) {
		ctx := t.Context()
		s := session(t, main, orm.Bind("books", books), orm.NoAutoflush())
		if s.InTransaction() {
			t.Error("it has begun without a statement")
		}
		s.Add(&Holder{Name: "a"})
		n, err := orm.Select(Holders).Count(ctx, s)
		must(t, err)
		if n != 0 || !s.InTransaction() {
			t.Errorf("without autoflush %d rows are seen", n)
		}
		s.Add(&Coupon{Worth: 1})
		must(t, s.Commit(ctx))
		wantRows(t, books, Coupons.Schema(), "1 0 1")

		tx, err := main.Begin(ctx, engine.TxOptions{})
		must(t, err)
		within := session(t, tx, orm.Bind("books", books))
		within.Add(&Holder{Name: "b"})
		must(t, within.Commit(ctx)) // a savepoint of the program's transaction
		must(t, within.Close(ctx))
		must(t, tx.Rollback(ctx))
		wantRows(t, main, Holders.Schema(), "1 a")

		must(t, s.Close(ctx))
		if _, err := orm.Select(Holders).All(ctx, s); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("after Close: got %v", err)
		}
	})
}

// An object is of one session or of none, which can be made so and asked for, and
// becomes a new row, or a known one, again.
func TestWhatASessionHolds(t *testing.T) {
	everywhere(t, holding, func(t *testing.T, db *database) {
		ctx, s := t.Context(), session(t, db)
		h := &Holder{Name: "a"}
		wantState(t, s, h, orm.Transient)
		s.Add(h)
		must(t, s.Commit(ctx))
		must(t, s.Expunge(h))
		wantState(t, s, h, orm.Detached)
		must(t, s.Attach(h)) // for what its row is
		wantState(t, s, h, orm.Persistent)
		h.Name = "b"
		must(t, s.Commit(ctx))
		wantRows(t, db, Holders.Schema(), "1 b")

		must(t, s.Expunge(h))
		h.ID = 0 // as if it had no row
		wantState(t, s, h, orm.Transient)
		s.Add(h)
		must(t, s.Commit(ctx))
		wantRows(t, db, Holders.Schema(), "1 b", "2 b")
		s.Delete(h)
		must(t, s.Flush(ctx))
		wantState(t, s, h, orm.Deleted)
		must(t, s.Commit(ctx))
		wantState(t, s, h, orm.Detached)
		wantRows(t, db, Holders.Schema(), "1 b")
	})
}
