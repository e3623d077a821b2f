package pgx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func newConnector(c pgx.Config) driver.Connector { return pgx.New(c) }

func textOf(t *testing.T, conn driver.Conn, sql string) (s string) {
	t.Helper()
	one(t, conn, sql, nil, nil, func(r driver.Rows) { s = string(r.Text(0)) })
	return s
}

func TestConfigHidesPassword(t *testing.T) {
	c, err := pgx.ParseConfig("postgres://us%20er:s3cr%40t@db1:5433,db2/app?sslmode=require&pgbouncer=true&application_name=a", upstream.ParseConfigOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "postgres://us%20er@db1:5433,db2:5432/app"
	for _, got := range []string{
		c.String(), fmt.Sprint(c), fmt.Sprintf("%+v", c), pgx.New(c).String(), fmt.Sprintf("%+v", pgx.New(c)),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, got := range []string{fmt.Sprintf("%#v", c), fmt.Sprintf("%#v", pgx.New(c))} {
		if strings.Contains(got, "s3cr") {
			t.Errorf("the password is in %q", got)
		}
	}
	if !c.PgBouncer || c.ConnConfig.RuntimeParams["pgbouncer"] != "" || c.ConnConfig.RuntimeParams["application_name"] != "a" {
		t.Errorf("got PgBouncer %v and parameters %v", c.PgBouncer, c.ConnConfig.RuntimeParams)
	}
	_, err = pgx.ParseConfig("postgres://u:s3cr@t:x@h:port/db", upstream.ParseConfigOptions{})
	if err == nil || strings.Contains(err.Error(), "s3cr") {
		t.Errorf("got %v, want an error without the password", err)
	}
	if _, err = pgx.ParseConfig("postgres://h/db?pgbouncer=perhaps", upstream.ParseConfigOptions{}); err == nil {
		t.Error("pgbouncer=perhaps was accepted")
	}
}

func TestSession(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := config(t, url)
		c.ConnConfig.RuntimeParams["timezone"] = "Asia/Tokyo" // as PGTZ would
		c.BeforeConnect = func(_ context.Context, cc *upstream.ConnConfig) error {
			cc.RuntimeParams["application_name"] = "pgxglue"
			return nil
		}
		conn := connectWith(t, c)
		if got := textOf(t, conn, "SELECT current_setting('TimeZone')"); got != "UTC" {
			t.Errorf("got time zone %q, want UTC", got)
		}
		if got := textOf(t, conn, "SELECT current_setting('application_name')"); got != "pgxglue" {
			t.Errorf("got %q, want what BeforeConnect set", got)
		}
		if _, ok := conn.Raw().(*upstream.Conn); !ok {
			t.Errorf("got %T from Raw", conn.Raw())
		}
		if err := conn.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		c.BeforeConnect = func(context.Context, *upstream.ConnConfig) error { return errStop }
		if _, err := pgx.New(c).Connect(t.Context(), driver.ReadWrite); !errors.Is(err, errStop) {
			t.Errorf("got %v, want the error of BeforeConnect", err)
		}
	})
}

func TestReadOnlyRole(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		conn, err := pgx.New(config(t, url)).Connect(t.Context(), driver.ReadOnly)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		wantState(t, execErr(t, conn, "CREATE TABLE pgxglue_readonly (id int)"), sqlerr.ErrReadOnly)
	})
}

func TestReset(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		s := prepare(t, conn, "SELECT current_setting('TimeZone')")
		exec(t, conn, "SET TIME ZONE 'Asia/Tokyo'")
		exec(t, conn, "SET ROLE pg_monitor")
		exec(t, conn, "CREATE TEMP TABLE pgxglue_temp (id int)")
		exec(t, conn, "SELECT pg_advisory_lock(7214001)")
		if err := conn.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := s.Query(t.Context(), nil) // statements stay
		if err != nil {
			t.Fatal(err)
		}
		r.Next()
		if got := string(r.Text(0)); got != "UTC" {
			t.Errorf("got time zone %q, want UTC", got)
		}
		r.Close()
		for sql, want := range map[string]int64{
			"SELECT count(*) FROM pg_class WHERE relname = 'pgxglue_temp'":                  0,
			"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7214001": 0,
			"SELECT count(*) FROM (SELECT current_user AS u) AS x WHERE u <> 'pg_monitor'":  1,
		} {
			if got := intOf(t, conn, sql); got != want {
				t.Errorf("%s: got %d, want %d", sql, got, want)
			}
		}
	})
}

// Closed statements are freed on the server at the next Prepare.
func TestStatementsAreFreed(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		for range 20 {
			s := prepare(t, conn, "SELECT 1")
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Exec(t.Context(), nil); !errors.Is(err, sqlerr.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
		}
		if _, err := conn.Prepare(t.Context(), "SELEC", nil); err == nil {
			t.Error("a syntax error was prepared")
		}
		if got := intOf(t, conn, "SELECT count(*) FROM pg_prepared_statements"); got != 1 {
			t.Errorf("got %d statements, want the one that asks", got)
		}
	})
}

// A caller's connection and its transaction can be used, twice over, and stay
// the caller's.
func TestWrap(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		up, err := upstream.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer up.Close(context.Background())
		tx, err := up.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			conn := pgx.Wrap(tx.Conn())
			if !conn.InTx() {
				t.Error("the transaction is not seen")
			}
			s := prepare(t, conn, "SELECT $1::int8 + 1", int8Type)
			closed := prepare(t, conn, "SELECT 2")
			closed.Close(t.Context())
			r, err := s.Query(t.Context(), ints(41))
			if err != nil {
				t.Fatal(err)
			}
			if r.Next(); r.Int64(0) != 42 {
				t.Errorf("got %d, want 42", r.Int64(0))
			}
			r.Close()
			if err := conn.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		var n int
		if err := tx.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'alkahest%'").Scan(&n); err != nil || n != 0 {
			t.Errorf("got %d statements left and error %v", n, err)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A caller's connection that must not name statements is used without names.
func TestWrapWithoutNames(t *testing.T) {
	up, err := upstream.Connect(t.Context(), withOption(testdb.PG15(t), "default_query_exec_mode=exec"))
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close(context.Background())
	conn := pgx.Wrap(up)
	defer conn.Close(context.Background())
	if got := intOf(t, conn, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''"); got != 0 {
		t.Errorf("got %d named statements, want none", got)
	}
}

// Many goroutines through a pooler that hands sessions around: each gets its
// own answers.
func TestPoolerUnderLoad(t *testing.T) {
	url := bouncer(t)
	setup := connect(t, url)
	table(t, setup, "pgxglue_load", "id int8 PRIMARY KEY, worker int4, name text")
	var wg sync.WaitGroup
	for w := range 8 {
		conn := connect(t, url)
		wg.Go(func() { load(t, conn, int64(w)) })
	}
	wg.Wait()
	if got := intOf(t, setup, "SELECT count(*) FROM pgxglue_load"); got != 400 {
		t.Errorf("got %d rows, want 400", got)
	}
}

func load(t *testing.T, conn driver.Conn, w int64) {
	types := []sqltype.Type{int8Type, sqltype.Integer{Bits: 32}, sqltype.Text{}}
	insert, err := conn.Prepare(t.Context(), "INSERT INTO pgxglue_load VALUES ($1, $2, $3) RETURNING id, worker, name", types)
	if err != nil {
		t.Error(err)
		return
	}
	for i := range int64(50) {
		id, name := w*1000+i, fmt.Sprintf("%d/%d", w, i)
		r, err := insert.Query(t.Context(), []sqltype.Value{sqltype.Int64Value(id), sqltype.Int64Value(w), sqltype.TextValue(name)})
		if err != nil {
			t.Error(err)
			return
		}
		for r.Next() {
			if r.Int64(0) != id || r.Int64(1) != w || string(r.Text(2)) != name {
				t.Errorf("got (%d, %d, %s), want (%d, %d, %s)", r.Int64(0), r.Int64(1), r.Text(2), id, w, name)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// An option that the pooler does not carry is refused when connecting.
func TestPoolerRefusesSessionSettings(t *testing.T) {
	c := config(t, withOption(testdb.PgBouncer(t), "search_path=pg_catalog&pgbouncer=true"))
	if conn, err := pgx.New(c).Connect(t.Context(), driver.ReadWrite); err == nil {
		conn.Close(t.Context())
		t.Error("search_path was accepted, and would be lost")
	}
}
