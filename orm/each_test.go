package orm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// crowd inserts n users whose names are their ids.
func crowd(t *testing.T, db *database, n int) {
	t.Helper()
	s := session(t, db)
	list := make([]*User, n)
	for i := range list {
		list[i] = &User{ID: int64(i + 1), Name: fmt.Sprint(i + 1)}
	}
	orm.AddAll(s, list...)
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	db.forget()
}

func TestEachReadsInPartitions(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		crowd(t, db, 10)
		s := session(t, db)
		kept, err := orm.Get(t.Context(), s, Users, 4)
		must(t, err)
		db.forget()
		var seen []int64
		for u, err := range orm.Select(Users).Where(Users.ID.Ne(7)).Partition(3).Each(t.Context(), s) {
			must(t, err)
			seen = append(seen, u.ID)
			if u.ID == 4 && u != kept {
				t.Error("an entity that the session had is another in the loop")
			}
			if u.ID == 5 {
				// The session is free in the loop.
				n, err := orm.Select(Users).Count(t.Context(), s)
				must(t, err)
				same(t, "count", n, 10)
			}
			if u.ID%2 == 0 {
				u.Name = "even"
			}
			if u.ID == 9 {
				s.Delete(u)
			}
		}
		same(t, "seen", seen, []int64{1, 2, 3, 4, 5, 6, 8, 9, 10})
		db.wantSent(t, "select users", "update users(name)", "select users", "update users(name)", "select users", "update users(name)",
			"select users", "update users(name) x2", "delete users", "select users")
		// The loop's entities have left the session, and what it had before stays.
		again, err := orm.Get(t.Context(), s, Users, 4)
		must(t, err)
		if again != kept {
			t.Error("an entity of the session left it with the loop")
		}
		kept.Name = "four"
		must(t, s.Commit(t.Context()))
		wantRows(t, db, Users.Schema(), "1 1 NULL", "2 even NULL", "3 3 NULL", "4 four NULL", "5 5 NULL",
			"6 even NULL", "7 7 NULL", "8 even NULL", "10 even NULL")
	})
}

func TestEachStopsWhereTheLoopDoes(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		crowd(t, db, 10)
		s := session(t, db)
		for u, err := range orm.Select(Users).Partition(4).Each(t.Context(), s) {
			must(t, err)
			u.Name = "seen"
			if u.ID == 6 {
				break
			}
		}
		must(t, s.Commit(t.Context()))
		n, err := orm.Select(Users).Where(Users.Name.Eq("seen")).Count(t.Context(), s)
		must(t, err)
		same(t, "changed", n, 6)

		var seen []int64
		for u, err := range orm.Select(Users).Limit(5).Partition(2).Each(t.Context(), s) {
			must(t, err)
			seen = append(seen, u.ID)
		}
		same(t, "with a limit", seen, []int64{1, 2, 3, 4, 5})
	})
}

// A cursor lives in a transaction, which a session of Autocommit has not.
func TestEachWithoutATransaction(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		crowd(t, db, 5)
		s := session(t, db, orm.Autocommit())
		seen := 0
		for _, err := range orm.Select(Users).Partition(2).Each(t.Context(), s) {
			must(t, err)
			seen++
		}
		same(t, "by primary key", seen, 5)
		for _, err := range orm.Select(Users).OrderBy(Users.ID.Desc()).Each(t.Context(), s) {
			if !errors.Is(err, orm.ErrNotPageable) {
				t.Errorf("with an order: got %v, want ErrNotPageable", err)
			}
		}
	})
}

func TestEachWithAnOrderOfItsOwn(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		crowd(t, db, 10)
		s := session(t, db)
		var seen []int64
		for u, err := range orm.Select(Users).OrderBy(Users.ID.Desc()).Partition(4).Each(t.Context(), s) {
			if !db.isPostgres() {
				if !errors.Is(err, orm.ErrNotPageable) {
					t.Errorf("got %v, want ErrNotPageable", err)
				}
				return
			}
			must(t, err)
			seen = append(seen, u.ID)
			u.Name = "seen"
		}
		same(t, "seen", seen, []int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1})
		for u, err := range orm.Select(Users).OrderBy(Users.ID.Desc()).Partition(4).Each(t.Context(), s) {
			must(t, err)
			if u.ID == 5 {
				break
			}
		}
		n, err := orm.Select(Users).Where(Users.Name.Eq("seen")).Count(t.Context(), s)
		must(t, err)
		same(t, "changed", n, 10)
	})
}

// What the loop's body reads is the entity that a later partition meets.
func TestEachMeetsWhatTheLoopReads(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		crowd(t, db, 6)
		queries := map[string]orm.Query[User]{"pages": orm.Select(Users).Partition(2)}
		if db.isPostgres() {
			queries["cursor"] = orm.Select(Users).OrderBy(Users.ID.Asc()).Partition(2)
		}
		for name, q := range queries {
			s := session(t, db)
			var ahead *User
			for u, err := range q.Each(t.Context(), s) {
				must(t, err)
				if u.ID == 1 {
					ahead, err = orm.Get(t.Context(), s, Users, 5)
					must(t, err)
				}
				if u.ID == 5 && u != ahead {
					t.Errorf("%s: one row is two entities", name)
				}
			}
			must(t, s.Close(t.Context()))
		}
	})
}

func TestNoTrackStreams(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		crowd(t, db, 10)
		s := session(t, db)
		known, err := orm.Get(t.Context(), s, Users, 1)
		must(t, err)
		n := 0
		for u, err := range orm.Select(Users).OrderBy(Users.ID.Desc()).NoTrack().Each(t.Context(), s) {
			must(t, err)
			if u == known {
				t.Error("an untracked entity is the session's")
			}
			u.Name = "nobody sees it"
			if n++; n == 3 {
				s.Add(&User{ID: 100, Name: "added in the loop"})
				if err := s.Flush(t.Context()); err == nil {
					t.Error("a flush over a connection that is read from is no error")
				}
				if err := s.Commit(t.Context()); err == nil {
					t.Error("a commit over a connection that is read from is no error")
				}
			}
			if n == 5 {
				break
			}
		}
		db.forget()
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert users(id,name,email)")
		list, err := orm.Select(Users).NoTrack().All(t.Context(), s)
		must(t, err)
		same(t, "all", len(list), 11)
		same(t, "untouched", list[0].Name, "1")
		// A loop that ends by itself frees the connection too.
		for _, err := range orm.Select(Users).NoTrack().Each(t.Context(), s) {
			must(t, err)
		}
		must(t, s.Commit(t.Context()))
	})
}

func TestEachOfManyKeepsMemoryBounded(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		const n = 10_000
		crowd(t, db, n)
		s := session(t, db)
		count := 0
		for u, err := range orm.Select(Users).Each(t.Context(), s) {
			must(t, err)
			count++
			u.Name = "x"
			if held := orm.Held(s); held > 1100 {
				t.Fatalf("the session holds %d entities after %d", held, count)
			}
		}
		same(t, "count", count, n)
		same(t, "held after the loop", orm.Held(s), 0)
		must(t, s.Commit(t.Context()))
		changed, err := orm.Select(Users).Where(Users.Name.Eq("x")).Count(t.Context(), s)
		must(t, err)
		same(t, "changed", changed, n)
	})
}

func TestEachTellsErrors(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		crowd(t, db, 4)
		s := session(t, db)
		var got error
		for u, err := range orm.Select(Users).Partition(2).Each(t.Context(), s) {
			if err != nil {
				got = err
				break
			}
			u.Email = ptr("the same")
		}
		var constraint *sqlerr.ConstraintError
		if !errors.As(got, &constraint) || constraint.Kind != sqlerr.Unique {
			t.Errorf("got %v, want a unique constraint", got)
		}
		if err := s.Flush(t.Context()); !errors.Is(err, orm.ErrNeedsRollback) {
			t.Errorf("got %v, want ErrNeedsRollback", err)
		}
	})
}
