package orm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// people inserts users of these names and returns their ids.
func people(t *testing.T, db *database, names ...string) []int64 {
	t.Helper()
	s := session(t, db)
	var list []*User
	for _, n := range names {
		list = append(list, &User{Name: n})
	}
	orm.AddAll(s, list...)
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	var ids []int64
	for _, u := range list {
		ids = append(ids, u.ID)
	}
	db.forget()
	return ids
}

func namesOf(list []*User) []string {
	var names []string
	for _, u := range list {
		names = append(names, u.Name)
	}
	return names
}

func TestARowIsOneObject(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice", "Bob")
		s := session(t, db)
		first, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		db.wantSent(t, "select users")
		again, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		db.wantSent(t) // the transaction knows it
		one, err := orm.Select(Users).Where(Users.Name.Eq("Alice")).One(t.Context(), s)
		must(t, err)
		all, err := orm.Select(Users).OrderBy(Users.Name.Asc()).All(t.Context(), s)
		must(t, err)
		if again != first || one != first || all[0] != first || all[1] == first {
			t.Error("a row has several objects in one session")
		}
		// What was added is the object of its row.
		carol := &User{Name: "Carol"}
		s.Add(carol)
		must(t, s.Flush(t.Context()))
		read, err := orm.Get(t.Context(), s, Users, carol.ID)
		must(t, err)
		if read != carol {
			t.Error("an added entity is another than what is read")
		}
	})
}

func TestQueriesFlushFirst(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		s.Add(&User{Name: "Alice"})
		n, err := orm.Select(Users).Count(t.Context(), s)
		must(t, err)
		same(t, "count", n, 1)
		db.wantSent(t, "insert users(name,email)", "select users")
		must(t, s.Rollback(t.Context()))

		s = session(t, db, orm.NoAutoflush())
		s.Add(&User{Name: "Alice"})
		n, err = orm.Select(Users).Count(t.Context(), s)
		must(t, err)
		same(t, "count without autoflush", n, 0)
	})
}

func TestOneFirstAndTheRest(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		people(t, db, "Alice", "Bob", "Carol")
		s := session(t, db)
		ctx := t.Context()
		all := orm.Select(Users)
		none := all.Where(Users.Name.Eq("nobody"))
		if _, err := none.One(ctx, s); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("One of none: got %v, want ErrNoRows", err)
		}
		if _, err := all.One(ctx, s); !errors.Is(err, sqlerr.ErrMultipleRows) {
			t.Errorf("One of three: got %v, want ErrMultipleRows", err)
		}
		if u, err := none.OneOrNone(ctx, s); u != nil || err != nil {
			t.Errorf("OneOrNone of none: got %v, %v", u, err)
		}
		if _, err := all.OneOrNone(ctx, s); !errors.Is(err, sqlerr.ErrMultipleRows) {
			t.Errorf("OneOrNone of three: got %v, want ErrMultipleRows", err)
		}
		if u, err := none.First(ctx, s); u != nil || err != nil {
			t.Errorf("First of none: got %v, %v", u, err)
		}
		u, err := all.OrderBy(Users.Name.Desc()).First(ctx, s)
		must(t, err)
		same(t, "First", u.Name, "Carol")
		list, err := all.OrderBy(Users.Name.Asc()).Limit(1).Offset(1).All(ctx, s)
		must(t, err)
		same(t, "Limit and Offset", namesOf(list), []string{"Bob"})
		n, err := all.Where(Users.Name.Ne("Bob")).OrderBy(Users.Name.Asc()).Count(ctx, s)
		must(t, err)
		same(t, "Count", n, 2)
		n, err = all.OrderBy(Users.Name.Asc()).Limit(2).Offset(2).Count(ctx, s)
		must(t, err)
		same(t, "Count with Limit", n, 1)
		if _, err := orm.Get(ctx, s, Users, 99); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("Get of none: got %v, want ErrNoRows", err)
		}
	})
}

func TestQueriesAreValues(t *testing.T) {
	base := orm.Select(Users).Where(Users.Name.Ne("x"))
	a, b := base.Where(Users.ID.Gt(1)), base.Where(Users.ID.Lt(2))
	everywhere(t, shop, func(t *testing.T, db *database) {
		people(t, db, "Alice", "Bob")
		s := session(t, db)
		for _, c := range []struct {
			q    orm.Query[User]
			want []string
		}{{a, []string{"Bob"}}, {b, []string{"Alice"}}, {base.OrderBy(Users.ID.Asc()), []string{"Alice", "Bob"}}} {
			list, err := c.q.All(t.Context(), s)
			must(t, err)
			same(t, "names", namesOf(list), c.want)
		}
	})
}

func TestJoinsAndAliases(t *testing.T) {
	answers := orm.Alias(Posts, "answers")
	everywhere(t, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice", "Bob")
		s := session(t, db)
		question := &Post{ID: 10, Title: "why"}
		question.AuthorID.V, question.AuthorID.Valid = ids[0], true
		s.Add(question)
		s.Add(&Post{ID: 11, Title: "because", AnswerTo: ptr(int64(10))})
		list, err := orm.Select(Users).Join(Posts, Posts.AuthorID.EqExpr(Users.ID)).Where(Posts.Title.Like("w%")).All(t.Context(), s)
		must(t, err)
		same(t, "join", namesOf(list), []string{"Alice"})
		list, err = orm.Select(Users).LeftJoin(Posts, Posts.AuthorID.EqExpr(Users.ID)).Where(Posts.ID.IsNull()).All(t.Context(), s)
		must(t, err)
		same(t, "left join", namesOf(list), []string{"Bob"})

		read, err := orm.Select(Posts).Join(answers, answers.AnswerTo.EqExpr(Posts.ID)).Where(answers.Title.Eq("because")).One(t.Context(), s)
		must(t, err)
		if read != question {
			t.Errorf("got post %d, want the question", read.ID)
		}
		read, err = orm.Select(answers).Where(answers.AnswerTo.Eq(10)).One(t.Context(), s)
		must(t, err)
		same(t, "through the alias", read.ID, 11)
		got, err := orm.Get(t.Context(), s, answers, 10)
		must(t, err)
		if got != question {
			t.Error("an alias has objects of its own")
		}
	})
}

func TestAReturnedRowOverwritesWhatIsUnchanged(t *testing.T) {
	on(t, []string{"file", "postgres15", "postgres18", "mariadb"}, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice", "Bob")
		s := session(t, db)
		alice, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		bob, err := orm.Get(t.Context(), s, Users, ids[1])
		must(t, err)
		must(t, s.Commit(t.Context()))

		other := session(t, db)
		list, err := orm.Select(Users).All(t.Context(), other)
		must(t, err)
		for _, u := range list {
			u.Name, u.Email = u.Name+" of the others", ptr(fmt.Sprint(u.ID))
		}
		must(t, other.Commit(t.Context()))

		// Values stay for reading, and the next transaction asks.
		same(t, "after commit", alice.Name, "Alice")
		db.forget()
		again, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		db.wantSent(t, "select users")
		if again != alice || alice.Name != "Alice of the others" || *alice.Email != "1" {
			t.Errorf("got %+v, want the same object with the new values", *again)
		}
		must(t, s.Flush(t.Context()))
		db.wantSent(t)

		// A changed object keeps its change, and only that is written.
		bob.Name = "Robert"
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "update users(name)", "COMMIT")
		wantRows(t, db, Users.Schema(), "1 Alice of the others 1", "2 Robert 2")
		_, err = orm.Get(t.Context(), s, Users, ids[1])
		must(t, err)
		same(t, "read again", *bob.Email, "2")
	})
}

func TestRefreshAndExpire(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice")
		s := session(t, db)
		alice, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		tx, err := s.Tx(t.Context())
		must(t, err)
		run(t, tx, "UPDATE users SET name = 'changed beside the session'")
		alice.Email = ptr("forgotten")
		must(t, orm.Refresh(t.Context(), s, alice))
		same(t, "refreshed", *alice, User{ID: ids[0], Name: "changed beside the session"})

		run(t, tx, "UPDATE users SET name = 'again'")
		alice.Name = "forgotten"
		must(t, s.Expire(alice))
		same(t, "expired", alice.Name, "changed beside the session")
		again, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		if again != alice || alice.Name != "again" {
			t.Errorf("got %q, want the row of the database", again.Name)
		}

		run(t, tx, "DELETE FROM users")
		if err := orm.Refresh(t.Context(), s, alice); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("refresh of a row that is gone: got %v, want ErrNoRows", err)
		}
		must(t, s.Expire(alice))
		if _, err := orm.Get(t.Context(), s, Users, ids[0]); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("get of a row that is gone: got %v, want ErrNoRows", err)
		}
		// The key is free for another object.
		s.Add(&User{ID: ids[0], Name: "new"})
		must(t, s.Commit(t.Context()))
		wantRows(t, db, Users.Schema(), fmt.Sprint(ids[0], " new NULL"))
	})
}

func TestLockingReads(t *testing.T) {
	on(t, []string{"postgres15", "postgres18", "mariadb"}, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice")
		s := session(t, db, orm.NoAutoflush())
		alice, err := orm.Get(t.Context(), s, Users, ids[0])
		must(t, err)
		other := session(t, db)
		theirs, err := orm.Get(t.Context(), other, Users, ids[0])
		must(t, err)
		theirs.Name = "theirs"
		must(t, other.Commit(t.Context()))

		locked, err := orm.Select(Users).Where(Users.ID.Eq(ids[0])).ForUpdate().One(t.Context(), s)
		must(t, err)
		if locked != alice || alice.Name != "theirs" {
			t.Errorf("got %q, want what is committed", alice.Name)
		}
		alice.Name = "mine"
		if _, err := orm.Select(Users).ForUpdate().All(t.Context(), s); err == nil {
			t.Error("a locking read of a changed object is no error")
		}
		same(t, "the change", alice.Name, "mine")
		must(t, s.Commit(t.Context()))

		if _, err := other.Tx(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = orm.Select(Users).ForUpdate().All(t.Context(), other)
		must(t, err)
		if _, err := orm.Select(Users).ForUpdate(expr.NoWait).All(t.Context(), s); !errors.Is(err, sqlerr.ErrLockTimeout) {
			t.Errorf("a lock that is taken: got %v, want ErrLockTimeout", err)
		}
		must(t, s.Rollback(t.Context()))
	})
}
