package main

import (
	"context"
	"database/sql"
	"slices"
)

// idsBy is how a hand-written multi-row insert comes by its ids.
type idsBy string

const (
	// byReturning trusts that rows are returned in the order of VALUES.
	byReturning idsBy = "RETURNING"
	// byHand is where that is not asked.
	byHand idsBy = "hand"
	// byArithmetic counts up from the first id, which trusts in the server's
	// step and in triggers besides.
	byArithmetic idsBy = "last id and counting"
)

func (c *raw) waysToIDs() []idsBy {
	if c.product.driver == mysqlProduct.driver {
		return []idsBy{byReturning, byArithmetic}
	}
	return []idsBy{byReturning}
}

// chunks inserts by multi-row statements in one transaction. They are prepared
// before.
func (c *raw) chunks(size int, ids idsBy) func(ctx context.Context, n int) (cost, []*Row, error) {
	return func(ctx context.Context, n int) (cost, []*Row, error) {
		whole, err := c.prepareMany(ctx, size, ids)
		if err != nil {
			return cost{}, nil, err
		}
		last, err := c.prepareMany(ctx, n%size, ids)
		if err != nil {
			return cost{}, nil, err
		}
		list := newRows(n)
		took, err := spend(func() error {
			tx, err := c.db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			stmt := tx.StmtContext(ctx, whole)
			args := make([]any, 0, size*len(columns))
			for chunk := range slices.Chunk(list, size) {
				if len(chunk) < size {
					stmt = tx.StmtContext(ctx, last)
				}
				args = args[:0]
				for _, r := range chunk {
					args = appendArgs(args, r)
				}
				if err := insertChunk(ctx, stmt, args, chunk, ids); err != nil {
					return err
				}
			}
			return tx.Commit()
		})
		return took, list, err
	}
}

// prepareMany returns the statement for a number of rows, nil for none.
func (c *raw) prepareMany(ctx context.Context, rows int, ids idsBy) (*sql.Stmt, error) {
	if rows == 0 {
		return nil, nil
	}
	text := c.product.insertText(rows)
	if ids == byReturning {
		text += " RETURNING id"
	}
	if stmt := c.many[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.db.PrepareContext(ctx, text)
	c.many[text] = stmt
	return stmt, err
}

func insertChunk(ctx context.Context, stmt *sql.Stmt, args []any, rows []*Row, ids idsBy) error {
	if ids == byArithmetic {
		res, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return err
		}
		first, err := res.LastInsertId()
		for i, r := range rows {
			r.ID = first + int64(i)
		}
		return err
	}
	res, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer res.Close()
	for i := 0; res.Next(); i++ {
		if err := res.Scan(&rows[i].ID); err != nil {
			return err
		}
	}
	return res.Err()
}
