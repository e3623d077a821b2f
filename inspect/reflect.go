package inspect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/schema"
)

// Options say what is reflected. The zero value is all tables of the schema of
// the MetaData, and the sequences of that.
type Options struct {
	// Schema is where the tables are; "" is the Schema of the MetaData, or the
	// current one. Tables of the current one that is not named have no schema.
	Schema string
	// Only are the names of the tables and views; none is all. One that is not
	// there is a *NoTableError.
	Only []string
	// Filter leaves out those for which it is false. nil takes all.
	Filter func(r Relation) bool
	// Views takes views as well where Only names none of them.
	Views bool
	// WithoutReferenced leaves tables out that are referenced alone, and the foreign
	// keys to them. Else they come with those that reference them, from any schema.
	WithoutReferenced bool
	// Partial takes tables also where they have what a schema.Table does not say;
	// without it that is a *BeyondError.
	Partial bool
	// Column is called for each column before it becomes one of the table: it may
	// change it, such as by another Type. Where it returns false the column is left
	// out, with the keys, constraints and indexes that it is part of.
	Column func(t *Table, c *Column) bool
}

// BeyondError says that a table has what a schema.Table does not say, so that
// what is made of it would be another.
type BeyondError struct {
	Schema, Name string
	Beyond       []string // what the table is or has, in words
}

// Error names the table, and what it has.
func (e *BeyondError) Error() string {
	return fmt.Sprintf("inspect: %q %s, which a schema.Table does not say; say Partial to take the rest, or leave it out by Filter", e.Name, strings.Join(e.Beyond, ", and "))
}

// Reflect makes a MetaData of what there is in a database.
func Reflect(ctx context.Context, e *engine.Engine, o Options) (*schema.MetaData, error) {
	m := schema.NewMetaData()
	_, err := New(e).Into(ctx, m, o)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Into adds to m what there is in a database and m has not declared, and returns
// the tables that are new. Tables of m stay as they are. m must not be in use
// meanwhile.
func (i *Inspector) Into(ctx context.Context, m *schema.MetaData, o Options) ([]*schema.Table, error) {
	if o.Schema == "" {
		o.Schema = m.Schema
	}
	list, err := i.wanted(ctx, m, o)
	if err != nil {
		return nil, err
	}
	d := &declaration{meta: m, options: o, sequences: map[string]map[string]Sequence{}}
	if d.caps, err = i.engine.Capabilities(ctx); err != nil {
		return nil, err
	}
	for _, t := range list {
		if d.sequences[t.Schema] == nil {
			if err := d.take(ctx, i, t.Schema); err != nil {
				return nil, err
			}
		}
	}
	declared, err := d.declare(list)
	if err == nil && len(o.Only) == 0 && o.Filter == nil {
		err = d.aloneSequences(ctx, i, o.Schema)
	}
	if err == nil {
		err = m.Resolve()
	}
	return declared, err
}

// wanted reads the tables that become ones of m, each after those that its query
// speaks of.
func (i *Inspector) wanted(ctx context.Context, m *schema.MetaData, o Options) ([]*Table, error) {
	var list []*Table
	var err error
	if len(o.Only) > 0 {
		list, err = i.Tables(ctx, o.Schema, o.Only...)
	} else {
		list, err = i.All(ctx, o.Schema)
	}
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(t *Table) bool {
		isView := t.Kind == dialect.RelationView || t.Kind == dialect.RelationMaterializedView
		return isView && !o.Views && len(o.Only) == 0 || o.Filter != nil && !o.Filter(t.Relation) || m.Table(fullName(t)) != nil
	})
	if !o.WithoutReferenced {
		if list, err = i.withReferenced(ctx, m, list); err != nil {
			return nil, err
		}
	}
	var errs []error
	for _, t := range list {
		if len(t.Beyond) > 0 && !o.Partial {
			errs = append(errs, &BeyondError{Schema: t.Schema, Name: t.Name, Beyond: t.Beyond})
		}
	}
	return viewsInOrder(list), errors.Join(errs...)
}

func fullName(t *Table) string { return qualified(t.Schema, t.Name) }

func qualified(schemaName, name string) string {
	if schemaName == "" {
		return name
	}
	return schemaName + "." + name
}

// withReferenced adds the tables that are referenced, and those that these
// reference, each step in one go. One that is not there (SQLite takes keys to
// nowhere) is passed over here, and an error of Resolve.
func (i *Inspector) withReferenced(ctx context.Context, m *schema.MetaData, list []*Table) ([]*Table, error) {
	have := map[string]bool{}
	for _, t := range list {
		have[fullName(t)] = true
	}
	for from := 0; from < len(list); {
		missing := map[string][]string{}
		for _, t := range list[from:] {
			for _, fk := range t.ForeignKeys {
				full := qualified(fk.RefSchema, fk.RefTable)
				if !have[full] && m.Table(full) == nil {
					have[full] = true
					missing[fk.RefSchema] = append(missing[fk.RefSchema], fk.RefTable)
				}
			}
		}
		from = len(list)
		for schemaName, names := range missing {
			more, err := i.Tables(ctx, schemaName, names...)
			if _, gone := errors.AsType[*NoTableError](err); err != nil && !gone {
				return nil, err
			}
			list = append(list, more...)
		}
	}
	return list, nil
}

// viewsInOrder puts views behind all tables, each behind those that its query
// names.
func viewsInOrder(list []*Table) []*Table {
	var sorted, views []*Table
	for _, t := range list {
		if t.Definition == "" {
			sorted = append(sorted, t)
		} else {
			views = append(views, t)
		}
	}
	for len(views) > 0 {
		n := max(slices.IndexFunc(views, func(v *Table) bool {
			return !slices.ContainsFunc(views, func(other *Table) bool { return other != v && mentions(v.Definition, other.Name) })
		}), 0)
		sorted = append(sorted, views[n])
		views = slices.Delete(views, n, n+1)
	}
	return sorted
}

// mentions reports whether the name stands in SQL as a word.
func mentions(sql, name string) bool {
	for at := 0; ; {
		n := strings.Index(sql[at:], name)
		if n < 0 {
			return false
		}
		start, end := at+n, at+n+len(name)
		before := strings.LastIndexFunc(sql[:start], isWord) == start-1 && start > 0
		after := strings.IndexFunc(sql[end:], isWord) == 0
		if !before && !after {
			return true
		}
		at = end
	}
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
