package alkahesttest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ofTransactions are the products on which a sandbox is a transaction.
var ofTransactions = []string{"postgres15", "postgres18", "mariadb"}

func add(ctx context.Context, db orm.Beginner, names ...string) error {
	return orm.Transact(ctx, db, func(s *orm.Session) error {
		for _, n := range names {
			s.Add(&User{Name: n})
		}
		return nil
	})
}

func TestSandboxLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		t.Run("test", func(t *testing.T) {
			box := alkahesttest.Sandbox(t, db)
			other := alkahesttest.Sandbox(t, db)
			want(t, names(t, box), []string{"Ann"})
			must(t, add(t.Context(), box, "Bob", "Cid"))
			want(t, names(t, box), []string{"Ann", "Bob", "Cid"})
			want(t, names(t, other), []string{"Ann"})
			must(t, add(t.Context(), other, "Dan")) // ids or names of another sandbox are in nobody's way
			want(t, names(t, db), []string{"Ann"})
		})
		want(t, names(t, db), []string{"Ann"})
		want(t, db.Stats().InUse, 0)
	})
}

func TestTransactionsOfASandboxAreSavepoints(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db)
		ctx := t.Context()
		must(t, add(ctx, box, "Bob"))
		failed := errors.New("no")
		err := orm.Transact(ctx, box, func(s *orm.Session) error {
			s.Add(&User{Name: "Cid"})
			return errors.Join(failed, s.Flush(ctx))
		})
		if !errors.Is(err, failed) {
			t.Errorf("got %v, want the error of the function", err)
		}
		want(t, names(t, box), []string{"Ann", "Bob"})
		tx, err := box.Begin(ctx, engine.TxOptions{})
		must(t, err)
		insert := func(name string) error {
			_, err := tx.Exec(ctx, expr.NewInsert(Users.Schema()).Values(Users.Name.Set(name), Users.Admin.Set(false)))
			return err
		}
		must(t, insert("Dan"))
		save, err := tx.Savepoint(ctx)
		must(t, err)
		if err := insert("Bob"); !errors.As(err, new(*sqlerr.ConstraintError)) {
			t.Errorf("got %v, want a violated constraint", err)
		}
		must(t, save.Rollback(ctx))
		must(t, insert("Eve"))
		must(t, tx.Commit(ctx))
		want(t, names(t, box), []string{"Ann", "Bob", "Dan", "Eve"})
	})
}

// A statement outside of a transaction that fails is undone alone.
func TestStatementsOfASandboxFailAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db)
		ctx := t.Context()
		for i := range 3 {
			name := fmt.Sprintf("u%d", i)
			insert := expr.NewInsert(Users.Schema()).Values(Users.Name.Set(name), Users.Admin.Set(false))
			_, err := box.Exec(ctx, insert)
			must(t, err)
			if _, err := box.Exec(ctx, insert); !errors.As(err, new(*sqlerr.ConstraintError)) {
				t.Errorf("got %v, want a violated constraint", err)
			}
			if _, err := engine.Collect[string](ctx, box, expr.SQL("SELECT nothing FROM nowhere")); err == nil {
				t.Error("a query of nothing was answered")
			}
			tx, err := box.Begin(ctx, engine.TxOptions{})
			must(t, err)
			if _, err := tx.Exec(ctx, insert); err == nil {
				t.Error("a second of the same name was taken")
			}
			must(t, tx.Rollback(ctx))
		}
		want(t, names(t, box), []string{"Ann", "u0", "u1", "u2"})
	})
}

// A test that holds a transaction and calls what begins another waits for
// itself, and is told so.
func TestSandboxNamesWhoHoldsIt(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db, alkahesttest.Patience(50*time.Millisecond))
		ctx := t.Context()
		s := orm.NewSession(box)
		defer s.Close(ctx)
		s.Add(&User{Name: "Bob"})
		must(t, s.Flush(ctx))
		err := add(ctx, box, "Cid")
		if !errors.Is(err, sqlerr.ErrPoolTimeout) {
			t.Errorf("got %v, want a timeout of the pool", err)
		}
		refuses(t, err, "waits for itself", "sandbox_test.go:")
		must(t, s.Commit(ctx))
		must(t, add(ctx, box, "Cid"))
		want(t, names(t, box), []string{"Ann", "Bob", "Cid"})
	})
}

// Goroutines of one test have their transactions one after the other.
func TestTransactionsOfASandboxWaitForEachOther(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db, alkahesttest.Patience(time.Minute))
		errs := make([]error, 20)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = add(t.Context(), box, fmt.Sprintf("g%d", i)) })
		}
		wg.Wait()
		must(t, errors.Join(errs...))
		want(t, len(names(t, box)), 21)
	})
}

func TestSandboxTellsALeak(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		faked(t, func(t testing.TB) {
			box := alkahesttest.Sandbox(t, db, alkahesttest.Patience(50*time.Millisecond))
			_, err := box.Begin(context.Background(), engine.TxOptions{})
			must(t, err)
		}).says("still in use", "sandbox_test.go:")
		want(t, names(t, db), []string{"Ann"})
	})
}

// A constraint that waits for COMMIT is violated there, in a sandbox too, and
// keeps waiting in the next transaction.
func TestSandboxChecksDeferredConstraints(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		run(t, db, "CREATE TABLE nodes (id int PRIMARY KEY, parent int REFERENCES nodes DEFERRABLE INITIALLY DEFERRED)")
		box := alkahesttest.Sandbox(t, db)
		ctx := t.Context()
		for range 2 {
			err := box.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
				_, err := tx.Exec(ctx, expr.SQL("INSERT INTO nodes VALUES (1, 2)"))
				must(t, err)
				return nil
			})
			if c := new(sqlerr.ConstraintError); !errors.As(err, &c) || c.Kind != sqlerr.ForeignKey {
				t.Errorf("got %v, want a violated foreign key", err)
			}
		}
		must(t, box.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
			for _, row := range []expr.Statement{expr.SQL("INSERT INTO nodes VALUES (1, 2)"), expr.SQL("INSERT INTO nodes VALUES (2, 1)")} {
				if _, err := tx.Exec(ctx, row); err != nil {
					return err
				}
			}
			return nil
		}))
	}, "postgres15", "postgres18")
}

// What a statement commits can't be rolled back; the test is told.
func TestSandboxTellsThatItIsLost(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		run(t, db, "CREATE PROCEDURE ends() BEGIN COMMIT; END")
		k := faked(t, func(t testing.TB) {
			box := alkahesttest.Sandbox(t, db)
			ctx := context.Background()
			_, err := box.Exec(ctx, expr.SQL("CALL ends()"))
			refuses(t, err, "has committed")
			refuses(t, add(ctx, box, "Bob"), "has committed")
		})
		k.says("has committed", "Template")
		want(t, names(t, db), []string{"Ann"})
	}, "mariadb")
}

// Two sandboxes that wait for each other's rows: the database ends one, with
// all that its test did.
func TestSandboxesThatDeadlock(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		must(t, add(t.Context(), db, "Bob"))
		set := func(box *engine.Engine, name string) error {
			_, err := box.Exec(context.Background(), expr.NewUpdate(Users.Schema()).Set(Users.Admin.Set(true)).Where(Users.Name.Eq(name)))
			return err
		}
		k := faked(t, func(t testing.TB) {
			one, two := alkahesttest.Sandbox(t, db), alkahesttest.Sandbox(t, db)
			must(t, set(one, "Ann"))
			must(t, set(two, "Bob"))
			first := make(chan error)
			go func() { first <- set(one, "Bob") }()
			second := set(two, "Ann")
			if err := errors.Join(<-first, second); !errors.Is(err, sqlerr.ErrDeadlock) {
				t.Errorf("got %v, want a deadlock", err)
			}
		})
		k.says("deadlock", "Template")
		want(t, names(t, db), []string{"Ann", "Bob"})
	}, "mariadb")
}

func TestSandboxReadOnlyAndIsolation(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db)
		ctx := t.Context()
		err := orm.Transact(ctx, box, func(s *orm.Session) error {
			s.Add(&User{Name: "Bob"})
			return s.Flush(ctx)
		}, orm.ReadOnly())
		if !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("got %v, want a refusal to write", err)
		}
		tx, err := box.Begin(ctx, engine.TxOptions{ReadOnly: true})
		must(t, err)
		if _, err := tx.Exec(ctx, expr.SQL("INSERT INTO users (name, admin) VALUES ('Cid', false)")); !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("got %v, want a refusal to write", err)
		}
		must(t, tx.Rollback(ctx))
		must(t, box.Transact(ctx, engine.TxOptions{Isolation: engine.Serializable}, func(tx *engine.Tx) error {
			_, err := tx.Exec(ctx, expr.NewInsert(Users.Schema()).Values(Users.Name.Set("Dan"), Users.Admin.Set(true)))
			return err
		}))
		want(t, names(t, box), []string{"Ann", "Dan"})
	}, ofTransactions...)
}

func TestSandboxRefusesByName(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db)
		ctx := t.Context()
		tx, err := box.BeginTwoPhase(ctx, "kit-1", engine.TxOptions{})
		if err == nil {
			_, err = tx.Exec(ctx, expr.NewInsert(Users.Schema()).Values(Users.Name.Set("Bob"), Users.Admin.Set(false)))
			if err == nil {
				err = tx.Prepare(ctx)
			}
			tx.Rollback(ctx)
		}
		unsupported(t, err, "two-phase")
		caps, err := box.Capabilities(ctx)
		must(t, err)
		m := schema.NewMetaData()
		table, err := schema.NewTable(m, "things", schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey()))
		must(t, err)
		err = box.CreateAll(ctx, m)
		if caps.TransactionalDDL {
			must(t, err)
			_, err = box.Exec(ctx, expr.NewInsert(table))
			must(t, err)
		} else {
			unsupported(t, err, "CREATE TABLE", "NewTemplate")
		}
		want(t, names(t, box), []string{"Ann"})
	}, ofTransactions...)
}

func unsupported(t testing.TB, err error, words ...string) {
	t.Helper()
	if !errors.As(err, new(*compile.UnsupportedError)) {
		t.Errorf("got %v, want what the sandbox does not have", err)
	}
	refuses(t, err, words...)
}
