package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// DDL writes schema elements. The slots of DDLRules write through it.
type DDL struct {
	Compiler
	done []string
}

// TableName writes the quoted name of the table with its schema. What is behind
// a link to another database is not made or dropped from here.
func (d *DDL) TableName(t *schema.Table) {
	if _, link, ok := strings.Cut(d.rules.SchemaName(t.Schema), "@"); ok && d.rules.OtherDatabases == DatabaseLink {
		d.Unsupported("DDL behind the database link "+link, "make the table in its own database")
		return
	}
	d.Compiler.TableName(t)
}

// End ends a statement; what is written next is another one.
func (d *DDL) End() {
	if d.err == nil {
		d.done = append(d.done, string(d.buf))
	}
	d.buf = nil
}

// ElementRenderer is an element that writes itself: a construct of one product.
type ElementRenderer interface {
	schema.Element
	// RenderDDL writes statements, each followed by d.End.
	RenderDDL(d *DDL)
}

func (d *DDL) element(e schema.Element) {
	d.literals = true
	switch e := e.(type) {
	case schema.CreateTable:
		d.createTable(e)
	case schema.DropTable:
		d.dropTable(e)
	case schema.CreateIndex:
		d.createIndex(e)
	case schema.DropIndex:
		d.dropIndex(e)
	case schema.AddForeignKey:
		d.addConstraint(e.ForeignKey.Table, e.ForeignKey)
	case schema.DropForeignKey:
		d.dropConstraint(schema.DropConstraint{Table: e.ForeignKey.Table, Constraint: e.ForeignKey})
	case schema.AddConstraint:
		d.addConstraint(e.Table, e.Constraint)
	case schema.DropConstraint:
		d.dropConstraint(e)
	case schema.SetComment:
		d.comment(e)
	default:
		d.object(e)
	}
}

// object writes what is no part of a table.
func (d *DDL) object(e schema.Element) {
	switch e := e.(type) {
	case schema.CreateView:
		d.createView(e)
	case schema.RefreshView:
		d.refreshView(e)
	case schema.CreateSchema:
		d.createSchema(e)
	case schema.DropSchema:
		d.dropSchema(e)
	case schema.CreateSequence:
		d.createSequence(e)
	case schema.OwnSequence:
		d.ownSequence(e.Sequence)
	case schema.DropSequence:
		d.dropSequence(e)
	case schema.CreateEnum:
		d.createEnum(e)
	case schema.DropEnum:
		d.dropEnum(e)
	case schema.Conditional:
		if d.wants(e.If) {
			d.element(e.Element)
		}
	case *schema.Script:
		d.script(e)
	case schema.Run:
		d.run(e)
	case ElementRenderer:
		e.RenderDDL(d)
	default:
		d.Fail(fmt.Errorf("compile: a DDL element of type %T can't be written; it must implement compile.ElementRenderer", e))
	}
}

func (d *DDL) in(t *schema.Table) { d.scope = &scope{sources: t.Sources(), bare: true} }

func (d *DDL) createTable(e schema.CreateTable) {
	t := e.Table
	if t.Selected != nil {
		d.selected(t, e.IfNotExists)
		return
	}
	d.in(t)
	if check := d.rules.DDL.Check; check != nil {
		if err := check(t); err != nil {
			d.Fail(err)
			return
		}
	}
	d.create(Object{Kind: ObjectTable, Schema: t.Schema, Name: t.Name}, d.createWords(t), e.IfNotExists)
	d.TableName(t)
	d.Text(" (\n  ")
	made := slices.DeleteFunc(slices.Clone(t.Columns()), func(c *schema.Column) bool { return c.System })
	List(&d.Compiler, ",\n  ", made, d.column)
	d.tableConstraints(e)
	d.Text("\n)")
	if d.rules.DDL.TableOptions != nil {
		d.rules.DDL.TableOptions(d, t)
	}
	d.End()
	if d.rules.DDL.After != nil {
		after, err := d.rules.DDL.After(d.rules.Table(t))
		if err != nil {
			d.Fail(err)
		}
		if e.IfNotExists && len(after) > 0 {
			d.Unsupported("CREATE TABLE IF NOT EXISTS of a table that takes further statements, which would run though it is there", "let CreateAll look what is there")
		}
		d.done = append(d.done, after...)
	}
}

func (d *DDL) createWords(t *schema.Table) string {
	words := "CREATE "
	if t.Temporary {
		words += d.temporary()
	}
	if d.rules.DDL.TablePrefix != nil {
		words += d.rules.DDL.TablePrefix(t)
	}
	for _, word := range t.Prefixes {
		words += word + " "
	}
	return words + "TABLE "
}

// ColumnDeclaration writes a column as CREATE TABLE has it.
func (d *DDL) ColumnDeclaration(col *schema.Column) { d.column(col) }

func (d *DDL) column(col *schema.Column) {
	d.Identifier(col.Name)
	d.Text(" ")
	if col.Computed != nil {
		d.computed(col)
		return
	}
	if d.rules.DDL.Column != nil {
		d.rules.DDL.Column(d, col)
		return
	}
	d.ColumnType(col)
	d.Default(col)
	d.NotNull(col)
}

// Type returns the type that the product has for the column.
func (d *DDL) Type(col *schema.Column) sqltype.Type {
	t, _ := d.rules.Resolve(col.Type)
	return t
}

// ColumnType writes the name of the column's type.
func (d *DDL) ColumnType(col *schema.Column) {
	t := d.Type(col)
	if e, ok := d.rules.EnumType(t); ok {
		d.enumTypeName(col.Table.Schema, e)
		if _, list := t.(sqltype.Array); list {
			d.Text("[]")
		}
		return
	}
	name, err := d.rules.TypeName(t)
	if err != nil {
		d.Fail(fmt.Errorf("column %s: %w", col.FullName(), err))
	}
	d.Text(name)
}

func (d *DDL) enumTypeName(schemaName string, e sqltype.Enum) {
	if e.Schema != "" {
		schemaName = e.Schema
	}
	d.qualified(schemaName, e.Name)
}

// EnumType returns the enumeration for which the product has a type of its own
// that a column of the type t needs: t, or the elements of an array t. t is what
// Resolve returns.
func (r *Rules) EnumType(t sqltype.Type) (sqltype.Enum, bool) {
	if a, ok := t.(sqltype.Array); ok {
		t = a.Elem
	}
	e, ok := t.(sqltype.Enum)
	return e, ok && r.DDL.EnumTypes && !e.AsText
}

func (d *DDL) enumName(col *schema.Column) {
	if e, ok := d.rules.EnumType(d.Type(col)); ok {
		d.enumTypeName(col.Table.Schema, e)
		return
	}
	d.Fail(fmt.Errorf("compile: column %s is not an enumeration", col.FullName()))
}

// Default writes the DEFAULT clause.
func (d *DDL) Default(col *schema.Column) {
	if col.ServerDefault == nil {
		return
	}
	d.Text(" DEFAULT ")
	switch expr.Unwrap(col.ServerDefault).(type) {
	case *expr.Bind, expr.Const:
		d.Expression(col.ServerDefault)
	default:
		d.Text("(")
		d.Expression(col.ServerDefault)
		d.Text(")")
	}
}

// NotNull writes NOT NULL where the column is.
func (d *DDL) NotNull(col *schema.Column) {
	if !col.Nullable {
		d.Text(" NOT NULL")
	}
}

// String writes text as a literal.
func (d *DDL) String(s string) {
	text, err := d.rules.Literal(sqltype.TextValue(s), sqltype.Text{})
	if err != nil {
		d.Fail(err)
	}
	d.Text(text)
}
