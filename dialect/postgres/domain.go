package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// CreateDomain is CREATE DOMAIN: a type with conditions. Conditions speak of
// VALUE, such as expr.SQL("VALUE > 0")
// (https://www.postgresql.org/docs/current/sql-createdomain.html).
type CreateDomain struct {
	schema.CustomElement
	Schema, Name string
	Type         sqltype.Type
	Default      expr.Expression // nil: none
	NotNull      bool
	Checks       []*schema.CheckConstraint
}

// DropDomain is DROP DOMAIN.
type DropDomain struct {
	schema.CustomElement
	Schema, Name      string
	IfExists, Cascade bool
}

func has(d *compile.DDL) bool {
	if d.Rules().Dialect == name || d.Rules().Parent == name {
		return true
	}
	d.Unsupported("domains", "give the columns a CHECK")
	return false
}

func qualified(d *compile.DDL, schemaName, relation string) {
	if schemaName != "" {
		d.Identifier(schemaName)
		d.Text(".")
	}
	d.Identifier(relation)
}

// RenderDDL implements compile.ElementRenderer.
func (e CreateDomain) RenderDDL(d *compile.DDL) {
	if !has(d) {
		return
	}
	d.Text("CREATE DOMAIN ")
	qualified(d, e.Schema, e.Name)
	base, err := typeName(e.Type)
	if err != nil {
		d.Fail(err)
	}
	d.Text(" AS " + base)
	if e.Default != nil {
		d.Text(" DEFAULT ")
		d.Expression(e.Default)
	}
	if e.NotNull {
		d.Text(" NOT NULL")
	}
	for _, c := range e.Checks {
		if c.Name != "" {
			d.Text(" CONSTRAINT ")
			d.Identifier(c.Name)
		}
		d.Text(" CHECK (")
		d.Condition(c.Condition)
		d.Text(")")
	}
	d.End()
}

// RenderDDL implements compile.ElementRenderer.
func (e DropDomain) RenderDDL(d *compile.DDL) {
	if !has(d) {
		return
	}
	d.Text("DROP DOMAIN ")
	if e.IfExists {
		d.Text("IF EXISTS ")
	}
	qualified(d, e.Schema, e.Name)
	if e.Cascade {
		d.Text(" CASCADE")
	}
	d.End()
}
