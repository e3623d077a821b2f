package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// indexRow is the index of a key.
type indexRow struct {
	name, origin string
	seq          int64
	columns      []string
}

// indexTerm reads a row of reflectIndexes: a term of an index.
func (r *reflection) indexTerm(row sqltype.Row) error {
	d := r.byName[string(row.Text(0))]
	if d == nil {
		return nil
	}
	name, origin, column, collation := string(row.Text(1)), string(row.Text(3)), string(row.Text(6)), string(row.Text(8))
	other := d.collatesOtherwise(column, collation)
	if origin != "c" {
		if other {
			d.Beyond = append(d.Beyond, fmt.Sprintf("has a key that compares the column %q by the collation %s", column, collation))
		}
		if last := len(d.keys) - 1; last < 0 || d.keys[last].name != name {
			d.keys = append(d.keys, indexRow{name: name, origin: origin, seq: row.Int64(4)})
		}
		key := &d.keys[len(d.keys)-1]
		key.columns = append(key.columns, column)
		return nil
	}
	text := parseCreateIndex(string(row.Text(9)))
	if last := len(d.Indexes) - 1; last < 0 || d.Indexes[last].Name != name {
		d.Indexes = append(d.Indexes, dialect.ReflectedIndex{Name: name, Unique: row.Int64(2) != 0, Where: text.where})
	}
	ix := &d.Indexes[len(d.Indexes)-1]
	term := dialect.ReflectedTerm{Column: column, Descending: row.Int64(7) != 0}
	switch {
	case row.Int64(5) < 0 || other:
		term.Column = ""
		if n := len(ix.Terms); n < len(text.terms) {
			term.Expression = text.terms[n]
		}
	case column == "":
		term.Expression = "rowid"
	}
	ix.Terms = append(ix.Terms, term)
	return nil
}

func (d *described) collatesOtherwise(column, collation string) bool {
	own := "BINARY"
	if said := d.text.columns[fold(column)]; said != nil && said.collation != "" {
		own = said.collation
	}
	return column != "" && !strings.EqualFold(own, collation)
}

var reflectedActions = map[string]schema.Action{
	"NO ACTION": schema.NoAction, "RESTRICT": schema.Restrict, "CASCADE": schema.Cascade, "SET NULL": schema.SetNull, "SET DEFAULT": schema.SetDefault,
}

// foreignKey reads a row of reflectForeignKeys: a column of one. MATCH is no
// part of what is told: SQLite reads it and passes over it.
func (r *reflection) foreignKey(row sqltype.Row) error {
	d := r.byName[string(row.Text(0))]
	if d == nil {
		return nil
	}
	id := int(row.Int64(1))
	if last := len(d.refs) - 1; last < 0 || d.refs[last] != id {
		d.refs = append(d.refs, id)
		d.ForeignKeys = append(d.ForeignKeys, dialect.ReflectedForeignKey{
			RefSchema: r.schemaName, RefTable: string(row.Text(3)),
			OnDelete: reflectedActions[string(row.Text(5))], OnUpdate: reflectedActions[string(row.Text(6))],
		})
	}
	fk := &d.ForeignKeys[len(d.ForeignKeys)-1]
	fk.Columns = append(fk.Columns, d.columnName(string(row.Text(2))))
	fk.RefColumns = append(fk.RefColumns, string(row.Text(4)))
	return nil
}

// columnName returns the name as the column has it.
func (d *described) columnName(name string) string {
	for _, c := range d.Columns {
		if fold(c.Name) == fold(name) {
			return c.Name
		}
	}
	return name
}

// finish puts together what the pragmas and the text say. The numbers of foreign
// keys fall in the order of the text.
func (d *described) finish() {
	if len(d.key) > 0 {
		d.PrimaryKey = d.primaryKey()
	}
	slices.SortStableFunc(d.keys, func(a, b indexRow) int { return int(b.seq - a.seq) })
	said := slices.Clone(d.text.uniques)
	for _, k := range d.keys {
		if k.origin != "u" {
			continue
		}
		key := dialect.ReflectedKey{Columns: k.columns}
		if i := slices.IndexFunc(said, func(u keyText) bool { return sameNames(u.columns, k.columns) }); i >= 0 {
			key.Name, key.Options = said[i].name, conflictOption(said[i].conflict)
			said = slices.Delete(said, i, i+1)
		}
		d.Uniques = append(d.Uniques, key)
	}
	if len(d.ForeignKeys) == len(d.text.foreign) {
		for i, f := range d.text.foreign {
			d.ForeignKeys[i].Name, d.ForeignKeys[i].Deferrable, d.ForeignKeys[i].Deferred = f.name, f.deferrable, f.deferred
		}
	}
}

func (d *described) primaryKey() *dialect.ReflectedKey {
	key := &dialect.ReflectedKey{Name: d.text.primary.name, Options: conflictOption(d.text.primary.conflict)}
	for n := 1; n <= len(d.key); n++ {
		key.Columns = append(key.Columns, d.key[n])
	}
	if len(key.Columns) > 1 || d.Options[optionWithoutRowID] != "" || slices.ContainsFunc(d.keys, func(k indexRow) bool { return k.origin == "pk" }) {
		return key
	}
	for i := range d.Columns {
		if c := &d.Columns[i]; c.Name == key.Columns[0] && strings.EqualFold(c.SQL, "INTEGER") {
			// The row id has no index, so that the name of its key is nowhere to be seen.
			c.Generated, c.Nullable, key.Name = true, false, ""
		}
	}
	return key
}

func conflictOption(word string) map[string]string {
	if word == "" {
		return nil
	}
	return map[string]string{optionConflict: word}
}

func sameNames(a, b []string) bool {
	return slices.EqualFunc(a, b, func(x, y string) bool { return fold(x) == fold(y) })
}
