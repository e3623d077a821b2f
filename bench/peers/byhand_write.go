package main

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// updateOne is also what a program does that knows which objects changed.
func (c *byHand) updateOne(ctx context.Context, t *trial) error {
	rows := storedRows(t.n)
	return t.spend(func() error {
		return inTx(ctx, c.db, func(tx *sql.Tx) error {
			stmt := tx.StmtContext(ctx, c.update)
			for _, r := range rows {
				change(r)
				if _, err := stmt.ExecContext(ctx, r.Name, r.Score, r.Count, r.ID); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// updateText changes n rows by one statement.
func (d *database) updateText(n int) string {
	switch d.product {
	case onPostgreSQL:
		rows := strings.TrimSuffix(strings.Repeat("(?::bigint, ?::text, ?::float8, ?::bigint), ", n), ", ")
		return d.bind("UPDATE bench_rows AS r SET name = v.name, score = v.score, count = v.count FROM (VALUES " + rows + ") AS v (id, name, score, count) WHERE r.id = v.id")
	case onSQLite:
		return "WITH v (id, name, score, count) AS (VALUES " + d.places(n, 4) + ") UPDATE bench_rows SET name = v.name, score = v.score, count = v.count FROM v WHERE bench_rows.id = v.id"
	default:
		rows := "SELECT ? AS id, ? AS name, ? AS score, ? AS count" + strings.Repeat(" UNION ALL SELECT ?, ?, ?, ?", n-1)
		return "UPDATE bench_rows AS r JOIN (" + rows + ") AS v ON r.id = v.id SET r.name = v.name, r.score = v.score, r.count = v.count"
	}
}

func (c *byHand) updateMany(ctx context.Context, t *trial) error {
	rows := storedRows(t.n)
	for chunk := range slices.Chunk(rows, c.d.chunk) {
		if _, err := c.prepare(ctx, c.d.updateText(len(chunk))); err != nil {
			return err
		}
	}
	return t.spend(func() error {
		return inTx(ctx, c.db, func(tx *sql.Tx) error {
			for chunk := range slices.Chunk(rows, c.d.chunk) {
				args := make([]any, 0, 4*len(chunk))
				for _, r := range chunk {
					change(r)
					args = append(args, r.ID, r.Name, r.Score, r.Count)
				}
				if _, err := tx.StmtContext(ctx, c.many[c.d.updateText(len(chunk))]).ExecContext(ctx, args...); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (c *byHand) deleteMany(ctx context.Context, t *trial) error {
	stmt, err := c.prepare(ctx, c.d.bind("DELETE FROM bench_rows WHERE id IN ("+marks(t.n)+")"))
	if err != nil {
		return err
	}
	rows := storedRows(t.n)
	return t.spend(func() error {
		keys := make([]any, len(rows))
		for i, r := range rows {
			keys[i] = r.ID
		}
		_, err := stmt.ExecContext(ctx, keys...)
		return err
	})
}

func (c *byHand) writers(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	// Each connection prepares the statement once, before.
	warm := newRows(2 * writersCount)
	err := inWriters(len(warm), func(i int) error { return c.insertRow(ctx, c.insert, warm[i]) })
	if err != nil {
		return err
	}
	if err := t.forget(ctx); err != nil {
		return err
	}
	return t.spend(func() error {
		return inWriters(t.n, func(i int) error { return c.insertRow(ctx, c.insert, t.rows[i]) })
	})
}

func (c *byHand) graph(ctx context.Context, t *trial) error {
	t.parents = newParents(t.n)
	parents := func(n int) string {
		return "INSERT INTO bench_parents (name) VALUES " + c.d.places(n, 1) + " RETURNING id"
	}
	children := func(n int) string {
		return "INSERT INTO bench_children (parent_id, name, number) VALUES " + c.d.places(n, 3) + " RETURNING id"
	}
	for _, text := range []string{parents(min(t.n, c.d.chunk)), children(min(t.n*childrenEach, c.d.chunk))} {
		if _, err := c.prepare(ctx, text); err != nil {
			return err
		}
	}
	return t.spend(func() error {
		return inTx(ctx, c.db, func(tx *sql.Tx) error {
			for chunk := range slices.Chunk(t.parents, c.d.chunk) {
				var args []any
				for _, p := range chunk {
					args = append(args, p.Name)
				}
				if err := c.manyIDs(ctx, tx, parents(len(chunk)), args, func(i int) *int64 { return &chunk[i].ID }); err != nil {
					return err
				}
			}
			for chunk := range slices.Chunk(childrenOf(t.parents), c.d.chunk) {
				args := make([]any, 0, 3*len(chunk))
				for _, child := range chunk {
					args = append(args, child.ParentID, child.Name, child.Number)
				}
				if err := c.manyIDs(ctx, tx, children(len(chunk)), args, func(i int) *int64 { return &chunk[i].ID }); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// childrenOf gives children the keys of their parents, and returns them all.
func childrenOf(parents []*Parent) []*Child {
	list := make([]*Child, 0, len(parents)*childrenEach)
	for _, p := range parents {
		for _, c := range p.Children {
			c.ParentID = p.ID
		}
		list = append(list, p.Children...)
	}
	return list
}
