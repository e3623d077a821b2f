package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Row is ten columns of the kinds that tables have. The tags are those of
// libraries which read tags.
type Row struct {
	ID      int64     `gorm:"primaryKey" bun:"id,pk,autoincrement" xorm:"'id' pk autoincr" db:"id"`
	Name    string    `xorm:"'name'" db:"name"`
	Email   string    `xorm:"'email'" db:"email"`
	Note    *string   `xorm:"'note'" db:"note"`
	Score   float64   `xorm:"'score'" db:"score"`
	Weight  float64   `xorm:"'weight'" db:"weight"`
	Active  bool      `xorm:"'active'" db:"active"`
	Created time.Time `xorm:"DATETIME(6) 'created'" db:"created"`
	Payload []byte    `xorm:"'payload'" db:"payload"`
	Count   int64     `xorm:"'count'" db:"count"`
}

// TableName is for libraries that ask for it.
func (Row) TableName() string { return "bench_rows" }

// Parent has ten children.
type Parent struct {
	ID       int64    `gorm:"primaryKey" bun:"id,pk,autoincrement" xorm:"'id' pk autoincr" db:"id"`
	Name     string   `xorm:"'name'" db:"name"`
	Children []*Child `gorm:"foreignKey:ParentID" bun:"rel:has-many,join:id=parent_id" xorm:"-" db:"-"`
}

// TableName is for libraries that ask for it.
func (Parent) TableName() string { return "bench_parents" }

// Child is one of them.
type Child struct {
	ID       int64  `gorm:"primaryKey" bun:"id,pk,autoincrement" xorm:"'id' pk autoincr" db:"id"`
	ParentID int64  `xorm:"'parent_id'" db:"parent_id"`
	Name     string `xorm:"'name'" db:"name"`
	Number   int64  `xorm:"'number'" db:"number"`
}

// TableName is for libraries that ask for it.
func (Child) TableName() string { return "bench_children" }

const childrenEach = 10

var firstCreated = time.Date(2026, 11, 22, 8, 30, 15, 123456000, time.UTC)

// newRow is row i as every contestant inserts it, and as it is before others
// read it.
func newRow(i int) *Row {
	r := &Row{
		Name: fmt.Sprintf("name %d", i), Email: fmt.Sprintf("user%d@example.org", i), Score: float64(i) / 3, Weight: float64(i) * 1.5,
		Active: i%2 == 0, Created: firstCreated.Add(time.Duration(i) * time.Second), Payload: []byte{1, 2, 3, byte(i)}, Count: int64(i) * 7,
	}
	if i%3 == 0 {
		note := fmt.Sprintf("note %d", i)
		r.Note = &note
	}
	return r
}

func newRows(n int) []*Row {
	list := make([]*Row, n)
	for i := range list {
		list[i] = newRow(i)
	}
	return list
}

// storedRows are rows as they are in a table that was filled: row i has the id i+1.
func storedRows(n int) []*Row {
	list := newRows(n)
	for i, r := range list {
		r.ID = int64(i) + 1
	}
	return list
}

// change is what workloads of updates do to a row.
func change(r *Row) {
	r.Name += " changed"
	r.Score = -r.Score - 1
	r.Count++
}

func newParents(n int) []*Parent {
	list := make([]*Parent, n)
	for i := range list {
		list[i] = &Parent{Name: fmt.Sprintf("parent %d", i), Children: newChildren(i)}
	}
	return list
}

func newChildren(parent int) []*Child {
	list := make([]*Child, childrenEach)
	for j := range list {
		list[j] = &Child{Name: fmt.Sprintf("child %d of %d", j, parent), Number: int64(parent*childrenEach + j)}
	}
	return list
}

// is reports whether both hold the same but for the id.
func (r *Row) is(o *Row) bool {
	a, b := *r, *o
	same := a.Created.Equal(b.Created) && bytes.Equal(a.Payload, b.Payload) && (a.Note == nil) == (b.Note == nil) && (a.Note == nil || *a.Note == *b.Note)
	return same && a.Name == b.Name && a.Email == b.Email && a.Score == b.Score && a.Weight == b.Weight && a.Active == b.Active && a.Count == b.Count
}

// check compares what a contestant has at hand with what the database says.
type check func(ctx context.Context, d *database, t *trial) error

// inserted is for objects that were inserted: each has the id of its own row,
// which is found by its name, and the row is what was inserted.
func inserted(ctx context.Context, d *database, t *trial) error {
	rows, err := d.allRows(ctx, t.n)
	if err != nil {
		return err
	}
	if len(rows) != t.n || len(t.rows) != t.n {
		return fmt.Errorf("%d rows in the database and %d objects, want %d", len(rows), len(t.rows), t.n)
	}
	byName := make(map[string]*Row, len(rows))
	for _, r := range rows {
		byName[r.Name] = r
	}
	for i, r := range t.rows {
		stored := byName[r.Name]
		if stored == nil || r.ID == 0 || r.ID != stored.ID {
			return fmt.Errorf("%q has the id %d, its row is %v", r.Name, r.ID, stored)
		}
		if !r.is(newRow(i)) || !stored.is(r) {
			return fmt.Errorf("row %d is not what was to be written: %+v, %+v", i, *r, *stored)
		}
	}
	return nil
}

// insertedByWriters is the same for objects in any order.
func insertedByWriters(ctx context.Context, d *database, t *trial) error {
	for i, r := range t.rows {
		if r == nil || !r.is(newRow(i)) {
			return fmt.Errorf("row %d was not written", i)
		}
	}
	return inserted(ctx, d, t)
}

// read is for objects that were read: they are the first rows of the table, in
// the order of their ids.
func read(_ context.Context, _ *database, t *trial) error {
	if len(t.rows) != t.n {
		return fmt.Errorf("%d objects were read, want %d", len(t.rows), t.n)
	}
	for i, r := range t.rows {
		if r.ID != int64(i)+1 || !r.is(newRow(i)) {
			return fmt.Errorf("object %d is not row %d", i, i+1)
		}
	}
	return nil
}

// readPage is for the last page that was read: 100 rows that follow each other.
func readPage(_ context.Context, _ *database, t *trial) error {
	if len(t.rows) != pageRows {
		return fmt.Errorf("%d objects were read, want %d", len(t.rows), pageRows)
	}
	first := t.pageStart(t.n - 1)
	for i, r := range t.rows {
		if r.ID != first+int64(i)+1 || !r.is(newRow(int(r.ID)-1)) {
			return fmt.Errorf("object %d of the page is not its row", i)
		}
	}
	return nil
}

// readParents is for parents with their children.
func readParents(_ context.Context, _ *database, t *trial) error {
	if len(t.parents) != t.n {
		return fmt.Errorf("%d parents were read, want %d", len(t.parents), t.n)
	}
	for i, want := range newParents(t.n) {
		p := t.parents[i]
		if p.ID != int64(i)+1 || p.Name != want.Name || len(p.Children) != childrenEach {
			return fmt.Errorf("parent %d has the id %d and %d children", i, p.ID, len(p.Children))
		}
		for j, c := range p.Children {
			if w := want.Children[j]; c.ID != w.Number+1 || c.ParentID != p.ID || c.Name != w.Name || c.Number != w.Number {
				return fmt.Errorf("child %d of parent %d is %+v", j, i, *c)
			}
		}
	}
	return nil
}

// updated is for rows of which the first t.n were changed.
func updated(ctx context.Context, d *database, t *trial) error {
	rows, err := d.allRows(ctx, t.n)
	if err != nil {
		return err
	}
	if len(rows) != t.table {
		return fmt.Errorf("there are %d rows, want %d", len(rows), t.table)
	}
	for i, r := range rows {
		want := newRow(i)
		if i < t.n {
			change(want)
		}
		if r.ID != int64(i)+1 || !r.is(want) {
			return fmt.Errorf("row %d is not as it should be", i)
		}
	}
	return nil
}

// deleted is for rows of which the first t.n were deleted.
func deleted(ctx context.Context, d *database, t *trial) error {
	rows, err := d.allRows(ctx, t.n)
	if err != nil {
		return err
	}
	if len(rows) != t.table-t.n || len(rows) > 0 && rows[0].ID != int64(t.n)+1 {
		return fmt.Errorf("%d rows are left, want %d", len(rows), t.table-t.n)
	}
	return nil
}

// insertedParents is for parents that were inserted with their children: each id
// is that of the row of its name, and each child's row has its parent's id.
func insertedParents(ctx context.Context, d *database, t *trial) error {
	ids, err := d.idsByName(ctx, "SELECT id, name, 0 FROM bench_parents")
	if err != nil {
		return err
	}
	children, err := d.idsByName(ctx, "SELECT id, name, parent_id FROM bench_children")
	if err != nil {
		return err
	}
	if len(ids) != t.n || len(t.parents) != t.n || len(children) != t.n*childrenEach {
		return fmt.Errorf("%d parents and %d children in the database, %d parents at hand, want %d", len(ids), len(children), len(t.parents), t.n)
	}
	for i, want := range newParents(t.n) {
		p := t.parents[i]
		if p.ID == 0 || p.ID != ids[want.Name].id || len(p.Children) != childrenEach {
			return fmt.Errorf("%q has the id %d, its row %d", p.Name, p.ID, ids[want.Name].id)
		}
		for j, c := range p.Children {
			if row := children[want.Children[j].Name]; c.ID == 0 || c.ID != row.id || row.parent != p.ID {
				return fmt.Errorf("%q has the id %d, its row %d, of parent %d", c.Name, c.ID, row.id, row.parent)
			}
		}
	}
	return nil
}

// streamed is for rows that were counted.
func streamed(_ context.Context, _ *database, t *trial) error {
	if want := int64(t.n) * (int64(t.n) + 1) / 2; t.sum != want {
		return fmt.Errorf("the ids of %d rows have the sum %d, want %d", t.n, t.sum, want)
	}
	return nil
}

type named struct{ id, parent int64 }

func (d *database) idsByName(ctx context.Context, query string) (map[string]named, error) {
	res, err := d.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	ids := map[string]named{}
	for res.Next() {
		var name string
		var row named
		if err := res.Scan(&row.id, &name, &row.parent); err != nil {
			return nil, err
		}
		ids[name] = row
	}
	return ids, res.Err()
}

// allRows reads the table in the order of ids.
func (d *database) allRows(ctx context.Context, about int) ([]*Row, error) {
	res, err := d.conn.QueryContext(ctx, "SELECT "+allColumns+" FROM bench_rows ORDER BY id")
	if err != nil {
		return nil, err
	}
	return scanRows(res, make([]*Row, 0, about))
}

// scanRows appends the rows of a result to list, and closes it.
func scanRows(res *sql.Rows, list []*Row) ([]*Row, error) {
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

func scanRow(scan func(...any) error, r *Row) error {
	return scan(&r.ID, &r.Name, &r.Email, &r.Note, &r.Score, &r.Weight, &r.Active, &r.Created, &r.Payload, &r.Count)
}
