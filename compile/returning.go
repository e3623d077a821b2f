package compile

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ReturningSupport says which statements return the rows that they change, and
// how: by a RETURNING at their end, unless one of the other ways is set.
type ReturningSupport struct {
	Insert, Update, Delete bool
	// Output writes the clause where it stands before VALUES or WHERE. Nil: it
	// stands at the end.
	Output func(c *Compiler, w Write)
	// IntoParameters says that RETURNING puts the values of one row into
	// parameters, which the driver makes a row of.
	IntoParameters bool
}

// Write is a statement that changes rows of a table, for the slots that write
// around or within it.
type Write struct {
	Verb    expr.Verb
	Merge   bool // it is written as a MERGE
	Table   *schema.Table
	Columns []*schema.Column    // that an INSERT gives values
	Rows    int                 // of VALUES
	Values  [][]expr.Expression // of each row, in the order of Columns; nil in a MERGE
	// Overriding says that an INSERT gives columns that are generated always
	// values, as it may only where that is said.
	Overriding bool
	Returning  []expr.Expression
}

// Overrides reports whether the statement gives a column that is generated
// always a value.
func (w Write) Overrides() bool {
	return w.Overriding && slices.ContainsFunc(w.Columns, func(c *schema.Column) bool { return c.Identity != nil && c.Identity.Always })
}

// around writes the statement with what the product puts around it.
func (c *Compiler) around(w Write, write func()) {
	if c.rules.Around == nil {
		write()
		return
	}
	c.rules.Around(c, w, write)
}

// output writes the returning clause of products that have it in the middle.
func (c *Compiler) output(w Write) {
	if c.rules.Returning.Output == nil || !c.returnsRows(w) {
		return
	}
	c.rules.Returning.Output(c, w)
	c.returned(w.Returning)
}

// returning writes the clause at the end of the statement.
func (c *Compiler) returning(w Write) {
	if c.rules.Returning.Output != nil || !c.returnsRows(w) {
		return
	}
	c.Text(" RETURNING ")
	if c.rules.Returning.IntoParameters {
		c.intoParameters(w)
	} else {
		List(c, ", ", w.Returning, c.selected)
	}
	c.returned(w.Returning)
}

var verbWords = map[expr.Verb]string{expr.VerbInsert: "INSERT", expr.VerbUpdate: "UPDATE", expr.VerbDelete: "DELETE", expr.VerbMerge: "MERGE"}

// returnsRows reports whether the statement has a returning clause, which the
// product must know.
func (c *Compiler) returnsRows(w Write) bool {
	if len(w.Returning) == 0 {
		return false
	}
	r := &c.rules.Returning
	if r.Insert && w.Verb == expr.VerbInsert || r.Update && w.Verb == expr.VerbUpdate || r.Delete && w.Verb == expr.VerbDelete || w.Verb == expr.VerbMerge && c.rules.Merge.Returning {
		return true
	}
	c.Unsupported(verbWords[w.Verb]+" … RETURNING", "read the rows by their key")
	return false
}

func (c *Compiler) returned(xs []expr.Expression) {
	c.returns = true
	c.columns = resultColumns(xs)
}

// intoParameters has the values of one row put into parameters.
func (c *Compiler) intoParameters(w Write) {
	if w.Verb != expr.VerbInsert || w.Rows > 1 || c.inserting != nil && c.inserting.From != nil {
		c.Unsupported("RETURNING of several rows", "change the rows one by one, as a batch does")
		return
	}
	List(c, ", ", w.Returning, c.returnedValue) // a name for them is refused
	c.Text(" INTO ")
	List(c, ", ", w.Returning, func(x expr.Expression) {
		t, _ := c.rules.Resolve(x.SQLType())
		c.addSlot(Slot{Bind: -1, Param: -1}, sqltype.Out{Of: t}, nil)
		c.buf = c.rules.Placeholder(c.buf, len(c.slots))
	})
}

func (c *Compiler) returnedValue(x expr.Expression) {
	if e := c.rules.Expressed(x.SQLType()); e != nil {
		if around := e.ColumnExpression(expr.Unwrap(x)); around != nil {
			x = around
		}
	}
	c.Expression(x)
}

// Imaged has the columns that write writes stand behind a name, such as that of
// the image of a changed row.
func (c *Compiler) Imaged(name string, write func()) {
	if c.scope == nil {
		write()
		return
	}
	before := c.scope.image
	c.scope.image = name
	write()
	c.scope.image = before
}

// Selected writes a column of a result: an expression with its label.
func (c *Compiler) Selected(x expr.Expression) { c.selected(x) }
