package main

import (
	"context"
	"fmt"
	"time"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/expr"
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
		list[i] = &Row{
			Name: fmt.Sprintf("name %d", i), Email: fmt.Sprintf("user%d@example.org", i), Score: float64(i) / 3, Weight: float64(i) * 1.5,
			Active: i%2 == 0, Created: created.Add(time.Duration(i) * time.Second), Payload: []byte{1, 2, 3, byte(i)}, Count: int64(i) * 7,
		}
		if i%3 == 0 {
			note := fmt.Sprintf("note %d", i)
			list[i].Note = &note
		}
	}
	return list
}

// session is the side of the library: full sessions, with identity map and
// snapshots.
type session struct{ db *alkahest.Engine }

func (c *session) insertOne(ctx context.Context, n int) (time.Duration, error) {
	list := newRows(n)
	start := time.Now()
	for _, r := range list {
		s := orm.NewSession(c.db)
		s.Add(r)
		if err := s.Commit(ctx); err != nil {
			return 0, err
		}
		if err := s.Close(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(start), checkIDs(list)
}

func (c *session) insertMany(ctx context.Context, n int) (time.Duration, error) {
	list := newRows(n)
	start := time.Now()
	s := orm.NewSession(c.db)
	orm.AddAll(s, list...)
	if err := s.Commit(ctx); err != nil {
		return 0, err
	}
	took := time.Since(start)
	if err := s.Close(ctx); err != nil {
		return 0, err
	}
	return took, checkIDs(list)
}

func (c *session) read(ctx context.Context, n int) (time.Duration, error) {
	start := time.Now()
	s := orm.NewSession(c.db, orm.ReadOnly())
	list, err := orm.Select(rows).All(ctx, s)
	if err != nil {
		return 0, err
	}
	took := time.Since(start)
	return took, firstError(s.Close(ctx), checkRows(list, n))
}

func (c *session) empty(ctx context.Context) error {
	_, err := c.db.Exec(ctx, expr.NewDelete(rows.Schema()).Where(expr.All()))
	return err
}

func (c *session) close(ctx context.Context) error {
	return firstError(c.db.DropAll(ctx, base.MetaData), c.db.Close(ctx))
}

func checkIDs(list []*Row) error {
	seen := make(map[int64]bool, len(list))
	for _, r := range list {
		if r.ID == 0 || seen[r.ID] {
			return fmt.Errorf("row %q has the id %d, which is zero or another's", r.Name, r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}

// checkRows makes sure that each side has read what was written.
func checkRows(list []*Row, n int) error {
	if len(list) != n {
		return fmt.Errorf("read %d rows, want %d", len(list), n)
	}
	sum := int64(0)
	for _, r := range list {
		sum += r.Count + r.Created.Unix() - created.Unix() + int64(len(r.Payload))
	}
	want := int64(0)
	for i := range n {
		want += int64(i)*7 + int64(i) + 4
	}
	if sum != want {
		return fmt.Errorf("what was read adds up to %d, want %d", sum, want)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
