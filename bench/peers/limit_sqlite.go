package main

import (
	"context"
	"errors"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

var _ = register(contestant{name: "driver alone", place: 20, mark: "bar", on: []string{onSQLite}, module: "zombiezen.com/go/sqlite", open: openSQLiteAlone})

// sqliteAlone is the same SQLite as that of database/sql, by its functions
// themselves: no pool, no interface, nothing boxed. Its one connection serves the
// eight writers in turn.
type sqliteAlone struct {
	d    *database
	conn *sqlite.Conn
	turn chan bool
}

const sqliteTimes = "2006-01-02 15:04:05.999999999-07:00"

func openSQLiteAlone(ctx context.Context, d *database) (*tasks, error) {
	conn, err := sqlite.OpenConn(d.path, sqlite.OpenReadWrite|sqlite.OpenWAL)
	if err != nil {
		return nil, err
	}
	conn.SetInterrupt(ctx.Done())
	conn.SetBusyTimeout(5 * time.Second)
	for _, text := range []string{"PRAGMA foreign_keys = 1", "PRAGMA synchronous = NORMAL"} {
		if err := sqlitex.ExecuteTransient(conn, text, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	c := &sqliteAlone{d: d, conn: conn, turn: make(chan bool, 1)}
	return &tasks{
		insertOne: adding(c.add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertMany), writers: writing(c.add),
		get: getting(c.get, same), page: paging(c.page, same), selectAll: selecting(c.all, same), eager: loading(c.eager, sameParent),
		updateOne: changing(c.update), updateMany: changing(c.update), deleteMany: deleting(c.remove), graph: planting(c.graph),
		stream: streaming(c.stream), close: conn.Close,
	}, nil
}

func (c *sqliteAlone) inTx(f func() error) (err error) {
	end, err := sqlitex.ImmediateTransaction(c.conn)
	if err != nil {
		return err
	}
	defer end(&err)
	return f()
}

// step runs a statement that has no rows.
func step(stmt *sqlite.Stmt) error {
	if _, err := stmt.Step(); err != nil {
		return err
	}
	return stmt.Reset()
}

func (c *sqliteAlone) add(_ context.Context, r *Row) error {
	c.turn <- true
	defer func() { <-c.turn }()
	return c.insert(r)
}

func (c *sqliteAlone) insert(r *Row) error {
	stmt, err := c.conn.Prepare("INSERT INTO bench_rows (" + insertColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	stmt.BindText(1, r.Name)
	stmt.BindText(2, r.Email)
	if r.Note == nil {
		stmt.BindNull(3)
	} else {
		stmt.BindText(3, *r.Note)
	}
	stmt.BindFloat(4, r.Score)
	stmt.BindFloat(5, r.Weight)
	stmt.BindBool(6, r.Active)
	stmt.BindText(7, r.Created.Format(sqliteTimes))
	stmt.BindBytes(8, r.Payload)
	stmt.BindInt64(9, r.Count)
	if err := step(stmt); err != nil {
		return err
	}
	r.ID = c.conn.LastInsertRowID()
	return nil
}

func (c *sqliteAlone) insertMany(_ context.Context, list []*Row) error {
	return c.inTx(func() error {
		for _, r := range list {
			if err := c.insert(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func readRow(stmt *sqlite.Stmt, r *Row) (err error) {
	r.ID, r.Name, r.Email = stmt.ColumnInt64(0), stmt.ColumnText(1), stmt.ColumnText(2)
	r.Note = nil
	if !stmt.ColumnIsNull(3) {
		note := stmt.ColumnText(3)
		r.Note = &note
	}
	r.Score, r.Weight, r.Active = stmt.ColumnFloat(4), stmt.ColumnFloat(5), stmt.ColumnBool(6)
	if r.Created, err = time.Parse(sqliteTimes, stmt.ColumnText(7)); err != nil {
		return err
	}
	r.Payload = make([]byte, stmt.ColumnLen(8))
	stmt.ColumnBytes(8, r.Payload)
	r.Count = stmt.ColumnInt64(9)
	return nil
}

// each calls f for every row.
func each(stmt *sqlite.Stmt, f func() error) error {
	for {
		more, err := stmt.Step()
		if err != nil {
			return err
		}
		if !more {
			return stmt.Reset()
		}
		if err := f(); err != nil {
			return firstError(err, stmt.Reset())
		}
	}
}

func (c *sqliteAlone) read(stmt *sqlite.Stmt) (list []*Row, err error) {
	err = each(stmt, func() error {
		r := &Row{}
		list = append(list, r)
		return readRow(stmt, r)
	})
	return list, err
}

func (c *sqliteAlone) get(_ context.Context, id int64) (*Row, error) {
	stmt, err := c.conn.Prepare("SELECT " + allColumns + " FROM bench_rows WHERE id = ?")
	if err != nil {
		return nil, err
	}
	stmt.BindInt64(1, id)
	r := &Row{}
	return r, each(stmt, func() error { return readRow(stmt, r) })
}

func (c *sqliteAlone) page(_ context.Context, after int64) ([]*Row, error) {
	stmt, err := c.conn.Prepare("SELECT " + allColumns + " FROM bench_rows WHERE id > ? ORDER BY id LIMIT 100")
	if err != nil {
		return nil, err
	}
	stmt.BindInt64(1, after)
	return c.read(stmt)
}

func (c *sqliteAlone) selectAllStmt() (*sqlite.Stmt, error) {
	return c.conn.Prepare("SELECT " + allColumns + " FROM bench_rows ORDER BY id")
}

func (c *sqliteAlone) all(context.Context) ([]*Row, error) {
	stmt, err := c.selectAllStmt()
	if err != nil {
		return nil, err
	}
	return c.read(stmt)
}

func (c *sqliteAlone) stream(_ context.Context, tell func(id int64)) error {
	stmt, err := c.selectAllStmt()
	if err != nil {
		return err
	}
	return each(stmt, func() error {
		var r Row
		err := readRow(stmt, &r)
		tell(r.ID)
		return err
	})
}

func (c *sqliteAlone) eager(context.Context) (parents []*Parent, err error) {
	stmt, err := c.conn.Prepare("SELECT id, name FROM bench_parents ORDER BY id")
	if err != nil {
		return nil, err
	}
	err = each(stmt, func() error {
		parents = append(parents, &Parent{ID: stmt.ColumnInt64(0), Name: stmt.ColumnText(1)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	stmt, err = c.conn.Prepare("SELECT id, parent_id, name, number FROM bench_children WHERE parent_id IN (" + marks(len(parents)) + ") ORDER BY id")
	if err != nil {
		return nil, err
	}
	for i, p := range parents {
		stmt.BindInt64(i+1, p.ID)
	}
	var children []*Child
	err = each(stmt, func() error {
		children = append(children, &Child{stmt.ColumnInt64(0), stmt.ColumnInt64(1), stmt.ColumnText(2), stmt.ColumnInt64(3)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	adopt(parents, children)
	return parents, nil
}

func (c *sqliteAlone) update(_ context.Context, list []*Row) error {
	return c.inTx(func() error {
		for _, r := range list {
			stmt, err := c.conn.Prepare("UPDATE bench_rows SET name = ?, score = ?, count = ? WHERE id = ?")
			if err != nil {
				return err
			}
			stmt.BindText(1, r.Name)
			stmt.BindFloat(2, r.Score)
			stmt.BindInt64(3, r.Count)
			stmt.BindInt64(4, r.ID)
			if err := step(stmt); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *sqliteAlone) remove(_ context.Context, keys []int64) error {
	stmt, err := c.conn.Prepare("DELETE FROM bench_rows WHERE id IN (" + marks(len(keys)) + ")")
	if err != nil {
		return err
	}
	for i, id := range keys {
		stmt.BindInt64(i+1, id)
	}
	return step(stmt)
}

func (c *sqliteAlone) graph(_ context.Context, parents []*Parent) error {
	return c.inTx(func() error {
		for _, p := range parents {
			stmt, err := c.conn.Prepare("INSERT INTO bench_parents (name) VALUES (?)")
			if err != nil {
				return err
			}
			stmt.BindText(1, p.Name)
			if err := step(stmt); err != nil {
				return err
			}
			p.ID = c.conn.LastInsertRowID()
		}
		for _, child := range childrenOf(parents) {
			stmt, err := c.conn.Prepare("INSERT INTO bench_children (parent_id, name, number) VALUES (?, ?, ?)")
			if err != nil {
				return err
			}
			stmt.BindInt64(1, child.ParentID)
			stmt.BindText(2, child.Name)
			stmt.BindInt64(3, child.Number)
			if err := step(stmt); err != nil {
				return err
			}
			child.ID = c.conn.LastInsertRowID()
		}
		return nil
	})
}
