package compile

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func (d *DDL) tableConstraints(e schema.CreateTable) {
	t := e.Table
	if inline := d.rules.DDL.PrimaryKeyInline; t.PrimaryKey != nil && (inline == nil || !inline(t)) {
		d.tableConstraint(t.PrimaryKey)
	}
	for _, u := range t.Uniques {
		d.tableConstraint(u)
	}
	for _, fk := range t.ForeignKeys {
		if !slices.Contains(e.Without, fk) {
			d.tableConstraint(fk)
		}
	}
	for _, ck := range t.Checks {
		d.tableConstraint(ck)
	}
	for _, c := range t.Constraints {
		if d.wants(c.If) {
			d.tableConstraint(c.Constraint)
		}
	}
	for _, col := range t.Columns() {
		d.enumCheck(col)
	}
}

func (d *DDL) tableConstraint(c schema.Constraint) {
	name, on := describe(c)
	if !d.wants(on) {
		return
	}
	d.constraint(name, "")
	d.constraintBody(c)
}

// ConstraintRenderer is a constraint that writes itself: a construct of one
// product.
type ConstraintRenderer interface {
	schema.Constraint
	// ConstraintName is the constraint's name, "" for none.
	ConstraintName() string
	// RenderConstraint writes what follows the name.
	RenderConstraint(d *DDL)
}

// describe returns the name of a constraint, and where it is wanted.
func describe(c schema.Constraint) (name string, on schema.Condition) {
	switch c := c.(type) {
	case *schema.PrimaryKeyConstraint:
		return c.Name, nil
	case *schema.UniqueConstraint:
		return c.Name, c.If
	case *schema.CheckConstraint:
		return c.Name, c.If
	case *schema.ForeignKeyConstraint:
		return c.Name, c.If
	case ConstraintRenderer:
		return c.ConstraintName(), nil
	}
	return "", nil
}

// constraintBody writes what follows the constraint's name.
func (d *DDL) constraintBody(c schema.Constraint) {
	switch c := c.(type) {
	case *schema.PrimaryKeyConstraint:
		d.Text("PRIMARY KEY " + d.keyWords(c, c.Options))
		d.columnList(d.keyOrder(c))
		d.afterKey(c, c.Options)
	case *schema.UniqueConstraint:
		d.unique(c)
	case *schema.CheckConstraint:
		d.Text("CHECK (")
		d.Condition(c.Condition)
		d.Text(")")
	case *schema.ForeignKeyConstraint:
		d.foreignKey(c)
	case ConstraintRenderer:
		c.RenderConstraint(d)
	default:
		d.Fail(fmt.Errorf("compile: a constraint of type %T can't be written; it must implement compile.ConstraintRenderer", c))
	}
}

func (d *DDL) unique(u *schema.UniqueConstraint) {
	d.Text("UNIQUE ")
	if u.NullsNotDistinct {
		if !d.rules.DDL.NullsNotDistinct {
			d.Unsupported("NULLS NOT DISTINCT", "make the columns NOT NULL")
			return
		}
		d.Text("NULLS NOT DISTINCT ")
	}
	d.Text(d.keyWords(u, u.Options))
	d.columnList(u.Columns)
	d.afterKey(u, u.Options)
	if u.Deferrable && !d.rules.DDL.DeferrableUnique {
		d.Unsupported("deferred UNIQUE constraints", "leave Deferrable out")
		return
	}
	d.deferrable(u.Deferrable, u.Deferred)
}

// keyWords are a product's words before the columns of a key, such as
// CLUSTERED.
func (d *DDL) keyWords(c schema.Constraint, options map[string]string) string {
	if d.rules.DDL.KeyWords == nil {
		return ""
	}
	before, _, err := d.rules.DDL.KeyWords(c, options)
	if err != nil {
		d.Fail(err)
	}
	if before != "" {
		before += " "
	}
	return before
}

// afterKey writes a product's words after the columns of a key.
func (d *DDL) afterKey(c schema.Constraint, options map[string]string) {
	if d.rules.DDL.KeyWords != nil {
		_, after, _ := d.rules.DDL.KeyWords(c, options)
		d.Text(after)
	}
}

func (d *DDL) deferrable(yes, deferred bool) {
	switch {
	case yes && deferred:
		d.Text(" DEFERRABLE INITIALLY DEFERRED")
	case yes:
		d.Text(" DEFERRABLE")
	}
}

// keyOrder returns the columns of a primary key in the order in which they are
// written.
func (d *DDL) keyOrder(pk *schema.PrimaryKeyConstraint) []*schema.Column {
	if len(pk.Columns) > 0 && pk.Columns[0].Table.PrimaryKey == pk {
		return d.keyColumns(pk.Columns[0].Table)
	}
	return pk.Columns
}

// keyColumns returns the columns of the primary key in the order in which they
// are written.
func (d *DDL) keyColumns(t *schema.Table) []*schema.Column {
	if order := d.rules.DDL.KeyOrder; order != nil {
		return order(t)
	}
	return t.PrimaryKey.Columns
}

// enumCheck limits a column to its labels where enumerations aren't types.
func (d *DDL) enumCheck(col *schema.Column) {
	e, ok := d.Type(col).(sqltype.Enum)
	if !ok || e.Unchecked || !e.AsText && (d.rules.DDL.EnumTypes || d.rules.DDL.EnumInType) {
		return
	}
	name := ""
	if e.Name != "" {
		name = col.Table.Name + "_" + col.Name + "_" + e.Name
	}
	d.constraint(name, "CHECK (")
	d.Identifier(col.Name)
	d.Text(" IN (")
	List(&d.Compiler, ", ", e.Labels.All(), d.String)
	d.Text("))")
}

func (d *DDL) constraint(name, kind string) {
	d.Text(",\n  ")
	if name != "" {
		d.Text("CONSTRAINT ")
		d.Identifier(name)
		d.Text(" ")
	}
	d.Text(kind)
}

func (d *DDL) columnList(cols []*schema.Column) {
	d.Text("(")
	List(&d.Compiler, ", ", cols, func(c *schema.Column) { d.Identifier(c.Name) })
	d.Text(")")
}

var actionWords = map[schema.Action]string{
	schema.Restrict: "RESTRICT", schema.Cascade: "CASCADE", schema.SetNull: "SET NULL", schema.SetDefault: "SET DEFAULT",
}

func (d *DDL) foreignKey(fk *schema.ForeignKeyConstraint) {
	if fk.References == nil {
		d.Fail(fmt.Errorf("compile: the foreign key of %s is not resolved; call MetaData.Resolve", fk.Table.FullName()))
		return
	}
	columns, referenced := d.inKeyOrder(fk)
	d.Text("FOREIGN KEY ")
	d.columnList(columns)
	d.Text(" REFERENCES ")
	d.reference(fk)
	d.Text(" ")
	d.columnList(referenced)
	d.match(fk)
	d.action(" ON DELETE ", fk.OnDelete)
	d.action(" ON UPDATE ", fk.OnUpdate)
	if fk.Deferrable && !d.rules.DDL.Deferrable {
		d.Unsupported("deferred foreign keys", "leave Deferred out")
		return
	}
	d.deferrable(fk.Deferrable, fk.Deferred)
}

// match writes MATCH FULL, which for a single column says nothing.
func (d *DDL) match(fk *schema.ForeignKeyConstraint) {
	switch {
	case fk.Match == schema.MatchSimple:
	case d.rules.DDL.Match:
		d.Text(" MATCH FULL")
	case len(fk.Columns) > 1:
		d.Unsupported("MATCH FULL of a key of several columns", "make the columns NOT NULL, or add a CHECK")
	}
}

func (d *DDL) action(words string, a schema.Action) {
	if w := actionWords[a]; w != "" && (a != schema.Restrict || !d.rules.DDL.NoRestrict) {
		d.Text(words + w)
	}
}

// inKeyOrder returns the columns of a foreign key to a whole primary key in the
// order in which that is written, as some products look for an index so.
func (d *DDL) inKeyOrder(fk *schema.ForeignKeyConstraint) (columns, referenced []*schema.Column) {
	if d.rules.DDL.KeyOrder == nil || fk.References.PrimaryKey == nil || !slices.Equal(fk.Referenced, fk.References.PrimaryKey.Columns) {
		return fk.Columns, fk.Referenced
	}
	referenced = d.keyColumns(fk.References)
	for _, c := range referenced {
		columns = append(columns, fk.Columns[slices.Index(fk.Referenced, c)])
	}
	return columns, referenced
}

func (d *DDL) reference(fk *schema.ForeignKeyConstraint) {
	switch {
	case !d.rules.DDL.BareReferences:
		d.TableName(fk.References)
	case fk.References.Schema != fk.Table.Schema:
		d.Unsupported("foreign keys between schemas", "keep both tables in one")
	default:
		d.Identifier(fk.References.Name)
	}
}
