package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/expr"
)

// Naming makes the names of constraints and indexes that were given none, so
// that a later migration can speak of them. In each pattern {table} is the
// table, {columns} its columns joined by "_", {column} the first of them,
// {referenced} the referenced table. An empty pattern leaves the name to the database. A name of more than
// 63 bytes, which some product would refuse or cut, ends in a checksum of
// itself instead: the same on every product.
type Naming struct {
	PrimaryKey string
	Unique     string
	ForeignKey string
	// Check has {n}, the number of the check within its table. With {name} in it,
	// it makes the names of those checks that were given one.
	Check string
	Index string
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
		pattern, named := strings.ReplaceAll(n.Check, "{n}", strconv.Itoa(i+1)), strings.Contains(n.Check, "{name}")
		if !c.conventional && named == (c.Name != "") {
			c.Name = t.name(strings.ReplaceAll(pattern, "{name}", c.Name), nil)
		}
		c.conventional = true
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
	return fk.Table.name(strings.ReplaceAll(fk.Table.meta.Naming.ForeignKey, "{referenced}", fk.References.Name), fk.Columns)
}

func (t *Table) name(pattern string, cols []*Column) string {
	if pattern == "" {
		return ""
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	first := ""
	if len(names) > 0 {
		first = names[0]
	}
	return shorten(strings.NewReplacer("{table}", t.Name, "{column}", first, "{columns}", strings.Join(names, "_")).Replace(pattern))
}

// longestName is how many bytes the name of a convention has at most.
const longestName = 63

// shorten makes a name that is too long one of longestName bytes. Names that
// differ stay different.
func shorten(name string) string {
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	end := longestName - 9
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "_" + hex.EncodeToString(sum[:4])
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
