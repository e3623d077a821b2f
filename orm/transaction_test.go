package orm_test

import (
	"context"
	"errors"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func TestRollbackRestoresObjects(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice", "Bob", "Carol")
		s := session(t, db)
		list, err := orm.Select(Users).OrderBy(Users.ID.Asc()).All(t.Context(), s)
		must(t, err)
		alice, bob, carol := list[0], list[1], list[2]
		added := &User{Name: "Dave"}
		s.Add(added)
		alice.Name, alice.Email = "flushed", ptr("a")
		s.Delete(bob)
		carol.ID = 77
		must(t, s.Flush(t.Context()))
		alice.Name, *alice.Email = "not flushed", "b"
		carol.Name = "changed"
		late := &User{Name: "late"}
		s.Add(late)
		if added.ID == 0 {
			t.Error("the new row has no id")
		}
		must(t, s.Rollback(t.Context()))

		same(t, "changed", *alice, User{ID: ids[0], Name: "Alice"})
		same(t, "deleted", *bob, User{ID: ids[1], Name: "Bob"})
		same(t, "with another key", *carol, User{ID: ids[2], Name: "Carol"})
		same(t, "new", *added, User{Name: "Dave"})
		db.forget()
		must(t, s.Flush(t.Context()))
		db.wantSent(t)

		// They are objects of the session as before, the new ones are not.
		again, err := orm.Select(Users).OrderBy(Users.ID.Asc()).All(t.Context(), s)
		must(t, err)
		if len(again) != 3 || again[0] != alice || again[1] != bob || again[2] != carol {
			t.Errorf("got %v, want the three objects", namesOf(again))
		}
		bob.Name = "Robert"
		s.Delete(carol)
		s.Add(added)
		db.forget()
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "update users(name)", "insert users(name,email)", "delete users", "COMMIT")
	})
}

func TestAnEntityThatWasRolledBackMayGoElsewhere(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		u := &User{Name: "Alice"}
		s.Add(u)
		must(t, s.Flush(t.Context()))
		must(t, s.Rollback(t.Context()))
		other := session(t, db)
		other.Add(u)
		must(t, other.Commit(t.Context()))
	})
}

func TestSavepoints(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		ctx := t.Context()
		a := &User{Name: "a"}
		s.Add(a)
		outer, err := s.BeginNested(ctx)
		must(t, err)
		b := &User{Name: "b"}
		s.Add(b)
		a.Name = "a in outer"
		inner, err := s.BeginNested(ctx)
		must(t, err)
		c := &User{Name: "c"}
		s.Add(c)
		a.Name, b.Name = "a in inner", "b in inner"
		must(t, s.Flush(ctx))
		s.Delete(b)
		must(t, s.Flush(ctx))
		if err := outer.Commit(ctx); err == nil {
			t.Error("a savepoint ends before the one inside it")
		}
		must(t, inner.Rollback(ctx))
		same(t, "a", a.Name, "a in outer")
		same(t, "b", b.Name, "b")
		same(t, "c", *c, User{Name: "c"})
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t)

		inner, err = s.BeginNested(ctx)
		must(t, err)
		b.Name = "b again"
		must(t, inner.Commit(ctx))
		if err := inner.Commit(ctx); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("a second end: got %v, want ErrClosed", err)
		}
		if err := s.Commit(ctx); err == nil {
			t.Error("a commit with an open savepoint is no error")
		}
		must(t, outer.Commit(ctx))
		must(t, s.Commit(ctx))
		got, err := orm.Select(Users).OrderBy(Users.ID.Asc()).All(ctx, session(t, db))
		must(t, err)
		same(t, "rows", namesOf(got), []string{"a in outer", "b again"})
	})
}

func TestAnOuterSavepointTakesInnerOnesWithIt(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		ctx := t.Context()
		outer, err := s.BeginNested(ctx)
		must(t, err)
		a, b := &User{Name: "a"}, &User{Name: "b"}
		s.Add(a)
		inner, err := s.BeginNested(ctx)
		must(t, err)
		s.Add(b)
		must(t, s.Flush(ctx))
		must(t, outer.Rollback(ctx))
		if err := inner.Rollback(ctx); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
		same(t, "ids", []int64{a.ID, b.ID}, []int64{0, 0})
		must(t, s.Commit(ctx))
		wantRows(t, db, Users.Schema())
	})
}

func TestAFailedFlush(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		people(t, db, "Alice")
		s := session(t, db)
		ctx := t.Context()
		keep := &User{Name: "keep", Email: ptr("e")}
		s.Add(keep)
		n, err := s.BeginNested(ctx)
		must(t, err)
		first, second := &User{Name: "first", Email: ptr("d")}, &User{Name: "second", Email: ptr("e")}
		orm.AddAll(s, first, second)
		err = s.Flush(ctx)
		var constraint *sqlerr.ConstraintError
		var flush *orm.FlushError
		if !errors.As(err, &constraint) || constraint.Kind != sqlerr.Unique || !errors.As(err, &flush) || flush.Op != "insert" {
			t.Fatalf("got %v, want a FlushError with the unique constraint", err)
		}
		if _, err := orm.Get(ctx, s, Users, 99); !errors.Is(err, orm.ErrNeedsRollback) || !errors.As(err, &constraint) {
			t.Errorf("got %v, want ErrNeedsRollback with its cause", err)
		}
		same(t, "ids", []int64{first.ID, second.ID}, []int64{0, 0})
		must(t, n.Rollback(ctx))
		must(t, s.Flush(ctx))

		s.Add(second)
		if err := s.Commit(ctx); !errors.As(err, &constraint) {
			t.Errorf("got %v, want the unique constraint", err)
		}
		must(t, s.Rollback(ctx))
		same(t, "id that was lost", keep.ID, 0)
		must(t, s.Commit(ctx))
		second.Email = nil
		orm.AddAll(s, keep, second)
		must(t, s.Commit(ctx))
		got, err := orm.Select(Users).OrderBy(Users.Name.Asc()).All(ctx, session(t, db))
		must(t, err)
		same(t, "rows", namesOf(got), []string{"Alice", "keep", "second"})
	})
}

func TestARowThatIsGone(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice", "Bob")
		s := session(t, db)
		list, err := orm.Select(Users).OrderBy(Users.ID.Asc()).All(t.Context(), s)
		must(t, err)
		for _, change := range []func(u *User){func(u *User) { u.Name = "x" }, func(u *User) { s.Delete(u) }} {
			tx, err := s.Tx(t.Context())
			must(t, err)
			run(t, tx, "DELETE FROM users")
			change(list[1])
			err = s.Flush(t.Context())
			var stale *orm.StaleError
			if !errors.As(err, &stale) || stale.Rows != 0 || stale.Entity != "orm_test.User(ID 2)" {
				t.Errorf("got %v, want a StaleError of the second", err)
			}
			must(t, s.Rollback(t.Context()))
		}
		same(t, "restored", *list[1], User{ID: ids[1], Name: "Bob"})
	})
}

func TestReadOnlySessions(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice")
		s := session(t, db, orm.ReadOnly())
		alice, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		must(t, s.Commit(t.Context()))
		alice.Name = "changed"
		db.forget()
		if err := s.Flush(t.Context()); !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("got %v, want ErrReadOnly", err)
		}
		db.wantSent(t)
		must(t, s.Rollback(t.Context()))
		same(t, "restored", alice.Name, "Alice")
	})
}

func TestSessionsOverOtherThings(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		conn, err := db.Conn(ctx)
		must(t, err)
		s := orm.NewSession(conn)
		s.Add(&User{Name: "over a Conn"})
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		must(t, conn.Close())

		tx, err := db.Begin(ctx, engine.TxOptions{})
		must(t, err)
		s = orm.NewSession(tx)
		s.Add(&User{Name: "over a Tx"})
		must(t, s.Commit(ctx))
		lost := &User{Name: "rolled back within a Tx"}
		s.Add(lost)
		must(t, s.Flush(ctx))
		must(t, s.Rollback(ctx))
		same(t, "lost id", lost.ID, 0)
		must(t, s.Close(ctx))
		must(t, tx.Commit(ctx))
		got, err := orm.Select(Users).OrderBy(Users.Name.Asc()).All(ctx, session(t, db))
		must(t, err)
		same(t, "rows", namesOf(got), []string{"over a Conn", "over a Tx"})
	})
}

func TestClose(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := context.Background()
		people(t, db, "Alice", "Bob")
		s := orm.NewSession(db)
		u := &User{Name: "lost"}
		s.Add(u)
		list, err := orm.Select(Users).Where(Users.ID.Le(2)).OrderBy(Users.ID.Asc()).All(ctx, s)
		must(t, err)
		list[0].Name = "flushed"
		must(t, s.Flush(ctx))
		list[1].Name = "not flushed"
		must(t, s.Close(ctx))
		must(t, s.Close(ctx))
		same(t, "id", u.ID, 0)
		same(t, "names", namesOf(list), []string{"Alice", "not flushed"})
		db.forget()
		for name, err := range map[string]error{
			"flush": s.Flush(ctx), "commit": s.Commit(ctx), "rollback": s.Rollback(ctx), "expunge": s.Expunge(u),
		} {
			if !errors.Is(err, sqlerr.ErrClosed) {
				t.Errorf("%s: got %v, want ErrClosed", name, err)
			}
		}
		if _, err := orm.Get(ctx, s, Users, 1); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("get: got %v, want ErrClosed", err)
		}
		db.wantSent(t)
		wantRows(t, db, Users.Schema(), "1 Alice NULL", "2 Bob NULL")
	})
}
