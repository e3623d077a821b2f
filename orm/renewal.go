package orm

import (
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// updateRule is what an UPDATE of a mapper's row does beside what changed.
type updateRule struct {
	version *attr // nil for none
	// softDelete marks a row as deleted; nil for none.
	softDelete *attr
	renewed    []*attr // with a client default of UPDATE
	fetched    []*attr // those that the database changes
	// readBack says that RETURNING does not tell all of fetched.
	readBack bool

	key        []*attr // by which the row is found: its primary key and version
	keyColumns []*schema.Column
}

func (r *updateRule) add(a *attr) {
	c := a.col
	if c.Version != nil {
		r.version = a
	}
	if c.OnUpdate != nil && c.Version == nil {
		r.renewed = append(r.renewed, a)
	}
	if c.ChangesOnUpdate() || c.VersionedByDatabase() {
		r.fetched = append(r.fetched, a)
		r.readBack = r.readBack || c.FetchedOnUpdate
	}
}

// finishUpdates completes the rule once the primary key is known.
func (m *mapper) finishUpdates() error {
	r := &m.updates
	r.key, r.softDelete = slices.Clip(m.key), m.softDeletion()
	if r.version != nil {
		for _, a := range m.attrs {
			if a.col.Version != nil && a != r.version {
				return m.problem(a.name, "is a version of the row, and so is %s; keep one", r.version.name)
			}
		}
		r.key = append(r.key, r.version)
	}
	r.keyColumns = columnsOf(r.key)
	return nil
}

// appendRowKey appends that by which the row of a snapshot is found.
func (m *mapper) appendRowKey(dst []sqltype.Value, snap mem.Pointer) ([]sqltype.Value, error) {
	for _, a := range m.updates.key {
		var err error
		if dst, err = a.appendTo(dst, snap); err != nil {
			return dst, m.valueError(snap, a, err)
		}
	}
	return dst, nil
}

// renewal is what an update sets that the program did not: the next version,
// client defaults of UPDATE, and SQL expressions.
type renewal struct {
	made []madeValue
	// exprs are those of the detail's set, nil for values; nil where there are
	// none. own says that the program gave one for this object alone.
	exprs []expr.Expression
	own   bool
	soft  bool // marks the row as deleted
}

// madeValue is a value that the entity gets once the row has it.
type madeValue struct {
	a    *attr
	from mem.Pointer // a field's memory
}

// addRenewals adds to an update what its rule makes.
func (c *change) addRenewals() error {
	m := c.m()
	for _, a := range m.updates.renewed {
		if hasColumn(c.more.set, a) {
			continue
		}
		if x := a.col.OnUpdate.Expr; x != nil {
			c.setExpr(a, x)
			continue
		}
		v, err := a.col.OnUpdate.Value()
		if err == nil {
			err = c.setMade(a, v)
		}
		if err != nil {
			return m.valueError(c.st.obj, a, err)
		}
	}
	return c.addVersion()
}

func (c *change) addVersion() error {
	a := c.m().updates.version
	if a == nil || a.col.VersionedByDatabase() || hasColumn(c.more.set, a) {
		return nil
	}
	next, err := a.nextVersion(c.st.snap)
	if err == nil {
		err = c.addMade(a, next.Addr().UnsafePointer())
	}
	if err != nil {
		return c.st.m.valueError(c.st.obj, a, err)
	}
	return nil
}

// setExpr sets the column of an update to an expression, whose value is read
// back.
func (c *change) setExpr(a *attr, x expr.Expression) {
	d := c.put()
	if d.exprs == nil {
		d.exprs = make([]expr.Expression, len(d.set))
	}
	d.set, d.values, d.exprs = append(d.set, a), append(d.values, sqltype.Value{}), append(d.exprs, x)
}

// setMade sets a column to a value that the entity gets once the row has it.
func (c *change) setMade(a *attr, v sqltype.Value) error {
	p := reflect.New(a.codec.Go).UnsafePointer()
	row := valueRow{values: []sqltype.Value{v}}
	if err := a.codec.Decode(&row, 0, p); err != nil {
		return err
	}
	if row.err != nil {
		return row.err
	}
	return c.addMade(a, p)
}

func (c *change) addMade(a *attr, p mem.Pointer) error {
	if a.codec.Round != nil {
		a.codec.Round(p)
	}
	v, err := a.codec.Value(p)
	if err != nil {
		return err
	}
	d := c.put()
	d.set, d.values = append(d.set, a), append(d.values, v)
	if d.exprs != nil {
		d.exprs = append(d.exprs, nil)
	}
	d.made = append(d.made, madeValue{a, p})
	return nil
}

// appendSet appends the values of an update, without those of expressions.
func (c *change) appendSet(dst []sqltype.Value) []sqltype.Value {
	d := c.read()
	if d.exprs == nil {
		return append(dst, d.values...)
	}
	for i, v := range d.values {
		if d.exprs[i] == nil {
			dst = append(dst, v)
		}
	}
	return dst
}

// renew gives the entity what was made for its row.
func (c *change) renew() {
	for _, made := range c.read().made {
		made.a.set(c.st.obj, made.from)
	}
}

// set gives the field the value at from.
func (a *attr) set(obj, from mem.Pointer) {
	reflect.NewAt(a.codec.Go, a.at(obj)).Elem().Set(reflect.NewAt(a.codec.Go, from).Elem())
}

// fetchUpdated asks a batch for what the database makes of its rows.
func (m *mapper) fetchUpdated(b *engine.UpdateBatch, changes []*change) {
	fetched := slices.Clone(m.updates.fetched)
	d := changes[0].read()
	for i, x := range d.exprs {
		if x != nil && !slices.Contains(fetched, d.set[i]) {
			fetched = append(fetched, d.set[i])
		}
	}
	if len(fetched) == 0 {
		return
	}
	b.Returning, b.ReadBack = columnsOf(fetched), m.updates.readBack
	b.Store = func(i int, row sqltype.Row) error { return m.store(changes[i].st.obj, fetched, row) }
}

// unfetch takes back, after a failure, what the database had made of rows.
func (m *mapper) unfetch(changes []*change) {
	for _, c := range changes {
		for _, a := range m.updates.fetched {
			a.copyField(c.st.obj, c.st.snap)
		}
	}
}
