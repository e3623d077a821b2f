package alkahesttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// plan is the rows of fixtures, looked at and in order.
type plan struct {
	rows   []*fixtureRow // as they were given
	labels map[rowKey]*fixtureRow
	order  []*fixtureRow
}

// fixtureRow is one row.
type fixtureRow struct {
	table *schema.Table
	label string
	at    int // position among those of its table
	given []*schema.Column
	// known are values by column: given ones, and those that the database fills.
	known map[*schema.Column]sqltype.Value
	// refs are the columns that reference another fixture, later those of them
	// that are set by an UPDATE.
	refs  map[*schema.Column]*target
	later map[*schema.Column]bool
	// wanted are columns whose values others need.
	wanted map[*schema.Column]bool
	state  visit
}

// target is a column of a row that is referenced.
type target struct {
	row *fixtureRow
	col *schema.Column
}

type visit uint8

const (
	unseen visit = iota
	under
	done
)

func (r *fixtureRow) name() string {
	if r.label != "" {
		return r.table.FullName() + " " + r.label
	}
	return fmt.Sprintf("%s, row %d", r.table.FullName(), r.at)
}

// newPlan finds all that is wrong with the rows.
func newPlan(m *schema.MetaData, lists [][]Fixture) (*plan, error) {
	p := &plan{labels: map[rowKey]*fixtureRow{}}
	if err := m.Resolve(); err != nil {
		return nil, err
	}
	var errs []error
	given := slices.Concat(lists...)
	counts := map[*schema.Table]int{}
	rows := make([]*fixtureRow, len(given))
	for i, f := range given {
		t := tableOf(m, f.Table)
		if t == nil {
			errs = append(errs, fmt.Errorf("there is no table %q", f.Table))
			continue
		}
		counts[t]++
		rows[i] = newRow(t, f.Label, counts[t])
		if f.Label == "" {
			continue
		}
		key := rowKey{t.FullName(), f.Label}
		if p.labels[key] != nil {
			errs = append(errs, fmt.Errorf("two rows of %s are called %q", key.table, key.label))
		}
		p.labels[key] = rows[i]
	}
	for i, f := range given {
		if rows[i] != nil {
			errs = append(errs, p.fill(rows[i], f.Values)...)
			p.rows = append(p.rows, rows[i])
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, p.sort(m)
}

func newRow(t *schema.Table, label string, at int) *fixtureRow {
	r := &fixtureRow{
		table: t, label: label, at: at, known: map[*schema.Column]sqltype.Value{},
		refs: map[*schema.Column]*target{}, later: map[*schema.Column]bool{}, wanted: map[*schema.Column]bool{},
	}
	if t.PrimaryKey != nil {
		for _, col := range t.PrimaryKey.Columns {
			r.wanted[col] = true
		}
	}
	return r
}

func tableOf(m *schema.MetaData, name string) *schema.Table {
	for _, t := range m.Tables() {
		if t.FullName() == name {
			return t
		}
	}
	return m.Table(name)
}

// fill takes the values of a row.
func (p *plan) fill(r *fixtureRow, values Values) (errs []error) {
	for _, name := range sortedKeys(values) {
		col := r.table.Column(name)
		if col == nil {
			errs = append(errs, fmt.Errorf("%s: the table has no column %q; it has %s", r.name(), name, columnNames(r.table)))
			continue
		}
		r.given = append(r.given, col)
		var err error
		if ref, ok := values[name].(Ref); ok {
			err = p.refer(r, col, string(ref))
		} else {
			r.known[col], err = convert(col, values[name])
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", r.name(), name, err))
		}
	}
	return errs
}

func sortedKeys(values Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func columnNames(t *schema.Table) string {
	var names []string
	for _, c := range t.Columns() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// refer notes a reference by label.
func (p *plan) refer(r *fixtureRow, col *schema.Column, label string) error {
	keys := col.ForeignKeys()
	if len(keys) == 0 {
		return errors.New("it references no table, so that a label means nothing")
	}
	for _, fk := range keys {
		row := p.labels[rowKey{fk.References.FullName(), label}]
		if row == nil {
			continue
		}
		to := fk.Referenced[slices.Index(fk.Columns, col)]
		row.wanted[to] = true
		r.refs[col] = &target{row, to}
		return nil
	}
	return fmt.Errorf("no row of %s is called %q", keys[0].References.FullName(), label)
}

// sort puts rows behind those that they reference, and otherwise in the order of
// tables, and within those as they were given.
func (p *plan) sort(m *schema.MetaData) error {
	tables, _ := m.SortedTables()
	rank := map[*schema.Table]int{}
	for i, t := range tables {
		rank[t] = i
	}
	sorted := slices.Clone(p.rows)
	slices.SortStableFunc(sorted, func(a, b *fixtureRow) int { return rank[a.table] - rank[b.table] })
	known := p.byValue()
	for _, r := range sorted {
		if err := p.visit(r, known); err != nil {
			return err
		}
	}
	return nil
}

// visit puts a row in order, after what it needs.
func (p *plan) visit(r *fixtureRow, known map[valueKey]*fixtureRow) error {
	if r.state == done {
		return nil
	}
	r.state = under
	for _, fk := range r.table.ForeignKeys {
		for _, col := range fk.Columns {
			to := r.needs(fk, col, known)
			if to == nil || to.state == done {
				continue
			}
			if to.state == under { // a circle
				if err := r.putOff(col, to); err != nil {
					return err
				}
				continue
			}
			if err := p.visit(to, known); err != nil {
				return err
			}
		}
	}
	r.state = done
	p.order = append(p.order, r)
	return nil
}

// needs returns the fixture that a column of a key references, if any.
func (r *fixtureRow) needs(fk *schema.ForeignKeyConstraint, col *schema.Column, known map[valueKey]*fixtureRow) *fixtureRow {
	if t := r.refs[col]; t != nil {
		return t.row
	}
	v, given := r.known[col]
	if !given || v.Kind() == sqltype.KindNull || len(fk.Columns) > 1 {
		return nil
	}
	return known[valueKey{fk.Referenced[0], v.Reveal()}]
}

// putOff has a reference set by an UPDATE, once both rows are there.
func (r *fixtureRow) putOff(col *schema.Column, to *fixtureRow) error {
	if r.refs[col] == nil {
		at := slices.IndexFunc(col.ForeignKeys(), func(fk *schema.ForeignKeyConstraint) bool { return fk.References == to.table })
		fk := col.ForeignKeys()[at]
		r.refs[col] = &target{to, fk.Referenced[slices.Index(fk.Columns, col)]}
	}
	switch {
	case !col.Nullable:
		return fmt.Errorf("%s and %s reference each other, and %s can't be NULL meanwhile", r.name(), to.name(), col.FullName())
	case r.table.PrimaryKey == nil:
		return fmt.Errorf("%s and %s reference each other, and %s has no primary key by which it could be updated", r.name(), to.name(), r.table.FullName())
	}
	r.later[col] = true
	return nil
}

// valueKey is a value that is given for a column which others may reference.
type valueKey struct {
	col   *schema.Column
	value string
}

func (p *plan) byValue() map[valueKey]*fixtureRow {
	found := map[valueKey]*fixtureRow{}
	for _, r := range p.rows {
		for col, v := range r.known {
			if v.Kind() != sqltype.KindNull {
				found[valueKey{col, v.Reveal()}] = r
			}
		}
	}
	return found
}

// highest are the largest numbers that are given for columns.
func (p *plan) highest() map[*schema.Column]int64 {
	most := map[*schema.Column]int64{}
	for _, r := range p.rows {
		for _, col := range r.given {
			v := r.known[col]
			if r.refs[col] != nil || v.Kind() != sqltype.KindInt64 || !col.Generated() && col.Sequence == nil {
				continue
			}
			if had, ok := most[col]; !ok || v.Int64() > had {
				most[col] = v.Int64()
			}
		}
	}
	return most
}
