package compile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Compiler writes one statement. The slots of Rules and nodes that render
// themselves write through it. The first error ends the writing.
type Compiler struct {
	rules *Rules
	key   *expr.Key
	buf   []byte
	slots []Slot
	types []sqltype.Type
	// conversions are those of the values, nil where there are none.
	conversions []*sqltype.Conversion
	// placed is where each value has its last place.
	placed map[Slot]int
	err    error

	// literals writes values into the text, for DDL, which takes no values.
	literals bool
	// inline says that they are in the place of those that a statement sends.
	inline bool
	// asCondition says that the next expression stands where SQL asks for a
	// condition.
	asCondition bool
	scope       *scope
	// top is the outermost query or statement, whose WITH has the CTEs that
	// belong to no other; withDone says that it is written.
	top      expr.Statement
	withDone bool
	// ctesInPlace says that the statement can have no WITH.
	ctesInPlace bool
	columns     []ResultColumn
	returns     bool
	// inserting is the INSERT that is being written, nil for none; changing says
	// that it is at what resolves a conflict by a change.
	inserting *InsertContext
	changing  bool
	losses    *Losses
	// unreadable is the table that subqueries can't read, nil for none.
	unreadable *schema.Table
	// product is the first FROM whose rows are joined each with each.
	product *CartesianError
}

// scope is the FROM of the statement that is being written, inside that of
// the statement around it.
type scope struct {
	sources []expr.Source
	outer   *scope
	// bare writes columns without their table, as INSERT and SET ask for.
	bare    bool
	windows []expr.NamedWindow
	hints   []expr.TableHint
	// image is written before columns of the first source instead of its name; ""
	// for none.
	image string
}

func (s *scope) provides(src expr.Source) bool {
	for ; s != nil; s = s.outer {
		for _, f := range s.sources {
			if f.Provides(src) {
				return true
			}
		}
	}
	return false
}

// Rules returns the rules under which the statement is written.
func (c *Compiler) Rules() *Rules { return c.rules }

// Fail ends the writing with err. The first one counts.
func (c *Compiler) Fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Unsupported ends the writing: the product does not have the construct.
func (c *Compiler) Unsupported(construct, instead string) {
	c.Fail(&UnsupportedError{Construct: construct, Dialect: c.rules.Dialect, Instead: instead})
}

// Text writes SQL as it is.
func (c *Compiler) Text(s string) { c.buf = append(c.buf, s...) }

// Identifier writes a quoted name.
func (c *Compiler) Identifier(name string) {
	var err error
	if c.buf, err = c.rules.Identifiers.Append(c.buf, name); err != nil {
		c.Fail(err)
	}
}

// TableName writes the quoted name of a table with its schema.
func (c *Compiler) TableName(t *schema.Table) { c.qualified(t.Schema, t.Name) }

// SequenceName writes the quoted name of a sequence with its schema.
func (c *Compiler) SequenceName(s *schema.Sequence) { c.qualified(s.Schema, s.Name) }

func (c *Compiler) qualified(schemaName, name string) {
	if link := c.qualifier(schemaName, name); link != "" {
		c.Text("@")
		c.Identifier(link)
	}
}

// qualifier writes what stands before the columns of a table: its name without
// the link to another database, which it returns.
func (c *Compiler) qualifier(schemaName, name string) (link string) {
	schemaName = c.rules.SchemaName(schemaName)
	switch c.rules.OtherDatabases {
	case DatabaseBefore:
		if database, within, ok := strings.Cut(schemaName, "."); ok {
			c.Identifier(database)
			c.Text(".")
			schemaName = within
		}
	case DatabaseLink:
		schemaName, link, _ = strings.Cut(schemaName, "@")
	}
	if schemaName != "" {
		c.Identifier(schemaName)
		c.Text(".")
	}
	c.Identifier(name)
	return link
}

// parameter writes the place of a value that the execution gives.
func (c *Compiler) parameter(x *expr.Blank) {
	if c.key == nil {
		c.Fail(fmt.Errorf("compile: the parameter %q stands in DDL, which takes no values", x.Name))
		return
	}
	c.bind(c.key.Filled(x))
}

// place writes the place of a value.
func (c *Compiler) place(slot Slot, declared sqltype.Type) {
	if c.literals {
		c.Fail(errors.New("compile: a place among the parameters of an execution has no literal"))
		return
	}
	t, conversion := c.rules.Resolve(declared)
	t = sqltype.Values(t)
	if i, ok := c.placed[slot]; ok && c.types[i].String() == t.String() {
		if c.rules.ReusesPlaceholders {
			c.placeholder(i+1, t)
			return
		}
		if _, raw := c.top.(*expr.Text); c.rules.RepeatsPlaceholders && !raw {
			c.addSlot(slot, t, conversion)
			c.placeholder(i+1, t)
			return
		}
	}
	if c.placed == nil {
		c.placed = map[Slot]int{}
	}
	c.placed[slot] = len(c.slots)
	c.addSlot(slot, t, conversion)
	c.placeholder(len(c.slots), t)
}

// addSlot notes that the next place is the slot's, for values that are sent as t.
func (c *Compiler) addSlot(slot Slot, t sqltype.Type, conversion *sqltype.Conversion) {
	c.slots, c.types = append(c.slots, slot), append(c.types, t)
	if conversion == nil && c.conversions == nil {
		return
	}
	for len(c.conversions) < len(c.slots)-1 {
		c.conversions = append(c.conversions, nil)
	}
	c.conversions = append(c.conversions, conversion)
}

func (c *Compiler) placeholder(n int, t sqltype.Type) {
	cast := ""
	if c.rules.BindCast != nil {
		cast = c.rules.BindCast(t)
	}
	if cast != "" {
		c.Text("CAST(")
	}
	c.buf = c.rules.Placeholder(c.buf, n)
	if cast != "" {
		c.Text(" AS " + cast + ")")
	}
}

func (c *Compiler) bind(b *expr.Bind) {
	c.expressedValue(b.SQLType(), func() { c.bareBind(b) })
}

// bareBind writes the place of a value, or its literal.
func (c *Compiler) bareBind(b *expr.Bind) {
	if c.literals || b.InText {
		c.literal(b)
		return
	}
	i := c.key.IndexOf(b)
	if i < 0 {
		c.Fail(errors.New("compile: a value is not part of the statement's key; its node leaves it out of AppendKey"))
		return
	}
	c.place(Slot{Bind: i, Param: -1}, b.SQLType())
}

// Literally has values written into the text within write. Their nodes must be
// part of the key by Key.Fixed.
func (c *Compiler) Literally(write func()) {
	outer := c.literals
	c.literals = true
	write()
	c.literals = outer
}

func (c *Compiler) literal(b *expr.Bind) {
	if b.Err != nil {
		c.Fail(b.Err)
		return
	}
	t, conversion := c.rules.Resolve(b.SQLType())
	v, err := conversion.Send(b.Value)
	text := ""
	if err == nil {
		text, err = c.rules.Literal(v, t)
	}
	if err != nil {
		c.Fail(err)
	}
	if cast := c.rules.LiteralCast; c.inline && cast != nil && cast(t) != "" {
		text = "CAST(" + text + " AS " + cast(t) + ")"
	}
	c.Text(text)
}

func (c *Compiler) compiled(s expr.Statement) *Compiled {
	c.rules.resolveNested(c.columns)
	return &Compiled{
		SQL: string(c.buf), Verb: s.Verb(), Slots: c.slots, Params: c.types, Conversions: c.conversions,
		Columns: c.columns, Stored: c.rules.stored(c.columns), ReturnsRows: c.returns, Losses: c.losses, Cartesian: c.product,
	}
}

func (c *Compiler) statement(s expr.Statement) {
	c.top = s
	switch s := s.(type) {
	case *expr.Select:
		c.Select(s)
		c.returns = true
		c.columns = resultColumns(s.Output())
	case *expr.Compound:
		c.compound(s)
		c.returns = true
		c.columns = resultColumns(s.Output())
	case *expr.Insert:
		c.insert(described(c, s, s.Parts().Into).Parts())
	case *expr.Update:
		c.update(described(c, s, s.Parts().Table).Parts())
	case *expr.Delete:
		c.delete(described(c, s, s.Parts().From).Parts())
	case *expr.Merge:
		c.merge(described(c, s, s.Parts().Into).Parts())
	case *expr.Text:
		c.text(s)
		c.returns = true
	case Renderer:
		s.Render(c)
	default:
		c.Fail(fmt.Errorf("compile: a statement of type %T can't be written; it must implement compile.Renderer", s))
	}
}

// List writes parts with a separator.
func List[T any](c *Compiler, sep string, parts []T, write func(part T)) {
	for i, p := range parts {
		if i > 0 {
			c.Text(sep)
		}
		write(p)
	}
}

func resultColumns(xs []expr.Expression) []ResultColumn {
	cols := make([]ResultColumn, len(xs))
	for i, x := range xs {
		cols[i] = resultColumn(x)
	}
	return cols
}

func resultColumn(x expr.Expression) ResultColumn {
	col := ResultColumn{Type: x.SQLType()}
	switch x := x.(type) {
	case *expr.Column:
		col.Name, col.Codec, col.Table = x.Name, x.Codec, tableName(x.From)
	case *expr.Label:
		col.Name = x.Name
		if inner, ok := expr.Unwrap(x.X).(*expr.Column); ok {
			col.Codec = inner.Codec
		}
	case *expr.Func:
		col.Name = x.Name
	case *expr.Nested:
		col.Nested = &NestedColumns{Columns: resultColumns(x.Select.Parts().Columns)}
	}
	return col
}
