package mattn

import (
	"context"
	"database/sql"

	"github.com/alkahest-go/alkahest/driver/stdsql"
	"github.com/alkahest-go/alkahest/engine"
)

// OverSQLTx returns a transaction of db within tx, of database/sql over
// github.com/mattn/go-sqlite3, which stays the caller's: it is neither committed nor
// rolled back. db may have been opened through this package or one of the others:
// all store the same forms. Pragmas, foreign_keys above all, are
// those of tx's connection. See engine.Engine.OverTx for what the mode decides.
func OverSQLTx(ctx context.Context, db *engine.Engine, tx *sql.Tx, mode engine.JoinMode) (*engine.Tx, error) {
	return db.OverTx(ctx, stdsql.WrapTx(tx, Options()), mode)
}
