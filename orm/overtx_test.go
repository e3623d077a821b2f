package orm_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	upstream "github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/dialect/sqlite/moderncsql"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

// over makes a transaction of the engine within the caller's own.
type over = func(ctx context.Context, db *engine.Engine, tx *sql.Tx, mode engine.JoinMode) (*engine.Tx, error)

// ownDatabase opens the database of the engine as a program does that knows
// database/sql alone.
func ownDatabase(t *testing.T, db *database) (*sql.DB, over) {
	t.Helper()
	var own *sql.DB
	var call over
	switch {
	case strings.HasPrefix(db.name, "postgres"):
		cfg, err := upstream.ParseConfig(db.url)
		must(t, err)
		own, call = stdlib.OpenDB(*cfg), pgx.OverSQLTx
	case db.name == "mariadb":
		c, err := mysql.NewConnector(mysqlConfig(t, db.url, nil))
		must(t, err)
		own, call = sql.OpenDB(c), gosqldriver.OverSQLTx
	default:
		var err error
		own, err = sql.Open("sqlite", "file:"+filepath.ToSlash(strings.TrimPrefix(db.url, "sqlite:///")))
		must(t, err)
		call = moderncsql.OverSQLTx
	}
	t.Cleanup(func() { own.Close() })
	return own, call
}

func mysqlConfig(t *testing.T, raw string, params map[string]string) *mysql.Config {
	t.Helper()
	u, err := url.Parse(raw)
	must(t, err)
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.Passwd, _ = u.User.Password()
	cfg.ClientFoundRows, cfg.Params = true, params
	must(t, cfg.Apply(mysql.Charset("utf8mb4", "")))
	return cfg
}

// within runs a session in the caller's transaction: one unit that is kept and
// one that is undone.
func within(t *testing.T, tx *engine.Tx) {
	t.Helper()
	ctx := t.Context()
	s := orm.NewSession(tx)
	kept := &User{Name: "kept", Email: ptr("é@x")}
	s.Add(kept)
	must(t, s.Commit(ctx))
	if kept.ID == 0 {
		t.Error("the object has no id")
	}
	kept.Name = "changed"
	s.Add(&User{Name: "undone"})
	must(t, s.Flush(ctx))
	must(t, s.Rollback(ctx))
	kept.Email = nil
	must(t, s.Commit(ctx))
	must(t, s.Close(ctx))
	must(t, tx.Commit(ctx))
}

// wantUsers reads the names by another connection.
func wantUsers(t *testing.T, db *database, want ...string) {
	t.Helper()
	got, err := engine.Collect[string](t.Context(), db, expr.NewSelect(Users.Name).OrderBy(Users.ID.Asc()))
	must(t, err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got the users %v, want %v", got, want)
	}
}

func TestSessionsOverTheCallersSQLTx(t *testing.T) {
	on(t, []string{"file", "postgres15", "postgres18", "mariadb"}, shop, func(t *testing.T, db *database) {
		own, call := ownDatabase(t, db)
		for _, commit := range []bool{false, true} {
			raw, err := own.BeginTx(t.Context(), nil)
			must(t, err)
			tx, err := call(t.Context(), db.inner, raw, engine.JoinSavepoint)
			must(t, err)
			within(t, tx)
			var name string
			must(t, raw.QueryRowContext(t.Context(), "SELECT name FROM users WHERE email IS NULL").Scan(&name))
			same(t, "what the caller reads", name, "kept")
			wantUsers(t, db)
			if commit {
				must(t, raw.Commit())
			} else {
				must(t, raw.Rollback())
				wantUsers(t, db)
			}
		}
		wantUsers(t, db, "kept")
		raw, err := own.BeginTx(t.Context(), nil)
		must(t, err)
		must(t, raw.Rollback())
		tx, err := call(t.Context(), db.inner, raw, engine.JoinSavepoint)
		if err == nil {
			_, err = tx.Exec(t.Context(), expr.SQL("SELECT 1"))
		}
		if err == nil {
			t.Error("a transaction that is over: got no error")
		}
	})
}

func TestSessionsOverTheCallersPgxTx(t *testing.T) {
	on(t, []string{"postgres15", "postgres18"}, shop, func(t *testing.T, db *database) {
		own, err := upstream.Connect(t.Context(), db.url)
		must(t, err)
		defer own.Close(context.Background())
		for _, commit := range []bool{false, true} {
			raw, err := own.Begin(t.Context())
			must(t, err)
			tx, err := pgx.OverTx(t.Context(), db.inner, raw, engine.JoinSavepoint)
			must(t, err)
			within(t, tx)
			wantUsers(t, db)
			end := raw.Rollback
			if commit {
				end = raw.Commit
			}
			must(t, end(t.Context()))
		}
		wantUsers(t, db, "kept")
	})
}

// A session in which values would change is refused, with what to do.
func TestCallersSessionThatWouldChangeValuesIsRefused(t *testing.T) {
	on(t, []string{"mariadb"}, shop, func(t *testing.T, db *database) {
		for want, params := range map[string]map[string]string{
			"STRICT_TRANS_TABLES": {"sql_mode": "''"},
			"quoting":             {"sql_mode": "'ANSI_QUOTES,STRICT_TRANS_TABLES'"},
			"time zone":           {"time_zone": "'+02:00'"},
			"character set":       {"character_set_client": "latin1"},
		} {
			c, err := mysql.NewConnector(mysqlConfig(t, db.url, params))
			must(t, err)
			own := sql.OpenDB(c)
			raw, err := own.BeginTx(t.Context(), nil)
			must(t, err)
			if _, err := gosqldriver.OverSQLTx(t.Context(), db.inner, raw, engine.JoinSavepoint); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
			must(t, raw.Rollback())
			must(t, own.Close())
		}
	})
}
