package engine

import (
	"errors"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// target is what a statement writes to, for the errors that it may meet.
type target struct {
	table *schema.Table
	// inserts says that rows are added, so that a foreign key that is violated
	// is one of the table's own.
	inserts bool
	// left are the columns whose values are left to generators.
	left []*schema.Column
}

// generated reports whether the key, or a part of it, comes from a generator.
func (t target) generated() bool {
	return slices.ContainsFunc(t.left, (*schema.Column).IsPrimaryKey)
}

func targetOf(s expr.Statement) target {
	var source expr.Source
	var columns []expr.Expression
	switch s := s.(type) {
	case *expr.Insert:
		p := s.Parts()
		source, columns = p.Into, p.Columns
	case *expr.Update:
		source = s.Parts().Table
	case *expr.Delete:
		source = s.Parts().From
	case *expr.Merge:
		source = s.Parts().Into
	}
	table, _ := source.(*schema.Table)
	t := target{table: table, inserts: s.Verb() == expr.VerbInsert}
	if table != nil && t.inserts {
		t.left = generatorsLeft(table, isSent(columns))
	}
	return t
}

// explain completes a violated constraint with what its table's declaration
// says: databases differ in whether they tell the name, the table or the
// columns. A generated key that is taken is a conflict with another node where
// the step of keys changes under a statement.
func (t target) explain(err error, stepChanges bool) {
	var c *sqlerr.ConstraintError
	if t.table == nil || !errors.As(err, &c) {
		return
	}
	found := t.find(c)
	if found == nil {
		if c.Table == "" && c.Kind != sqlerr.ForeignKey {
			c.Table = t.table.Name
		}
		return
	}
	if found.kind != sqlerr.Unknown {
		c.Kind = found.kind
	}
	if found.name != "" {
		c.Name = found.name
	}
	if c.Table == "" {
		c.Table = found.table.Name
	}
	if len(c.Columns) == 0 {
		c.Columns = found.columns
	}
	switch {
	case found.kind != sqlerr.PrimaryKey || !t.generated():
	case stepChanges:
		c.Hint = "another node of the cluster gave the generated key while nodes left or joined: run the transaction again"
		c.Err = errors.Join(sqlerr.ErrSerialization, c.Err)
	default:
		c.Hint = "the generated key is taken, because rows were inserted with keys of their own: move the generator beyond them with ids.Advance"
	}
}

// declared is a constraint of the schema.
type declared struct {
	kind    sqlerr.ConstraintKind
	name    string
	table   *schema.Table
	columns []string
}

func (t target) find(c *sqlerr.ConstraintError) *declared {
	switch c.Kind {
	case sqlerr.ForeignKey:
		return t.findForeignKey(c)
	case sqlerr.NotNull:
		return nil
	}
	for _, d := range uniquesOf(t.table) {
		// MySQL calls every primary key PRIMARY.
		named := c.Name != "" && (strings.EqualFold(d.name, c.Name) || d.kind == sqlerr.PrimaryKey && c.Name == "PRIMARY")
		if named || c.Name == "" && len(c.Columns) > 0 && slices.Equal(d.columns, c.Columns) {
			return d
		}
	}
	for _, ck := range t.table.Checks {
		if c.Name != "" && strings.EqualFold(ck.Name, c.Name) {
			return &declared{kind: sqlerr.Check, name: ck.Name, table: t.table, columns: columnsIn(ck.Condition)}
		}
	}
	return nil
}

// findForeignKey looks in all tables: a DELETE meets the keys of others.
func (t target) findForeignKey(c *sqlerr.ConstraintError) *declared {
	if own := t.table.ForeignKeys; c.Name == "" && t.inserts && len(own) == 1 {
		return &declared{kind: sqlerr.ForeignKey, name: own[0].Name, table: t.table, columns: names(own[0].Columns)}
	}
	if c.Name == "" {
		return nil
	}
	for _, table := range t.table.MetaData().Tables() {
		for _, fk := range table.ForeignKeys {
			if strings.EqualFold(fk.Name, c.Name) {
				return &declared{kind: sqlerr.ForeignKey, name: fk.Name, table: table, columns: names(fk.Columns)}
			}
		}
	}
	return nil
}

func uniquesOf(t *schema.Table) []*declared {
	var out []*declared
	if t.PrimaryKey != nil {
		out = append(out, &declared{sqlerr.PrimaryKey, t.PrimaryKey.Name, t, names(t.PrimaryKey.Columns)})
	}
	for _, u := range t.Uniques {
		out = append(out, &declared{sqlerr.Unique, u.Name, t, names(u.Columns)})
	}
	for _, ix := range t.Indexes {
		if ix.Unique {
			var cols []string
			for _, term := range ix.Terms {
				cols = append(cols, columnsIn(term.X)...)
			}
			out = append(out, &declared{sqlerr.Unique, ix.Name, t, cols})
		}
	}
	return out
}

func names(cols []*schema.Column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.Name
	}
	return out
}

// columnsIn lists the columns that an expression uses, each once.
func columnsIn(x expr.Expression) []string {
	var out []string
	if c, ok := expr.Unwrap(x).(*expr.Column); ok {
		return []string{c.Name}
	}
	for _, y := range expr.Children(x) {
		for _, name := range columnsIn(y) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
