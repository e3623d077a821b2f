package orm_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func TestEntitiesThatCannotBeAdded(t *testing.T) {
	type Unmapped struct{ ID int64 }
	everywhere(t, shop, func(t *testing.T, db *database) {
		holder := session(t, db)
		taken := &User{Name: "taken"}
		holder.Add(taken)
		var none *User
		for _, c := range []struct {
			name   string
			entity any
			want   string
		}{
			{"nil", nil, "a nil entity was given"},
			{"typed nil", none, "a nil entity was given"},
			{"by value", User{}, "was given by value"},
			{"not mapped", &Unmapped{}, "orm_test.Unmapped: is not mapped: declare it with orm.Declare or orm.Map"},
			{"not a struct", new(int), "is not mapped"},
			{"of another session", taken, "is part of another session"},
		} {
			s := session(t, db)
			s.Add(c.entity)
			s.Add(&User{Name: "fine"})
			err := s.Flush(t.Context())
			var model *orm.ModelError
			if !errors.As(err, &model) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
			}
			if _, err := orm.Select(Users).All(t.Context(), s); !errors.As(err, &model) {
				t.Errorf("%s: a query that flushes: got %v, want the same", c.name, err)
			}
			must(t, s.Rollback(t.Context()))
			must(t, s.Flush(t.Context()))
		}
		s := session(t, db)
		s.Delete(&User{ID: 1})
		if err := s.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "not part of the session") {
			t.Errorf("delete of a stranger: got %v", err)
		}
		if err := orm.Refresh(t.Context(), holder, taken); err == nil {
			t.Error("refresh of what is no row is no error")
		}
		if err := holder.Expunge(&User{}); err == nil {
			t.Error("expunge of a stranger is no error")
		}
		db.wantSent(t)
		// Let go, it may be added elsewhere.
		must(t, holder.Expunge(taken))
		s = session(t, db)
		s.Add(taken)
		must(t, s.Commit(t.Context()))
	})
}

func TestAnEntityThatAnotherSessionHasRead(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		people(t, db, "Alice", "Bob", "Carol")
		reader := session(t, db)
		list, err := orm.Select(Users).OrderBy(Users.ID.Asc()).All(ctx, reader)
		must(t, err)
		must(t, reader.Commit(ctx))
		many := session(t, db)
		many.Add(list[1])
		for i := range 10 {
			many.Add(&User{ID: int64(100 + i), Name: "new"})
		}
		one := session(t, db)
		one.Add(list[0])
		one.Add(&User{Name: "new"})
		db.forget()
		for i, s := range []*orm.Session{one, many} {
			err, want := s.Flush(ctx), fmt.Sprintf("orm_test.User(ID %d)", list[i].ID)
			var model *orm.ModelError
			if !errors.As(err, &model) || model.Entity != want || !strings.Contains(err.Error(), "another session") {
				t.Errorf("got %v, want an error that names %s", err, want)
			}
			must(t, s.Expunge(list[i]))
		}
		db.wantSent(t)
		must(t, many.Rollback(ctx))
		must(t, one.Commit(ctx)) // the rest is written
		// Let go by its session, or with it, it is as good as new.
		reader.Delete(list[0])
		must(t, reader.Commit(ctx))
		must(t, reader.Expunge(list[1]))
		list[1].ID = 200
		list[2].ID = 300
		must(t, reader.Close(ctx))
		orm.AddAll(one, list...)
		must(t, one.Commit(ctx))
		wantRows(t, db, Users.Schema(), "1 Alice NULL", "2 Bob NULL", "3 Carol NULL", "4 new NULL", "200 Bob NULL", "300 Carol NULL")
	})
}

func TestSessionsLookIntoEachOther(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		people(t, db, "Alice")
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for g := range errs {
			wg.Go(func() {
				s := orm.NewSession(db)
				defer s.Close(context.Background())
				for i := range 20 {
					_, err := orm.Select(Users).Limit(3).All(t.Context(), s)
					s.Add(&User{ID: int64(1000*(g+1) + i), Name: "x"})
					if errs[g] = errors.Join(err, s.Commit(t.Context())); errs[g] != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		must(t, errors.Join(errs...))
	})
}

func TestAnExplicitColumnMustBeTheEntitys(t *testing.T) {
	db := open(t, "memory")
	s := session(t, db)
	s.Add(&User{}, orm.Explicit(Posts.ID))
	if err := s.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "orm.Explicit") {
		t.Errorf("got %v, want an error of Explicit", err)
	}
}

func TestTwoGoroutinesInOneSession(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		var wg sync.WaitGroup
		var mu sync.Mutex
		found := 0
		for range 8 {
			wg.Go(func() {
				for range 50 {
					s.Add(&User{Name: "x"})
					_, err := orm.Select(Users).Limit(1).All(ctx, s)
					if errors.Is(err, orm.ErrConcurrentUse) {
						mu.Lock()
						found++
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		if found == 0 {
			t.Error("use by eight goroutines was not noticed once")
		}
		must(t, s.Rollback(ctx))
	})
}

func TestAnAddWhileTheSessionWorksIsTold(t *testing.T) {
	db := open(t, "memory")
	must(t, db.CreateAll(t.Context(), shop.MetaData))
	s := session(t, db)
	s.Add(&User{Name: "a"})
	must(t, s.Flush(t.Context()))
	orm.Busy(s, func() { s.Add(&User{Name: "b"}); s.Delete(&User{}) })
	if err := s.Flush(t.Context()); !errors.Is(err, orm.ErrConcurrentUse) {
		t.Errorf("got %v, want ErrConcurrentUse", err)
	}
}

func TestStatementsThatCannotBeSent(t *testing.T) {
	long := orm.NewBase()
	type Thing struct{ ID int64 }
	type thingTable struct {
		orm.Table[Thing]
		ID schema.Int64
	}
	id := func() schema.Int64 { return schema.BigInteger(schema.PrimaryKey()) }
	tooLong := orm.Declare(long, strings.Repeat("x", 100), thingTable{ID: id()})
	withNUL := orm.Declare(long, "a\x00b", thingTable{ID: id()})
	badColumn := orm.Declare(long, "things", thingTable{ID: schema.BigInteger(schema.PrimaryKey(), schema.Named("a\x00"))})
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		fails := func(name, want string, err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want an error with %q", name, err, want)
			}
		}
		_, err := orm.Select(Users).Where(Posts.Title.Eq("x")).All(ctx, s)
		fails("a column of a table that is not in FROM", "posts", err)
		_, err = orm.Select(Users).OrderBy(Posts.Title.Asc()).All(ctx, s)
		fails("its order", "posts", err)
		_, err = orm.Select(Users).Where(Posts.Title.Eq("x")).Count(ctx, s)
		fails("its count", "posts", err)
		_, err = orm.Select(orm.Alias(Users, "u")).Where(Users.Name.Eq("x")).All(ctx, s)
		fails("a column of the table behind an alias", "users", err)
		_, err = orm.Select(Users).Where(Users.Name.Eq("a\x00")).All(ctx, s)
		fails("NUL in a value", "NUL", err)
		_, err = orm.Select(Users).Where(Users.Name.In("ok", "\xff")).All(ctx, s)
		fails("invalid UTF-8", "UTF-8", err)
		_, err = orm.Get(ctx, s, Users)
		fails("a key of no values", "1 columns", err)
		_, err = orm.Get(ctx, s, Users, 1, 2)
		fails("a key of two values", "1 columns", err)
		_, err = orm.Get(ctx, s, Users, "one")
		fails("a key of another type", "ID", err)
		_, err = orm.Get(ctx, s, Users, nil)
		fails("a key of NULL", "NULL", err)
		_, err = orm.Get(ctx, s, Users, uint64(math.MaxUint64))
		fails("a key that overflows", "ID", err)
		if !db.isSQLite() {
			_, err = orm.Select(tooLong).All(ctx, s)
			fails("an identifier that is too long", "the limit is", err)
		}
		_, err = orm.Select(withNUL).All(ctx, s)
		fails("an identifier with NUL", "NUL", err)
		_, err = orm.Select(badColumn).All(ctx, s)
		fails("a column with NUL", "NUL", err)
		db.wantSent(t)
		// None of them harms the session.
		_, err = orm.Select(Users).All(ctx, s)
		must(t, err)
	})
}

func TestNumbersThatOverflow(t *testing.T) {
	type Number struct {
		ID    int64
		Small int64
	}
	type numberTable struct {
		orm.Table[Number]
		ID    schema.Int64
		Small schema.Int64
	}
	base := orm.NewBase()
	table := orm.Declare(base, "numbers", numberTable{ID: schema.BigInteger(schema.PrimaryKey()), Small: schema.IntegerOf[int64](16)})
	everywhere(t, base, func(t *testing.T, db *database) {
		s := session(t, db)
		n := &Number{Small: 1 << 15}
		s.Add(n)
		err := s.Flush(t.Context())
		var entity *orm.EntityError
		var value *sqlerr.ValueError
		if !errors.As(err, &entity) || entity.Field != "Small" || !errors.As(err, &value) {
			t.Errorf("got %v, want a ValueError of Small", err)
		}
		db.wantSent(t)
		if n.Small = 1<<15 - 1; s.Flush(t.Context()) != nil {
			t.Error("the largest number that fits is refused")
		}
		if !db.isSQLite() { // whose columns hold anything
			return
		}
		tx, err := s.Tx(t.Context())
		must(t, err)
		run(t, tx, "UPDATE numbers SET small = 'no number'")
		must(t, s.Expire(n))
		_, err = orm.Get(t.Context(), s, table, n.ID)
		if !errors.As(err, &value) {
			t.Errorf("a stored number that does not fit: got %v, want a ValueError", err)
		}
	})
}

func TestADefaultIsTakenBackWithTheFlush(t *testing.T) {
	type Job struct {
		ID   int64
		Note *string
		Name string
	}
	type jobTable struct {
		orm.Table[Job]
		ID   schema.Int64
		Note schema.Text
		Name schema.Text
	}
	base := orm.NewBase()
	orm.Declare(base, "jobs", jobTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Note: schema.String(10, schema.DefaultValue("note")), Name: schema.String(10, schema.Unique()),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := context.Background()
		s := session(t, db)
		good, bad := &Job{Name: "a"}, &Job{Name: "far too long for it"}
		orm.AddAll(s, good, bad)
		if s.Flush(ctx) == nil {
			t.Fatal("no error")
		}
		if good.Note != nil || bad.Note != nil {
			t.Error("a default stays after a flush that sent nothing")
		}
		bad.Name = "a"
		if s.Flush(ctx) == nil {
			t.Fatal("no error")
		}
		must(t, s.Rollback(ctx))
		if good.Note != nil || bad.Note != nil || good.ID != 0 {
			t.Errorf("got %+v and %+v, want nothing that was filled", good, bad)
		}
		s.Add(good)
		must(t, s.Flush(ctx))
		same(t, "filled", *good.Note, "note")
	})
}
