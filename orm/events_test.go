package orm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// A watched entity tells its hooks to a list, and refuses an empty name.
type watched struct {
	ID       int64
	Name     string
	ParentID *int64
	told     *[]string
	loaded   bool
}

func (w *watched) tell(what string) {
	if w.told != nil {
		*w.told = append(*w.told, what+" "+w.Name)
	}
}

func (w *watched) BeforeInsert(context.Context) error {
	w.tell("before insert")
	if w.Name == "" {
		return errors.New("the name is empty")
	}
	return nil
}
func (w *watched) AfterInsert(context.Context) error  { w.tell("after insert"); return nil }
func (w *watched) BeforeUpdate(context.Context) error { w.tell("before update"); return nil }
func (w *watched) AfterUpdate(context.Context) error  { w.tell("after update"); return nil }
func (w *watched) BeforeDelete(context.Context) error { w.tell("before delete"); return nil }
func (w *watched) AfterDelete(context.Context) error  { w.tell("after delete"); return nil }
func (w *watched) AfterLoad() error                   { w.loaded = true; return nil }

type watchedTable struct {
	orm.Table[watched]
	ID       schema.Int64
	Name     schema.Text
	ParentID schema.Int64
}

var (
	watching = orm.NewBase()
	Watcheds = orm.Declare(watching, "watched", watchedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), ParentID: schema.BigInteger(schema.ForeignKey("watched.id")),
	})
)

// listening returns events that tell what happens to a list.
func listening(told *[]string) *orm.SessionEvents {
	say := func(what string) func(context.Context, *orm.Session) error {
		return func(context.Context, *orm.Session) error { *told = append(*told, what); return nil }
	}
	return &orm.SessionEvents{
		Begin:       func(context.Context, *orm.Session, *engine.Tx) error { *told = append(*told, "begin"); return nil },
		BeforeFlush: say("before flush"), AfterFlush: say("after flush"), BeforeCommit: say("before commit"), AfterCommit: say("after commit"),
		AfterRollback: say("after rollback"), AfterSavepointRollback: say("after savepoint rollback"),
		Moved: func(_ *orm.Session, e any, from, to orm.State) {
			*told = append(*told, fmt.Sprintf("%s from %v to %v", e.(*watched).Name, from, to))
		},
	}
}

func TestEventsOfASessionAndHooksOfEntities(t *testing.T) {
	everywhere(t, watching, func(t *testing.T, db *database) {
		ctx := t.Context()
		var told []string
		s := session(t, db, orm.Events(listening(&told)))
		want := func(what string, list ...string) {
			t.Helper()
			same(t, what, told, list)
			told = nil
		}
		a := &watched{Name: "a", told: &told}
		s.Add(a)
		must(t, s.Commit(ctx))
		want("insert", "a from transient to pending", "before commit", "before flush", "before insert a", "begin", "after insert a", "after flush", "after commit", "a from pending to persistent")
		a.Name = "b"
		must(t, s.Flush(ctx))
		want("update", "before flush", "before update b", "begin", "after update b", "after flush")
		must(t, s.Rollback(ctx))
		want("rollback", "after rollback")
		s.Delete(a)
		must(t, s.Commit(ctx))
		want("delete", "before commit", "before flush", "before delete a", "begin", "after delete a", "after flush", "after commit", "a from persistent to deleted", "a from deleted to detached")
		must(t, s.Commit(ctx)) // nothing to do
		want("an empty commit", "before commit")

		b := &watched{Name: "b"}
		n, err := s.BeginNested(ctx)
		must(t, err)
		s.Add(b)
		must(t, s.Flush(ctx))
		told = nil
		must(t, n.Rollback(ctx))
		want("savepoint", "after savepoint rollback", "b from persistent to transient")
		s.Add(b)
		must(t, s.Commit(ctx))
		must(t, s.Expunge(b))
		told = nil
		got, err := orm.Get(ctx, s, Watcheds, b.ID)
		must(t, err)
		same(t, "AfterLoad", got.loaded, true)
		want("load", "begin", "b from detached to persistent")
	})
}

func TestHooksMayStopAndAddToAFlush(t *testing.T) {
	everywhere(t, watching, func(t *testing.T, db *database) {
		ctx := t.Context()
		var inner error
		s := session(t, db, orm.Events(&orm.SessionEvents{BeforeFlush: func(ctx context.Context, s *orm.Session) error {
			inner = s.Flush(ctx)
			added, err := s.New()
			if err == nil && len(added) == 1 {
				s.Add(&watched{Name: "added by the event"})
			}
			return err
		}}))
		bad := &watched{}
		s.Add(bad)
		var failed *orm.FlushError
		if err := s.Flush(ctx); !errors.As(err, &failed) || !strings.Contains(err.Error(), "the name is empty") {
			t.Errorf("got %v, want the hook's error", err)
		}
		db.wantSent(t)
		if !errors.Is(inner, orm.ErrFlushing) {
			t.Errorf("a flush inside a flush: got %v, want ErrFlushing", inner)
		}
		bad.Name = "mended" // nothing was sent: it can be mended without a rollback
		must(t, s.Commit(ctx))
		wantRows(t, db, Watcheds.Schema(), "1 mended NULL", "2 added by the event NULL")
	})
}

type listened struct {
	ID   int64
	Name string `db:"name,size=20"`
}

func TestTypedHooks(t *testing.T) {
	base := orm.NewBase()
	table := orm.Map[listened](base, "listened")
	var told []string
	tell := func(what string) func(context.Context, *orm.Session, *listened) error {
		return func(_ context.Context, _ *orm.Session, l *listened) error {
			told = append(told, what+" "+l.Name)
			l.Name = strings.ToUpper(l.Name)
			return nil
		}
	}
	orm.Listen(table, orm.Hooks[listened]{
		BeforeInsert: tell("insert"), AfterUpdate: tell("updated"), AfterDelete: tell("deleted"),
		AfterLoad: func(l *listened) error {
			if l.Name == "REFUSED" {
				return errors.New("not this one")
			}
			return nil
		},
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		told = nil
		s := session(t, db)
		u := &listened{Name: "a"}
		s.Add(u)
		must(t, s.Commit(ctx))
		u.Name = "B"
		must(t, s.Commit(ctx))
		s.Delete(u)
		s.Add(&listened{ID: 77, Name: "refused"})
		must(t, s.Commit(ctx))
		same(t, "told", told, []string{"insert a", "updated B", "insert refused", "deleted B"})
		if _, err := orm.Get(ctx, session(t, db), table, 77); err == nil || !strings.Contains(err.Error(), "not this one") {
			t.Errorf("got %v, want the error of AfterLoad", err)
		}
	})
}

func TestExplain(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		list := []*User{{Name: "a"}, {Name: "b", Email: ptr("b")}, {Name: "c"}}
		orm.AddAll(s, list...)
		must(t, s.Commit(ctx))
		list[0].Name, list[2].Name, list[0].Email = "x", "y", ptr("b")
		s.Delete(list[1])
		s.Add(&User{Name: "new"})
		s.Add(&Post{Title: "t"})
		db.forget()
		text, err := s.Explain(ctx)
		must(t, err)
		db.wantSent(t)
		id := func(u *User) string { return fmt.Sprintf("orm_test.User(ID %d)", u.ID) }
		want := "1. DELETE FROM users by id: 1 row\n" +
			"   - " + id(list[1]) + " was deleted; it goes first, as another row takes its unique value or its place\n" +
			"2. UPDATE users SET name, email by id: 1 row\n" +
			"   - " + id(list[0]) + " was changed: Name, Email\n" +
			"3. UPDATE users SET name by id: 1 row\n" +
			"   - " + id(list[2]) + " was changed: Name\n" +
			"4. INSERT INTO users (name, email), which gives back id: 1 row\n" +
			"   - orm_test.User(ID not set) is new\n" +
			"5. INSERT INTO posts (author_id, answer_to, title), which gives back id: 1 row\n" +
			"   after the INSERT into users, which it references\n" +
			"   - orm_test.Post(ID not set) is new\n"
		same(t, "the explanation", text, want)
		must(t, s.Commit(ctx))
		db.wantSent(t, "delete users", "update users(name,email)", "update users(name)", "insert users(name,email)", "insert posts(author_id,answer_to,title)", "COMMIT")
	})
}
