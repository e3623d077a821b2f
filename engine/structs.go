package engine

import (
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// structReader reads rows into structs of one type.
type structReader struct {
	columns []structColumn
	groups  []*fieldGroup // those that take columns
}

// structColumn is a column's way into the struct.
type structColumn struct {
	name  string
	codec *sqltype.Codec
	field structField
	group int // among the groups, -1 for the struct itself
}

// newStructReader finds a field for each column. One without is an error, and
// so are two columns for one field.
func newStructReader(t reflect.Type, columns []resultColumn) (*structReader, error) {
	fields := fieldsOf(t)
	if fields.err != nil {
		return nil, fields.err
	}
	r := &structReader{columns: make([]structColumn, len(columns))}
	taken := map[[2]uintptr]int{}
	for i, c := range columns {
		at, err := r.place(t, fields, c)
		if err != nil {
			return nil, err
		}
		where := [2]uintptr{uintptr(at.group + 1), at.field.offset}
		if first, twice := taken[where]; twice {
			return nil, fmt.Errorf("engine: columns %d and %d of the result are both %q, which one field of %s can't take; name one by As, "+
				"or give each table a field of its name that is a struct", first+1, i+1, c.Name, t)
		}
		taken[where] = i
		if at.codec, err = c.codecFor(at.field.typ); err != nil {
			return nil, fmt.Errorf("engine: column %q: %w", c.Name, err)
		}
		r.columns[i] = at
	}
	return r, nil
}

func (r *structReader) place(t reflect.Type, fields *structFields, c resultColumn) (structColumn, error) {
	for i := range fields.groups {
		g := &fields.groups[i]
		if f, ok := g.byName[c.Name]; ok && g.table == c.Table {
			return structColumn{name: c.Name, field: f, group: r.groupIndex(g)}, nil
		}
	}
	if f, ok := fields.byName[c.Name]; ok {
		return structColumn{name: c.Name, field: f, group: -1}, nil
	}
	if c.Name == "" {
		return structColumn{}, fmt.Errorf("engine: a column of the result has no name by which %s could take it; give it one by As", t)
	}
	return structColumn{}, fmt.Errorf("engine: %s has no field for the column %q; add one, or leave the column out", t, c.Name)
}

func (r *structReader) groupIndex(g *fieldGroup) int {
	for i, known := range r.groups {
		if known == g {
			return i
		}
	}
	r.groups = append(r.groups, g)
	return len(r.groups) - 1
}

// read reads the current row into the struct at p.
func (r *structReader) read(row sqltype.Row, p mem.Pointer) error {
	bases := make([]mem.Pointer, len(r.groups))
	for i, g := range r.groups {
		bases[i] = r.base(row, i, g, p)
	}
	for i := range r.columns {
		c := &r.columns[i]
		base := p
		if c.group >= 0 {
			base = bases[c.group]
		}
		if base == nil {
			continue
		}
		if err := c.codec.Decode(row, i, mem.Add(base, c.field.offset)); err != nil {
			return fmt.Errorf("engine: column %q: %w", c.name, err)
		}
	}
	return nil
}

// base returns where a group's fields are: nil for a pointer whose columns are
// all NULL, as those of an outer join without a partner.
func (r *structReader) base(row sqltype.Row, group int, g *fieldGroup, p mem.Pointer) mem.Pointer {
	at := mem.Add(p, g.offset)
	if !g.pointer {
		return at
	}
	for i := range r.columns {
		if r.columns[i].group == group && !row.IsNull(i) {
			v := reflect.New(g.typ)
			reflect.NewAt(v.Type(), at).Elem().Set(v)
			return v.UnsafePointer()
		}
	}
	return nil
}
