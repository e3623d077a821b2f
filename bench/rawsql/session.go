package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// Row is ten columns of the kinds that tables have.
type Row struct {
	ID      int64
	Name    string
	Email   string
	Note    *string
	Score   float64
	Weight  float64
	Active  bool
	Created time.Time
	Payload []byte
	Count   int64
}

type rowTable struct {
	orm.Table[Row]
	ID      schema.Int64
	Name    schema.Text
	Email   schema.Text
	Note    schema.Text
	Score   schema.Float64
	Weight  schema.Float64
	Active  schema.Bool
	Created schema.Time
	Payload schema.Bytes
	Count   schema.Int64
}

var (
	base = orm.NewBase()
	rows = orm.Declare(base, "bench_rows", rowTable{
		ID:      schema.BigInteger(schema.PrimaryKey()),
		Name:    schema.String(100),
		Email:   schema.String(100),
		Note:    schema.String(100),
		Created: schema.DateTime(),
	})
)

var created = time.Date(2026, 11, 22, 8, 30, 15, 123456000, time.UTC)

// newRows makes the objects that both sides insert.
func newRows(n int) []*Row {
	list := make([]*Row, n)
	for i := range list {
		list[i] = newRow(i)
	}
	return list
}

func newRow(i int) *Row {
	r := &Row{
		Name: fmt.Sprintf("name %d", i), Email: fmt.Sprintf("user%d@example.org", i), Score: float64(i) / 3, Weight: float64(i) * 1.5,
		Active: i%2 == 0, Created: created.Add(time.Duration(i) * time.Second), Payload: []byte{1, 2, 3, byte(i)}, Count: int64(i) * 7,
	}
	if i%3 == 0 {
		note := fmt.Sprintf("note %d", i)
		r.Note = &note
	}
	return r
}

// is reports whether both hold the same but for the id.
func (r *Row) is(o *Row) bool {
	a, b := *r, *o
	same := a.Created.Equal(b.Created) && bytes.Equal(a.Payload, b.Payload) && (a.Note == nil) == (b.Note == nil) && (a.Note == nil || *a.Note == *b.Note)
	return same && a.Name == b.Name && a.Email == b.Email && a.Score == b.Score && a.Weight == b.Weight && a.Active == b.Active && a.Count == b.Count
}

// session is the side of the library: full sessions, with identity map and
// snapshots.
type session struct{ db *alkahest.Engine }

func (c *session) insertOne(ctx context.Context, n int) (cost, []*Row, error) {
	list := newRows(n)
	took, err := spend(func() error {
		for _, r := range list {
			s := orm.NewSession(c.db)
			s.Add(r)
			if err := s.Commit(ctx); err != nil {
				return err
			}
			if err := s.Close(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return took, list, err
}

func (c *session) insertMany(ctx context.Context, n int) (cost, []*Row, error) {
	list := newRows(n)
	s := orm.NewSession(c.db)
	took, err := spend(func() error {
		orm.AddAll(s, list...)
		return s.Commit(ctx)
	})
	return took, list, firstError(err, s.Close(ctx))
}

func (c *session) read(ctx context.Context, n int) (cost, []*Row, error) {
	var list []*Row
	s := orm.NewSession(c.db, orm.ReadOnly())
	took, err := spend(func() (err error) {
		list, err = orm.Select(rows).All(ctx, s)
		return err
	})
	return took, list, firstError(err, s.Close(ctx))
}

func (c *session) close(ctx context.Context) error {
	return firstError(c.db.DropAll(ctx, base.MetaData), c.db.Close(ctx))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
