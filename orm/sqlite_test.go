package orm_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// begun opens the database of db again, with a short wait for the writer, and
// counts transactions that the database has begun.
func begun(t *testing.T, db *database) (e *engine.Engine, begins *[]bool) {
	t.Helper()
	begins = &[]bool{}
	e = connect(t, db.url, func(o *engine.Options) {
		o.PoolTimeout = 50 * time.Millisecond
		o.Events = []*engine.Events{{Begin: func(_ context.Context, o engine.TxOptions) { *begins = append(*begins, o.ReadOnly) }}}
	})
	return e, begins
}

// A session that may write takes the one writer with its first statement, be
// that a read. Another waits for it; sessions and queries that only read don't.
func TestOneWriterOfAFile(t *testing.T) {
	on(t, []string{"file"}, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "Alice")
		e, begins := begun(t, db)
		ctx := t.Context()
		writer := session(t, e)
		if len(*begins) != 0 {
			t.Error("a session that did nothing has begun a transaction")
		}
		u, err := orm.Get(ctx, writer, Users, ids[0])
		must(t, err)
		same(t, "begun by the first statement", len(*begins), 1)
		u.Name = "changed"
		must(t, writer.Flush(ctx))

		other := session(t, e)
		if _, err := orm.Get(ctx, other, Users, ids[0]); !errors.Is(err, sqlerr.ErrPoolTimeout) && !errors.Is(err, sqlerr.ErrLockTimeout) {
			t.Errorf("a second writer: got %v, want that it waits in vain", err)
		}
		reader := session(t, e, orm.ReadOnly())
		seen, err := orm.Get(ctx, reader, Users, ids[0])
		must(t, err)
		same(t, "what a read-only session sees", seen.Name, "Alice")
		name, err := engine.Scalar[string](ctx, e, expr.NewSelect(Users.Name).Where(Users.ID.Eq(ids[0])))
		must(t, err)
		same(t, "what a query sees", name, "Alice")
		must(t, writer.Commit(ctx))
		_, err = orm.Get(ctx, session(t, e), Users, ids[0])
		must(t, err)
	})
}

// Of sessions that read, add one and write, none overwrites another's one.
func TestWritersOfAFileLoseNoUpdate(t *testing.T) {
	on(t, []string{"memory", "file"}, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 10 {
					err := orm.Transact(context.Background(), db, func(s *orm.Session) error {
						u, err := orm.Get(context.Background(), s, Users, ids[0])
						if err != nil {
							return err
						}
						u.Name += "x"
						return nil
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		u, err := orm.Get(t.Context(), session(t, db), Users, ids[0])
		must(t, err)
		same(t, "updates", len(u.Name), 40)
	})
}
