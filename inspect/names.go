package inspect

import (
	"context"
	"slices"

	"github.com/alkahest-go/alkahest/dialect"
)

// Relations lists the tables and views of a schema by name, but for temporary
// ones.
func (i *Inspector) Relations(ctx context.Context, schemaName string) ([]Relation, error) {
	return kept(i, func(k *known) ([]Relation, bool) { list, ok := k.relations[schemaName]; return list, ok },
		func() (list []Relation, err error) {
			if err := i.needSchema(ctx, schemaName); err != nil {
				return nil, err
			}
			err = i.read(ctx, func(r dialect.Reflector, q dialect.Querier, _ dialect.Capabilities) error {
				list, err = r.Relations(ctx, q, schemaName)
				return err
			})
			return list, err
		}, func(k *known, list []Relation) { k.relations[schemaName] = list })
}

func (i *Inspector) temporary(ctx context.Context) ([]Relation, error) {
	list, err := kept(i, func(k *known) (*[]Relation, bool) { return k.temporary, k.temporary != nil },
		func() (*[]Relation, error) {
			var list []Relation
			err := i.read(ctx, func(r dialect.Reflector, q dialect.Querier, _ dialect.Capabilities) (err error) {
				list, err = r.Temporary(ctx, q)
				return err
			})
			return &list, err
		}, func(k *known, list *[]Relation) { k.temporary = list })
	if err != nil {
		return nil, err
	}
	return *list, nil
}

func namesOf(list []Relation, kinds ...dialect.RelationKind) []string {
	names := []string{}
	for _, r := range list {
		if slices.Contains(kinds, r.Kind) {
			names = append(names, r.Name)
		}
	}
	return names
}

// tables are the kinds that hold rows of their own.
var tables = []dialect.RelationKind{dialect.RelationTable, dialect.RelationForeignTable, dialect.RelationVirtualTable}

// TableNames returns the names of the tables of a schema, in order.
func (i *Inspector) TableNames(ctx context.Context, schemaName string) ([]string, error) {
	list, err := i.Relations(ctx, schemaName)
	return namesOf(list, tables...), err
}

// ViewNames returns the names of the views of a schema, but for materialized
// ones, in order.
func (i *Inspector) ViewNames(ctx context.Context, schemaName string) ([]string, error) {
	list, err := i.Relations(ctx, schemaName)
	return namesOf(list, dialect.RelationView), err
}

// MaterializedViewNames returns the names of the materialized views of a schema,
// in order.
func (i *Inspector) MaterializedViewNames(ctx context.Context, schemaName string) ([]string, error) {
	list, err := i.Relations(ctx, schemaName)
	return namesOf(list, dialect.RelationMaterializedView), err
}

// TemporaryTableNames returns the names of the temporary tables of the connection
// that the Inspector is on, in order. A product that lists them nowhere refuses.
func (i *Inspector) TemporaryTableNames(ctx context.Context) ([]string, error) {
	list, err := i.temporary(ctx)
	return namesOf(list, tables...), err
}

// TemporaryViewNames returns the names of the temporary views of the connection
// that the Inspector is on, in order. A product that lists them nowhere refuses.
func (i *Inspector) TemporaryViewNames(ctx context.Context) ([]string, error) {
	list, err := i.temporary(ctx)
	return namesOf(list, dialect.RelationView), err
}

// Sequences describes the sequences of a schema by name, those of SERIAL columns
// and those that the library's own table carries included; those of identities
// are told with their columns.
func (i *Inspector) Sequences(ctx context.Context, schemaName string) ([]Sequence, error) {
	return kept(i, func(k *known) ([]Sequence, bool) { list, ok := k.sequences[schemaName]; return list, ok },
		func() (list []Sequence, err error) {
			if err := i.needSchema(ctx, schemaName); err != nil {
				return nil, err
			}
			err = i.read(ctx, func(r dialect.Reflector, q dialect.Querier, c dialect.Capabilities) error {
				list, err = r.ReflectSequences(ctx, q, c, schemaName)
				return err
			})
			return list, err
		}, func(k *known, list []Sequence) { k.sequences[schemaName] = list })
}

// SequenceNames returns the names of the sequences of a schema, in order.
func (i *Inspector) SequenceNames(ctx context.Context, schemaName string) ([]string, error) {
	list, err := i.Sequences(ctx, schemaName)
	names := []string{}
	for _, s := range list {
		names = append(names, s.Name)
	}
	return names, err
}

// HasSequence reports whether there is a sequence of the name.
func (i *Inspector) HasSequence(ctx context.Context, schemaName, name string) (bool, error) {
	names, err := i.SequenceNames(ctx, schemaName)
	return slices.Contains(names, name), err
}
