package alkahesttest_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

// posts writes users with posts.
func posts(t testing.TB, db *engine.Engine, names ...string) {
	t.Helper()
	must(t, orm.Transact(t.Context(), db, func(s *orm.Session) error {
		for _, n := range names {
			u := &User{Name: n}
			u.Posts.Add(&Post{Title: "by " + n})
			s.Add(u)
		}
		return nil
	}))
}

// loadLine is where titles loads one by one.
var loadLine atomic.Int64

// titles reads all posts with their authors, one way or the other.
func titles(t testing.TB, db *engine.Engine, oneByOne bool) {
	t.Helper()
	ctx := t.Context()
	must(t, orm.Transact(ctx, db, func(s *orm.Session) error {
		q := orm.Select(Posts)
		if !oneByOne {
			q = q.With(Posts.Author)
		}
		all, err := q.All(ctx, s)
		for _, p := range all {
			if oneByOne {
				_, _, line, _ := runtime.Caller(0)
				loadLine.Store(int64(line) + 2)
				err = errors.Join(err, Posts.Author.Load(ctx, s, p))
			}
		}
		return err
	}))
}

func TestQueryCount(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db)
		posts(t, box, "Bob", "Cid")
		alkahesttest.QueryCount(t, box, 2, func() { titles(t, box, false) })
		alkahesttest.QueryCount(t, box, 1, func() { names(t, box) })
		alkahesttest.QueryCount(t, box, 0, func() {})
		faked(t, func(k testing.TB) {
			alkahesttest.QueryCount(k, box, 2, func() { titles(t, box, true) })
		}).says("got 3 statements, want 2", "statements_test.go:", "posts", "users")
	})
}

func TestStatementsTellsErrors(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		sent := alkahesttest.Statements(db, func() {
			if _, err := db.Exec(t.Context(), expr.SQL("SELECT nothing FROM nowhere")); err == nil {
				t.Error("nothing was read from nowhere")
			}
		})
		if len(sent) != 1 || sent[0].Err == nil || sent[0].SQL != "SELECT nothing FROM nowhere" {
			t.Errorf("got %+v, want the one that failed", sent)
		}
		want(t, alkahesttest.Statements(db, func() {}), nil)
	})
}

func TestNoNPlusOne(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db)
		posts(t, box, "Bob", "Cid", "Dan")
		alkahesttest.NoNPlusOne(t, box, func() { titles(t, box, false) })
		faked(t, func(k testing.TB) {
			alkahesttest.NoNPlusOne(k, box, func() { titles(t, box, true) })
		}).says(fmt.Sprintf("statements_test.go:%d has", loadLine.Load()), "3 times", "users")
	})
}

func TestGoldenSQL(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db)
		posts(t, box, "Bob", "Cid")
		alkahesttest.GoldenSQL(t, box, "titles", func() { titles(t, box, false) })
	})
	if alkahesttest.Updating() {
		return
	}
	faked(t, func(k testing.TB) {
		db := filled(t, alkahesttest.Memory(k))
		alkahesttest.GoldenSQL(k, db, "titles", func() { names(t, db) })
	}).says("titles.sqlite.sql", "-alkahest.update", "ORDER BY")
	faked(t, func(k testing.TB) {
		alkahesttest.GoldenSQL(k, alkahesttest.Memory(k), "nosuch", func() {})
	}).says("nosuch.sqlite.sql is not there", "-alkahest.update")
}

func TestGoldenDryRun(t *testing.T) {
	tables := func(db *engine.Engine) { must(t, db.CreateAll(t.Context(), Base.MetaData)) }
	alkahesttest.GoldenDryRun(t, postgres.Dialect, postgres.Assume(dialect.Version{15}), "tables", tables)
	alkahesttest.GoldenDryRun(t, mysql.Dialect, mysql.AssumeMariaDB(dialect.Version{10, 11}), "tables", tables)
	alkahesttest.GoldenDryRun(t, postgres.Dialect, postgres.Assume(dialect.Version{15}), "update", func(db *engine.Engine) {
		_, err := db.Exec(t.Context(), expr.NewUpdate(Users.Schema()).Set(Users.Name.Set("Eve")).Where(Users.ID.Eq(3)))
		must(t, err)
	})
}
