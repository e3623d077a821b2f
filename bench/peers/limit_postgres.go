package main

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

var _ = register(contestant{name: "driver alone", place: 20, mark: "bar", on: []string{onPostgreSQL}, module: "github.com/jackc/pgx/v5", open: openPGXAlone})

// pgxAlone is pgx as itself, with what PostgreSQL is best at: statements that are
// sent without waiting for answers, arrays, and COPY with ids that were taken from
// the sequence before.
type pgxAlone struct{ pool *pgxpool.Pool }

func openPGXAlone(ctx context.Context, d *database) (*tasks, error) {
	config, err := pgxpool.ParseConfig(d.dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = writersCount
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	c := &pgxAlone{pool}
	add := func(ctx context.Context, r *Row) error {
		return c.pool.QueryRow(ctx, pgxInsert, rowArgs(nil, r)...).Scan(&r.ID)
	}
	return &tasks{
		insertOne: adding(add), insertMany: inserting(c.insertMany), insertBulk: inserting(c.insertBulk), writers: writing(add),
		get: getting(c.get, same), page: paging(c.page, same), selectAll: selecting(c.all, same), eager: loading(c.eager, sameParent),
		updateOne: changing(c.updateOne), updateMany: changing(c.updateMany), deleteMany: deleting(c.remove), graph: planting(c.graph),
		stream: streaming(c.stream), close: func() error { pool.Close(); return nil },
	}, nil
}

const pgxInsert = "INSERT INTO bench_rows (" + insertColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id"

func (c *pgxAlone) insertMany(ctx context.Context, list []*Row) error {
	return pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for _, r := range list {
			b.Queue(pgxInsert, rowArgs(nil, r)...).QueryRow(func(row pgx.Row) error { return row.Scan(&r.ID) })
		}
		return tx.SendBatch(ctx, b).Close()
	})
}

// take takes n ids of a table.
func take(ctx context.Context, tx pgx.Tx, table string, n int, to func(i int, id int64)) error {
	res, err := tx.Query(ctx, "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)", table, n)
	if err != nil {
		return err
	}
	var id int64
	i := 0
	_, err = pgx.ForEachRow(res, []any{&id}, func() error {
		to(i, id)
		i++
		return nil
	})
	return err
}

func (c *pgxAlone) insertBulk(ctx context.Context, list []*Row) error {
	return pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		if err := take(ctx, tx, "bench_rows", len(list), func(i int, id int64) { list[i].ID = id }); err != nil {
			return err
		}
		names := []string{"id", "name", "email", "note", "score", "weight", "active", "created", "payload", "count"}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"bench_rows"}, names, pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			return rowArgs([]any{list[i].ID}, list[i]), nil
		}))
		return err
	})
}

func (c *pgxAlone) graph(ctx context.Context, parents []*Parent) error {
	return pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		if err := take(ctx, tx, "bench_parents", len(parents), func(i int, id int64) { parents[i].ID = id }); err != nil {
			return err
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"bench_parents"}, []string{"id", "name"}, pgx.CopyFromSlice(len(parents), func(i int) ([]any, error) {
			return []any{parents[i].ID, parents[i].Name}, nil
		}))
		if err != nil {
			return err
		}
		children := childrenOf(parents)
		if err := take(ctx, tx, "bench_children", len(children), func(i int, id int64) { children[i].ID = id }); err != nil {
			return err
		}
		names := []string{"id", "parent_id", "name", "number"}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"bench_children"}, names, pgx.CopyFromSlice(len(children), func(i int) ([]any, error) {
			ch := children[i]
			return []any{ch.ID, ch.ParentID, ch.Name, ch.Number}, nil
		}))
		return err
	})
}

func (c *pgxAlone) get(ctx context.Context, id int64) (*Row, error) {
	r := &Row{}
	return r, scanRow(c.pool.QueryRow(ctx, "SELECT "+allColumns+" FROM bench_rows WHERE id = $1", id).Scan, r)
}

func (c *pgxAlone) read(ctx context.Context, text string, args ...any) (list []*Row, err error) {
	res, err := c.pool.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	for res.Next() {
		r := &Row{}
		if err := scanRow(res.Scan, r); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, res.Err()
}

func (c *pgxAlone) page(ctx context.Context, after int64) ([]*Row, error) {
	return c.read(ctx, "SELECT "+allColumns+" FROM bench_rows WHERE id > $1 ORDER BY id LIMIT 100", after)
}

func (c *pgxAlone) all(ctx context.Context) ([]*Row, error) {
	return c.read(ctx, "SELECT "+allColumns+" FROM bench_rows ORDER BY id")
}

func (c *pgxAlone) stream(ctx context.Context, tell func(id int64)) error {
	res, err := c.pool.Query(ctx, "SELECT "+allColumns+" FROM bench_rows ORDER BY id")
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		var r Row
		if err := scanRow(res.Scan, &r); err != nil {
			return err
		}
		tell(r.ID)
	}
	return res.Err()
}

func (c *pgxAlone) eager(ctx context.Context) ([]*Parent, error) {
	res, err := c.pool.Query(ctx, "SELECT id, name FROM bench_parents ORDER BY id")
	if err != nil {
		return nil, err
	}
	parents, err := pgx.CollectRows(res, func(row pgx.CollectableRow) (*Parent, error) {
		p := &Parent{}
		err := row.Scan(&p.ID, &p.Name)
		return p, err
	})
	if err != nil {
		return nil, err
	}
	if res, err = c.pool.Query(ctx, "SELECT id, parent_id, name, number FROM bench_children WHERE parent_id = ANY($1) ORDER BY id", keysOf(parents)); err != nil {
		return nil, err
	}
	children, err := pgx.CollectRows(res, func(row pgx.CollectableRow) (*Child, error) {
		ch := &Child{}
		err := row.Scan(&ch.ID, &ch.ParentID, &ch.Name, &ch.Number)
		return ch, err
	})
	if err != nil {
		return nil, err
	}
	adopt(parents, children)
	return parents, nil
}

func (c *pgxAlone) updateOne(ctx context.Context, list []*Row) error {
	return pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for _, r := range list {
			b.Queue("UPDATE bench_rows SET name = $1, score = $2, count = $3 WHERE id = $4", r.Name, r.Score, r.Count, r.ID).Exec(func(pgconn.CommandTag) error { return nil })
		}
		return tx.SendBatch(ctx, b).Close()
	})
}

func (c *pgxAlone) updateMany(ctx context.Context, list []*Row) error {
	n := len(list)
	ids, names, scores, counts := make([]int64, n), make([]string, n), make([]float64, n), make([]int64, n)
	for i, r := range list {
		ids[i], names[i], scores[i], counts[i] = r.ID, r.Name, r.Score, r.Count
	}
	_, err := c.pool.Exec(ctx, `UPDATE bench_rows AS r SET name = v.name, score = v.score, count = v.count
		FROM unnest($1::bigint[], $2::text[], $3::float8[], $4::bigint[]) AS v (id, name, score, count) WHERE r.id = v.id`, ids, names, scores, counts)
	return err
}

func (c *pgxAlone) remove(ctx context.Context, keys []int64) error {
	_, err := c.pool.Exec(ctx, "DELETE FROM bench_rows WHERE id = ANY($1)", keys)
	return err
}
