package schema

import (
	"fmt"
	"reflect"
)

// BindTable binds typed columns to those of their names in a table that is there,
// and returns these. What a literal says beside the name and the type is an error,
// as is another type: the table has declared it.
func BindTable(t *Table, columns []StructColumn) (*Table, []*Column, error) {
	var errs []error
	defs := make([]*Column, 0, len(columns))
	for _, sc := range columns {
		def, err := sc.of(t)
		if err == nil {
			err = sc.Field.bind(t, def)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("schema: table %q, field %s: %w", t.FullName(), sc.GoName, err))
			continue
		}
		defs = append(defs, def)
	}
	return t, defs, joinErrors(errs)
}

// of finds the column in a table.
func (c StructColumn) of(t *Table) (*Column, error) {
	name, said := c.Name, Column{}
	if d := c.Field.declared(); d != nil {
		said = *d
	}
	if said.Name != "" {
		name = said.Name
	}
	def := t.Column(name)
	if def == nil {
		return nil, fmt.Errorf("the table has no column %q; name another by schema.Named", name)
	}
	if def.Type == nil {
		return nil, fmt.Errorf("the type of the column %q is that of what it references; say the type in the table", name)
	}
	if said.Type != nil && said.Type.String() != def.Type.String() {
		return nil, fmt.Errorf("the column %q is a %s, and the literal says %s; leave the field out of it", name, def.Type, said.Type)
	}
	said.Name, said.Type = "", nil
	if !reflect.ValueOf(said).IsZero() {
		return nil, fmt.Errorf("the literal says more of the column %q than its name and type; say it where the table is declared", name)
	}
	return def, nil
}
