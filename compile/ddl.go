package compile

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// DDL writes schema elements. The slots of DDLRules write through it.
type DDL struct {
	Compiler
	done []string
}

func (d *DDL) end() {
	if d.err == nil {
		d.done = append(d.done, string(d.buf))
	}
	d.buf = nil
}

func (d *DDL) element(e schema.Element) {
	d.literals = true
	switch e := e.(type) {
	case schema.CreateTable:
		d.createTable(e)
	case schema.DropTable:
		d.Text("DROP TABLE ")
		d.TableName(e.Table)
		d.end()
	case schema.CreateIndex:
		d.createIndex(e.Index)
	case schema.DropIndex:
		d.dropIndex(e.Index)
	case schema.CreateSequence:
		d.createSequence(e)
	case schema.OwnSequence:
		d.ownSequence(e.Sequence)
	case schema.DropSequence:
		d.Text("DROP SEQUENCE ")
		d.SequenceName(e.Sequence)
		d.end()
	case schema.CreateEnum:
		d.createEnum(e)
	case schema.DropEnum:
		d.Text("DROP TYPE ")
		d.enumName(e.Column)
		d.end()
	case schema.AddForeignKey:
		d.addForeignKey(e.ForeignKey)
	case schema.DropForeignKey:
		d.dropForeignKey(e.ForeignKey)
	case schema.SetComment:
		d.comment(e)
	default:
		d.Fail(fmt.Errorf("compile: a DDL element of type %T can't be written", e))
	}
}

func (d *DDL) in(t *schema.Table) { d.scope = &scope{sources: []expr.Source{t}, bare: true} }

func (d *DDL) createTable(e schema.CreateTable) {
	t := e.Table
	d.in(t)
	if check := d.rules.DDL.Check; check != nil {
		if err := check(t); err != nil {
			d.Fail(err)
			return
		}
	}
	d.Text("CREATE TABLE ")
	d.TableName(t)
	d.Text(" (\n  ")
	List(&d.Compiler, ",\n  ", t.Columns(), d.column)
	d.tableConstraints(e)
	d.Text("\n)")
	if d.rules.DDL.TableOptions != nil {
		d.rules.DDL.TableOptions(d, t)
	}
	d.end()
	if d.rules.DDL.After != nil {
		after, err := d.rules.DDL.After(t)
		if err != nil {
			d.Fail(err)
		}
		d.done = append(d.done, after...)
	}
}

func (d *DDL) column(col *schema.Column) {
	d.Identifier(col.Name)
	d.Text(" ")
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
	if e, ok := t.(sqltype.Enum); ok && d.rules.DDL.EnumTypes {
		d.enumTypeName(col.Table.Schema, e)
		return
	}
	name, err := d.rules.TypeName(t)
	if err != nil {
		d.Fail(fmt.Errorf("column %s: %w", col.FullName(), err))
	}
	d.Text(name)
}

func (d *DDL) enumTypeName(schemaName string, e sqltype.Enum) { d.qualified(schemaName, e.Name) }

func (d *DDL) enumName(col *schema.Column) {
	if e, ok := d.Type(col).(sqltype.Enum); ok {
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

func (d *DDL) tableConstraints(e schema.CreateTable) {
	t := e.Table
	if inline := d.rules.DDL.PrimaryKeyInline; t.PrimaryKey != nil && (inline == nil || !inline(t)) {
		d.constraint(t.PrimaryKey.Name, "PRIMARY KEY ")
		d.columnList(d.keyColumns(t))
	}
	for _, u := range t.Uniques {
		d.constraint(u.Name, "UNIQUE ")
		d.columnList(u.Columns)
	}
	for _, fk := range t.ForeignKeys {
		if !contains(e.Without, fk) {
			d.constraint(fk.Name, "")
			d.foreignKey(fk)
		}
	}
	for _, ck := range t.Checks {
		d.constraint(ck.Name, "CHECK (")
		d.Condition(ck.Condition)
		d.Text(")")
	}
	for _, col := range t.Columns() {
		d.enumCheck(col)
	}
}

// keyColumns returns the columns of the primary key in the order in which they
// are written.
func (d *DDL) keyColumns(t *schema.Table) []*schema.Column {
	if order := d.rules.DDL.KeyOrder; order != nil {
		return order(t)
	}
	return t.PrimaryKey.Columns
}

func contains(list []*schema.ForeignKeyConstraint, fk *schema.ForeignKeyConstraint) bool {
	for _, x := range list {
		if x == fk {
			return true
		}
	}
	return false
}

// enumCheck limits a column to its labels where enumerations aren't types.
func (d *DDL) enumCheck(col *schema.Column) {
	e, ok := d.Type(col).(sqltype.Enum)
	if !ok || d.rules.DDL.EnumTypes || d.rules.DDL.EnumInType {
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
	d.action(" ON DELETE ", fk.OnDelete)
	d.action(" ON UPDATE ", fk.OnUpdate)
	if !fk.Deferrable {
		return
	}
	if !d.rules.DDL.Deferrable {
		d.Unsupported("deferred foreign keys", "leave Deferred out")
		return
	}
	d.Text(" DEFERRABLE")
	if fk.Deferred {
		d.Text(" INITIALLY DEFERRED")
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

func (d *DDL) addForeignKey(fk *schema.ForeignKeyConstraint) {
	if !d.rules.DDL.AlterForeignKey {
		d.Unsupported("ALTER TABLE … ADD FOREIGN KEY", "declare the key with its table")
		return
	}
	d.in(fk.Table)
	d.Text("ALTER TABLE ")
	d.TableName(fk.Table)
	d.Text(" ADD ")
	if fk.Name != "" {
		d.Text("CONSTRAINT ")
		d.Identifier(fk.Name)
		d.Text(" ")
	}
	d.foreignKey(fk)
	d.end()
}

func (d *DDL) dropForeignKey(fk *schema.ForeignKeyConstraint) {
	if !d.rules.DDL.AlterForeignKey {
		d.Unsupported("ALTER TABLE … DROP CONSTRAINT", "drop the table")
		return
	}
	if fk.Name == "" {
		d.Fail(fmt.Errorf("compile: a foreign key of %s has no name and can't be dropped; name it, or set MetaData.Naming", fk.Table.FullName()))
		return
	}
	d.Text("ALTER TABLE ")
	d.TableName(fk.Table)
	d.Text(" DROP " + d.rules.DDL.DropForeignKey + " ")
	d.Identifier(fk.Name)
	d.end()
}

func (d *DDL) createIndex(ix *schema.Index) {
	d.in(ix.Table)
	if ix.Where != nil && !d.rules.DDL.PartialIndex {
		d.Unsupported("partial indexes", "leave Where out")
		return
	}
	if ix.Unique {
		d.Text("CREATE UNIQUE INDEX ")
	} else {
		d.Text("CREATE INDEX ")
	}
	if d.rules.DDL.BareReferences {
		d.qualified(ix.Table.Schema, ix.Name)
		d.Text(" ON ")
		d.Identifier(ix.Table.Name)
	} else {
		d.Identifier(ix.Name)
		d.Text(" ON ")
		d.TableName(ix.Table)
	}
	d.Text(" (")
	List(&d.Compiler, ", ", ix.Terms, d.indexTerm)
	d.Text(")")
	if ix.Where != nil {
		d.clause(" WHERE ", []expr.Expression{ix.Where})
	}
	d.end()
}

func (d *DDL) indexTerm(o expr.Order) {
	if o.Nulls != expr.NullsDefault && !d.rules.DDL.IndexNulls {
		d.Unsupported("NULLS FIRST and NULLS LAST in an index", "leave them out")
		return
	}
	if _, plain := expr.Unwrap(o.X).(*expr.Column); plain {
		d.Order(o)
		return
	}
	if !d.rules.DDL.ExpressionIndex {
		d.Unsupported("indexes over expressions", "index a generated column")
		return
	}
	d.Text("(")
	d.Expression(o.X)
	d.Text(")")
	d.direction(o)
}

func (d *DDL) dropIndex(ix *schema.Index) {
	d.Text("DROP INDEX ")
	if !d.rules.DDL.DropIndexOn && ix.Table.Schema != "" {
		d.Identifier(ix.Table.Schema)
		d.Text(".")
	}
	d.Identifier(ix.Name)
	if d.rules.DDL.DropIndexOn {
		d.Text(" ON ")
		d.TableName(ix.Table)
	}
	d.end()
}

func (d *DDL) createEnum(e schema.CreateEnum) {
	t, ok := d.Type(e.Column).(sqltype.Enum)
	if !ok || !d.rules.DDL.EnumTypes {
		d.Unsupported("enumeration types", "they are checks of the table")
		return
	}
	d.Text("CREATE TYPE ")
	d.enumName(e.Column)
	d.Text(" AS ENUM (")
	List(&d.Compiler, ", ", t.Labels.All(), d.String)
	d.Text(")")
	d.end()
}

func (d *DDL) comment(e schema.SetComment) {
	if !d.rules.DDL.CommentOn {
		return
	}
	text := e.Table.Comment
	if e.Column != nil {
		d.Text("COMMENT ON COLUMN ")
		d.TableName(e.Table)
		d.Text(".")
		d.Identifier(e.Column.Name)
		text = e.Column.Comment
	} else {
		d.Text("COMMENT ON TABLE ")
		d.TableName(e.Table)
	}
	d.Text(" IS ")
	d.String(text)
	d.end()
}
