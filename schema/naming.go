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
// that a later migration can speak of them. An empty pattern leaves the name to
// the database. A name of more than 63 bytes, which some product would refuse or
// cut, ends in a checksum of itself instead: the same on every product.
//
// In each pattern {table} is the table, {column} the first column, {columns} all
// of them joined by "_", {joined} joined by nothing, {label} and {labels} the
// same with the table before each ("table_column"), and {name} the name that was
// given: a pattern with {name} makes the names of those that have one, a pattern
// without it of those that have none. FinalName keeps a name out of it.
type Naming struct {
	PrimaryKey string
	Unique     string
	// ForeignKey has {referenced}, the referenced table, {referenced_column} and
	// {referenced_columns} as well.
	ForeignKey string
	// Check has {n}, the number of the check within its table.
	Check string
	Index string
	// Tokens are more words for the patterns, such as "hash" for {hash}.
	Tokens map[string]func(t *Table, columns []*Column) string
}

// finalMark begins a name that no pattern changes. No name has it.
const finalMark = "\x00"

// FinalName is a name that a pattern with {name} leaves as it is.
func FinalName(name string) string { return finalMark + name }

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
	if pk := t.PrimaryKey; pk != nil {
		pk.Name, pk.named = t.conventional(n.PrimaryKey, pk.Name, pk.named, pk.Columns), true
	}
	for _, u := range t.Uniques {
		u.Name, u.named = t.conventional(n.Unique, u.Name, u.named, u.Columns), true
	}
	for i, c := range t.Checks {
		c.Name, c.named = t.conventional(numbered(n.Check, i), c.Name, c.named, nil), true
	}
	for _, ix := range t.Indexes {
		ix.Name, ix.named = t.conventional(n.Index, ix.Name, ix.named, ix.columns()), true
	}
}

// numbered is the pattern of a table's check i, counted from 0.
func numbered(pattern string, i int) string {
	return strings.ReplaceAll(pattern, "{n}", strconv.Itoa(i+1))
}

func (fk *ForeignKeyConstraint) name() string {
	var names []string
	for _, c := range fk.Referenced {
		names = append(names, c.Name)
	}
	first := ""
	if len(names) > 0 {
		first = names[0]
	}
	pattern := strings.NewReplacer("{referenced}", fk.References.Name, "{referenced_column}", first, "{referenced_columns}", strings.Join(names, "_")).
		Replace(fk.Table.meta.Naming.ForeignKey)
	named := fk.named
	fk.named = true
	return fk.Table.conventional(pattern, fk.Name, named, fk.Columns)
}

// conventional returns the name that the pattern makes where it applies, and
// else the name that was given. done says that it was asked before.
func (t *Table) conventional(pattern, given string, done bool, cols []*Column) string {
	if name, final := strings.CutPrefix(given, finalMark); final || done {
		return name
	}
	if strings.Contains(pattern, "{name}") != (given != "") {
		return given
	}
	return t.name(strings.ReplaceAll(pattern, "{name}", given), cols)
}

func (t *Table) name(pattern string, cols []*Column) string {
	if pattern == "" {
		return ""
	}
	names, labels := make([]string, len(cols)), make([]string, len(cols))
	for i, c := range cols {
		names[i], labels[i] = c.Name, t.Name+"_"+c.Name
	}
	first, label := "", ""
	if len(names) > 0 {
		first, label = names[0], labels[0]
	}
	words := []string{
		"{table}", t.Name, "{column}", first, "{columns}", strings.Join(names, "_"), "{joined}", strings.Join(names, ""),
		"{label}", label, "{labels}", strings.Join(labels, "_"),
	}
	for word, f := range t.meta.Naming.Tokens {
		words = append(words, "{"+word+"}", f(t, cols))
	}
	return shorten(strings.NewReplacer(words...).Replace(pattern))
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
