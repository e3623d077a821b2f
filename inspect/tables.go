package inspect

import (
	"context"
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/dialect"
)

// All describes all tables and views of a schema by name, in a few queries.
func (i *Inspector) All(ctx context.Context, schemaName string) ([]*Table, error) {
	return kept(i, func(k *known) ([]*Table, bool) { list, ok := k.whole[schemaName]; return list, ok },
		func() ([]*Table, error) {
			if err := i.needSchema(ctx, schemaName); err != nil {
				return nil, err
			}
			return i.describe(ctx, schemaName, nil)
		}, func(k *known, list []*Table) {
			k.whole[schemaName] = list
			for _, t := range list {
				k.tables[tableName{schemaName, t.Name}] = t
			}
		})
}

func (i *Inspector) describe(ctx context.Context, schemaName string, names []string) (list []*Table, err error) {
	err = i.read(ctx, func(r dialect.Reflector, q dialect.Querier, c dialect.Capabilities) error {
		list, err = r.Reflect(ctx, q, c, schemaName, names)
		return err
	})
	return list, err
}

// Tables describes the tables and views of these names, in a few queries for
// all of them. One that is not there is a *NoTableError.
func (i *Inspector) Tables(ctx context.Context, schemaName string, names ...string) ([]*Table, error) {
	var missing []string
	i.mu.Lock()
	for _, n := range names {
		if i.known.tables[tableName{schemaName, n}] == nil {
			missing = append(missing, n)
		}
	}
	i.mu.Unlock()
	var read []*Table
	if len(missing) > 0 {
		if err := i.needSchema(ctx, schemaName); err != nil {
			return nil, err
		}
		var err error
		if read, err = i.describe(ctx, schemaName, missing); err != nil {
			return nil, err
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, t := range read {
		i.known.tables[tableName{schemaName, t.Name}] = t
	}
	var list []*Table
	var errs []error
	for _, n := range names {
		t := i.known.tables[tableName{schemaName, n}]
		if t == nil && len(missing) == 1 && len(read) == 1 {
			t = read[0] // the product takes the name in another case
		}
		if t == nil {
			errs = append(errs, &NoTableError{Schema: schemaName, Name: n})
			continue
		}
		list = append(list, t)
	}
	return list, errors.Join(errs...)
}

// Table describes a table or view. A temporary one comes in the place of the one
// that it hides. A *NoTableError says that it is not there.
func (i *Inspector) Table(ctx context.Context, schemaName, name string) (*Table, error) {
	list, err := i.Tables(ctx, schemaName, name)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// HasTable reports whether there is a table or view of the name.
func (i *Inspector) HasTable(ctx context.Context, schemaName, name string) (bool, error) {
	_, err := i.Table(ctx, schemaName, name)
	if _, missing := errors.AsType[*NoTableError](err); missing {
		return false, nil
	}
	return err == nil, err
}

// HasTables reports of each name whether there is a table or view of it.
func (i *Inspector) HasTables(ctx context.Context, schemaName string, names ...string) (map[string]bool, error) {
	there := make(map[string]bool, len(names))
	list, err := i.Relations(ctx, schemaName)
	for _, n := range names {
		there[n] = slices.ContainsFunc(list, func(r Relation) bool { return r.Name == n })
	}
	return there, err
}

// part returns a part of a table's description.
func part[T any](ctx context.Context, i *Inspector, schemaName, table string, of func(t *Table) T) (v T, err error) {
	t, err := i.Table(ctx, schemaName, table)
	if err != nil {
		return v, err
	}
	return of(t), nil
}

// HasIndex reports whether the table has an index of the name; those of UNIQUE
// constraints and of the primary key are among them.
func (i *Inspector) HasIndex(ctx context.Context, schemaName, table, name string) (bool, error) {
	return part(ctx, i, schemaName, table, func(t *Table) bool {
		return slices.ContainsFunc(t.Indexes, func(ix Index) bool { return ix.Name == name }) ||
			slices.ContainsFunc(t.Uniques, func(k Key) bool { return k.Name == name }) ||
			t.PrimaryKey != nil && name != "" && t.PrimaryKey.Name == name
	})
}

// Columns describes the columns of a table or view, in order.
func (i *Inspector) Columns(ctx context.Context, schemaName, table string) ([]Column, error) {
	return part(ctx, i, schemaName, table, func(t *Table) []Column { return t.Columns })
}

// PrimaryKey describes the primary key of a table; nil where it has none.
func (i *Inspector) PrimaryKey(ctx context.Context, schemaName, table string) (*Key, error) {
	return part(ctx, i, schemaName, table, func(t *Table) *Key { return t.PrimaryKey })
}

// ForeignKeys describes the foreign keys of a table.
func (i *Inspector) ForeignKeys(ctx context.Context, schemaName, table string) ([]ForeignKey, error) {
	return part(ctx, i, schemaName, table, func(t *Table) []ForeignKey { return t.ForeignKeys })
}

// Indexes describes the indexes of a table, but for those of keys.
func (i *Inspector) Indexes(ctx context.Context, schemaName, table string) ([]Index, error) {
	return part(ctx, i, schemaName, table, func(t *Table) []Index { return t.Indexes })
}

// UniqueConstraints describes the UNIQUE constraints of a table. Where a product
// does not tell them from unique indexes, those over plain columns are among them.
func (i *Inspector) UniqueConstraints(ctx context.Context, schemaName, table string) ([]Key, error) {
	return part(ctx, i, schemaName, table, func(t *Table) []Key { return t.Uniques })
}

// CheckConstraints describes the CHECK constraints of a table.
func (i *Inspector) CheckConstraints(ctx context.Context, schemaName, table string) ([]Check, error) {
	return part(ctx, i, schemaName, table, func(t *Table) []Check { return t.Checks })
}

// TableComment returns the comment of a table, "" for none.
func (i *Inspector) TableComment(ctx context.Context, schemaName, table string) (string, error) {
	return part(ctx, i, schemaName, table, func(t *Table) string { return t.Comment })
}

// TableOptions returns the options of a table, by the keys of
// schema.TableOption.
func (i *Inspector) TableOptions(ctx context.Context, schemaName, table string) (map[string]string, error) {
	return part(ctx, i, schemaName, table, func(t *Table) map[string]string { return t.Options })
}

// ViewDefinition returns the SELECT of a view; "" for what is none.
func (i *Inspector) ViewDefinition(ctx context.Context, schemaName, view string) (string, error) {
	return part(ctx, i, schemaName, view, func(t *Table) string { return t.Definition })
}
