package schema

import (
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
)

// Naming makes the names of constraints and indexes that were given none, so
// that a later migration can speak of them. In each pattern {table} is the
// table, {columns} its columns joined by "_", {referenced} the referenced
// table. An empty pattern leaves the name to the database.
type Naming struct {
	PrimaryKey string
	Unique     string
	ForeignKey string
	Check      string // {n} is the number of the check within its table
	Index      string
}

// DefaultNaming is the convention of a new MetaData.
var DefaultNaming = Naming{
	PrimaryKey: "{table}_pkey",
	Unique:     "{table}_{columns}_key",
	ForeignKey: "{table}_{columns}_fkey",
	Check:      "{table}_check_{n}",
	Index:      "{table}_{columns}_idx",
}

func (t *Table) nameConstraints() {
	n := t.meta.Naming
	if t.PrimaryKey != nil && t.PrimaryKey.Name == "" {
		t.PrimaryKey.Name = t.name(n.PrimaryKey, t.PrimaryKey.Columns)
	}
	for _, u := range t.Uniques {
		if u.Name == "" {
			u.Name = t.name(n.Unique, u.Columns)
		}
	}
	for i, c := range t.Checks {
		if c.Name == "" {
			c.Name = strings.ReplaceAll(t.name(n.Check, nil), "{n}", strconv.Itoa(i+1))
		}
	}
	for _, ix := range t.Indexes {
		if ix.Name == "" {
			ix.Name = t.name(n.Index, ix.columns())
		}
	}
}

func (fk *ForeignKeyConstraint) name() string {
	if fk.Name != "" {
		return fk.Name
	}
	s := fk.Table.name(fk.Table.meta.Naming.ForeignKey, fk.Columns)
	return strings.ReplaceAll(s, "{referenced}", fk.References.Name)
}

func (t *Table) name(pattern string, cols []*Column) string {
	if pattern == "" {
		return ""
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return strings.NewReplacer("{table}", t.Name, "{columns}", strings.Join(names, "_")).Replace(pattern)
}

func (ix *Index) columns() []*Column {
	var cols []*Column
	for _, term := range ix.Terms {
		if c, ok := expr.Unwrap(term.X).(*expr.Column); ok {
			if col := ix.Table.Column(c.Name); col != nil {
				cols = append(cols, col)
			}
		}
	}
	return cols
}
