package main

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
)

var _ = register(contestant{name: "bun", place: 45, mark: "B", module: "github.com/uptrace/bun", open: openBun})

type bunDB struct {
	d  *database
	db *bun.DB
}

func openBun(_ context.Context, d *database) (*tasks, error) {
	dsn := d.dsn
	var dialect schema.Dialect
	switch d.product {
	case onPostgreSQL:
		// It writes values into the text, so that its manual says to keep pgx from
		// preparing each text.
		dialect = pgdialect.New()
		separator := "?"
		if strings.Contains(dsn, "?") {
			separator = "&"
		}
		dsn += separator + "default_query_exec_mode=simple_protocol"
	case onMariaDB:
		dialect = mysqldialect.New()
	default:
		dialect = sqlitedialect.New()
	}
	pool, err := d.openSQL(d.driver, dsn)
	if err != nil {
		return nil, err
	}
	schema.SetTableNameInflector(func(name string) string {
		return map[string]string{"row": "bench_rows", "parent": "bench_parents", "child": "bench_children"}[name]
	})
	c := &bunDB{d, bun.NewDB(pool, dialect)}
	add := func(ctx context.Context, r *Row) error {
		_, err := c.db.NewInsert().Model(r).Exec(ctx)
		return err
	}
	s := &tasks{
		insertOne: adding(add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertBulk), writers: writing(add),
		get: getting(c.get, same), page: paging(c.page, same), selectAll: selecting(c.all, same), eager: loading(c.eager, sameParent),
		updateOne: changing(c.updateOne), updateMany: changing(c.updateMany), deleteMany: deleting(c.remove), graph: planting(c.graph),
		stream: streaming(c.stream), close: c.db.Close,
	}
	if d.product == onMariaDB {
		s.updateMany = nil // it writes VALUES ROW(…), which MariaDB does not have
	}
	return s, nil
}

func (c *bunDB) inTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	return c.db.RunInTx(ctx, nil, f)
}

func (c *bunDB) insertMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, r := range list {
			if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *bunDB) insertBulk(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return inChunks(list, c.d.chunk, func(part []*Row) error {
			_, err := tx.NewInsert().Model(&part).Exec(ctx)
			return err
		})
	})
}

func (c *bunDB) graph(ctx context.Context, parents []*Parent) error {
	return c.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := inChunks(parents, c.d.chunk, func(part []*Parent) error {
			_, err := tx.NewInsert().Model(&part).Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
		return inChunks(childrenOf(parents), c.d.chunk, func(part []*Child) error {
			_, err := tx.NewInsert().Model(&part).Exec(ctx)
			return err
		})
	})
}

func (c *bunDB) get(ctx context.Context, id int64) (*Row, error) {
	r := &Row{}
	return r, c.db.NewSelect().Model(r).Where("id = ?", id).Scan(ctx)
}

func (c *bunDB) page(ctx context.Context, after int64) (list []*Row, err error) {
	err = c.db.NewSelect().Model(&list).Where("id > ?", after).Order("id").Limit(pageRows).Scan(ctx)
	return list, err
}

func (c *bunDB) all(ctx context.Context) (list []*Row, err error) {
	err = c.db.NewSelect().Model(&list).Order("id").Scan(ctx)
	return list, err
}

func (c *bunDB) eager(ctx context.Context) (list []*Parent, err error) {
	inOrder := func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id") }
	err = c.db.NewSelect().Model(&list).Relation("Children", inOrder).Order("id").Scan(ctx)
	return list, err
}

func (c *bunDB) stream(ctx context.Context, tell func(id int64)) error {
	res, err := c.db.NewSelect().Model((*Row)(nil)).Order("id").Rows(ctx)
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		var r Row
		if err := c.db.ScanRow(ctx, res, &r); err != nil {
			return err
		}
		tell(r.ID)
	}
	return res.Err()
}

func (c *bunDB) updateOne(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, r := range list {
			if _, err := tx.NewUpdate().Model(r).Column("name", "score", "count").WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *bunDB) updateMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return inChunks(list, c.d.chunk, func(part []*Row) error {
			_, err := tx.NewUpdate().Model(&part).Column("name", "score", "count").Bulk().Exec(ctx)
			return err
		})
	})
}

func (c *bunDB) remove(ctx context.Context, keys []int64) error {
	_, err := c.db.NewDelete().Model((*Row)(nil)).Where("id IN (?)", bun.List(keys)).Exec(ctx)
	return err
}
