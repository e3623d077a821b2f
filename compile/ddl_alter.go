package compile

import (
	"fmt"

	"github.com/alkahest-go/alkahest/schema"
)

func (d *DDL) addConstraint(t *schema.Table, c schema.Constraint) {
	name, on := describe(c)
	_, foreign := c.(*schema.ForeignKeyConstraint)
	switch {
	case !d.wants(on):
		return
	case !d.rules.DDL.AlterForeignKey && foreign:
		d.Unsupported("ALTER TABLE … ADD FOREIGN KEY", "declare the key with its table")
		return
	case !d.rules.DDL.AlterForeignKey:
		d.Unsupported("ALTER TABLE … ADD CONSTRAINT", "declare the constraint with its table")
		return
	}
	d.in(t)
	d.Text("ALTER TABLE ")
	d.TableName(t)
	d.Text(" ADD ")
	if name != "" {
		d.Text("CONSTRAINT ")
		d.Identifier(name)
		d.Text(" ")
	}
	d.constraintBody(c)
	d.End()
}

func (d *DDL) dropConstraint(e schema.DropConstraint) {
	name, on := describe(e.Constraint)
	if !d.wants(on) {
		return
	}
	if !d.rules.DDL.AlterForeignKey {
		d.Unsupported("ALTER TABLE … DROP CONSTRAINT", "drop the table")
		return
	}
	words, named := d.dropWords(e.Constraint)
	if name == "" && named {
		d.Fail(fmt.Errorf("compile: a constraint of %s has no name and can't be dropped; name it, or set MetaData.Naming", e.Table.FullName()))
		return
	}
	d.Text("ALTER TABLE ")
	d.TableName(e.Table)
	d.Text(" DROP " + words)
	if e.IfExists {
		d.ifExists(ObjectConstraint)
	}
	if named {
		d.Text(" ")
		d.Identifier(name)
	}
	if e.Cascade {
		d.cascade(ObjectConstraint)
	}
	d.End()
}

// dropWords are the words before the constraint's name in ALTER TABLE … DROP,
// and whether the name follows.
func (d *DDL) dropWords(c schema.Constraint) (words string, named bool) {
	switch c.(type) {
	case *schema.ForeignKeyConstraint:
		return d.rules.DDL.DropForeignKey, true
	case *schema.PrimaryKeyConstraint:
		if d.rules.DDL.DropPrimaryKey {
			return "PRIMARY KEY", false
		}
	}
	return "CONSTRAINT", true
}
