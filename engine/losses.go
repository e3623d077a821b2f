package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Some statements turn errors into warnings and store other data, or none.
// After them the warnings are asked for.

var errLossesAlone = errors.New("engine: a statement that may lose data without an error needs a transaction, in which it can be undone; use Transact or Begin")

var errLossesRows = errors.New("engine: a statement that may lose data without an error can't return its rows; insert them as a batch, or without RETURNING")

// execLossy runs a statement that may lose data, and undoes it if it did.
func (l *link) execLossy(ctx context.Context, c *compile.Compiled, args []sqltype.Value) (driver.Result, error) {
	if l.tx == nil {
		return driver.Result{}, errLossesAlone
	}
	save, err := l.tx.Savepoint(ctx)
	if err != nil {
		return driver.Result{}, err
	}
	if err := l.prepareLosses(ctx, c); err != nil {
		return driver.Result{}, err
	}
	res, err := l.execCompiled(ctx, c, args)
	if err != nil {
		return res, err
	}
	if err := l.losses(ctx, c); err != nil {
		return driver.Result{}, errors.Join(err, save.Rollback(ctx))
	}
	l.dropSavepoint(ctx, save)
	return res, nil
}

// prepareLosses prepares the question, so that nothing comes between the
// statement and its answer.
func (l *link) prepareLosses(ctx context.Context, c *compile.Compiled) error {
	if _, err := l.prepare(ctx, c); err != nil {
		return l.failed(ctx, err, c.SQL, reads)
	}
	_, err := l.prepareText(ctx, c.Losses.Warnings, nil)
	return err
}

// losses asks what the last statement has lost.
func (l *link) losses(ctx context.Context, c *compile.Compiled) error {
	var lost []int64
	_, err := l.queryOne(ctx, c.Losses.Warnings, nil, nil, func(rows driver.Rows) (bool, error) {
		for rows.Next() {
			if n := rows.Int64(1); !slices.Contains(c.Losses.Harmless, n) && !slices.Contains(lost, n) {
				lost = append(lost, n)
			}
		}
		return true, rows.Err()
	})
	switch {
	case err != nil || len(lost) == 0:
		return err
	case slices.ContainsFunc(lost, func(n int64) bool { return !slices.Contains(c.Losses.Exhausted, n) }):
		return lossError(lost)
	}
	return fmt.Errorf("engine: the statement was undone: %w", l.exhausted(ctx, sqlerr.ErrIDExhausted))
}

// lossError says that a statement would have lost data.
func lossError(numbers []int64) error {
	return fmt.Errorf("engine: the statement would have lost data, as its warnings %v say; it was undone: mend the rows, or use expr.OnConflict, which skips for unique keys alone", numbers)
}
