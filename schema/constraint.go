package schema

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// PrimaryKeyConstraint is the primary key of a table.
type PrimaryKeyConstraint struct {
	Name    string
	Columns []*Column
	Comment string
	// Options are those of one product, such as "mssql.clustered".
	Options map[string]string

	named bool // the convention was asked for its name
}

// UniqueConstraint is UNIQUE over one or more columns.
type UniqueConstraint struct {
	Name    string
	Columns []*Column
	// NullsNotDistinct lets one row have NULL, where else any number may.
	NullsNotDistinct bool
	// Deferrable and Deferred: checked at COMMIT, where the database can.
	Deferrable, Deferred bool
	Comment              string
	// If says on which databases the constraint is made; nil: on all.
	If Condition
	// Options are those of one product, such as "mssql.clustered".
	Options map[string]string

	named bool // the convention was asked for its name
}

// CheckConstraint is CHECK of a condition.
type CheckConstraint struct {
	Name      string
	Condition expr.Expression
	Comment   string
	// If says on which databases the constraint is made; nil: on all.
	If Condition

	named bool // the convention was asked for its name
}

// Index is an index over columns or expressions.
type Index struct {
	Name   string
	Table  *Table
	Terms  []expr.Order
	Unique bool
	Where  expr.Expression // a partial index; nil: all rows
	// Include are names of columns that are kept beside the index's own.
	Include []string
	// NullsNotDistinct lets one row of a unique index have NULL, where else any
	// number may.
	NullsNotDistinct bool
	// If says on which databases the index is made; nil: on all.
	If Condition
	// Options are those of one product, such as "postgres.using".
	Options map[string]string

	named bool // the convention was asked for its name
}

// Action is what happens to a row when the row that it references goes away or
// changes its key.
type Action uint8

// The actions.
const (
	NoAction Action = iota // refuse, at the end of the statement or transaction
	Restrict
	Cascade
	SetNull
	SetDefault
)

// ForeignKeyConstraint references the key of a table.
type ForeignKeyConstraint struct {
	Name               string
	Table              *Table
	Columns            []*Column
	References         *Table
	Referenced         []*Column
	OnDelete, OnUpdate Action
	// Match says what a key of several columns is that is NULL in some.
	Match Match
	// Deferrable and Deferred: checked at COMMIT, where the database can.
	Deferrable, Deferred bool
	// UseAlter adds the key once all tables are there, where the database can.
	UseAlter bool
	Comment  string
	// If says on which databases the key is made; nil: on all.
	If Condition

	named bool // the convention was asked for its name
}

// Match says when a key of several columns references a row.
type Match uint8

// How a key of several columns is matched.
const (
	MatchSimple Match = iota // a key with a NULL in it references nothing
	MatchFull                // all columns are NULL, or none is
)

type foreignOption struct {
	target string
	ref    *Column
	opts   []ForeignKeyOption
}

// ForeignKeyOption is a property of a foreign key.
type ForeignKeyOption func(fk *ForeignKeyConstraint)

// OnDelete says what happens when the referenced row is deleted.
func OnDelete(a Action) ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.OnDelete = a }
}

// OnUpdate says what happens when the referenced key changes.
func OnUpdate(a Action) ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.OnUpdate = a }
}

// Deferred has the key checked at COMMIT, where the database can.
func Deferred() ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.Deferrable, fk.Deferred = true, true }
}

// Deferrable lets a transaction have the key checked at its COMMIT (SET
// CONSTRAINTS); else it is checked with each statement.
func Deferrable() ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.Deferrable = true }
}

// Matching says when a key of several columns references a row.
func Matching(m Match) ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.Match = m }
}

// UseAlter adds the key once all tables are there (ALTER TABLE), where the
// database can. Keys that close a cycle are added so by themselves.
func UseAlter() ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.UseAlter = true }
}

// KeyComment describes a foreign key, in databases that keep comments of
// constraints.
func KeyComment(text string) ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.Comment = text }
}

// ConstraintName names a foreign key.
func ConstraintName(name string) ForeignKeyOption {
	return func(fk *ForeignKeyConstraint) { fk.Name = name }
}

// ForeignKey makes the column reference another, told as "table.column" or
// "schema.table.column", which may be declared later.
func ForeignKey(target string, opts ...ForeignKeyOption) Option {
	return optionFunc(func(c *Column) { c.foreign = append(c.foreign, foreignOption{target: target, opts: opts}) })
}

// References makes the column reference another, which is declared already.
func References(col Columner, opts ...ForeignKeyOption) Option {
	return optionFunc(func(c *Column) {
		def := col.Definition()
		if def == nil {
			c.errs = append(c.errs, errors.New("references a column that is not declared yet; use schema.ForeignKey with its name"))
			return
		}
		c.foreign = append(c.foreign, foreignOption{ref: def, opts: opts})
	})
}

// Check adds a CHECK on the row to the column's declaration. name may be "".
func Check(name string, condition expr.Expression) Option {
	return optionFunc(func(c *Column) {
		c.checks = append(c.checks, &CheckConstraint{Name: name, Condition: expr.Unwrap(condition)})
	})
}

// TwoValued adds a CHECK that the column is true, false or NULL, for databases
// whose truth values are numbers. name may be "".
func TwoValued(name string) Option {
	return optionFunc(func(c *Column) { c.twoValued = &name })
}

func (c *Column) twoValuedCheck() *CheckConstraint {
	return &CheckConstraint{Name: *c.twoValued, Condition: &expr.In{X: c.Ref(), List: []expr.Expression{expr.TRUE, expr.FALSE}}}
}

// TableItem is a part of a table's declaration: a column, a constraint, an
// index, a comment.
type TableItem interface{ addTo(t *Table) error }

type itemFunc func(t *Table) error

func (f itemFunc) addTo(t *Table) error { return f(t) }

// TableComment describes the table, in databases that keep comments.
func TableComment(text string) TableItem {
	return itemFunc(func(t *Table) error { t.Comment = text; return nil })
}

// TableOption sets an option that one product has, such as "mysql.engine" or
// "sqlite.strict". Products pass over the options of others.
func TableOption(key, value string) TableItem {
	return itemFunc(func(t *Table) error {
		if t.Options == nil {
			t.Options = map[string]string{}
		}
		t.Options[key] = value
		return nil
	})
}

// PrimaryKeyOn names the columns of the primary key, in order. name may be "".
func PrimaryKeyOn(name string, columns ...string) TableItem {
	return itemFunc(func(t *Table) error {
		cols, err := t.named(columns)
		if err != nil {
			return err
		}
		for _, c := range cols {
			c.primaryKey, c.Nullable = true, false
		}
		t.PrimaryKey = &PrimaryKeyConstraint{Name: name, Columns: cols}
		return nil
	})
}

// UniqueOn makes the columns unique together. name may be "".
func UniqueOn(name string, columns ...string) TableItem {
	return itemFunc(func(t *Table) error {
		cols, err := t.named(columns)
		if err == nil {
			t.Uniques = append(t.Uniques, &UniqueConstraint{Name: name, Columns: cols})
		}
		return err
	})
}

// CheckOn adds a CHECK to the table. name may be "".
func CheckOn(name string, condition expr.Expression) TableItem {
	return itemFunc(func(t *Table) error {
		t.Checks = append(t.Checks, &CheckConstraint{Name: name, Condition: expr.Unwrap(condition)})
		return nil
	})
}

// IndexOn adds an index on columns. name may be "".
func IndexOn(name string, columns ...string) TableItem {
	return itemFunc(func(t *Table) error {
		cols, err := t.named(columns)
		if err != nil {
			return err
		}
		ix := &Index{Name: name, Table: t}
		for _, c := range cols {
			ix.Terms = append(ix.Terms, expr.Order{X: c.Ref()})
		}
		t.Indexes = append(t.Indexes, ix)
		return nil
	})
}

// AddIndex adds an index with expressions, an order, a condition. Its Table is
// set here.
func AddIndex(ix Index) TableItem {
	return itemFunc(func(t *Table) error {
		ix.Table = t
		t.Indexes = append(t.Indexes, &ix)
		return nil
	})
}

// ForeignKeyOn references the columns of another table, told by name.
func ForeignKeyOn(columns []string, table string, referenced []string, opts ...ForeignKeyOption) TableItem {
	return itemFunc(func(t *Table) error {
		cols, err := t.named(columns)
		if err != nil {
			return err
		}
		fk := &ForeignKeyConstraint{Table: t, Columns: cols}
		for _, o := range opts {
			o(fk)
		}
		t.meta.later(func() error { return fk.resolve(table, referenced) })
		t.ForeignKeys = append(t.ForeignKeys, fk)
		return nil
	})
}

func (t *Table) named(names []string) ([]*Column, error) {
	if len(names) == 0 {
		return nil, errors.New("a constraint or index names no columns")
	}
	cols := make([]*Column, len(names))
	for i, n := range names {
		cols[i] = t.byName[n]
		if cols[i] == nil {
			return nil, fmt.Errorf("a constraint or index names column %q, which the table does not have", n)
		}
		if slices.Contains(cols[:i], cols[i]) {
			return nil, fmt.Errorf("a constraint or index names column %q twice", n)
		}
	}
	return cols, nil
}

func (fk *ForeignKeyConstraint) resolve(table string, referenced []string) error {
	t := fk.Table.meta.Table(table)
	if t == nil {
		return fmt.Errorf("schema: table %q has a foreign key to %q, which is not declared in the same MetaData", fk.Table.FullName(), table)
	}
	if len(referenced) != len(fk.Columns) {
		return fmt.Errorf("schema: a foreign key of table %q has %d columns and references %d", fk.Table.FullName(), len(fk.Columns), len(referenced))
	}
	fk.Referenced = nil
	for _, n := range referenced {
		c := t.Column(n)
		if c == nil {
			return fmt.Errorf("schema: table %q has a foreign key to column %q of %q, which that table does not have", fk.Table.FullName(), n, t.FullName())
		}
		fk.Referenced = append(fk.Referenced, c)
	}
	fk.References = t
	fk.Name = fk.name()
	return nil
}
