package alkahesttest_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
)

// urls are those of the servers on which databases are made.
var urls = map[string]func(t testing.TB) string{
	"sqlite": func(testing.TB) string { return "sqlite:///:memory:" }, "postgres15": testdb.PG15, "postgres18": testdb.PG18, "mariadb": testdb.MariaDB,
}

func build(ctx context.Context, db *engine.Engine) error {
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	return orm.Transact(ctx, db, func(s *orm.Session) error {
		u := &User{Name: "Ann"}
		u.Posts.Add(&Post{Title: "first"})
		s.Add(u)
		return nil
	})
}

func TestTemplate(t *testing.T) {
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			m := alkahesttest.NewTemplate(url(t), build)
			t.Cleanup(func() { must(t, m.Close()) })
			t.Run("tests", func(t *testing.T) {
				for _, n := range []string{"one", "two"} {
					t.Run(n, func(t *testing.T) {
						t.Parallel()
						whole(t, m.Database(t), n)
					})
				}
			})
		})
	}
}

// whole does what a sandbox can't: it defines a table, and has two transactions
// at once.
func whole(t *testing.T, db *engine.Engine, name string) {
	ctx := t.Context()
	want(t, names(t, db), []string{"Ann"})
	run(t, db, "CREATE TABLE more (id int)")
	tx, err := db.Begin(ctx, engine.TxOptions{ReadOnly: true})
	must(t, err)
	_, err = engine.Collect[string](ctx, tx, expr.NewSelect(Posts.Title))
	must(t, err)
	must(t, add(ctx, db, name))
	must(t, tx.Rollback(ctx))
	want(t, names(t, db), []string{"Ann", name})
	post := orm.Select(Posts).With(Posts.Author)
	must(t, orm.Transact(ctx, db, func(s *orm.Session) error {
		p, err := post.One(ctx, s)
		if err != nil {
			return err
		}
		want(t, p.Title, "first")
		return nil
	}))
}

// What a run has left that is no more is dropped by the next one, and what
// belongs to one that lives is not.
func TestTemplateSweepsLeftovers(t *testing.T) {
	for _, name := range []string{"postgres18", "mariadb"} {
		t.Run(name, func(t *testing.T) {
			url := urls[name](t)
			admin := alkahesttest.Open(t, url)
			dead := alkahesttest.LeftoverFor(url)
			run(t, admin, "CREATE DATABASE "+dead)
			t.Cleanup(func() { run(t, admin, "DROP DATABASE IF EXISTS "+dead) })
			alive := alkahesttest.NewTemplate(url, build)
			t.Cleanup(func() { must(t, alive.Close()) })
			db := alive.Database(t)
			if err := try(admin, "CREATE DATABASE "+dead); err != nil {
				t.Errorf("the leftover was not dropped: %v", err)
			}
			must(t, alkahesttest.Sweep(url))
			want(t, names(t, db), []string{"Ann"})
		})
	}
}

func TestTemplateThatCannotBeBuilt(t *testing.T) {
	broken := errors.New("no seed")
	m := alkahesttest.NewTemplate("sqlite:///:memory:", func(context.Context, *engine.Engine) error { return broken })
	for range 2 {
		faked(t, func(t testing.TB) { m.Database(t) }).says("no seed", "building")
	}
	must(t, m.Close())
	unknown := alkahesttest.NewTemplate("nosuch://host/x", build)
	faked(t, func(t testing.TB) { unknown.Database(t) }).says("nosuch")
}

// Tests at once wait for one building.
func TestTemplateIsBuiltOnce(t *testing.T) {
	var built sync.Map
	m := alkahesttest.NewTemplate("sqlite:///:memory:", func(ctx context.Context, db *engine.Engine) error {
		if _, again := built.LoadOrStore("built", true); again {
			t.Error("it was built twice")
		}
		return build(ctx, db)
	})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { want(t, names(t, m.Database(t)), []string{"Ann"}) })
	}
	wg.Wait()
}
