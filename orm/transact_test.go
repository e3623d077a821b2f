package orm_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

var servers = []string{"postgres15", "postgres18", "mariadb"}

// meet lets two goroutines wait for each other once.
func meet() func() {
	var wg sync.WaitGroup
	wg.Add(2)
	return func() { wg.Done(); wg.Wait() }
}

func TestTransactReplaysAfterADeadlock(t *testing.T) {
	on(t, servers, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "0", "0")
		together := meet()
		var mu sync.Mutex
		runs := 0
		change := func(first, second int64) error {
			attempt := 0
			return orm.Transact(t.Context(), db, func(s *orm.Session) error {
				mu.Lock()
				runs++
				mu.Unlock()
				attempt++
				for i, id := range []int64{first, second} {
					u, err := orm.Select(Users).Where(Users.ID.Eq(id)).ForUpdate().One(t.Context(), s)
					if err != nil {
						return err
					}
					u.Name = fmt.Sprint(u.Name, "x")
					if err := s.Flush(t.Context()); err != nil {
						return err
					}
					if i == 0 && attempt == 1 {
						together()
					}
				}
				return nil
			})
		}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() { errs[0] = change(ids[0], ids[1]) })
		wg.Go(func() { errs[1] = change(ids[1], ids[0]) })
		wg.Wait()
		must(t, errors.Join(errs...))
		if runs < 3 {
			t.Errorf("got %d runs, want a replay", runs)
		}
		wantRows(t, db, Users.Schema(), "1 0xx NULL", "2 0xx NULL")
	})
}

func TestTransactReplaysAfterASerializationFailure(t *testing.T) {
	on(t, []string{"postgres15", "postgres18"}, shop, func(t *testing.T, db *database) {
		ids := people(t, db, "0")
		together := meet()
		var wg sync.WaitGroup
		errs := make([]error, 2)
		var seen sync.Map
		for g := range errs {
			wg.Go(func() {
				attempt := 0
				errs[g] = orm.Transact(t.Context(), db, func(s *orm.Session) error {
					attempt++
					u, err := orm.Get(t.Context(), s, Users, ids[0])
					if err != nil {
						return err
					}
					if _, twice := seen.LoadOrStore(u, true); twice {
						t.Error("a replay got the object of an earlier run")
					}
					if attempt == 1 {
						together()
					}
					u.Name = fmt.Sprint(u.Name, "x")
					return nil
				}, orm.Isolation(engine.RepeatableRead))
			})
		}
		wg.Wait()
		must(t, errors.Join(errs...))
		wantRows(t, db, Users.Schema(), "1 0xx NULL")
	})
}

// kill ends the connection of a session from another one.
func kill(t *testing.T, db *database, s *orm.Session) error {
	t.Helper()
	tx, err := s.Tx(t.Context())
	if err != nil {
		return err
	}
	if db.isPostgres() {
		pid, err := engine.Scalar[int32](t.Context(), tx, sqlText("SELECT pg_backend_pid()"))
		if err != nil {
			return err
		}
		_, err = engine.Scalar[bool](t.Context(), db, sqlText(fmt.Sprintf("SELECT pg_terminate_backend(%d)", pid)))
		return err
	}
	id, err := engine.Scalar[int64](t.Context(), tx, sqlText("SELECT CONNECTION_ID()"))
	if err != nil {
		return err
	}
	_, err = db.Exec(t.Context(), sqlText(fmt.Sprintf("KILL %d", id)))
	return err
}

func TestTransactReplaysAfterALostConnection(t *testing.T) {
	on(t, servers, shop, func(t *testing.T, db *database) {
		runs := 0
		var kept *User
		must(t, orm.Transact(t.Context(), db, func(s *orm.Session) error {
			runs++
			kept = &User{Name: "once"}
			s.Add(kept)
			if err := s.Flush(t.Context()); err != nil {
				return err
			}
			if runs == 1 {
				if err := kill(t, db, s); err != nil {
					return err
				}
				_, err := orm.Select(Users).All(t.Context(), s)
				if !errors.Is(err, sqlerr.ErrConnectionLost) {
					t.Errorf("got %v, want ErrConnectionLost", err)
				}
				return err
			}
			return nil
		}))
		same(t, "runs", runs, 2)
		n, err := orm.Select(Users).Count(t.Context(), session(t, db))
		must(t, err)
		same(t, "rows", n, 1)
	})
}

func TestTransactDoesNotReplay(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		for name, cause := range map[string]error{
			"an unknown outcome": fmt.Errorf("%w: %w", sqlerr.ErrOutcomeUnknown, sqlerr.ErrConnectionLost),
			"an error of f":      errors.New("f's own"),
		} {
			runs := 0
			u := &User{Name: name}
			err := orm.Transact(t.Context(), db, func(s *orm.Session) error {
				runs++
				s.Add(u)
				if err := s.Flush(t.Context()); err != nil {
					return err
				}
				return cause
			})
			if !errors.Is(err, cause) || runs != 1 || u.ID != 0 {
				t.Errorf("%s: got %v after %d runs, id %d", name, err, runs, u.ID)
			}
		}
		// Within a transaction of the caller's it is for the caller to replay.
		tx, err := db.Begin(t.Context(), engine.TxOptions{})
		must(t, err)
		runs := 0
		err = orm.Transact(t.Context(), tx, func(*orm.Session) error { runs++; return sqlerr.ErrDeadlock })
		if !errors.Is(err, sqlerr.ErrDeadlock) || runs != 1 {
			t.Errorf("within a transaction: got %v after %d runs", err, runs)
		}
		must(t, tx.Rollback(t.Context()))
		// It gives up in the end, and stops with its context.
		ctx, cancel := context.WithCancel(t.Context())
		runs = 0
		err = orm.Transact(ctx, db, func(*orm.Session) error {
			if runs++; runs == 3 {
				cancel()
			}
			return sqlerr.ErrSerialization
		})
		if !errors.Is(err, sqlerr.ErrSerialization) || runs != 3 {
			t.Errorf("with a context that ends: got %v after %d runs", err, runs)
		}
		wantRows(t, db, Users.Schema())
	})
}

func TestTransactRollsBackAfterAPanic(t *testing.T) {
	everywhere(t, shop, func(t *testing.T, db *database) {
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("got %v, want the panic", r)
				}
			}()
			_ = orm.Transact(t.Context(), db, func(s *orm.Session) error {
				s.Add(&User{Name: "lost"})
				must(t, s.Flush(t.Context()))
				panic("boom")
			})
		}()
		wantRows(t, db, Users.Schema())
	})
}
