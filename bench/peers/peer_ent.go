package main

import (
	"context"
	"errors"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/alkahest-go/alkahest/bench/peers/entpeer"
	"github.com/alkahest-go/alkahest/bench/peers/entpeer/child"
	"github.com/alkahest-go/alkahest/bench/peers/entpeer/parent"
	"github.com/alkahest-go/alkahest/bench/peers/entpeer/row"
)

var _ = register(contestant{name: "ent", place: 50, mark: "E", module: "entgo.io/ent", open: openEnt})

// entDB uses what ent generated into package entpeer.
type entDB struct {
	d      *database
	client *entpeer.Client
}

func openEnt(_ context.Context, d *database) (*tasks, error) {
	pool, err := d.openSQL(d.driver, d.dsn)
	if err != nil {
		return nil, err
	}
	name := map[string]string{onSQLite: dialect.SQLite, onPostgreSQL: dialect.Postgres, onMariaDB: dialect.MySQL}[d.product]
	c := &entDB{d, entpeer.NewClient(entpeer.Driver(entsql.OpenDB(name, pool)))}
	add := func(ctx context.Context, r *Row) error { return entAdd(ctx, c.client, r) }
	return &tasks{
		insertOne: adding(add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertBulk), writers: writing(add),
		get: getting(c.client.Row.Get, entRow), page: paging(c.page, entRow), selectAll: selecting(c.all, entRow), eager: loading(c.eager, entParent),
		updateOne: changing(c.updateOne), updateMany: changing(c.updateMany), deleteMany: deleting(c.remove), graph: planting(c.graph),
		close: c.client.Close,
	}, nil
}

func entRow(r *entpeer.Row) *Row {
	return &Row{
		ID: r.ID, Name: r.Name, Email: r.Email, Note: r.Note, Score: r.Score, Weight: r.Weight, Active: r.Active, Created: r.Created, Payload: r.Payload, Count: r.Count,
	}
}

func entParent(p *entpeer.Parent) *Parent {
	out := &Parent{ID: p.ID, Name: p.Name}
	for _, c := range p.Edges.Children {
		out.Children = append(out.Children, &Child{ID: c.ID, ParentID: c.ParentID, Name: c.Name, Number: c.Number})
	}
	return out
}

func entCreate(client *entpeer.Client, r *Row) *entpeer.RowCreate {
	return client.Row.Create().SetName(r.Name).SetEmail(r.Email).SetNillableNote(r.Note).SetScore(r.Score).SetWeight(r.Weight).
		SetActive(r.Active).SetCreated(r.Created).SetPayload(r.Payload).SetCount(r.Count)
}

func entAdd(ctx context.Context, client *entpeer.Client, r *Row) error {
	saved, err := entCreate(client, r).Save(ctx)
	if err == nil {
		r.ID = saved.ID
	}
	return err
}

func (c *entDB) inTx(ctx context.Context, f func(client *entpeer.Client) error) error {
	tx, err := c.client.Tx(ctx)
	if err != nil {
		return err
	}
	if err := f(tx.Client()); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (c *entDB) insertMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(client *entpeer.Client) error {
		for _, r := range list {
			if err := entAdd(ctx, client, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *entDB) insertBulk(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(client *entpeer.Client) error {
		return inChunks(list, c.d.chunk, func(part []*Row) error {
			saved, err := client.Row.MapCreateBulk(part, func(rc *entpeer.RowCreate, i int) {
				r := part[i]
				rc.SetName(r.Name).SetEmail(r.Email).SetNillableNote(r.Note).SetScore(r.Score).SetWeight(r.Weight).
					SetActive(r.Active).SetCreated(r.Created).SetPayload(r.Payload).SetCount(r.Count)
			}).Save(ctx)
			for i, s := range saved {
				part[i].ID = s.ID
			}
			return err
		})
	})
}

func (c *entDB) graph(ctx context.Context, parents []*Parent) error {
	return c.inTx(ctx, func(client *entpeer.Client) error {
		err := inChunks(parents, c.d.chunk, func(part []*Parent) error {
			saved, err := client.Parent.MapCreateBulk(part, func(pc *entpeer.ParentCreate, i int) { pc.SetName(part[i].Name) }).Save(ctx)
			for i, s := range saved {
				part[i].ID = s.ID
			}
			return err
		})
		if err != nil {
			return err
		}
		return inChunks(childrenOf(parents), c.d.chunk, func(part []*Child) error {
			saved, err := client.Child.MapCreateBulk(part, func(cc *entpeer.ChildCreate, i int) {
				cc.SetParentID(part[i].ParentID).SetName(part[i].Name).SetNumber(part[i].Number)
			}).Save(ctx)
			for i, s := range saved {
				part[i].ID = s.ID
			}
			return err
		})
	})
}

func (c *entDB) page(ctx context.Context, after int64) ([]*entpeer.Row, error) {
	return c.client.Row.Query().Where(row.IDGT(after)).Order(row.ByID()).Limit(pageRows).All(ctx)
}

func (c *entDB) all(ctx context.Context) ([]*entpeer.Row, error) {
	return c.client.Row.Query().Order(row.ByID()).All(ctx)
}

func (c *entDB) eager(ctx context.Context) ([]*entpeer.Parent, error) {
	inOrder := func(q *entpeer.ChildQuery) { q.Order(child.ByID()) }
	return c.client.Parent.Query().WithChildren(inOrder).Order(parent.ByID()).All(ctx)
}

func (c *entDB) updateOne(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(client *entpeer.Client) error {
		for _, r := range list {
			if err := client.Row.UpdateOneID(r.ID).SetName(r.Name).SetScore(r.Score).SetCount(r.Count).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// updateMany is an upsert of whole rows, the only batch of updates that it has.
func (c *entDB) updateMany(ctx context.Context, list []*Row) error {
	return c.inTx(ctx, func(client *entpeer.Client) error {
		return inChunks(list, c.d.chunk, func(part []*Row) error {
			creates := make([]*entpeer.RowCreate, len(part))
			for i, r := range part {
				creates[i] = entCreate(client, r).SetID(r.ID)
			}
			return client.Row.CreateBulk(creates...).OnConflict(entsql.ConflictColumns(row.FieldID)).Update(func(u *entpeer.RowUpsert) {
				u.UpdateName().UpdateScore().UpdateCount()
			}).Exec(ctx)
		})
	})
}

func (c *entDB) remove(ctx context.Context, keys []int64) error {
	_, err := c.client.Row.Delete().Where(row.IDIn(keys...)).Exec(ctx)
	return err
}
