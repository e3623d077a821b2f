package orm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func TestAddAndDeleteSendNothing(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		u := &User{Name: "Alice"}
		s.Add(u)
		s.Add(u)
		orm.AddAll(s, &User{Name: "Bob"}, &User{Name: "Carol"})
		s.Delete(u) // it was only pending
		db.wantSent(t)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert users(name,email) x2")
		same(t, "id of what was taken out", u.ID, 0)
	})
}

// What was added is known by its address also after some of it was taken out: it is not added twice, and can be taken out itself.
func TestWhatIsAddedIsKnownAfterOthersWereTakenOut(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		first, second, third := &User{Name: "Alice"}, &User{Name: "Bob"}, &User{Name: "Carol"}
		orm.AddAll(s, first, second)
		s.Delete(first)
		s.Add(third)
		s.Delete(second)
		s.Add(third)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert users(name,email)")
		s.Add(first)
		s.Add(second)
		s.Delete(first)
		fourth := &User{Name: "Dave"}
		s.Add(fourth)
		s.Delete(second)
		s.Delete(fourth)
		db.forget()
		must(t, s.Flush(t.Context()))
		db.wantSent(t)
	})
}

func TestFlushWritesAndCommitKeeps(t *testing.T) {
	on(t, []string{"file", "postgres15", "postgres18", "mariadb"}, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		u := &User{Name: "Alice", Email: ptr("a@x")}
		s.Add(u)
		must(t, s.Flush(t.Context()))
		tx, err := s.Tx(t.Context())
		must(t, err)
		wantRows(t, tx, Users.Schema(), "1 Alice a@x")
		wantUsers(t, db)
		must(t, s.Commit(t.Context()))
		wantUsers(t, db, "Alice")
		db.forget()
		same(t, "after commit", *u, User{ID: 1, Name: "Alice", Email: ptr("a@x")})
		db.wantSent(t)
	})
}

// Marked has a default of the server's in a field that says "not set".
type Marked struct {
	ID   int64
	Name string
	Mark *string
}

type markedTable struct {
	orm.Table[Marked]
	ID   schema.Int64
	Name schema.Text
	Mark schema.Text
}

func TestRowsOfTheSameColumnsAreOneBatch(t *testing.T) {
	base := orm.NewBase()
	table := orm.Declare(base, "marked", markedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), Mark: schema.String(20, schema.ServerDefaultValue("default")),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		s := session(t, db)
		var list []*Marked
		for i := range 40 {
			m := &Marked{Name: fmt.Sprint(i)}
			if i%2 == 0 {
				m.Mark = ptr(fmt.Sprint("mark ", i))
			}
			list = append(list, m)
		}
		orm.AddAll(s, list...)
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "insert marked(name,mark) x20", "insert marked(name) x20", "COMMIT")
		fresh := session(t, db)
		for i, m := range list {
			want := "default"
			if i%2 == 0 {
				want = fmt.Sprint("mark ", i)
			}
			read, err := orm.Get(t.Context(), fresh, table, m.ID)
			must(t, err)
			same(t, "row", *read, Marked{m.ID, fmt.Sprint(i), &want})
			same(t, "object", *m, *read)
		}
	})
}

func TestChildrenAreDeletedFirst(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		s := session(t, db)
		user, post := &User{ID: 3, Name: "Alice"}, &Post{ID: 7, Title: "first"}
		post.AuthorID.V, post.AuthorID.Valid = 3, true
		s.Add(user)
		s.Add(post)
		must(t, s.Commit(t.Context()))
		db.forget()
		s.Delete(user)
		s.Delete(post)
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "delete posts", "delete users", "COMMIT")
	})
}

func TestACircleOfRows(t *testing.T) {
	everywhere(t, orders, func(t *testing.T, db *database) {
		s := session(t, db)
		left := &Left{ID: 1, Right: ptr(int64(5))}
		s.Add(left)
		s.Add(&Right{ID: 5, Left: ptr(int64(1))})
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "insert rights(id,left)", "insert lefts(id,right)", "update rights(left)", "COMMIT")
		same(t, "the object", *left, Left{1, ptr(int64(5))})
		must(t, s.Flush(t.Context()))
		db.wantSent(t)
		orm.AddAll(s, &Node{ID: 1, Parent: ptr(int64(1))}, &Node{ID: 2, Parent: ptr(int64(3))}, &Node{ID: 3, Parent: ptr(int64(2))})
		orm.AddAll(s, &Node{ID: 4, Parent: ptr(int64(6))}, &Node{ID: 5, Parent: ptr(int64(4))}, &Node{ID: 6, Parent: ptr(int64(5))})
		must(t, s.Commit(t.Context()))
		wantRows(t, db, Lefts.Schema(), "1 5")
		wantRows(t, db, Rights.Schema(), "5 1")
		wantRows(t, db, Nodes.Schema(), "1 1", "2 3", "3 2", "4 6", "5 4", "6 5")
		// They go by an extra UPDATE too, and a rollback brings all back.
		for range 2 {
			right, err := orm.Get(t.Context(), s, Rights, 5)
			must(t, err)
			nodes, err := orm.Select(Nodes).OrderBy(Nodes.ID.Asc()).All(t.Context(), s)
			must(t, err)
			same(t, "node", *nodes[1], Node{2, ptr(int64(3))})
			s.Delete(left)
			s.Delete(right)
			for _, n := range nodes {
				s.Delete(n)
			}
			must(t, s.Flush(t.Context()))
			tx, err := s.Tx(t.Context())
			must(t, err)
			wantRows(t, tx, Lefts.Schema())
			wantRows(t, tx, Rights.Schema())
			wantRows(t, tx, Nodes.Schema())
			must(t, s.Rollback(t.Context()))
		}
		wantRows(t, db, Nodes.Schema(), "1 1", "2 3", "3 2", "4 6", "5 4", "6 5")
	})
}

// The id that comes back is the row's, also where a trigger gives it another or
// inserts rows of its own.
func TestIDsWithATrigger(t *testing.T) {
	base := orm.NewBase()
	table := itemTables(base)[0]
	everywhere(t, base, func(t *testing.T, db *database) {
		switch {
		case db.isSQLite():
			run(t, db, "CREATE TABLE log (id INTEGER PRIMARY KEY, code TEXT)")
			run(t, db, "INSERT INTO log VALUES (1000, 'x')")
			run(t, db, "CREATE TRIGGER own BEFORE INSERT ON items_auto BEGIN INSERT INTO log (code) VALUES (NEW.code); END")
		case db.isPostgres():
			run(t, db, "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := 5000 - NEW.id; RETURN NEW; END'")
			run(t, db, "CREATE TRIGGER own BEFORE INSERT ON items_auto FOR EACH ROW EXECUTE FUNCTION own()")
		default:
			run(t, db, "CREATE TRIGGER own BEFORE INSERT ON items_auto FOR EACH ROW SET NEW.id = 5000 - CAST(NEW.code AS UNSIGNED)")
		}
		s := session(t, db)
		var items []*Item
		for i := range 300 {
			items = append(items, &Item{Code: fmt.Sprint(i)})
			s.Add(items[i], orm.Into(table))
		}
		must(t, s.Commit(t.Context()))
		wantOwnIDs(t, db, table, items)
	})
}

func TestGeneratorsAfterAnExplicitKey(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		s.Add(&User{ID: 1, Name: "own"})
		must(t, s.Commit(ctx))
		next := &User{Name: "generated"}
		s.Add(next)
		err := s.Commit(ctx)
		if !db.isPostgres() {
			must(t, err)
			same(t, "the next id", next.ID, 2)
			return
		}
		var taken *sqlerr.ConstraintError
		if !errors.As(err, &taken) || taken.Kind != sqlerr.PrimaryKey || taken.Table != "users" || taken.Hint == "" {
			t.Errorf("got %v, want a ConstraintError of the key with a hint", err)
		}
		must(t, s.Rollback(ctx))
		same(t, "the object", next.ID, 0)
		s.Add(next) // the sequence has moved beyond it now
		must(t, s.Commit(ctx))
		same(t, "the next id", next.ID, 2)
	})
}

func TestEachReplayHasAFreshSession(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		people(t, db, "Alice")
		sessions := map[*orm.Session]bool{}
		objects := map[*User]bool{}
		must(t, orm.Transact(t.Context(), db, func(s *orm.Session) error {
			u, err := orm.Get(t.Context(), s, Users, 1)
			if err != nil {
				return err
			}
			if sessions[s] || objects[u] || u.Name != "Alice" {
				t.Errorf("a replay has the session or object of an earlier run, named %q", u.Name)
			}
			sessions[s], objects[u] = true, true
			u.Name += "!"
			if err := s.Flush(t.Context()); err != nil || len(sessions) == 3 {
				return err
			}
			return sqlerr.ErrSerialization
		}))
		same(t, "runs", len(sessions), 3)
		wantRows(t, db, Users.Schema(), "1 Alice! NULL")
	})
}

func TestWhatTheLiteralLeavesOut(t *testing.T) {
	must(t, spellings.Check())
	for _, table := range []*schema.Table{People.Schema(), Taggeds.Schema()} {
		got := ""
		for _, c := range table.Columns() {
			got += fmt.Sprintf("%s %s null=%v key=%v\n", c.Name, c.Type, c.Nullable, c.IsPrimaryKey())
		}
		same(t, table.Name, got, `created_at TIMESTAMP(6) WITH TIME ZONE null=false key=false
updated_at TIMESTAMP(6) WITH TIME ZONE null=true key=false
id BIGINT null=false key=true
title VARCHAR(40) null=false key=false
www VARCHAR(50) null=false key=false
age SMALLINT null=true key=false
`)
	}
}
