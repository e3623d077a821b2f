package main

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

var _ = register(contestant{name: baseName, place: 10, open: func(ctx context.Context, d *database) (*tasks, error) {
	return openByHand(ctx, d, d.driver, d.dsn)
}})

// The same over the SQLite that is compiled from C, a second base.
var _ = register(contestant{
	name: baseName + " (cgo)", place: 11, mark: "C", on: []string{onSQLite}, module: "github.com/mattn/go-sqlite3",
	open: func(ctx context.Context, d *database) (*tasks, error) {
		return openByHand(ctx, d, "sqlite3", "file:"+d.path+"?_busy_timeout=5000&_foreign_keys=1&_journal_mode=WAL&_synchronous=NORMAL&_mutex=no")
	},
})

// byHand is database/sql with statements that were prepared before.
type byHand struct {
	d  *database
	db *sql.DB

	insert, get, page, selectAll, update, parents *sql.Stmt
	// many are those of many rows, by their text.
	many map[string]*sql.Stmt
}

func openByHand(ctx context.Context, d *database, driver, dsn string) (*tasks, error) {
	db, err := d.openSQL(driver, dsn)
	if err != nil {
		return nil, err
	}
	c := &byHand{d: d, db: db, many: map[string]*sql.Stmt{}}
	for stmt, text := range map[**sql.Stmt]string{
		&c.insert:    d.insertText(1, d.product == onPostgreSQL),
		&c.get:       "SELECT " + allColumns + " FROM bench_rows WHERE id = ?",
		&c.page:      "SELECT " + allColumns + " FROM bench_rows WHERE id > ? ORDER BY id LIMIT 100",
		&c.selectAll: "SELECT " + allColumns + " FROM bench_rows ORDER BY id",
		&c.update:    "UPDATE bench_rows SET name = ?, score = ?, count = ? WHERE id = ?",
		&c.parents:   "SELECT id, name FROM bench_parents ORDER BY id",
	} {
		if *stmt, err = db.PrepareContext(ctx, d.bind(text)); err != nil {
			db.Close()
			return nil, err
		}
	}
	return &tasks{
		insertOne: c.insertOne, insertMany: c.insertMany, insertBulk: c.insertBulk, get: c.getAll, page: c.pages, selectAll: c.all, eager: c.eager,
		updateOne: c.updateOne, updateMany: c.updateMany, deleteMany: c.deleteMany, writers: c.writers, flushFew: c.updateOne, graph: c.graph,
		stream: c.stream, close: db.Close,
	}, nil
}

// insertText is an INSERT of n rows.
func (d *database) insertText(n int, returning bool) string {
	text := "INSERT INTO bench_rows (" + insertColumns + ") VALUES " + d.places(n, insertWidth)
	if returning {
		text += " RETURNING id"
	}
	return text
}

// prepare keeps what it prepared.
func (c *byHand) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt := c.many[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.db.PrepareContext(ctx, text)
	if err == nil {
		c.many[text] = stmt
	}
	return stmt, err
}

// inTx calls f in a transaction.
func inTx(ctx context.Context, db *sql.DB, f func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (c *byHand) insertRow(ctx context.Context, stmt *sql.Stmt, r *Row) error {
	args := rowArgs(make([]any, 0, insertWidth), r)
	if c.d.product == onPostgreSQL {
		return stmt.QueryRowContext(ctx, args...).Scan(&r.ID)
	}
	res, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return err
	}
	r.ID, err = res.LastInsertId()
	return err
}

func (c *byHand) insertOne(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	return t.spend(func() error {
		for _, r := range t.rows {
			if err := c.insertRow(ctx, c.insert, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *byHand) insertMany(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	return t.spend(func() error {
		return inTx(ctx, c.db, func(tx *sql.Tx) error {
			stmt := tx.StmtContext(ctx, c.insert)
			for _, r := range t.rows {
				if err := c.insertRow(ctx, stmt, r); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// insertBulk trusts that rows are returned in the order of VALUES, which no
// database promises.
func (c *byHand) insertBulk(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	for _, n := range []int{min(t.n, c.d.chunk), t.n % c.d.chunk} {
		if _, err := c.prepare(ctx, c.d.insertText(max(n, 1), true)); err != nil {
			return err
		}
	}
	return t.spend(func() error {
		return inTx(ctx, c.db, func(tx *sql.Tx) error {
			args := make([]any, 0, c.d.chunk*insertWidth)
			for chunk := range slices.Chunk(t.rows, c.d.chunk) {
				args = args[:0]
				for _, r := range chunk {
					args = rowArgs(args, r)
				}
				err := c.manyIDs(ctx, tx, c.d.insertText(len(chunk), true), args, func(i int) *int64 { return &chunk[i].ID })
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// manyIDs runs an INSERT of many rows, prepared before, and takes their ids.
func (c *byHand) manyIDs(ctx context.Context, tx *sql.Tx, text string, args []any, id func(i int) *int64) error {
	stmt, err := c.many[text], error(nil)
	if stmt == nil {
		if stmt, err = tx.PrepareContext(ctx, text); err != nil {
			return err
		}
		defer stmt.Close()
	} else {
		stmt = tx.StmtContext(ctx, stmt)
	}
	res, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer res.Close()
	for i := 0; res.Next(); i++ {
		if err := res.Scan(id(i)); err != nil {
			return err
		}
	}
	return res.Err()
}

func (c *byHand) getAll(ctx context.Context, t *trial) error {
	t.rows = make([]*Row, t.n)
	return t.spend(func() error {
		for i := range t.n {
			r := &Row{}
			if err := scanRow(c.get.QueryRowContext(ctx, int64(i)+1).Scan, r); err != nil {
				return err
			}
			t.rows[i] = r
		}
		return nil
	})
}

func (c *byHand) pages(ctx context.Context, t *trial) error {
	return t.spend(func() error {
		for i := range t.n {
			res, err := c.page.QueryContext(ctx, t.pageStart(i))
			if err != nil {
				return err
			}
			if t.rows, err = scanRows(res, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *byHand) all(ctx context.Context, t *trial) error {
	return t.spend(func() error {
		for range t.repeat {
			res, err := c.selectAll.QueryContext(ctx)
			if err != nil {
				return err
			}
			if t.rows, err = scanRows(res, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *byHand) stream(ctx context.Context, t *trial) error {
	return t.spend(func() error {
		res, err := c.selectAll.QueryContext(ctx)
		if err != nil {
			return err
		}
		defer res.Close()
		for res.Next() {
			var r Row
			if err := scanRow(res.Scan, &r); err != nil {
				return err
			}
			t.sum += r.ID
		}
		return res.Err()
	})
}

func (c *byHand) eager(ctx context.Context, t *trial) error {
	stmt, err := c.prepare(ctx, c.d.bind("SELECT id, parent_id, name, number FROM bench_children WHERE parent_id IN ("+marks(t.n)+") ORDER BY id"))
	if err != nil {
		return err
	}
	return t.spend(func() error {
		for range t.repeat {
			if t.parents, err = c.readParents(ctx); err != nil {
				return err
			}
			if err := c.readChildren(ctx, stmt, t.parents); err != nil {
				return err
			}
		}
		return nil
	})
}

// marks are n parameters for bind.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func (c *byHand) readParents(ctx context.Context) ([]*Parent, error) {
	res, err := c.parents.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	var list []*Parent
	for res.Next() {
		p := &Parent{}
		if err := res.Scan(&p.ID, &p.Name); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, res.Err()
}

func (c *byHand) readChildren(ctx context.Context, stmt *sql.Stmt, parents []*Parent) error {
	keys := make([]any, len(parents))
	byID := make(map[int64]*Parent, len(parents))
	for i, p := range parents {
		keys[i], byID[p.ID] = p.ID, p
	}
	res, err := stmt.QueryContext(ctx, keys...)
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		child := &Child{}
		if err := res.Scan(&child.ID, &child.ParentID, &child.Name, &child.Number); err != nil {
			return err
		}
		p := byID[child.ParentID]
		p.Children = append(p.Children, child)
	}
	return res.Err()
}
