package pgx_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func execErr(t *testing.T, conn driver.Conn, sql string) error {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	if err == nil {
		t.Fatalf("%s: got no error", sql)
	}
	return err
}

// Each violated constraint says its kind, its name, its table and, where the
// server tells, the column.
func TestConstraintErrors(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		table(t, conn, "pgxglue_constraints", `id int8 CONSTRAINT k_pkey PRIMARY KEY, name text NOT NULL,
			parent int8 CONSTRAINT k_parent REFERENCES pgxglue_constraints, n int CONSTRAINT k_positive CHECK (n > 0),
			span int4range, CONSTRAINT k_apart EXCLUDE USING gist (span WITH &&)`)
		exec(t, conn, "INSERT INTO pgxglue_constraints VALUES (1, 'a', NULL, 1, '[1,5)')")
		for sql, want := range map[string]sqlerr.ConstraintError{
			"(1, 'b', NULL, 1, NULL)":    {Kind: sqlerr.Unique, Name: "k_pkey"},
			"(2, NULL, NULL, 1, NULL)":   {Kind: sqlerr.NotNull, Columns: []string{"name"}},
			"(2, 'b', 99, 1, NULL)":      {Kind: sqlerr.ForeignKey, Name: "k_parent"},
			"(2, 'b', NULL, 0, NULL)":    {Kind: sqlerr.Check, Name: "k_positive"},
			"(2, 'b', NULL, 1, '[4,9)')": {Kind: sqlerr.Exclusion, Name: "k_apart"},
		} {
			want.Table = "pgxglue_constraints"
			err := execErr(t, conn, "INSERT INTO pgxglue_constraints VALUES "+sql)
			var got *sqlerr.ConstraintError
			if !errors.As(err, &got) {
				t.Errorf("%s: got %v, want a ConstraintError", sql, err)
				continue
			}
			var own *pgconn.PgError
			if !errors.As(err, &own) {
				t.Error("the driver's own error cannot be reached")
			}
			want.Err = got.Err
			if d := cmp.Diff(*got, want, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); d != "" {
				t.Error(d)
			}
		}
		if conn.Broken() {
			t.Error("the connection is broken by answers")
		}
	})
}

// A constraint that is checked at the end of the statement, after its rows,
// is found too.
func TestDeferredConstraint(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		table(t, conn, "pgxglue_deferred", "id int8 PRIMARY KEY, parent int8 REFERENCES pgxglue_deferred DEFERRABLE INITIALLY DEFERRED")
		err := query(t, conn, "INSERT INTO pgxglue_deferred VALUES ($1, $2) RETURNING id",
			[]sqltype.Type{sqltype.Integer{Bits: 64}, sqltype.Integer{Bits: 64}}, ints(1, 2), func(driver.Rows) {})
		var got *sqlerr.ConstraintError
		if !errors.As(err, &got) || got.Kind != sqlerr.ForeignKey {
			t.Errorf("got %v, want a foreign key violation", err)
		}
		exec(t, conn, "SELECT 1")
	})
}

func TestErrorStates(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		conn, other := connect(t, url), connect(t, url)
		table(t, conn, "pgxglue_states", "id int8, n int")
		exec(t, conn, "INSERT INTO pgxglue_states VALUES (1, 0), (2, 0)")

		exec(t, conn, "DROP SEQUENCE IF EXISTS pgxglue_seq")
		exec(t, conn, "CREATE SEQUENCE pgxglue_seq START 2 MAXVALUE 2")
		exec(t, conn, "SELECT nextval('pgxglue_seq')")
		wantState(t, execErr(t, conn, "SELECT nextval('pgxglue_seq')"), sqlerr.ErrIDExhausted)
		exec(t, conn, "DROP SEQUENCE pgxglue_seq")

		exec(t, conn, "BEGIN READ ONLY")
		wantState(t, execErr(t, conn, "INSERT INTO pgxglue_states VALUES (3)"), sqlerr.ErrReadOnly)
		exec(t, conn, "ROLLBACK")

		exec(t, conn, "BEGIN")
		exec(t, conn, "SELECT * FROM pgxglue_states WHERE id = 1 FOR UPDATE")
		wantState(t, execErr(t, other, "SELECT * FROM pgxglue_states WHERE id = 1 FOR UPDATE NOWAIT"), sqlerr.ErrLockTimeout)
		exec(t, conn, "ROLLBACK")

		for _, c := range []driver.Conn{conn, other} {
			exec(t, c, "BEGIN ISOLATION LEVEL REPEATABLE READ")
			exec(t, c, "SELECT * FROM pgxglue_states")
		}
		exec(t, other, "UPDATE pgxglue_states SET n = 1 WHERE id = 1")
		exec(t, other, "COMMIT")
		wantState(t, execErr(t, conn, "UPDATE pgxglue_states SET n = 2 WHERE id = 1"), sqlerr.ErrSerialization)
		exec(t, conn, "ROLLBACK")

		err := execErr(t, conn, "SELECT 1; SELECT 2")
		var answer *sqlerr.DatabaseError
		if !errors.As(err, &answer) || answer.Code != "42601" {
			t.Errorf("two statements: got %v, want a syntax error", err)
		}
		wantState(t, deadlock(t, conn, other), sqlerr.ErrDeadlock)
	})
}

func wantState(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	var answer *sqlerr.DatabaseError
	if !errors.As(err, &answer) {
		t.Errorf("got %v, want a DatabaseError in it", err)
	}
}

// deadlock makes two transactions wait for each other, and returns the error
// of the one that was broken.
func deadlock(t *testing.T, a, b driver.Conn) error {
	for i, c := range []driver.Conn{a, b} {
		exec(t, c, "BEGIN")
		exec(t, c, "SET LOCAL deadlock_timeout = '10ms'")
		exec(t, c, "UPDATE pgxglue_states SET n = n WHERE id = "+[]string{"1", "2"}[i])
	}
	failed := make(chan error, 2)
	go func() {
		_, err := a.Exec(context.Background(), "UPDATE pgxglue_states SET n = n WHERE id = 2")
		if err != nil {
			a.Exec(context.Background(), "ROLLBACK")
		}
		failed <- err
	}()
	_, err := b.Exec(context.Background(), "UPDATE pgxglue_states SET n = n WHERE id = 1")
	b.Exec(context.Background(), "ROLLBACK")
	if other := <-failed; err == nil {
		err = other
	}
	a.Exec(context.Background(), "ROLLBACK")
	return err
}

// A statement whose result changed its shape, or that somebody freed, is stale.
func TestStalePlan(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		table(t, conn, "pgxglue_stale", "id int8")
		s := prepare(t, conn, "SELECT * FROM pgxglue_stale")
		run(t, s)
		exec(t, conn, "ALTER TABLE pgxglue_stale ADD COLUMN name text")
		_, err := s.Exec(t.Context(), nil)
		wantState(t, err, sqlerr.ErrStalePlan)
		s = prepare(t, conn, "SELECT * FROM pgxglue_stale")
		run(t, s)
		exec(t, conn, "DEALLOCATE ALL")
		_, err = s.Exec(t.Context(), nil)
		wantState(t, err, sqlerr.ErrStalePlan)
		// The same code with another meaning is not a stale plan.
		err = execErr(t, conn, "CREATE TABLE pgxglue_x (a int CHECK (a > 0) NO INHERIT) PARTITION BY LIST (lower(a), a)")
		if errors.Is(err, sqlerr.ErrStalePlan) {
			t.Errorf("got %v", err)
		}
	})
}

// Behind a pooler nothing is prepared, so nothing can go stale.
func TestNoStalePlanBehindPooler(t *testing.T) {
	conn := connect(t, bouncer(t))
	table(t, conn, "pgxglue_fresh", "id int8")
	s := prepare(t, conn, "SELECT * FROM pgxglue_fresh")
	run(t, s)
	exec(t, conn, "ALTER TABLE pgxglue_fresh ADD COLUMN name text")
	r, err := s.Query(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(r.Columns()); got != 2 {
		t.Errorf("got %d columns, want 2", got)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// A session that the server ended is a dead connection, whatever was asked.
func TestTerminatedBackend(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		admin := connect(t, url)
		for name, try := range map[string]func(conn driver.Conn) error{
			"exec": func(conn driver.Conn) error {
				_, err := conn.Exec(t.Context(), "SELECT 1")
				return err
			},
			"prepare": func(conn driver.Conn) error {
				_, err := conn.Prepare(t.Context(), "SELECT 1", nil)
				return err
			},
			"ping": func(conn driver.Conn) error { return conn.Ping(t.Context()) },
			"batch": func(conn driver.Conn) error {
				return conn.Batch(t.Context(), []driver.Item{{SQL: "BEGIN"}, {SQL: "SELECT 1"}}, func(int, driver.Rows) error { return nil })
			},
		} {
			t.Run(name, func(t *testing.T) {
				conn := connect(t, url)
				pid := intOf(t, conn, "SELECT pg_backend_pid()")
				one(t, admin, "SELECT pg_terminate_backend($1::int, 5000)", []sqltype.Type{sqltype.Integer{Bits: 64}}, ints(pid), func(driver.Rows) {})
				err := try(conn)
				var dead *driver.ConnError
				if !errors.As(err, &dead) || !dead.Sent {
					t.Fatalf("got %v, want a ConnError after sending", err)
				}
				if !conn.Broken() {
					t.Error("the connection is not broken")
				}
				err = try(conn)
				if !errors.As(err, &dead) || dead.Sent {
					t.Errorf("got %v, want a ConnError without sending", err)
				}
			})
		}
	})
}

func TestConnectErrors(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		c := config(t, url)
		c.ConnConfig.Database = "pgxglue_no_such_database"
		c.ConnConfig.Password = "hunter2"
		_, err := newConnector(c).Connect(t.Context(), driver.ReadWrite)
		var answer *sqlerr.DatabaseError
		if !errors.As(err, &answer) || answer.Code != "3D000" {
			t.Errorf("got %v, want a DatabaseError of code 3D000", err)
		}
		c.ConnConfig.Port = 1
		_, err = newConnector(c).Connect(t.Context(), driver.ReadWrite)
		var dead *driver.ConnError
		if !errors.As(err, &dead) || dead.Sent {
			t.Errorf("got %v, want a ConnError", err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is in %q", err)
		}
	})
}

// COPY with the client's data would wait for it without end.
func TestCopyIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		execErr(t, conn, " copy pg_class FROM stdin")
		if _, err := conn.Prepare(t.Context(), "COPY pg_class TO STDOUT", nil); err == nil {
			t.Error("COPY was prepared")
		}
		exec(t, conn, "SELECT 1")
	})
}
