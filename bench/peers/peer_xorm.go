package main

import (
	"context"
	"errors"
	"time"

	"xorm.io/xorm"
	xormcore "xorm.io/xorm/core"
)

var _ = register(contestant{name: "xorm", place: 55, mark: "X", module: "xorm.io/xorm", storesTimesAs: "2006-01-02 15:04:05.000000", open: openXorm})

// xormDB has no relationships, no update of many rows by one statement, and no
// insert of many rows that fills ids.
type xormDB struct{ db *xorm.Engine }

func openXorm(_ context.Context, d *database) (*tasks, error) {
	pool, err := d.openSQL(d.driver, d.dsn)
	if err != nil {
		return nil, err
	}
	db, err := xorm.NewEngineWithDB(d.driver, d.dsn, xormcore.FromDB(pool))
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	db.SetTZLocation(time.UTC)
	db.SetTZDatabase(time.UTC)
	c := &xormDB{db}
	add := func(ctx context.Context, r *Row) error {
		_, err := c.db.Context(ctx).Insert(r)
		return err
	}
	return &tasks{
		insertOne: adding(add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertMany), writers: writing(add),
		get: getting(c.get, same), page: paging(c.page, same), selectAll: selecting(c.all, same), eager: loading(c.eager, sameParent),
		updateOne: changing(c.update), deleteMany: deleting(c.remove), stream: streaming(c.stream), loops: true, close: db.Close,
	}, nil
}

func (c *xormDB) inTx(ctx context.Context, f func(s *xorm.Session) error) error {
	s := c.db.NewSession().Context(ctx)
	defer s.Close()
	if err := s.Begin(); err != nil {
		return err
	}
	if err := f(s); err != nil {
		return err
	}
	return s.Commit()
}

func (c *xormDB) insertMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(s *xorm.Session) error {
		for _, r := range list {
			if _, err := s.Insert(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *xormDB) get(ctx context.Context, id int64) (*Row, error) {
	r := &Row{}
	ok, err := c.db.Context(ctx).ID(id).Get(r)
	if err == nil && !ok {
		err = errors.New("there is no such row")
	}
	return r, err
}

func (c *xormDB) page(ctx context.Context, after int64) (list []*Row, err error) {
	err = c.db.Context(ctx).Where("id > ?", after).OrderBy("id").Limit(pageRows).Find(&list)
	return list, err
}

func (c *xormDB) all(ctx context.Context) (list []*Row, err error) {
	err = c.db.Context(ctx).OrderBy("id").Find(&list)
	return list, err
}

func (c *xormDB) eager(ctx context.Context) (parents []*Parent, err error) {
	if err := c.db.Context(ctx).OrderBy("id").Find(&parents); err != nil {
		return nil, err
	}
	var children []*Child
	if err := c.db.Context(ctx).In("parent_id", keysOf(parents)).OrderBy("id").Find(&children); err != nil {
		return nil, err
	}
	adopt(parents, children)
	return parents, nil
}

func (c *xormDB) stream(ctx context.Context, tell func(id int64)) error {
	res, err := c.db.Context(ctx).OrderBy("id").Rows(&Row{})
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		var r Row
		if err := res.Scan(&r); err != nil {
			return err
		}
		tell(r.ID)
	}
	return res.Err()
}

func (c *xormDB) update(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(s *xorm.Session) error {
		for _, r := range list {
			if _, err := s.ID(r.ID).Cols("name", "score", "count").Update(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *xormDB) remove(ctx context.Context, keys []int64) error {
	_, err := c.db.Context(ctx).In("id", keys).Delete(&Row{})
	return err
}
