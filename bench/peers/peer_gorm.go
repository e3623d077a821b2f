package main

import (
	"context"
	"errors"

	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

var _ = register(contestant{name: "GORM", place: 40, mark: "G", module: "gorm.io/gorm", open: func(ctx context.Context, d *database) (*tasks, error) {
	return openGORM(d, gorm.Config{})
}})

// The same with the settings that its page on performance names.
var _ = register(contestant{name: "GORM prepared", place: 41, mark: "g", module: "gorm.io/gorm", open: func(ctx context.Context, d *database) (*tasks, error) {
	return openGORM(d, gorm.Config{PrepareStmt: true, SkipDefaultTransaction: true})
}})

type gormDB struct {
	d  *database
	db *gorm.DB
}

func openGORM(d *database, config gorm.Config) (*tasks, error) {
	pool, err := d.openSQL(d.driver, d.dsn)
	if err != nil {
		return nil, err
	}
	dialector := map[string]gorm.Dialector{
		onSQLite:     sqlite.New(sqlite.Config{DriverName: d.driver, Conn: pool}),
		onPostgreSQL: postgres.New(postgres.Config{Conn: pool}),
		onMariaDB:    mysql.New(mysql.Config{Conn: pool}),
	}[d.product]
	config.Logger = logger.Discard
	db, err := gorm.Open(dialector, &config)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	c := &gormDB{d, db}
	add := func(ctx context.Context, r *Row) error { return c.db.WithContext(ctx).Create(r).Error }
	return &tasks{
		insertOne: adding(add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertBulk), writers: writing(add),
		get: getting(c.get, same), page: paging(c.page, same), selectAll: selecting(c.all, same), eager: loading(c.eager, sameParent),
		updateOne: changing(c.updateOne), updateMany: changing(c.updateMany), deleteMany: deleting(c.remove), graph: planting(c.graph),
		stream: streaming(c.stream), close: pool.Close,
	}, nil
}

func (c *gormDB) insertMany(ctx context.Context, list []*Row) error {
	return c.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, r := range list {
			if err := tx.Create(r).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *gormDB) insertBulk(ctx context.Context, list []*Row) error {
	return c.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return tx.CreateInBatches(list, c.d.chunk).Error })
}

func (c *gormDB) graph(ctx context.Context, parents []*Parent) error {
	return c.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return tx.CreateInBatches(parents, c.d.chunk).Error })
}

func (c *gormDB) get(ctx context.Context, id int64) (*Row, error) {
	r := &Row{}
	return r, c.db.WithContext(ctx).Take(r, id).Error
}

func (c *gormDB) page(ctx context.Context, after int64) (list []*Row, err error) {
	err = c.db.WithContext(ctx).Where("id > ?", after).Order("id").Limit(pageRows).Find(&list).Error
	return list, err
}

func (c *gormDB) all(ctx context.Context) (list []*Row, err error) {
	err = c.db.WithContext(ctx).Order("id").Find(&list).Error
	return list, err
}

func (c *gormDB) eager(ctx context.Context) (list []*Parent, err error) {
	inOrder := func(db *gorm.DB) *gorm.DB { return db.Order("id") }
	err = c.db.WithContext(ctx).Preload("Children", inOrder).Order("id").Find(&list).Error
	return list, err
}

func (c *gormDB) stream(ctx context.Context, tell func(id int64)) error {
	res, err := c.db.WithContext(ctx).Model(&Row{}).Order("id").Rows()
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		var r Row
		if err := c.db.ScanRows(res, &r); err != nil {
			return err
		}
		tell(r.ID)
	}
	return res.Err()
}

func (c *gormDB) updateOne(ctx context.Context, list []*Row) error {
	return c.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, r := range list {
			if err := tx.Model(r).Select("name", "score", "count").Updates(r).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// updateMany is an upsert, the only batch of updates that it has: whole rows are
// sent.
func (c *gormDB) updateMany(ctx context.Context, list []*Row) error {
	return c.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"name", "score", "count"}),
		}).CreateInBatches(list, c.d.chunk).Error
	})
}

func (c *gormDB) remove(ctx context.Context, keys []int64) error {
	return c.db.WithContext(ctx).Delete(&Row{}, keys).Error
}
