package main

import (
	"context"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// alkahestTimes is how the library writes times to SQLite.
const alkahestTimes = "2006-01-02 15:04:05.000000"

var _ = register(contestant{name: "Alkahest session", place: 31, mark: "dot", storesTimesAs: alkahestTimes, open: openSession})

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

// family is a Parent as the session has it.
type family struct {
	ID       int64
	Name     string
	Children orm.Many[member]
}

type familyTable struct {
	orm.Table[family]
	ID       schema.Int64
	Name     schema.Text
	Children orm.HasMany[family, member]
}

// member is a Child as the session has it.
type member struct {
	ID       int64
	ParentID int64
	Name     string
	Number   int64
}

type memberTable struct {
	orm.Table[member]
	ID       schema.Int64
	ParentID schema.Int64
	Name     schema.Text
	Number   schema.Int64
}

// base has the tables of all contestants.
var (
	base = orm.NewBase()
	rows = orm.Declare(base, "bench_rows", rowTable{
		ID:      schema.BigInteger(schema.PrimaryKey()),
		Name:    schema.String(100),
		Email:   schema.String(100),
		Note:    schema.String(100),
		Created: schema.DateTime(),
	})
	families = orm.Declare(base, "bench_parents", familyTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Name: schema.String(100),
	})
	members = orm.Declare(base, "bench_children", memberTable{
		ID:       schema.BigInteger(schema.PrimaryKey()),
		ParentID: schema.BigInteger(schema.ForeignKey("bench_parents.id"), schema.Indexed()),
		Name:     schema.String(100),
	})
)

// session is full sessions, with identity map and snapshots. Reads, and inserts of
// one row, are, as those of the others, without a transaction around them.
type session struct{ db *alkahest.Engine }

func openEngine(ctx context.Context, d *database) (*alkahest.Engine, func() error, error) {
	db, err := alkahest.Open(ctx, d.url, engine.Pool(d.connections(), -1))
	if err != nil {
		return nil, nil, err
	}
	return db, func() error { return db.Close(context.WithoutCancel(ctx)) }, nil
}

func openSession(ctx context.Context, d *database) (*tasks, error) {
	db, closeDB, err := openEngine(ctx, d)
	if err != nil {
		return nil, err
	}
	c := &session{db: db}
	return &tasks{
		insertOne: c.insertOne, insertMany: c.insertMany, insertBulk: c.insertMany, get: c.get, page: c.page, selectAll: c.selectAll, eager: c.eager,
		updateOne: c.update, updateMany: c.updateMany, deleteMany: c.deleteMany, writers: c.writers, flushFew: c.update, graph: c.graph,
		stream: c.stream, close: closeDB,
	}, nil
}

func (c *session) reader() *orm.Session { return orm.NewSession(c.db, orm.Autocommit()) }

// within calls f with a session, which is closed.
func within(ctx context.Context, s *orm.Session, f func(s *orm.Session) error) error {
	err := f(s)
	return firstError(err, s.Close(ctx))
}

func (c *session) add(ctx context.Context, r *Row) error {
	return within(ctx, orm.NewSession(c.db, orm.AutocommitInserts()), func(s *orm.Session) error {
		s.Add(r)
		return s.Commit(ctx)
	})
}

func (c *session) insertOne(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	return t.spend(func() error {
		for _, r := range t.rows {
			if err := c.add(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *session) insertMany(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	return t.spend(func() error {
		return within(ctx, orm.NewSession(c.db), func(s *orm.Session) error {
			for _, r := range t.rows {
				s.Add(r)
			}
			return s.Commit(ctx)
		})
	})
}

func (c *session) get(ctx context.Context, t *trial) error {
	t.rows = make([]*Row, t.n)
	return t.spend(func() error {
		for i := range t.n {
			err := within(ctx, c.reader(), func(s *orm.Session) (err error) {
				t.rows[i], err = orm.Get(ctx, s, rows, int64(i)+1)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *session) page(ctx context.Context, t *trial) error {
	return t.spend(func() error {
		for i := range t.n {
			err := within(ctx, c.reader(), func(s *orm.Session) (err error) {
				t.rows, err = orm.Select(rows).Where(rows.ID.Gt(t.pageStart(i))).OrderBy(rows.ID.Asc()).Limit(pageRows).All(ctx, s)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *session) selectAll(ctx context.Context, t *trial) error {
	return t.spend(func() error {
		for range t.repeat {
			err := within(ctx, c.reader(), func(s *orm.Session) (err error) {
				t.rows, err = orm.Select(rows).OrderBy(rows.ID.Asc()).All(ctx, s)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *session) eager(ctx context.Context, t *trial) error {
	var list []*family
	err := t.spend(func() error {
		for range t.repeat {
			err := within(ctx, c.reader(), func(s *orm.Session) (err error) {
				list, err = orm.Select(families).OrderBy(families.ID.Asc()).With(families.Children.OrderBy(members.ID.Asc())).All(ctx, s)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.take(list)
}

// take keeps families as the referee knows them.
func (t *trial) take(list []*family) error {
	t.parents = nil
	for _, f := range list {
		p := &Parent{ID: f.ID, Name: f.Name}
		children, err := f.Children.All()
		if err != nil {
			return err
		}
		for _, m := range children {
			p.Children = append(p.Children, &Child{ID: m.ID, ParentID: m.ParentID, Name: m.Name, Number: m.Number})
		}
		t.parents = append(t.parents, p)
	}
	return nil
}

// update changes objects of a session, which then finds out which they are.
func (c *session) update(ctx context.Context, t *trial) error {
	return within(ctx, orm.NewSession(c.db), func(s *orm.Session) error {
		list, err := orm.Select(rows).OrderBy(rows.ID.Asc()).All(ctx, s)
		if err != nil {
			return err
		}
		return t.spend(func() error {
			for _, r := range list[:t.n] {
				change(r)
			}
			return s.Commit(ctx)
		})
	})
}

func (c *session) updateMany(ctx context.Context, t *trial) error {
	list := storedRows(t.n)
	return t.spend(func() error {
		for _, r := range list {
			change(r)
		}
		return within(ctx, orm.NewSession(c.db), func(s *orm.Session) error {
			if err := orm.BulkUpdate(ctx, s, list, rows.Name, rows.Score, rows.Count); err != nil {
				return err
			}
			return s.Commit(ctx)
		})
	})
}

func (c *session) deleteMany(ctx context.Context, t *trial) error {
	return within(ctx, orm.NewSession(c.db), func(s *orm.Session) error {
		list, err := orm.Select(rows).Where(rows.ID.Le(int64(t.n))).All(ctx, s)
		if err != nil {
			return err
		}
		return t.spend(func() error {
			for _, r := range list {
				s.Delete(r)
			}
			return s.Commit(ctx)
		})
	})
}

func (c *session) writers(ctx context.Context, t *trial) error {
	t.rows = newRows(t.n)
	warm := newRows(2 * writersCount)
	if err := inWriters(len(warm), func(i int) error { return c.add(ctx, warm[i]) }); err != nil {
		return err
	}
	if err := t.forget(ctx); err != nil {
		return err
	}
	return t.spend(func() error {
		return inWriters(t.n, func(i int) error { return c.add(ctx, t.rows[i]) })
	})
}

func (c *session) graph(ctx context.Context, t *trial) error {
	list := make([]*family, t.n)
	for i, p := range newParents(t.n) {
		list[i] = &family{Name: p.Name}
		for _, child := range p.Children {
			list[i].Children.Add(&member{Name: child.Name, Number: child.Number})
		}
	}
	err := t.spend(func() error {
		return within(ctx, orm.NewSession(c.db), func(s *orm.Session) error {
			for _, f := range list {
				s.Add(f)
			}
			return s.Commit(ctx)
		})
	})
	if err != nil {
		return err
	}
	return t.take(list)
}

// stream reads in partitions by the key, whose objects the session lets go.
func (c *session) stream(ctx context.Context, t *trial) error {
	return t.spend(func() error {
		return within(ctx, orm.NewSession(c.db, orm.ReadOnly()), func(s *orm.Session) error {
			for r, err := range orm.Select(rows).Partition(1000).Each(ctx, s) {
				if err != nil {
					return err
				}
				t.sum += r.ID
			}
			return nil
		})
	})
}
