package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func wantState(t *testing.T, s *orm.Session, entity any, want orm.State) {
	t.Helper()
	got, err := s.State(entity)
	must(t, err)
	if got != want {
		t.Errorf("%T is %v, want %v", entity, got, want)
	}
}

// addMembers commits members of these names and forgets what was sent.
func addMembers(t *testing.T, db *database, s *orm.Session, names ...string) []*member {
	t.Helper()
	var list []*member
	for _, n := range names {
		list = append(list, &member{Name: n})
	}
	orm.AddAll(s, list...)
	must(t, s.Commit(t.Context()))
	db.forget()
	return list
}

func TestStatesOfObjects(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := &member{Name: "a"}
		wantState(t, s, u, orm.Transient)
		s.Add(u)
		wantState(t, s, u, orm.Pending)
		must(t, s.Flush(ctx))
		wantState(t, s, u, orm.Persistent)
		must(t, s.Commit(ctx))
		s.Delete(u)
		wantState(t, s, u, orm.Persistent)
		gone, err := s.Deleting()
		must(t, err)
		same(t, "to be deleted", gone, []any{u})
		must(t, s.Flush(ctx))
		wantState(t, s, u, orm.Deleted)
		must(t, s.Rollback(ctx))
		wantState(t, s, u, orm.Persistent)
		s.Delete(u)
		must(t, s.Commit(ctx))
		wantState(t, s, u, orm.Detached)

		other := &member{Name: "b"}
		s.Add(other)
		must(t, s.Commit(ctx))
		must(t, s.Expunge(other))
		wantState(t, s, other, orm.Detached)
		other.Name = "was changed before"
		must(t, s.Attach(other))
		wantState(t, s, other, orm.Persistent)
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t) // it is taken for what the row is
		other.Name = "c"
		must(t, s.Commit(ctx))
		must(t, s.ExpungeAll())
		wantState(t, s, other, orm.Detached)
		if _, err := s.State(*other); err == nil {
			t.Error("the state of a value is no error")
		}
		if got := []string{orm.Pending.String(), orm.Detached.String()}; strings.Join(got, " ") != "pending detached" {
			t.Errorf("names of states: %v", got)
		}
		list, err := orm.Select(members).All(ctx, s)
		must(t, err)
		same(t, "what was written", *list[0], member{ID: other.ID, Name: "c", Age: ptr(int64(7))})
	})
}

func TestWhatTheSessionWouldWrite(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := addMembers(t, db, s, "a", "b")
		fresh := &member{Name: "new"}
		s.Add(fresh)
		list[0].Name, *list[0].Age = "changed", 8
		added, err := s.New()
		must(t, err)
		dirty, err := s.Dirty()
		must(t, err)
		all, err := s.Objects()
		must(t, err)
		same(t, "new, dirty and all", [][]any{added, dirty, all}, [][]any{{fresh}, {list[0]}, {list[0], list[1], fresh}})
		changes, err := s.Changes(list[0])
		must(t, err)
		var told []string
		for _, c := range changes {
			told = append(told, c.Field+" "+c.Column.Name)
		}
		same(t, "changes", told, []string{"Name name", "Age age"})
		same(t, "was and is", []any{changes[0].Was, changes[0].Is, *changes[1].Was.(*int64), *changes[1].Is.(*int64)}, []any{"a", "changed", int64(7), int64(8)})
		for entity, want := range map[*member]bool{list[0]: true, list[1]: false, fresh: true, {}: false} {
			if got, err := s.IsModified(entity); got != want || err != nil {
				t.Errorf("IsModified(%v): got %v, %v", entity, got, err)
			}
		}
		must(t, s.Accept(list[0], members.Name))
		must(t, s.Flush(ctx))
		db.wantSent(t, "update members(age)", "insert members(name,nick,age)")
		same(t, "in a transaction", s.InTransaction(), true)
		must(t, s.Reset(ctx))
		all, err = s.Objects()
		must(t, err)
		same(t, "after the reset", len(all), 0)
		same(t, "in a transaction", s.InTransaction(), false)
	})
}

func TestScenarioMergeBasic(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&member{Name: "a", Nick: ptr("b")})
		must(t, s.Commit(ctx))
		must(t, s.ExpungeAll())
		db.forget()
		given := &member{ID: 1, Name: "new"}
		m, err := orm.Merge(ctx, s, given, orm.MergeOnly(members.Name))
		must(t, err)
		db.wantSent(t, "select members")
		same(t, "merged", *m, member{ID: 1, Name: "new", Nick: ptr("b"), Age: ptr(int64(7))})
		if m == given {
			t.Error("the given object became the session's")
		}
		must(t, s.Flush(ctx))
		db.wantSent(t, "update members(name)")

		m2, err := orm.Merge(ctx, s, &member{ID: 7, Name: "q"})
		must(t, err)
		wantState(t, s, m2, orm.Pending)
		must(t, s.Flush(ctx))
		db.wantSent(t, "select members", "insert members(id,name,nick,age)")
		m3, err := orm.Merge(ctx, s, &member{Name: "z"})
		must(t, err)
		must(t, s.Flush(ctx))
		db.wantSent(t, "insert members(name,nick,age)") // no key: nothing to ask
		if m3.ID == 0 || m3.ID == 7 {
			t.Errorf("the id is %d", m3.ID)
		}
		again, err := orm.MergeAll(ctx, s, []*member{{ID: 7, Name: "q2", Age: ptr(int64(7))}})
		must(t, err)
		if again[0] != m2 {
			t.Error("another object of the same row")
		}
		must(t, s.Flush(ctx))
		db.wantSent(t, "update members(name)")
	})
}

func TestScenarioMergeLoadFalse(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := addMembers(t, db, s, "a")[0]
		must(t, s.Expunge(u))
		s2 := session(t, db)
		m, err := orm.Merge(ctx, s2, u, orm.MergeClean())
		must(t, err)
		same(t, "merged", *m, *u)
		dirty, err := s2.Dirty()
		must(t, err)
		same(t, "dirty", len(dirty), 0)
		db.wantSent(t)
		must(t, s.Attach(u))
		u.Name = "dirty"
		if _, err := orm.Merge(ctx, session(t, db), u, orm.MergeClean()); err == nil || !strings.Contains(err.Error(), "flush") {
			t.Errorf("a dirty object: got %v, want an error that says to flush it", err)
		}
		if _, err := orm.Merge(ctx, s2, &member{}, orm.MergeClean()); err == nil {
			t.Error("an object without a key is merged as a row")
		}
	})
}

func TestScenarioGetAndIdentityMap(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := &member{ID: 1, Name: "a"}
		s.Add(u)
		must(t, s.Flush(ctx))
		db.forget()
		hit, err := orm.Get(ctx, s, members, 1)
		must(t, err)
		db.wantSent(t)
		_, err = orm.Get(ctx, s, members, 2)
		if hit != u || !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("got %v, %v", hit, err)
		}
		db.wantSent(t, "select members")
		must(t, s.Commit(ctx))
		db.forget()
		_, err = orm.Get(ctx, s, members, 1)
		must(t, err)
		must(t, orm.Refresh(ctx, s, u))
		db.wantSent(t, "select members", "select members")
		u.Name = "mod"
		must(t, s.WithoutAutoflush(func() error {
			x, err := orm.Select(members).One(ctx, s)
			if x != u || x.Name != "mod" {
				t.Errorf("got %v", x)
			}
			return err
		}))
		db.wantSent(t, "select members")
		must(t, s.WithoutAutoflush(func() error {
			_, err := orm.Select(members).PopulateExisting().One(ctx, s)
			return err
		}))
		same(t, "overwritten", u.Name, "a")
		u.Name = "mod"
		must(t, s.Commit(ctx))
		run(t, db, "DELETE FROM members")
		db.forget()
		if _, err := orm.Get(ctx, s, members, 1); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("a deleted row: got %v", err)
		}
		db.wantSent(t, "select members")
	})
}

func TestScenarioAutoflushRules(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&member{Name: "1"})
		count := func(s *orm.Session) int64 {
			n, err := orm.Select(members).Count(ctx, s)
			must(t, err)
			return n
		}
		same(t, "a query flushes", count(s), 1)
		db.wantSent(t, "insert members(name,nick,age)", "select members")
		s.Add(&member{Name: "2"})
		must(t, s.WithoutAutoflush(func() error { same(t, "paused", count(s), 1); return nil }))
		tx, err := s.Tx(ctx)
		must(t, err)
		same(t, "a statement beside the session does not flush", len(rows(t, tx, members.Schema())), 1)
		must(t, s.Commit(ctx))
		s2 := session(t, db, orm.NoAutoflush())
		s2.Add(&member{Name: "3"})
		same(t, "without autoflush", count(s2), 2)
	})
}

func TestScenarioSavepoints(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		u := &member{Name: "1"}
		s.Add(u)
		n, err := s.BeginNested(ctx)
		must(t, err)
		u.Name = "2"
		v := &member{Name: "v"}
		s.Add(v)
		must(t, s.Flush(ctx))
		must(t, n.Rollback(ctx))
		wantState(t, s, v, orm.Transient)
		same(t, "restored", u.Name, "1")
		n, err = s.BeginNested(ctx)
		must(t, err)
		s.Add(&member{Name: "in"})
		must(t, n.Commit(ctx))
		n, err = s.BeginNested(ctx)
		must(t, err)
		s.Add(&member{ID: u.ID, Name: "dup"})
		var taken *sqlerr.ConstraintError
		if err := s.Flush(ctx); !errors.As(err, &taken) {
			t.Errorf("got %v, want a ConstraintError", err)
		}
		must(t, n.Rollback(ctx))
		must(t, s.Commit(ctx))
		var names []string
		list, err := orm.Select(members).OrderBy(members.Name.Asc()).All(ctx, s)
		must(t, err)
		for _, m := range list {
			names = append(names, m.Name)
		}
		same(t, "rows", names, []string{"1", "in"})
	})
}

func TestScenarioRollbackState(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := addMembers(t, db, s, "1", "d")
		u, d, n := list[0], list[1], &member{Name: "n"}
		s.Add(n)
		u.Name = "2"
		s.Delete(d)
		must(t, s.Flush(ctx))
		wantState(t, s, n, orm.Persistent)
		wantState(t, s, d, orm.Deleted)
		must(t, s.Rollback(ctx))
		wantState(t, s, n, orm.Transient) // its id is taken back
		wantState(t, s, d, orm.Persistent)
		same(t, "restored", []string{u.Name, n.Name}, []string{"1", "n"})
		s.Add(n)
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t, "insert members(name,nick,age)")
	})
}

func TestScenarioRefreshForUpdateAndOptions(t *testing.T) {
	everywhere(t, club, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := addMembers(t, db, s, "x", "y")
		u := list[0]
		err := orm.Refresh(ctx, s, u, orm.RefreshForUpdate(expr.NoWait))
		if db.isSQLite() {
			if err == nil || !strings.Contains(err.Error(), "FOR UPDATE") {
				t.Errorf("SQLite has no row locks: got %v", err)
			}
		} else {
			must(t, err)
		}
		tx, err := s.Tx(ctx)
		must(t, err)
		run(t, tx, "UPDATE members SET name = 'there', nick = 'there'")
		u.Name, u.Nick = "here", ptr("here")
		db.forget()
		must(t, orm.Refresh(ctx, s, u, orm.RefreshOnly(members.Nick)))
		db.wantSent(t, "select members")
		same(t, "one field", []string{u.Name, *u.Nick}, []string{"here", "there"})
		must(t, s.Flush(ctx))
		db.wantSent(t, "update members(name)")
		q := orm.Select(members)
		n, err := q.Where(members.Name.Eq("here")).Count(ctx, s)
		must(t, err)
		same(t, "count", n, 1)
		if _, err := q.Where(members.Name.Eq("q")).One(ctx, s); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("one of none: got %v", err)
		}
		if _, err := q.One(ctx, s); !errors.Is(err, sqlerr.ErrMultipleRows) {
			t.Errorf("one of two: got %v", err)
		}
		must(t, s.ExpireAll())
		db.forget()
		_, err = orm.Get(ctx, s, members, u.ID)
		must(t, err)
		db.wantSent(t, "select members")
	})
}
