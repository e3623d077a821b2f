package orm_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type deferring struct {
	ID               int64
	A                orm.Deferred[string]
	Big1, Big2, Big3 orm.Deferred[string]
}

type deferringTable struct {
	orm.Table[deferring]
	ID                  schema.Int64
	A, Big1, Big2, Big3 schema.Text
}

func TestScenarioDeferLoadOnlyUndefer(t *testing.T) {
	base := orm.NewBase()
	d := orm.Declare(base, "d", deferringTable{
		ID: schema.BigInteger(schema.PrimaryKey()), A: schema.String(10, orm.Undeferred()),
		Big1: schema.LongString(orm.DeferredGroup("g")), Big2: schema.LongString(orm.DeferredGroup("g")), Big3: schema.LongString(),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&deferring{A: orm.DeferredOf("a"), Big1: orm.DeferredOf("1"), Big2: orm.DeferredOf("2"), Big3: orm.DeferredOf("3")})
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		db.forget()
		s = session(t, db)
		one := func(q orm.Query[deferring]) *deferring {
			t.Helper()
			e, err := q.One(ctx, s)
			must(t, err)
			return e
		}
		e := one(orm.Select(d))
		db.wantRead(t, "id, a")
		var missing *orm.NotLoadedError
		if _, err := e.Big1.Get(); !errors.As(err, &missing) || missing.Field != "Big1" {
			t.Errorf("big1: got %v, want NotLoadedError", err)
		}
		must(t, orm.LoadColumns(ctx, s, []*deferring{e}, d.Big1))
		db.wantRead(t, "id, big1, big2")
		same(t, "its values", value(t, &e.Big1)+value(t, &e.Big2), "12")
		must(t, orm.LoadColumns(ctx, s, []*deferring{e}, d.Big2))
		db.wantRead(t)
		if _, err := e.Big3.Get(); !errors.As(err, &missing) {
			t.Errorf("big3: got %v, want NotLoadedError", err)
		}
		must(t, s.Close(ctx))
		s = session(t, db)
		e = one(orm.Select(d).LoadOnly(d.A, d.Big3))
		db.wantRead(t, "id, a, big3")
		same(t, "big3", value(t, &e.Big3), "3")
		must(t, s.Close(ctx))
		s = session(t, db)
		e = one(orm.Select(d).Defer(d.A).UndeferGroup("g"))
		db.wantRead(t, "id, big1, big2")
		must(t, orm.LoadColumns(ctx, s, []*deferring{e}, d.A))
		db.wantRead(t, "id, a")
		same(t, "its value", value(t, &e.A), "a")
	})
}

func value[T any](t testing.TB, d *orm.Deferred[T]) T {
	t.Helper()
	v, err := d.Get()
	must(t, err)
	return v
}

type summed struct {
	ID, A, B int64
	Tot      *int64
}

type summedTable struct {
	orm.Table[summed]
	ID, A, B schema.Int64
	Tot      orm.QueryExpression[int64]
}

func TestScenarioQueryExpressionAndWithExpression(t *testing.T) {
	base := orm.NewBase()
	u := orm.Declare(base, "u", summedTable{ID: schema.BigInteger(schema.PrimaryKey())})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&summed{A: 1, B: 2})
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		db.wantSent(t, "insert u(a,b)", "COMMIT")
		db.forget()
		s = session(t, db)
		plain, err := orm.Select(u).One(ctx, s)
		must(t, err)
		same(t, "plain", plain.Tot, nil)
		must(t, s.Close(ctx))
		s = session(t, db)
		with, err := orm.Select(u).WithExpression(u.Tot.As(u.A.AddExpr(u.B))).One(ctx, s)
		must(t, err)
		same(t, "with", *with.Tot, 3)
		db.wantRead(t, "id, a, b", "id, a, b, a + b AS tot")
	})
}

// parentOf and kidOf tell their hooks.
type parentOf struct {
	ID   int64
	Name string
	Kids orm.Many[kidOf]
}

type kidOf struct {
	ID       int64
	ParentID *int64
}

type parentOfTable struct {
	orm.Table[parentOf]
	ID   schema.Int64
	Name schema.Text
	Kids orm.HasMany[parentOf, kidOf]
}

type kidOfTable struct {
	orm.Table[kidOf]
	ID       schema.Int64
	ParentID schema.Int64
}

// tellHooks has the hooks of a type tell a list.
func tellHooks[T any](name string, told *[]string) orm.Hooks[T] {
	say := func(what string) func(context.Context, *orm.Session, *T) error {
		return func(context.Context, *orm.Session, *T) error { *told = append(*told, what+" "+name); return nil }
	}
	return orm.Hooks[T]{
		BeforeInsert: say("before_insert"), AfterInsert: say("after_insert"), BeforeUpdate: say("before_update"),
		AfterUpdate: say("after_update"), BeforeDelete: say("before_delete"), AfterDelete: say("after_delete"),
		AfterLoad: func(*T) error { *told = append(*told, "loaded "+name); return nil },
	}
}

func TestScenarioValidatorsAndEventsOrder(t *testing.T) {
	base := orm.NewBase()
	ps := orm.Declare(base, "p", parentOfTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20, orm.Validate(upper))})
	ks := orm.Declare(base, "k", kidOfTable{ID: schema.BigInteger(schema.PrimaryKey()), ParentID: schema.BigInteger(schema.ForeignKey("p.id"))})
	var told []string
	orm.Listen(ps, tellHooks[parentOf]("P", &told))
	orm.Listen(ks, tellHooks[kidOf]("K", &told))
	want := func(t *testing.T, what, list string) {
		t.Helper()
		same(t, what, strings.Join(told, ", "), list)
		told = nil
	}
	everywhere(t, base, func(t *testing.T, db *database) {
		told = nil
		ctx := t.Context()
		events := listening(&told)
		events.Moved = nil
		s := session(t, db, orm.Events(events))
		s.Add(&parentOf{})
		if err := s.Flush(ctx); !errors.Is(err, errEmpty) {
			t.Errorf("got %v, want the validator's error", err)
		}
		must(t, s.Rollback(ctx))
		db.wantSent(t)
		told = nil
		p := &parentOf{Name: "ab"}
		s.Add(p)
		same(t, "upper", p.Name, "AB")
		p.Kids.Add(&kidOf{})
		must(t, s.Commit(ctx))
		db.wantSent(t, "insert p(name)", "insert k(parent_id)", "COMMIT")
		want(t, "insert events", "before commit, before flush, before_insert P, before_insert K, begin, after_insert P, after_insert K, after flush, after commit")
		p.Name = "q"
		kids, err := p.Kids.All()
		must(t, err)
		s.Delete(kids[0])
		must(t, s.Commit(ctx))
		want(t, "update and delete events", "before commit, before flush, before_update P, before_delete K, begin, after_update P, after_delete K, after flush, after commit")
		must(t, s.ExpungeAll())
		told = nil
		_, err = orm.Get(ctx, s, ps, p.ID)
		must(t, err)
		want(t, "load events", "begin, loaded P")
	})
}
