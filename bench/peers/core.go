package main

import (
	"context"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var _ = register(contestant{name: "Alkahest Core", place: 30, mark: "ring", storesTimesAs: alkahestTimes, open: openCore})

// core is statements without a session.
type core struct {
	db  *alkahest.Engine
	all []expr.Expression
}

func openCore(ctx context.Context, d *database) (*tasks, error) {
	db, closeDB, err := openEngine(ctx, d)
	if err != nil {
		return nil, err
	}
	c := &core{db: db, all: []expr.Expression{
		rows.ID, rows.Name, rows.Email, rows.Note, rows.Score, rows.Weight, rows.Active, rows.Created, rows.Payload, rows.Count,
	}}
	return &tasks{
		insertOne: c.insertOne, insertMany: c.insertMany, insertBulk: c.insertBulk, get: c.get, page: c.page, selectAll: c.selectAll, eager: c.eager,
		updateOne: c.updateOne, updateMany: c.updateMany, deleteMany: c.deleteMany, writers: c.writers, graph: c.graph, stream: c.stream, close: closeDB,
	}, nil
}

func (c *core) inTx(ctx context.Context, f func(tx *engine.Tx) error) error {
	return c.db.Transact(ctx, engine.TxOptions{}, f)
}

func (c *core) insert(ctx context.Context, x engine.Executor, r *Row) (err error) {
	note := rows.Note.SetNull()
	if r.Note != nil {
		note = rows.Note.Set(*r.Note)
	}
	r.ID, err = engine.InsertedKey[int64](ctx, x, expr.NewInsert(rows.Schema()).Values(
		rows.Name.Set(r.Name), rows.Email.Set(r.Email), note, rows.Score.Set(r.Score), rows.Weight.Set(r.Weight), rows.Active.Set(r.Active),
		rows.Created.Set(r.Created), rows.Payload.Set(r.Payload), rows.Count.Set(r.Count),
	))
	return err
}

func (c *core) insertOne(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	return t.spend(func() error {
		for _, r := range t.rows {
			if err := c.insert(ctx, c.db, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *core) insertMany(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	return t.spend(func() error {
		return c.inTx(ctx, func(tx *engine.Tx) error {
			for _, r := range t.rows {
				if err := c.insert(ctx, tx, r); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// batch is an insert of many rows of a table, whose key is "id".
func batch(table *schema.Table, n int, id func(i int) *int64, bind func(i int, dst []sqltype.Value) []sqltype.Value, columns ...string) *engine.InsertBatch {
	b := &engine.InsertBatch{Table: table, Returning: []*schema.Column{table.Column("id")}, N: n}
	for _, name := range columns {
		b.Columns = append(b.Columns, table.Column(name))
	}
	b.Exprs = make([]expr.Expression, len(columns))
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) { return bind(i, dst), nil }
	b.Store = func(i int, row sqltype.Row) error {
		*id(i) = row.Int64(0)
		return row.Err()
	}
	return b
}

func (c *core) insertBulk(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	return t.spend(func() error {
		return c.inTx(ctx, func(tx *engine.Tx) error {
			return tx.Insert(ctx, batch(rows.Schema(), t.n, func(i int) *int64 { return &t.rows[i].ID }, func(i int, dst []sqltype.Value) []sqltype.Value {
				r := t.rows[i]
				note := sqltype.NullValue()
				if r.Note != nil {
					note = sqltype.TextValue(*r.Note)
				}
				return append(dst, sqltype.TextValue(r.Name), sqltype.TextValue(r.Email), note, sqltype.Float64Value(r.Score), sqltype.Float64Value(r.Weight),
					sqltype.BoolValue(r.Active), sqltype.DateTimeValue(r.Created), sqltype.BytesValue(r.Payload), sqltype.Int64Value(r.Count))
			}, "name", "email", "note", "score", "weight", "active", "created", "payload", "count"))
		})
	})
}

func (c *core) get(ctx context.Context, t *trial) error {
	t.rows = make([]*Row, t.n)
	return t.spend(func() error {
		for i := range t.n {
			r, err := engine.One[Row](ctx, c.db, expr.NewSelect(c.all...).Where(rows.ID.Eq(int64(i)+1)))
			if err != nil {
				return err
			}
			t.rows[i] = &r
		}
		return nil
	})
}

// keep gives the referee what was collected.
func (t *trial) keep(list []Row) {
	t.rows = make([]*Row, len(list))
	for i := range list {
		t.rows[i] = &list[i]
	}
}

func (c *core) page(ctx context.Context, t *trial) error {
	var list []Row
	err := t.spend(func() (err error) {
		for i := range t.n {
			q := expr.NewSelect(c.all...).Where(rows.ID.Gt(t.pageStart(i))).OrderBy(rows.ID.Asc()).Limit(pageRows)
			if list, err = engine.Collect[Row](ctx, c.db, q); err != nil {
				return err
			}
		}
		return nil
	})
	t.keep(list)
	return err
}

func (c *core) selectAll(ctx context.Context, t *trial) error {
	var list []Row
	err := t.spend(func() (err error) {
		for range t.repeat {
			if list, err = engine.Collect[Row](ctx, c.db, expr.NewSelect(c.all...).OrderBy(rows.ID.Asc())); err != nil {
				return err
			}
		}
		return nil
	})
	t.keep(list)
	return err
}

func (c *core) stream(ctx context.Context, t *trial) error {
	return t.spend(func() error {
		for r, err := range engine.Each[Row](ctx, c.db, expr.NewSelect(c.all...).OrderBy(rows.ID.Asc())) {
			if err != nil {
				return err
			}
			t.sum += r.ID
		}
		return nil
	})
}

func (c *core) eager(ctx context.Context, t *trial) error {
	type parent struct {
		ID   int64
		Name string
	}
	return t.spend(func() error {
		for range t.repeat {
			parents, err := engine.Collect[parent](ctx, c.db, expr.NewSelect(families.ID, families.Name).OrderBy(families.ID.Asc()))
			if err != nil {
				return err
			}
			keys := make([]int64, len(parents))
			for i, p := range parents {
				keys[i] = p.ID
			}
			children, err := engine.Collect[Child](ctx, c.db,
				expr.NewSelect(members.ID, members.ParentID, members.Name, members.Number).Where(members.ParentID.In(keys...)).OrderBy(members.ID.Asc()))
			if err != nil {
				return err
			}
			t.parents = make([]*Parent, len(parents))
			byID := make(map[int64]*Parent, len(parents))
			for i, p := range parents {
				t.parents[i] = &Parent{ID: p.ID, Name: p.Name}
				byID[p.ID] = t.parents[i]
			}
			for i := range children {
				p := byID[children[i].ParentID]
				p.Children = append(p.Children, &children[i])
			}
		}
		return nil
	})
}

func (c *core) updateOne(ctx context.Context, t *trial) error {
	list := storedRows(t.n)
	return t.spend(func() error {
		return c.inTx(ctx, func(tx *engine.Tx) error {
			for _, r := range list {
				change(r)
				u := expr.NewUpdate(rows.Schema()).Set(rows.Name.Set(r.Name), rows.Score.Set(r.Score), rows.Count.Set(r.Count)).Where(rows.ID.Eq(r.ID))
				if _, err := tx.Exec(ctx, u); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (c *core) updateMany(ctx context.Context, t *trial) error {
	list := storedRows(t.n)
	table := rows.Schema()
	return t.spend(func() error {
		for _, r := range list {
			change(r)
		}
		return c.inTx(ctx, func(tx *engine.Tx) error {
			return tx.Update(ctx, &engine.UpdateBatch{
				Table: table, N: t.n, Key: []*schema.Column{table.Column("id")},
				Set: []*schema.Column{table.Column("name"), table.Column("score"), table.Column("count")},
				Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					r := list[i]
					return append(dst, sqltype.TextValue(r.Name), sqltype.Float64Value(r.Score), sqltype.Int64Value(r.Count), sqltype.Int64Value(r.ID)), nil
				},
			})
		})
	})
}

func (c *core) deleteMany(ctx context.Context, t *trial) error {
	keys := make([]int64, t.n)
	for i := range keys {
		keys[i] = int64(i) + 1
	}
	return t.spend(func() error {
		_, err := c.db.Exec(ctx, expr.NewDelete(rows.Schema()).Where(rows.ID.In(keys...)))
		return err
	})
}

func (c *core) writers(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	warm := newRows(2 * writersCount)
	if err := inWriters(len(warm), func(i int) error { return c.insert(ctx, c.db, warm[i]) }); err != nil {
		return err
	}
	if err := t.forget(ctx); err != nil {
		return err
	}
	return t.spend(func() error {
		return inWriters(t.n, func(i int) error { return c.insert(ctx, c.db, t.rows[i]) })
	})
}

func (c *core) graph(ctx context.Context, t *trial) error {
	t.parents = newParents(t.n)
	return t.spend(func() error {
		return c.inTx(ctx, func(tx *engine.Tx) error {
			parents := t.parents
			err := tx.Insert(ctx, batch(families.Schema(), len(parents), func(i int) *int64 { return &parents[i].ID }, func(i int, dst []sqltype.Value) []sqltype.Value {
				return append(dst, sqltype.TextValue(parents[i].Name))
			}, "name"))
			if err != nil {
				return err
			}
			children := childrenOf(parents)
			return tx.Insert(ctx, batch(members.Schema(), len(children), func(i int) *int64 { return &children[i].ID }, func(i int, dst []sqltype.Value) []sqltype.Value {
				ch := children[i]
				return append(dst, sqltype.Int64Value(ch.ParentID), sqltype.TextValue(ch.Name), sqltype.Int64Value(ch.Number))
			}, "parent_id", "name", "number"))
		})
	})
}
