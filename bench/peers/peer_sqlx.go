package main

import (
	"context"

	"github.com/jmoiron/sqlx"
)

var _ = register(contestant{name: "sqlx", place: 60, mark: "S", module: "github.com/jmoiron/sqlx", open: openSQLx})

const (
	namedInsert = "INSERT INTO bench_rows (" + insertColumns + ") VALUES (:name, :email, :note, :score, :weight, :active, :created, :payload, :count)"
	namedUpdate = "UPDATE bench_rows SET name = :name, score = :score, count = :count WHERE id = :id"
)

// sqlxDB is database/sql with names for parameters and fields for columns.
// Nothing of it updates many rows by one statement.
type sqlxDB struct {
	d  *database
	db *sqlx.DB
}

func openSQLx(_ context.Context, d *database) (*tasks, error) {
	pool, err := d.openSQL(d.driver, d.dsn)
	if err != nil {
		return nil, err
	}
	c := &sqlxDB{d, sqlx.NewDb(pool, d.driver)}
	add := func(ctx context.Context, r *Row) error { return c.insert(ctx, c.db, r) }
	return &tasks{
		insertOne: adding(add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertBulk), writers: writing(add),
		get: getting(c.get, same), page: paging(c.page, same), selectAll: selecting(c.all, same), eager: loading(c.eager, sameParent),
		updateOne: changing(c.update), deleteMany: deleting(c.remove), graph: planting(c.graph), stream: streaming(c.stream), close: pool.Close,
	}, nil
}

// sqlxExecutor is a database or a transaction.
type sqlxExecutor interface {
	sqlx.ExtContext
	BindNamed(query string, arg any) (string, []any, error)
}

func (c *sqlxDB) insert(ctx context.Context, x sqlxExecutor, r *Row) error {
	if c.d.product == onPostgreSQL {
		text, args, err := x.BindNamed(namedInsert+" RETURNING id", r)
		if err != nil {
			return err
		}
		return sqlx.GetContext(ctx, x, &r.ID, text, args...)
	}
	res, err := sqlx.NamedExecContext(ctx, x, namedInsert, r)
	if err != nil {
		return err
	}
	r.ID, err = res.LastInsertId()
	return err
}

func (c *sqlxDB) inTx(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := c.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (c *sqlxDB) insertMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(tx *sqlx.Tx) error {
		for _, r := range list {
			if err := c.insert(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// many inserts structs by one statement and reads their ids.
func many[T any](ctx context.Context, tx *sqlx.Tx, text string, list []T) (ids []int64, err error) {
	text, args, err := tx.BindNamed(text+" RETURNING id", list)
	if err != nil {
		return nil, err
	}
	err = tx.SelectContext(ctx, &ids, text, args...)
	return ids, err
}

func (c *sqlxDB) insertBulk(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(tx *sqlx.Tx) error {
		return inChunks(list, c.d.chunk, func(part []*Row) error {
			ids, err := many(ctx, tx, namedInsert, part)
			for i, id := range ids {
				part[i].ID = id
			}
			return err
		})
	})
}

func (c *sqlxDB) graph(ctx context.Context, parents []*Parent) error {
	return c.inTx(ctx, func(tx *sqlx.Tx) error {
		err := inChunks(parents, c.d.chunk, func(part []*Parent) error {
			ids, err := many(ctx, tx, "INSERT INTO bench_parents (name) VALUES (:name)", part)
			for i, id := range ids {
				part[i].ID = id
			}
			return err
		})
		if err != nil {
			return err
		}
		return inChunks(childrenOf(parents), c.d.chunk, func(part []*Child) error {
			ids, err := many(ctx, tx, "INSERT INTO bench_children (parent_id, name, number) VALUES (:parent_id, :name, :number)", part)
			for i, id := range ids {
				part[i].ID = id
			}
			return err
		})
	})
}

func (c *sqlxDB) get(ctx context.Context, id int64) (*Row, error) {
	r := &Row{}
	return r, c.db.GetContext(ctx, r, c.db.Rebind("SELECT * FROM bench_rows WHERE id = ?"), id)
}

func (c *sqlxDB) page(ctx context.Context, after int64) (list []*Row, err error) {
	err = c.db.SelectContext(ctx, &list, c.db.Rebind("SELECT * FROM bench_rows WHERE id > ? ORDER BY id LIMIT 100"), after)
	return list, err
}

func (c *sqlxDB) all(ctx context.Context) (list []*Row, err error) {
	err = c.db.SelectContext(ctx, &list, "SELECT * FROM bench_rows ORDER BY id")
	return list, err
}

func (c *sqlxDB) stream(ctx context.Context, tell func(id int64)) error {
	res, err := c.db.QueryxContext(ctx, "SELECT * FROM bench_rows ORDER BY id")
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		var r Row
		if err := res.StructScan(&r); err != nil {
			return err
		}
		tell(r.ID)
	}
	return res.Err()
}

func (c *sqlxDB) eager(ctx context.Context) (parents []*Parent, err error) {
	if err := c.db.SelectContext(ctx, &parents, "SELECT * FROM bench_parents ORDER BY id"); err != nil {
		return nil, err
	}
	text, args, err := sqlx.In("SELECT * FROM bench_children WHERE parent_id IN (?) ORDER BY id", keysOf(parents))
	if err != nil {
		return nil, err
	}
	var children []*Child
	if err := c.db.SelectContext(ctx, &children, c.db.Rebind(text), args...); err != nil {
		return nil, err
	}
	adopt(parents, children)
	return parents, nil
}

func (c *sqlxDB) update(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(tx *sqlx.Tx) error {
		for _, r := range list {
			if _, err := tx.NamedExecContext(ctx, namedUpdate, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *sqlxDB) remove(ctx context.Context, keys []int64) error {
	text, args, err := sqlx.In("DELETE FROM bench_rows WHERE id IN (?)", keys)
	if err != nil {
		return err
	}
	_, err = c.db.ExecContext(ctx, c.db.Rebind(text), args...)
	return err
}
