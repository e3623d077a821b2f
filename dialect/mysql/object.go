package mysql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
)

// target is what conditions of DDL are asked about.
func (s server) target() schema.Target {
	if s.maria() {
		return schema.Target{Dialect: s.called(), Parent: name}
	}
	return schema.Target{Dialect: name}
}

// ifNotExists are the objects whose CREATE takes IF NOT EXISTS
// (https://mariadb.com/kb/en/create-index/,
// https://dev.mysql.com/doc/refman/8.4/en/create-index.html).
func (s server) ifNotExists() compile.Objects {
	objects := compile.ObjectTable | compile.ObjectSchema
	if s.maria() {
		objects |= compile.ObjectIndex | compile.ObjectSequence | compile.ObjectView
	}
	return objects
}

func (s server) ifExists() compile.Objects {
	objects := compile.ObjectTable | compile.ObjectSchema | compile.ObjectView
	if s.maria() {
		objects |= compile.ObjectIndex | compile.ObjectSequence | compile.ObjectConstraint
	}
	return objects
}

// setComment writes the comment as a change of the table; that of a column is
// part of its whole declaration.
func setComment(d *compile.DDL, e schema.SetComment) {
	if e.Constraint != nil {
		d.Unsupported("comments of constraints", "put it into the comment of the table")
		return
	}
	d.Text("ALTER TABLE ")
	d.TableName(e.Table)
	if e.Column == nil {
		d.Text(" COMMENT ")
		d.String(e.Table.Comment)
		return
	}
	d.Text(" MODIFY COLUMN ")
	d.ColumnDeclaration(e.Column)
}
