package dialecttest

import (
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// noted is a row of dt_item, or of what looks like it. Its note is known to the
// test; the rest comes back.
type noted struct {
	ID   int64
	Note string
	N    int64
}

type notedTable struct {
	orm.Table[noted]
	ID   schema.Int64
	Note schema.Text
	N    schema.Int64
}

// items declares a table like dt_item under a name, without creating it.
func declareItems(name string, key ...schema.Option) (*orm.Base, *notedTable) {
	base := orm.NewBase()
	t := orm.Declare(base, name, notedTable{
		ID: schema.BigInteger(append(key, schema.PrimaryKey())...), Note: schema.String(40, schema.Unique()),
		N: schema.BigInteger(schema.ServerDefaultValue(int64(7)), schema.ZeroIsUnset()),
	})
	return base, t
}

// createdItems declares the table and creates it.
func (c *T) createdItems(name string, key ...schema.Option) *notedTable {
	c.Helper()
	base, t := declareItems(name, key...)
	c.create(base.MetaData)
	return t
}

// way is one of the ways in which a program inserts rows.
type way struct {
	name  string
	sizes []int
	// insert inserts the items and fills what comes back into them.
	insert func(c *T, t *notedTable, items []*noted) error
}

const byStatement = "statement"

// ways are those that the target has.
func (c *T) ways() []way {
	all := []way{
		{"batch", []int{1, 2, 50, 300}, insertByBatch},
		{"session", []int{1, 2, 50, 300}, insertBySession},
	}
	if c.rules.Returning.Insert {
		all = append(all, way{byStatement, []int{1, 3}, insertByStatement})
	}
	return all
}

// insertByBatch is what a flush is made of, with only the key wanted back.
func insertByBatch(c *T, t *notedTable, items []*noted) error {
	table := t.Schema()
	return c.engine.Transact(c.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		return tx.Insert(c.Context(), &engine.InsertBatch{
			Table: table, Columns: []*schema.Column{table.Column("note")}, Returning: []*schema.Column{table.Column("id")}, N: len(items),
			Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, sqltype.TextValue(items[i].Note)), nil
			},
			Store: func(i int, row sqltype.Row) error {
				items[i].ID, items[i].N = row.Int64(0), -1
				return row.Err()
			},
		})
	})
}

func insertBySession(c *T, t *notedTable, items []*noted) error {
	return orm.Transact(c.Context(), c.engine, func(s *orm.Session) error {
		for _, it := range items {
			s.Add(it, orm.Into(t))
		}
		return s.Flush(c.Context())
	})
}

// insertByStatement sends each row as a statement that returns its columns.
func insertByStatement(c *T, t *notedTable, items []*noted) error {
	for _, it := range items {
		ins := expr.NewInsert(t.Schema()).Values(set(t.Schema(), "note", it.Note)).Returning(t.Schema().C("id"), t.Schema().C("n"))
		r, err := c.engine.Query(c.Context(), ins)
		if err != nil {
			return err
		}
		for r.Next() {
			it.ID, it.N = r.Row().Int64(0), r.Row().Int64(1)
		}
		if err := r.Err(); err != nil {
			return err
		}
	}
	return nil
}

func newItems(n int) []*noted {
	items := make([]*noted, n)
	for i := range items {
		items[i] = &noted{Note: number("n", i)}
	}
	return items
}

// everyWay inserts into t in each way and in several sizes, and checks each
// time that each object has what its row in base has. n is what the rows have in
// n, or -1 for anything. Where the rows are changed after they were stored,
// statements are left out: what they return is what the database says.
func (c *T) everyWay(t *notedTable, base *schema.Table, n int64, after bool) {
	c.Helper()
	for _, w := range c.ways() {
		if after && w.name == byStatement {
			continue
		}
		for _, size := range w.sizes {
			c.exec(c.engine, expr.NewDelete(base).Where(expr.All()))
			items := newItems(size)
			if err := w.insert(c, t, items); err != nil {
				c.Errorf("%s of %d rows: %v", w.name, size, err)
				continue
			}
			c.checkItems(fmt.Sprintf("%s of %d rows", w.name, size), base, items, n)
		}
	}
}

// checkItems compares items with their rows, which another connection finds by
// their note.
func (c *T) checkItems(what string, base *schema.Table, items []*noted, n int64) {
	c.Helper()
	conn, err := c.engine.ReadConn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close()
	r, err := conn.Query(c.Context(), expr.NewSelect(base.C("id"), base.C("note"), base.C("n")))
	if err != nil {
		c.Fatal(err)
	}
	stored := map[string]noted{}
	for r.Next() {
		it := noted{ID: r.Row().Int64(0), Note: string(r.Row().Text(1)), N: r.Row().Int64(2)}
		stored[it.Note] = it
	}
	if err := r.Close(); err != nil {
		c.Fatal(err)
	}
	wrong := 0
	for _, it := range items {
		row, ok := stored[it.Note]
		switch {
		case !ok:
			c.Errorf("%s: %s is not there", what, it.Note)
		case it.ID != row.ID, it.N != -1 && it.N != row.N, n != -1 && row.N != n:
			c.Errorf("%s: %s came back as %+v, and is %+v (want n %d)", what, it.Note, *it, row, n)
		default:
			continue
		}
		if wrong++; wrong == 3 {
			c.Fatalf("%s: and maybe more", what)
		}
	}
}

// refusesEveryWay inserts in each way into a table that takes no row n1, and
// wants an error that accepts says is right, and nothing left.
func (c *T) refusesEveryWay(t *notedTable, accepts func(err error) bool) {
	c.Helper()
	for _, w := range c.ways() {
		for _, size := range []int{3, 200} {
			items := newItems(size)
			if size > w.sizes[len(w.sizes)-1] {
				continue
			}
			if err := w.insert(c, t, items); err == nil || !accepts(err) {
				c.Errorf("%s of %d rows: got %v", w.name, size, err)
			}
			if w.name == byStatement { // each by itself
				c.exec(c.engine, expr.NewDelete(t.Schema()).Where(expr.All()))
			}
			c.wantCount(c.engine, t.Schema(), 0)
		}
	}
}
