package pgx

import (
	"context"
	"database/sql"
	"errors"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/engine"
)

// OverTx returns a transaction of db within tx, which stays the caller's: it
// is neither committed nor rolled back. While it is in use the caller must not
// use tx. See engine.Engine.OverTx for what the mode decides.
func OverTx(ctx context.Context, db *engine.Engine, tx upstream.Tx, mode engine.JoinMode) (*engine.Tx, error) {
	return db.OverTx(ctx, Wrap(tx.Conn()), mode)
}

// OverSQLTx does what OverTx does with a transaction of database/sql over
// package stdlib of pgx. It works on the connection below and is as fast, and
// as exact in its values, as an engine's own.
func OverSQLTx(ctx context.Context, db *engine.Engine, tx *sql.Tx, mode engine.JoinMode) (*engine.Tx, error) {
	var l lender
	_, err := tx.ExecContext(ctx, "", &l)
	switch {
	case l.conn != nil:
		return db.OverTx(ctx, Wrap(l.conn), mode)
	case errors.Is(err, sql.ErrTxDone) || ctx.Err() != nil:
		return nil, err
	}
	return nil, errors.New("pgx: OverSQLTx needs a transaction of database/sql over github.com/jackc/pgx/v5/stdlib")
}

// lender is a query rewriter that takes note of the connection on which a
// query is about to be sent, and has none sent.
type lender struct{ conn *upstream.Conn }

var errLent = errors.New("pgx: nothing is to be sent")

// RewriteQuery implements pgx.QueryRewriter.
func (l *lender) RewriteQuery(_ context.Context, conn *upstream.Conn, _ string, _ []any) (string, []any, error) {
	l.conn = conn
	return "", nil, errLent
}
