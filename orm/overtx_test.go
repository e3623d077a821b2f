package orm_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/moderncsql"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/driver/stdsql"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// overOwn runs sessions over the transaction that conn stands for: one that
// commits, one that rolls back, one whose flush fails.
func overOwn(t *testing.T, db *engine.Engine, conn driver.Conn) {
	t.Helper()
	ctx := t.Context()
	tx, err := db.OverTx(ctx, conn, engine.JoinSavepoint)
	must(t, err)
	s := orm.NewSession(tx)
	kept := &User{Name: "kept", Email: ptr("e")}
	s.Add(kept)
	must(t, s.Commit(ctx))
	lost := &User{Name: "lost"}
	s.Add(lost)
	must(t, s.Flush(ctx))
	kept.Name = "changed"
	must(t, s.Flush(ctx))
	must(t, s.Rollback(ctx))
	same(t, "restored", kept.Name, "kept")
	same(t, "id taken back", lost.ID, 0)
	s.Add(&User{Name: "taken", Email: ptr("e")})
	var constraint *sqlerr.ConstraintError
	if err := s.Commit(ctx); !errors.As(err, &constraint) {
		t.Errorf("got %v, want the unique constraint", err)
	}
	must(t, s.Close(ctx))
	must(t, tx.Commit(ctx))
}

func TestSessionOverSQLTx(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "own.db")
	connector, err := moderncsql.New(storage.Config{Path: path})
	must(t, err)
	db := engine.New(sqlite.Dialect, connector, engine.Options{})
	defer db.Close(context.Background())
	must(t, db.CreateAll(ctx, shop.MetaData))
	std, err := sql.Open("sqlite", path)
	must(t, err)
	defer std.Close()
	own, err := std.BeginTx(ctx, nil)
	must(t, err)
	overOwn(t, db, stdsql.WrapTx(own, moderncsql.Options()))
	var n int
	must(t, own.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n))
	same(t, "rows within the caller's transaction", n, 1)
	must(t, own.Commit())
	wantRows(t, db, Users.Schema(), "1 kept e")
}

func TestSessionOverPgxTx(t *testing.T) {
	on(t, []string{"postgres15", "postgres18"}, shop, func(t *testing.T, db *database) {
		ctx := t.Context()
		conn, err := upstream.Connect(ctx, db.url)
		must(t, err)
		defer conn.Close(context.Background())
		own, err := conn.Begin(ctx)
		must(t, err)
		overOwn(t, db.inner, pgx.Wrap(own.Conn()))
		var n int
		must(t, own.QueryRow(ctx, "SELECT count(*) FROM users").Scan(&n))
		same(t, "rows within the caller's transaction", n, 1)
		must(t, own.Rollback(ctx))
		wantRows(t, db, Users.Schema())
	})
}
