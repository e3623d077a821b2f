package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

var _ = register(contestant{name: "sqlc style", place: 65, mark: "Q", open: openSQLC})

// sqlcQueries is written by hand in the shape that sqlc generates for
// database/sql: a DBTX, a struct of parameters for each statement, no prepared
// statements, sqlc.slice for lists. It has nothing that inserts or updates many
// rows at once.
type sqlcQueries struct {
	db sqlcDBTX
	// insertRow and the others are the texts, which sqlc writes for one product.
	insertRow, getRow, pageRows, updateRow string
	returning                              bool
	place                                  func(i int) string
}

// sqlcDBTX is a database or a transaction.
type sqlcDBTX interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

type sqlcRow struct {
	ID      int64
	Name    string
	Email   string
	Note    sql.NullString
	Score   float64
	Weight  float64
	Active  bool
	Created time.Time
	Payload []byte
	Count   int64
}

func (r *sqlcRow) row() *Row {
	out := &Row{ID: r.ID, Name: r.Name, Email: r.Email, Score: r.Score, Weight: r.Weight, Active: r.Active, Created: r.Created, Payload: r.Payload, Count: r.Count}
	if r.Note.Valid {
		out.Note = &r.Note.String
	}
	return out
}

type sqlcInsertRowParams struct {
	Name    string
	Email   string
	Note    sql.NullString
	Score   float64
	Weight  float64
	Active  bool
	Created time.Time
	Payload []byte
	Count   int64
}

func sqlcParams(r *Row) sqlcInsertRowParams {
	p := sqlcInsertRowParams{Name: r.Name, Email: r.Email, Score: r.Score, Weight: r.Weight, Active: r.Active, Created: r.Created, Payload: r.Payload, Count: r.Count}
	if r.Note != nil {
		p.Note = sql.NullString{String: *r.Note, Valid: true}
	}
	return p
}

func openSQLC(_ context.Context, d *database) (*tasks, error) {
	db, err := d.openSQL(d.driver, d.dsn)
	if err != nil {
		return nil, err
	}
	q := &sqlcQueries{
		db: db, returning: d.product == onPostgreSQL, place: d.place,
		insertRow: "-- name: InsertRow :one\n" + d.insertText(1, d.product == onPostgreSQL),
		getRow:    d.bind("-- name: GetRow :one\nSELECT " + allColumns + " FROM bench_rows WHERE id = ?"),
		pageRows:  d.bind("-- name: PageRows :many\nSELECT " + allColumns + " FROM bench_rows WHERE id > ? ORDER BY id LIMIT 100"),
		updateRow: d.bind("-- name: UpdateRow :exec\nUPDATE bench_rows SET name = ?, score = ?, count = ? WHERE id = ?"),
	}
	add := func(ctx context.Context, r *Row) (err error) {
		r.ID, err = q.InsertRow(ctx, sqlcParams(r))
		return err
	}
	many := inserting(func(ctx context.Context, list []*Row) error {
		return inTx(ctx, db, func(tx *sql.Tx) (err error) {
			in := q.WithTx(tx)
			for _, r := range list {
				if r.ID, err = in.InsertRow(ctx, sqlcParams(r)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	update := changing(func(ctx context.Context, list []*Row) error {
		return inTx(ctx, db, func(tx *sql.Tx) error {
			in := q.WithTx(tx)
			for _, r := range list {
				if err := in.UpdateRow(ctx, sqlcUpdateRowParams{r.Name, r.Score, r.Count, r.ID}); err != nil {
					return err
				}
			}
			return nil
		})
	})
	asRow := (*sqlcRow).row
	return &tasks{
		insertOne: adding(add), insertMany: many, insertBulk: many, writers: writing(add), updateOne: update, deleteMany: deleting(q.DeleteRows),
		get: getting(q.GetRow, asRow), page: paging(q.PageRows, asRow), selectAll: selecting(q.AllRows, asRow), eager: loading(q.parents, sameParent),
		loops: true, close: db.Close,
	}, nil
}

// WithTx returns the same within a transaction.
func (q *sqlcQueries) WithTx(tx *sql.Tx) *sqlcQueries {
	in := *q
	in.db = tx
	return &in
}

// InsertRow returns the id.
func (q *sqlcQueries) InsertRow(ctx context.Context, arg sqlcInsertRowParams) (int64, error) {
	args := []any{arg.Name, arg.Email, arg.Note, arg.Score, arg.Weight, arg.Active, arg.Created, arg.Payload, arg.Count}
	if q.returning {
		var id int64
		err := q.db.QueryRowContext(ctx, q.insertRow, args...).Scan(&id)
		return id, err
	}
	result, err := q.db.ExecContext(ctx, q.insertRow, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

type sqlcUpdateRowParams struct {
	Name  string
	Score float64
	Count int64
	ID    int64
}

// UpdateRow changes three columns.
func (q *sqlcQueries) UpdateRow(ctx context.Context, arg sqlcUpdateRowParams) error {
	_, err := q.db.ExecContext(ctx, q.updateRow, arg.Name, arg.Score, arg.Count, arg.ID)
	return err
}

// GetRow reads one row.
func (q *sqlcQueries) GetRow(ctx context.Context, id int64) (*sqlcRow, error) {
	row := q.db.QueryRowContext(ctx, q.getRow, id)
	var i sqlcRow
	err := row.Scan(&i.ID, &i.Name, &i.Email, &i.Note, &i.Score, &i.Weight, &i.Active, &i.Created, &i.Payload, &i.Count)
	return &i, err
}

// PageRows reads a page.
func (q *sqlcQueries) PageRows(ctx context.Context, id int64) ([]*sqlcRow, error) {
	return q.rows(ctx, q.pageRows, id)
}

// AllRows reads all rows.
func (q *sqlcQueries) AllRows(ctx context.Context) ([]*sqlcRow, error) {
	return q.rows(ctx, "-- name: AllRows :many\nSELECT "+allColumns+" FROM bench_rows ORDER BY id")
}

func (q *sqlcQueries) rows(ctx context.Context, text string, args ...any) ([]*sqlcRow, error) {
	rows, err := q.db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []*sqlcRow
	for rows.Next() {
		var i sqlcRow
		if err := rows.Scan(&i.ID, &i.Name, &i.Email, &i.Note, &i.Score, &i.Weight, &i.Active, &i.Created, &i.Payload, &i.Count); err != nil {
			return nil, err
		}
		items = append(items, &i)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	return items, rows.Err()
}

// slice writes a list where /*SLICE:ids*/? stands.
func (q *sqlcQueries) slice(text string, ids []int64) (string, []any) {
	args := make([]any, len(ids))
	places := make([]string, len(ids))
	for i, id := range ids {
		args[i], places[i] = id, q.place(i+1)
	}
	return strings.Replace(text, "/*SLICE:ids*/?", strings.Join(places, ","), 1), args
}

// DeleteRows deletes rows by their keys.
func (q *sqlcQueries) DeleteRows(ctx context.Context, ids []int64) error {
	text, args := q.slice("-- name: DeleteRows :exec\nDELETE FROM bench_rows WHERE id IN (/*SLICE:ids*/?)", ids)
	_, err := q.db.ExecContext(ctx, text, args...)
	return err
}

// parents is what a program does with two queries.
func (q *sqlcQueries) parents(ctx context.Context) ([]*Parent, error) {
	parents, err := sqlcMany(ctx, q.db, "-- name: AllParents :many\nSELECT id, name FROM bench_parents ORDER BY id", nil, func(p *Parent) []any {
		return []any{&p.ID, &p.Name}
	})
	if err != nil {
		return nil, err
	}
	text, args := q.slice("-- name: ChildrenOf :many\nSELECT id, parent_id, name, number FROM bench_children WHERE parent_id IN (/*SLICE:ids*/?) ORDER BY id", keysOf(parents))
	children, err := sqlcMany(ctx, q.db, text, args, func(c *Child) []any {
		return []any{&c.ID, &c.ParentID, &c.Name, &c.Number}
	})
	if err != nil {
		return nil, err
	}
	adopt(parents, children)
	return parents, nil
}

func sqlcMany[T any](ctx context.Context, db sqlcDBTX, text string, args []any, into func(*T) []any) ([]*T, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("sqlc style: %w", err)
	}
	defer rows.Close()
	var items []*T
	for rows.Next() {
		var i T
		if err := rows.Scan(into(&i)...); err != nil {
			return nil, err
		}
		items = append(items, &i)
	}
	return items, rows.Err()
}
