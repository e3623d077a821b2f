package compile

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// CopyInsert is a statement that takes rows from the client by a protocol of
// the database's own. Its parameters are the columns, in order; they are not in
// the text.
type CopyInsert struct {
	Into    *schema.Table
	Columns []*schema.Column
}

// Verb implements expr.Statement.
func (s *CopyInsert) Verb() expr.Verb { return expr.VerbInsert }

// AppendKey implements expr.Node.
func (s *CopyInsert) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("copy insert")
	k.Node(s.Into)
	k.Int(len(s.Columns))
	for _, c := range s.Columns {
		k.String(c.Name)
	}
}

// Render implements Renderer: COPY t (a, b) FROM STDIN (FORMAT binary).
func (s *CopyInsert) Render(c *Compiler) {
	if c.rules.CopyRows == "" {
		c.Unsupported("COPY", "insert rows of values")
		return
	}
	c.Text("COPY ")
	c.TableName(s.Into)
	c.Text(" (")
	n := 0
	List(c, ", ", s.Columns, func(col *schema.Column) {
		c.Identifier(col.Name)
		t, conversion := c.rules.Resolve(col.Type)
		c.addSlot(Slot{Bind: -1, Param: n}, t, conversion)
		n++
	})
	c.Text(")" + c.rules.CopyRows)
}
