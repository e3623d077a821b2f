package compile

import "github.com/alkahest-go/alkahest/schema"

// Comment returns the comment of what e speaks of, in the model.
func Comment(e schema.SetComment) string {
	switch {
	case e.Constraint != nil:
		return constraintComment(e.Constraint)
	case e.Column != nil:
		return e.Column.Comment
	}
	return e.Table.Comment
}

func constraintComment(c schema.Constraint) string {
	switch c := c.(type) {
	case *schema.PrimaryKeyConstraint:
		return c.Comment
	case *schema.UniqueConstraint:
		return c.Comment
	case *schema.CheckConstraint:
		return c.Comment
	case *schema.ForeignKeyConstraint:
		return c.Comment
	}
	return ""
}

func (d *DDL) comment(e schema.SetComment) {
	switch {
	case d.rules.DDL.SetComment != nil:
		d.in(e.Table)
		d.rules.DDL.SetComment(d, e)
		d.End()
	case !d.rules.DDL.CommentOn:
		d.Unsupported("comments", "keep them in the model alone")
	case e.Constraint != nil && !d.rules.DDL.CommentOnConstraint:
		d.Unsupported("comments of constraints", "put it into the comment of the table")
	default:
		d.commentOn(e)
		d.End()
	}
}

func (d *DDL) commentOn(e schema.SetComment) {
	switch {
	case e.Constraint != nil:
		name, _ := describe(e.Constraint)
		d.Text("COMMENT ON CONSTRAINT ")
		d.Identifier(name)
		d.Text(" ON ")
		d.TableName(e.Table)
	case e.Column != nil:
		d.Text("COMMENT ON COLUMN ")
		d.TableName(e.Table)
		d.Text(".")
		d.Identifier(e.Column.Name)
	default:
		d.Text("COMMENT ON TABLE ")
		d.TableName(e.Table)
	}
	d.Text(" IS ")
	if text := Comment(e); text != "" {
		d.String(text)
	} else {
		d.Text(d.rules.DDL.NoComment)
	}
}

// ColumnComment writes COMMENT and the column's comment, for products that take
// it within the column's declaration.
func (d *DDL) ColumnComment(col *schema.Column) {
	if col.Comment != "" {
		d.Text(" COMMENT ")
		d.String(col.Comment)
	}
}
