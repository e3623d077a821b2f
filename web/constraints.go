package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Messages are what people are told about violated constraints. They are found by
// the name of the constraint or index, then by "table.column" of its first field,
// then by the kind in the words of SQL, as "unique" and "foreign key".
type Messages map[string]string

var kindMessages = map[sqlerr.ConstraintKind]string{
	sqlerr.Unique:     "is taken already",
	sqlerr.PrimaryKey: "is taken already",
	sqlerr.ForeignKey: "belongs to something that is not there, or that still needs it",
	sqlerr.NotNull:    "must have a value",
	sqlerr.Check:      "is not valid",
	sqlerr.Exclusion:  "is in conflict with another",
}

var kindCodes = map[sqlerr.ConstraintKind]string{
	sqlerr.Unique: "unique", sqlerr.PrimaryKey: "unique", sqlerr.ForeignKey: "reference",
	sqlerr.NotNull: CodeNull, sqlerr.Check: CodeInvalid, sqlerr.Exclusion: "unique",
}

// FieldsOf says of an error of a flush or commit which fields it is about: of a
// violated constraint of a table of the base, and of a value that a validator of
// an entity refused. Errors that are FieldErrors stay what they are. For any other
// it returns false.
//
// The fields are those of the constraint's columns, under the names that they have
// in a body (see Accept), without those of keys where others are among them: of a
// name that is unique within a team, the name. Databases say it in different ways
// which constraint it was; one that can't be found in the models is told without a
// field.
func FieldsOf(err error, base *orm.Base, m Messages) (FieldErrors, bool) {
	if known, ok := errors.AsType[FieldErrors](err); ok {
		return known, true
	}
	if violated, ok := errors.AsType[*sqlerr.ConstraintError](err); ok {
		return fieldsOfConstraint(err, violated, base, m), true
	}
	if refused, ok := errors.AsType[*orm.EntityError](err); ok {
		return fieldsOfEntity(refused, base), true
	}
	return nil, false
}

func fieldsOfConstraint(err error, e *sqlerr.ConstraintError, base *orm.Base, m Messages) FieldErrors {
	list, descErr := base.Describe()
	if descErr != nil {
		list = nil
	}
	v := violation{ConstraintError: e, of: list}
	v.find()
	if flush, ok := errors.AsType[*orm.FlushError](err); ok {
		v.atFlush(flush)
	}
	code := kindCodes[e.Kind]
	if code == "" {
		code = CodeInvalid
	}
	out := FieldErrors{}
	for _, c := range v.blamed() {
		out = append(out, FieldError{Field: v.nameOf(c), Code: code, Message: m.of(v.name, c, e.Kind), Err: err})
	}
	if len(out) == 0 {
		out = append(out, FieldError{Code: code, Message: m.of(v.name, nil, e.Kind), Err: err})
	}
	return out
}

// of returns the message that fits best.
func (m Messages) of(name string, c *schema.Column, kind sqlerr.ConstraintKind) string {
	keys := []string{name}
	if c != nil {
		keys = append(keys, c.FullName())
	}
	for _, key := range append(keys, kind.String()) {
		if text, ok := m[key]; ok && key != "" {
			return text
		}
	}
	if text := kindMessages[kind]; text != "" {
		return text
	}
	return "is not valid"
}

// violation is a constraint that is looked for in the models.
type violation struct {
	*sqlerr.ConstraintError
	of      []*orm.Description
	name    string
	columns []*schema.Column
}

// find completes what the database has said: by the table and the columns, or by
// the name of the constraint.
func (v *violation) find() {
	v.name = v.Name
	for _, d := range v.of {
		if v.Table != "" && !isTable(d.Table, v.Table) {
			continue
		}
		for _, c := range constraintsOf(d.Table) {
			if v.is(d.Table, c) {
				v.name, v.columns = c.name, c.columns
				return
			}
		}
	}
	for _, d := range v.of {
		if columns := columnsNamed(d.Table, v.Columns); isTable(d.Table, v.Table) && columns != nil {
			v.columns = columns
			return
		}
	}
	v.byColumn()
}

// byColumn finds the only column of a name, where the database has said no table.
func (v *violation) byColumn() {
	var found [][]*schema.Column
	for _, d := range v.of {
		if columns := columnsNamed(d.Table, v.Columns); columns != nil && v.Table == "" {
			found = append(found, columns)
		}
	}
	if len(found) == 1 {
		v.columns = found[0]
	}
}

// atFlush adds what the flush knows: SQLite does not say which foreign key it was,
// and what is deleted has no field that is to be mended.
func (v *violation) atFlush(e *orm.FlushError) {
	switch {
	case v.Kind != sqlerr.ForeignKey:
	case e.Op == "delete":
		v.columns = nil
	case len(v.columns) == 0:
		for _, d := range v.of {
			if entity, _, _ := strings.Cut(e.Entity, "("); entity == d.Entity.String() && len(d.Table.ForeignKeys) == 1 {
				v.name, v.columns = d.Table.ForeignKeys[0].Name, d.Table.ForeignKeys[0].Columns
			}
		}
	}
}

// isTable compares with what databases say, with a schema or without.
func isTable(t *schema.Table, name string) bool {
	return name != "" && (t.FullName() == name || t.Name == name)
}

func columnsNamed(t *schema.Table, names []string) []*schema.Column {
	var out []*schema.Column
	for _, name := range names {
		c := t.Column(name)
		if c == nil {
			return nil
		}
		out = append(out, c)
	}
	return out
}

// named is a constraint or a unique index of a table.
type named struct {
	name    string
	kind    sqlerr.ConstraintKind
	columns []*schema.Column
}

// constraintsOf lists what a row of a table can violate.
func constraintsOf(t *schema.Table) []named {
	var out []named
	if t.PrimaryKey != nil {
		out = append(out, named{t.PrimaryKey.Name, sqlerr.PrimaryKey, t.PrimaryKey.Columns})
	}
	for _, u := range t.Uniques {
		out = append(out, named{u.Name, sqlerr.Unique, u.Columns})
	}
	for _, i := range t.Indexes {
		if i.Unique {
			out = append(out, named{i.Name, sqlerr.Unique, columnsWithin(t, i)})
		}
	}
	for _, f := range t.ForeignKeys {
		out = append(out, named{f.Name, sqlerr.ForeignKey, f.Columns})
	}
	for _, c := range t.Checks {
		out = append(out, named{c.Name, sqlerr.Check, columnsOfCheck(t, c)})
	}
	return out
}

// is reports whether the database has spoken of the constraint.
func (v *violation) is(t *schema.Table, c named) bool {
	unique := func(k sqlerr.ConstraintKind) bool { return k == sqlerr.Unique || k == sqlerr.PrimaryKey }
	switch {
	case c.kind != v.Kind && !(unique(c.kind) && unique(v.Kind)) && v.Kind != sqlerr.Unknown:
		return false
	case v.Name == "PRIMARY" && v.Table != "":
		return c.kind == sqlerr.PrimaryKey
	case v.Name != "" && c.name == "": // PostgreSQL names a primary key so that has no name
		return c.kind == sqlerr.PrimaryKey && v.Name == t.Name+"_pkey"
	case v.Name != "":
		return strings.EqualFold(c.name, v.Name)
	}
	columns := columnsNamed(t, v.Columns)
	return columns != nil && v.Table != "" && slices.Equal(columns, c.columns)
}

// blamed are the columns of which a person is told: those that are no keys, if
// there are such.
func (v *violation) blamed() []*schema.Column {
	var own []*schema.Column
	for _, c := range v.columns {
		if !c.IsPrimaryKey() && len(c.ForeignKeys()) == 0 {
			own = append(own, c)
		}
	}
	if len(own) > 0 {
		return own
	}
	return v.columns
}

// nameOf is what the field of a column is called in a body.
func (v *violation) nameOf(c *schema.Column) string {
	for _, d := range v.of {
		if d.Table != c.Table {
			continue
		}
		for _, a := range d.Attributes {
			if a.Column == c {
				return fieldName(d.Entity, a)
			}
		}
	}
	return c.Name
}

// fieldsOfEntity is a value that was refused when its entity was flushed.
func fieldsOfEntity(e *orm.EntityError, base *orm.Base) FieldErrors {
	p := problemOf(e)
	x := FieldError{Code: p.code, Message: p.message, Err: p.err}
	list, _ := base.Describe()
	for _, d := range list {
		if a := d.Attribute(e.Field); a != nil && a.Column != nil && d.Entity.String() == e.Entity {
			x.Field = fieldName(d.Entity, *a)
		}
	}
	return FieldErrors{x}
}
