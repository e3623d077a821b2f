package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-sql-driver/mysql"
)

var _ = register(contestant{name: "driver alone", place: 20, mark: "bar", on: []string{onMariaDB}, module: "github.com/go-sql-driver/mysql", open: openMySQLAlone})

// mysqlAlone is go-sql-driver/mysql without database/sql above it: connections of
// its own, whose statements are prepared once.
type mysqlAlone struct {
	d     *database
	conns chan *mysqlConn
	open  []*mysqlConn
}

type mysqlConn struct {
	conn  driver.Conn
	stmts map[string]driver.Stmt
}

func openMySQLAlone(ctx context.Context, d *database) (*tasks, error) {
	config, err := mysql.ParseDSN(d.dsn)
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	c := &mysqlAlone{d: d, conns: make(chan *mysqlConn, writersCount)}
	for range writersCount {
		conn, err := connector.Connect(ctx)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		mc := &mysqlConn{conn, map[string]driver.Stmt{}}
		c.open = append(c.open, mc)
		c.conns <- mc
	}
	add := func(ctx context.Context, r *Row) error {
		return c.with(func(conn *mysqlConn) error { return conn.insert(ctx, d, r) })
	}
	return &tasks{
		insertOne: adding(add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertBulk), writers: writing(add),
		get: getting(c.get, same), page: paging(c.page, same), selectAll: selecting(c.all, same), eager: loading(c.eager, sameParent),
		updateOne: changing(c.updateOne), updateMany: changing(c.updateMany), deleteMany: deleting(c.remove), stream: streaming(c.stream), close: c.close,
	}, nil
}

func (c *mysqlAlone) close() (err error) {
	for _, conn := range c.open {
		for _, stmt := range conn.stmts {
			err = errors.Join(err, stmt.Close())
		}
		err = errors.Join(err, conn.conn.Close())
	}
	return err
}

// with lends a connection to f.
func (c *mysqlAlone) with(f func(conn *mysqlConn) error) error {
	conn := <-c.conns
	defer func() { c.conns <- conn }()
	return f(conn)
}

func (c *mysqlAlone) inTx(ctx context.Context, f func(conn *mysqlConn) error) error {
	return c.with(func(conn *mysqlConn) error {
		tx, err := conn.conn.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{})
		if err != nil {
			return err
		}
		if err := f(conn); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
}

func (m *mysqlConn) prepare(ctx context.Context, text string) (driver.Stmt, error) {
	if stmt := m.stmts[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := m.conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
	if err == nil {
		m.stmts[text] = stmt
	}
	return stmt, err
}

func mysqlArgs(values []any) []driver.NamedValue {
	args := make([]driver.NamedValue, len(values))
	for i, v := range values {
		if s, ok := v.(*string); ok {
			if v = nil; s != nil {
				v = *s
			}
		}
		args[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return args
}

func (m *mysqlConn) exec(ctx context.Context, text string, values ...any) (driver.Result, error) {
	stmt, err := m.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.(driver.StmtExecContext).ExecContext(ctx, mysqlArgs(values))
}

// query calls f for every row, whose values hold until the next.
func (m *mysqlConn) query(ctx context.Context, f func(v []driver.Value) error, text string, values ...any) error {
	stmt, err := m.prepare(ctx, text)
	if err != nil {
		return err
	}
	res, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, mysqlArgs(values))
	if err != nil {
		return err
	}
	v := make([]driver.Value, len(res.Columns()))
	for {
		if err := res.Next(v); err == io.EOF {
			return res.Close()
		} else if err != nil {
			return errors.Join(err, res.Close())
		}
		if err := f(v); err != nil {
			return errors.Join(err, res.Close())
		}
	}
}

func (m *mysqlConn) insert(ctx context.Context, d *database, r *Row) error {
	res, err := m.exec(ctx, d.insertText(1, false), rowArgs(make([]any, 0, insertWidth), r)...)
	if err != nil {
		return err
	}
	r.ID, err = res.LastInsertId()
	return err
}

func (c *mysqlAlone) insertMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(conn *mysqlConn) error {
		for _, r := range list {
			if err := conn.insert(ctx, c.d, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *mysqlAlone) insertBulk(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(conn *mysqlConn) error {
		args := make([]any, 0, c.d.chunk*insertWidth)
		return inChunks(list, c.d.chunk, func(part []*Row) error {
			args = args[:0]
			for _, r := range part {
				args = rowArgs(args, r)
			}
			i := 0
			return conn.query(ctx, func(v []driver.Value) error {
				part[i].ID = v[0].(int64)
				i++
				return nil
			}, c.d.insertText(len(part), true), args...)
		})
	})
}

func mysqlRow(v []driver.Value, r *Row) error {
	created, ok := v[7].(time.Time)
	if !ok {
		return fmt.Errorf("the time is a %T", v[7])
	}
	*r = Row{
		ID: v[0].(int64), Name: string(v[1].([]byte)), Email: string(v[2].([]byte)), Score: v[4].(float64), Weight: v[5].(float64),
		Active: v[6].(int64) != 0, Created: created, Payload: append([]byte(nil), v[8].([]byte)...), Count: v[9].(int64),
	}
	if v[3] != nil {
		note := string(v[3].([]byte))
		r.Note = &note
	}
	return nil
}

func (c *mysqlAlone) read(ctx context.Context, text string, values ...any) (list []*Row, err error) {
	err = c.with(func(conn *mysqlConn) error {
		return conn.query(ctx, func(v []driver.Value) error {
			r := &Row{}
			list = append(list, r)
			return mysqlRow(v, r)
		}, text, values...)
	})
	return list, err
}

func (c *mysqlAlone) get(ctx context.Context, id int64) (*Row, error) {
	r := &Row{}
	err := c.with(func(conn *mysqlConn) error {
		return conn.query(ctx, func(v []driver.Value) error { return mysqlRow(v, r) }, "SELECT "+allColumns+" FROM bench_rows WHERE id = ?", id)
	})
	return r, err
}

func (c *mysqlAlone) page(ctx context.Context, after int64) ([]*Row, error) {
	return c.read(ctx, "SELECT "+allColumns+" FROM bench_rows WHERE id > ? ORDER BY id LIMIT 100", after)
}

func (c *mysqlAlone) all(ctx context.Context) ([]*Row, error) {
	return c.read(ctx, "SELECT "+allColumns+" FROM bench_rows ORDER BY id")
}

func (c *mysqlAlone) stream(ctx context.Context, tell func(id int64)) error {
	return c.with(func(conn *mysqlConn) error {
		return conn.query(ctx, func(v []driver.Value) error {
			var r Row
			err := mysqlRow(v, &r)
			tell(r.ID)
			return err
		}, "SELECT "+allColumns+" FROM bench_rows ORDER BY id")
	})
}

func (c *mysqlAlone) eager(ctx context.Context) (parents []*Parent, err error) {
	var children []*Child
	err = c.with(func(conn *mysqlConn) error {
		err := conn.query(ctx, func(v []driver.Value) error {
			parents = append(parents, &Parent{ID: v[0].(int64), Name: string(v[1].([]byte))})
			return nil
		}, "SELECT id, name FROM bench_parents ORDER BY id")
		if err != nil {
			return err
		}
		keys := make([]any, len(parents))
		for i, p := range parents {
			keys[i] = p.ID
		}
		return conn.query(ctx, func(v []driver.Value) error {
			children = append(children, &Child{v[0].(int64), v[1].(int64), string(v[2].([]byte)), v[3].(int64)})
			return nil
		}, "SELECT id, parent_id, name, number FROM bench_children WHERE parent_id IN ("+marks(len(parents))+") ORDER BY id", keys...)
	})
	adopt(parents, children)
	return parents, err
}

func (c *mysqlAlone) updateOne(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(conn *mysqlConn) error {
		for _, r := range list {
			if _, err := conn.exec(ctx, "UPDATE bench_rows SET name = ?, score = ?, count = ? WHERE id = ?", r.Name, r.Score, r.Count, r.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *mysqlAlone) updateMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(conn *mysqlConn) error {
		return inChunks(list, c.d.chunk, func(part []*Row) error {
			args := make([]any, 0, 4*len(part))
			for _, r := range part {
				args = append(args, r.ID, r.Name, r.Score, r.Count)
			}
			_, err := conn.exec(ctx, c.d.updateText(len(part)), args...)
			return err
		})
	})
}

func (c *mysqlAlone) remove(ctx context.Context, keys []int64) error {
	args := make([]any, len(keys))
	for i, id := range keys {
		args[i] = id
	}
	return c.with(func(conn *mysqlConn) error {
		_, err := conn.exec(ctx, "DELETE FROM bench_rows WHERE id IN ("+marks(len(keys))+")", args...)
		return err
	})
}
