package compile

import (
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Objects is a set of kinds of objects that DDL makes.
type Objects uint16

// The kinds of objects.
const (
	ObjectTable Objects = 1 << iota
	ObjectIndex
	ObjectSequence
	ObjectSchema
	ObjectView
	ObjectMaterializedView
	ObjectType
	ObjectConstraint
)

var objectWords = map[Objects]string{
	ObjectTable: "TABLE", ObjectIndex: "INDEX", ObjectSequence: "SEQUENCE", ObjectSchema: "SCHEMA",
	ObjectView: "VIEW", ObjectMaterializedView: "MATERIALIZED VIEW", ObjectType: "TYPE", ObjectConstraint: "CONSTRAINT",
}

// Object is an object that DDL makes.
type Object struct {
	Kind         Objects // one kind
	Schema, Name string
	Table        string // of an index
}

func (d *DDL) target() schema.Target {
	return schema.Target{Dialect: d.rules.Dialect, Parent: d.rules.Parent}
}

func (d *DDL) wants(on schema.Condition) bool { return on.Holds(d.target()) }

// create writes the words of CREATE, and IF NOT EXISTS behind them or what the
// product has in its place before them.
func (d *DDL) create(o Object, words string, ifNotExists bool) {
	rules := &d.rules.DDL
	if ifNotExists && rules.IfNotExists&o.Kind == 0 {
		if rules.Guard == nil || !rules.Guard(d, o) {
			d.Unsupported("CREATE "+objectWords[o.Kind]+" IF NOT EXISTS", "let CreateAll look what is there")
			return
		}
		ifNotExists = false
	}
	d.Text(words)
	if ifNotExists {
		d.Text("IF NOT EXISTS ")
	}
}

// ifExists writes IF EXISTS, with a blank before it.
func (d *DDL) ifExists(kind Objects) {
	if d.rules.DDL.IfExists&kind == 0 {
		d.Unsupported("DROP "+objectWords[kind]+" IF EXISTS", "let DropAll look what is there")
		return
	}
	d.Text(" IF EXISTS")
}

func (d *DDL) drop(kind Objects, ifExists bool) {
	d.Text("DROP " + objectWords[kind])
	if ifExists {
		d.ifExists(kind)
	}
	d.Text(" ")
}

func (d *DDL) cascade(kind Objects) {
	words := d.rules.DDL.Cascade[kind]
	if words == "" {
		d.Unsupported("DROP "+objectWords[kind]+" … CASCADE", "drop what depends on it first")
		return
	}
	d.Text(words)
}

func (d *DDL) dropTable(e schema.DropTable) {
	kind := kindOf(e.Table)
	d.drop(kind, e.IfExists)
	d.TableName(e.Table)
	if e.Cascade {
		d.cascade(kind)
	}
	d.End()
}

func (d *DDL) createSchema(e schema.CreateSchema) {
	if !d.rules.DDL.Schemas {
		d.Unsupported("CREATE SCHEMA", "make it by the product's own means")
		return
	}
	d.create(Object{Kind: ObjectSchema, Name: e.Name}, "CREATE SCHEMA ", e.IfNotExists)
	d.Identifier(e.Name)
	d.End()
}

func (d *DDL) dropSchema(e schema.DropSchema) {
	switch {
	case !d.rules.DDL.Schemas:
		d.Unsupported("DROP SCHEMA", "drop it by the product's own means")
		return
	case d.rules.DDL.SchemaTakesAll && !e.Cascade:
		d.Unsupported("DROP SCHEMA that keeps a schema which holds anything", "say Cascade, which drops all that it holds")
		return
	}
	d.drop(ObjectSchema, e.IfExists)
	d.Identifier(e.Name)
	if e.Cascade && !d.rules.DDL.SchemaTakesAll {
		d.cascade(ObjectSchema)
	}
	d.End()
}

func (d *DDL) dropSequence(e schema.DropSequence) {
	d.drop(ObjectSequence, e.IfExists)
	d.SequenceName(e.Sequence)
	if e.Cascade {
		d.cascade(ObjectSequence)
	}
	d.End()
}

func (d *DDL) createEnum(e schema.CreateEnum) {
	t, ok := d.rules.EnumType(d.Type(e.Column))
	if !ok {
		d.Unsupported("enumeration types", "they are checks of the table")
		return
	}
	d.Text("CREATE TYPE ")
	d.enumName(e.Column)
	d.Text(" AS ENUM (")
	List(&d.Compiler, ", ", t.Labels.All(), d.String)
	d.Text(")")
	d.End()
}

func (d *DDL) dropEnum(e schema.DropEnum) {
	d.drop(ObjectType, e.IfExists)
	d.enumName(e.Column)
	if e.Cascade {
		d.cascade(ObjectType)
	}
	d.End()
}

// script writes raw DDL with the names of its table.
func (d *DDL) script(x *schema.Script) {
	rest := x.Text()
	for {
		i := strings.IndexByte(rest, '{')
		if i < 0 {
			break
		}
		place, after, _ := strings.Cut(rest[i+1:], "}")
		d.Text(rest[:i])
		if !d.scriptPlace(place, x.Table) {
			d.Text("{")
			rest = rest[i+1:]
			continue
		}
		rest = after
	}
	d.Text(rest)
	d.End()
}

// scriptPlace writes what a place of raw DDL stands for, and reports whether it
// is one.
func (d *DDL) scriptPlace(place string, t *schema.Table) bool {
	switch place {
	case "table", "schema", "fullname":
	default:
		return false
	}
	switch {
	case t == nil:
		d.Fail(fmt.Errorf("compile: raw DDL speaks of {%s} and is run without a table; run it by schema.At, or say For", place))
	case place == "table":
		d.Identifier(t.Name)
	case place == "schema":
		d.Identifier(d.rules.SchemaName(t.Schema))
	default:
		d.TableName(t)
	}
	return true
}

func (d *DDL) run(e schema.Run) {
	if _, ok := e.Statement.(*expr.Text); ok {
		d.scope = nil
	}
	d.statement(e.Statement)
	d.End()
}
