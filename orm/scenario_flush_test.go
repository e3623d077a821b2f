package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// A member has a name, and an age that defaults to seven.
type member struct {
	ID   int64
	Name string
	Nick *string
	Age  *int64
}

type memberTable struct {
	orm.Table[member]
	ID         schema.Int64
	Name, Nick schema.Text
	Age        schema.Int64
}

var (
	club    = orm.NewBase()
	members = orm.Declare(club, "members", memberTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), Nick: schema.String(20),
		Age: schema.BigInteger(schema.DefaultValue(int64(7))),
	})
)

func TestScenarioBasicAutoincrementFlush(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := &member{Name: "ed"}
		same(t, "id before the flush", u.ID, 0)
		s.Add(u)
		must(t, s.Flush(ctx))
		same(t, "id after the flush", u.ID, 1)
		must(t, s.Commit(ctx))
		db.wantSent(t, "insert members(name,nick,age)", "COMMIT")
		again, err := orm.Get(ctx, s, members, 1)
		must(t, err)
		same(t, "after the commit", *again, member{ID: 1, Name: "ed", Age: ptr(int64(7))})
		_, err = orm.Get(ctx, s, members, 1)
		must(t, err)
		db.wantSent(t, "select members")
		if again != u {
			t.Error("the row has another object after the commit")
		}
	})
}

func TestScenarioBulkAddSameShape(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		s := session(t, db)
		list := []*member{{Name: "a"}, {Name: "b"}, {Name: "c"}}
		orm.AddAll(s, list...)
		must(t, s.Flush(t.Context()))
		same(t, "ids", []int64{list[0].ID, list[1].ID, list[2].ID}, []int64{1, 2, 3})
		db.wantSent(t, "insert members(name,nick,age) x3")
	})
}

func TestScenarioInsertGroupingByColumns(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		s := session(t, db)
		list := []*member{{Name: "a"}, {Name: "b", Nick: ptr("B")}, {Name: "c"}, {Name: "d"}, {ID: 50, Name: "e"}, {Name: "f"}}
		orm.AddAll(s, list...)
		must(t, s.Flush(t.Context()))
		var ids, ages []int64
		for _, u := range list {
			ids, ages = append(ids, u.ID), append(ages, *u.Age)
		}
		same(t, "ids", ids, []int64{1, 2, 3, 4, 50, 5})
		same(t, "ages", ages, []int64{7, 7, 7, 7, 7, 7})
		db.wantSent(t, "insert members(name,nick,age) x5", "insert members(id,name,nick,age)")
	})
}

type zed struct{ ID int64 }

type ay struct {
	ID  int64
	Zed *int64
}

func TestScenarioUowWithoutRelationshipUsesTableOrder(t *testing.T) {
	base := orm.NewBase()
	type ayTable struct {
		orm.Table[ay]
		ID, Zed schema.Int64
	}
	orm.Declare(base, "a", ayTable{ID: schema.BigInteger(schema.PrimaryKey()), Zed: schema.BigInteger(schema.ForeignKey("z.id"))})
	orm.Map[zed](base, "z")
	everywhere(t, base, func(t *testing.T, db *database) {
		s := session(t, db)
		z, a := &zed{ID: 1}, &ay{Zed: ptr(int64(1))}
		s.Add(a)
		s.Add(z)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert z(id)", "insert a(zed)")
		s.Delete(z)
		s.Delete(a)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "delete a", "delete z")
	})
}

func TestScenarioUpdateAndDeleteOrdering(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		us := map[int64]*member{}
		for i := range int64(6) {
			us[i+1] = &member{ID: i + 1, Name: "old"}
			s.Add(us[i+1])
		}
		must(t, s.Commit(ctx))
		db.forget()
		us[5].Name, us[2].Name, us[4].Name = "x", "y", "z"
		s.Delete(us[6])
		s.Delete(us[1])
		s.Add(&member{ID: 9, Name: "new9"})
		s.Add(&member{ID: 8, Name: "new8"})
		must(t, s.Flush(ctx))
		db.wantSent(t, "update members(name) x3", "insert members(id,name,nick,age) x2", "delete members x2")
		must(t, s.Commit(ctx))
		wantRows(t, db, members.Schema(), "2 y NULL 7", "3 old NULL 7", "4 z NULL 7", "5 x NULL 7", "8 new8 NULL 7", "9 new9 NULL 7")
	})
}

func TestScenarioUpdateGroupingExecutemany(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		var us []*member
		for i := range int64(5) {
			us = append(us, &member{ID: i + 1, Name: "a", Nick: ptr("b")})
		}
		orm.AddAll(s, us...)
		must(t, s.Flush(ctx))
		db.forget()
		us[0].Name, us[1].Name, us[3].Name, us[4].Name, us[2].Nick = "x", "x", "x", "y", ptr("x")
		must(t, s.Flush(ctx))
		db.wantSent(t, "update members(name) x4", "update members(nick)")
		must(t, s.Commit(ctx))
		wantRows(t, db, members.Schema(), "1 x b 7", "2 x b 7", "3 a x 7", "4 x b 7", "5 y b 7")
	})
}

func TestScenarioDuplicateIdentityConflict(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&member{ID: 1, Name: "first"})
		must(t, s.Flush(ctx))
		s.Add(&member{ID: 1, Name: "second"})
		err := s.Flush(ctx)
		var taken *sqlerr.ConstraintError
		if !errors.As(err, &taken) || taken.Kind != sqlerr.PrimaryKey {
			t.Errorf("got %v, want a ConstraintError of the primary key", err)
		}
		if _, err := orm.Select(members).All(ctx, s); !errors.Is(err, orm.ErrNeedsRollback) {
			t.Errorf("the next use: got %v, want ErrNeedsRollback", err)
		}
		must(t, s.Rollback(ctx))
		n, err := orm.Select(members).Count(ctx, s)
		must(t, err)
		same(t, "rows", n, 0)
	})
}

func TestScenarioConstraintFailureDetails(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		run(t, db, "CREATE UNIQUE INDEX one_name ON members (name)")
		x, y := &member{Name: "ok"}, &member{Name: "ok"}
		orm.AddAll(s, x, y)
		err := s.Flush(ctx)
		var violated *sqlerr.ConstraintError
		var failed *orm.FlushError
		if !errors.As(err, &violated) || violated.Kind != sqlerr.Unique || !errors.As(err, &failed) || failed.Op != "insert" {
			t.Errorf("got %v, want a FlushError with the constraint", err)
		}
		same(t, "the first has no id", x.ID, 0)
		if err := s.Commit(ctx); !errors.Is(err, orm.ErrNeedsRollback) || !errors.As(err, &violated) {
			t.Errorf("the commit: got %v, want ErrNeedsRollback with its cause", err)
		}
		must(t, s.Rollback(ctx))
		n, err := orm.Select(members).Count(ctx, s)
		must(t, err)
		same(t, "rows", n, 0)
		y.Name = "other"
		orm.AddAll(s, x, y)
		must(t, s.Commit(ctx))
	})
}

func TestScenarioUniqueValueSwapOrder(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := &User{Name: "old", Email: ptr("x")}
		s.Add(u)
		must(t, s.Commit(ctx))
		db.forget()
		s.Delete(u)
		s.Add(&User{Name: "new", Email: ptr("x")})
		must(t, s.Flush(ctx))
		db.wantSent(t, "delete users", "insert users(name,email)")
		must(t, s.Commit(ctx))
		got, err := orm.Select(Users).All(ctx, session(t, db))
		must(t, err)
		same(t, "rows", namesOf(got), []string{"new"})
	})
}

func TestScenarioRowcountMismatchUpdate(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := &member{Name: "a"}
		s.Add(u)
		must(t, s.Commit(ctx))
		for op, change := range map[string]func(){"update": func() { u.Name = "b" }, "delete": func() { s.Delete(u) }} {
			tx, err := s.Tx(ctx)
			must(t, err)
			run(t, tx, "DELETE FROM members")
			change()
			err = s.Flush(ctx)
			var stale *orm.StaleError
			if !errors.As(err, &stale) || stale.Op != op || stale.Rows != 0 || !strings.Contains(err.Error(), "member(ID 1)") {
				t.Errorf("%s: got %v, want a StaleError that names the object", op, err)
			}
			must(t, s.Rollback(ctx))
		}
		same(t, "restored", u.Name, "a")
	})
}

type pairKey struct{ X, Y int64 }

type pairTable struct {
	orm.Table[pairKey]
	X, Y schema.Int64
}

func TestScenarioCompositePkAutoincrementOrm(t *testing.T) {
	base := orm.NewBase()
	pairs := orm.Declare(base, "pairs", pairTable{X: schema.BigInteger(schema.PrimaryKey()), Y: schema.BigInteger(schema.PrimaryKey())})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		// Nothing generates a part of a composite key: its zero is a value.
		s.Add(&pairKey{X: 1})
		must(t, s.Flush(ctx))
		db.wantSent(t, "insert pairs(x,y)")
		got, err := orm.Get(ctx, s, pairs, 1, 0)
		must(t, err)
		same(t, "the row", *got, pairKey{X: 1})
	})
	type both struct{ X, Y int64 }
	type bothTable struct {
		orm.Table[both]
		X, Y schema.Int64
	}
	generated := orm.NewBase()
	orm.Declare(generated, "generated_pairs", bothTable{
		X: schema.BigInteger(schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementYes)), Y: schema.BigInteger(schema.PrimaryKey()),
	})
	everywhere(t, generated, func(t *testing.T, db *database) {
		s := session(t, db)
		first, second := &both{Y: 5}, &both{Y: 5}
		orm.AddAll(s, first, second)
		must(t, s.Commit(t.Context()))
		same(t, "generated", []both{*first, *second}, []both{{1, 5}, {2, 5}})
	})
}

func TestScenarioSqliteAutoincrementNoReuse(t *testing.T) {
	base := orm.NewBase()
	type kept struct{ ID int64 }
	type keptTable struct {
		orm.Table[kept]
		ID schema.Int64
	}
	orm.Declare(base, "kept", keptTable{ID: schema.BigInteger(schema.PrimaryKey(), schema.NewIdentity())})
	plain := orm.Map[zed](base, "plain")
	on(t, []string{"memory", "file"}, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a := &kept{ID: 40}
		s.Add(a)
		must(t, s.Flush(ctx))
		s.Delete(a)
		must(t, s.Flush(ctx))
		b := &kept{}
		s.Add(b)
		must(t, s.Flush(ctx))
		same(t, "not used again", b.ID, 41)
		// A key of int64 is generated on SQLite too.
		z := &zed{}
		s.Add(z, orm.Into(plain))
		must(t, s.Commit(ctx))
		same(t, "the id of a BIGINT", z.ID, 1)
	})
}
