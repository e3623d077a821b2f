package compile

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// tableFunction writes a function in FROM.
func (c *Compiler) tableFunction(s *expr.TableFunction) {
	if c.rules.Expr.NoTableFunctions {
		c.Unsupported("a function in FROM", "write the source as raw SQL, by expr.FromSQL")
		return
	}
	c.Text(c.rules.Expr.TableOpen)
	c.function(s.Func)
	if c.rules.Expr.TableOpen != "" {
		c.Text(")")
	}
	c.Text(c.rules.AliasWord)
	c.Identifier(s.Name)
	if len(s.Columns) == 0 {
		return
	}
	if !c.rules.Expr.TableColumns || len(s.Types) > 0 && len(s.Types) != len(s.Columns) {
		c.Unsupported("names for the columns of a function in FROM", "use the names that the function gives them")
		return
	}
	c.Text("(")
	for i, name := range s.Columns {
		if i > 0 {
			c.Text(", ")
		}
		c.Identifier(name)
		if i < len(s.Types) {
			c.typeName(s.Types[i])
		}
	}
	c.Text(")")
}

func (c *Compiler) typeName(declared sqltype.Type) {
	t, _ := c.rules.Resolve(declared)
	name, err := c.rules.TypeName(t)
	if err != nil {
		c.Fail(err)
	}
	c.Text(" " + name)
}

func (c *Compiler) rawSource(s *expr.RawSource) {
	c.Text("(")
	c.text(s.Text)
	c.Text(")" + c.rules.AliasWord)
	c.Identifier(s.Name)
}

// spread writes a comparison of rows where the product has none, and reports
// whether it did.
func (c *Compiler) spread(x expr.Expression) bool {
	if _, list := x.(*expr.In); c.rules.Tuples == TuplesEverywhere || c.rules.Tuples == TuplesInLists && list {
		return false
	}
	y := expr.Spread(x)
	if y == nil {
		return false
	}
	c.Text("(")
	c.Condition(y)
	c.Text(")")
	return true
}

// inList writes IN of values that are sent as one, and reports whether x is one.
func (c *Compiler) inList(x *expr.In) bool {
	if len(x.List) != 1 {
		return false
	}
	list, ok := x.List[0].(*expr.List)
	if !ok {
		return false
	}
	if c.rules.Expr.InList == nil || c.rules.Expressed(list.Elem) != nil {
		c.Unsupported("IN of so many values", "join a table of the values")
		return true
	}
	c.rules.Expr.InList(c, x, list)
	return true
}

// InWord writes x IN or x NOT IN.
func (c *Compiler) InWord(x *expr.In) {
	c.Operand(x.X, expr.OpLike, false)
	if x.Not {
		c.Text(" NOT")
	}
	c.Text(" IN ")
}

// AsArray writes the place of the list as an array.
func (c *Compiler) AsArray(list *expr.List) { c.bind(list.Values) }

// AsJSON writes the place of the list as the text of a JSON array.
func (c *Compiler) AsJSON(list *expr.List) {
	i := c.key.IndexOf(list.Values)
	_, each := c.rules.Resolve(list.Elem)
	if c.literals {
		text, err := jsonArray(list.Values.Value, each)
		if err != nil {
			c.Fail(err)
			return
		}
		c.QuotedText(text.Text())
		return
	}
	c.addSlot(Slot{Bind: i, Param: -1}, sqltype.Text{}, &sqltype.Conversion{To: func(v sqltype.Value) (sqltype.Value, error) {
		return jsonArray(v, each)
	}})
	c.placeholder(len(c.slots), sqltype.Text{})
}

func jsonArray(v sqltype.Value, each *sqltype.Conversion) (sqltype.Value, error) {
	buf := []byte{'['}
	for i, x := range v.Array() {
		if i > 0 {
			buf = append(buf, ',')
		}
		x, err := each.Send(x)
		if err != nil {
			return sqltype.Value{}, err
		}
		switch x.Kind() {
		case sqltype.KindNull:
			buf = append(buf, "null"...)
		case sqltype.KindInt64:
			buf = strconv.AppendInt(buf, x.Int64(), 10)
		case sqltype.KindText:
			text, err := json.Marshal(x.Text())
			if err != nil {
				return sqltype.Value{}, err
			}
			buf = append(buf, text...)
		default:
			return sqltype.Value{}, fmt.Errorf("compile: values of the kind %s can't be sent as one; use fewer", x.Kind())
		}
	}
	return sqltype.TextValue(string(append(buf, ']'))), nil
}

// out writes the place of a parameter that the server sets.
func (c *Compiler) out(x *expr.Out) {
	if !c.rules.Returning.IntoParameters {
		c.Unsupported("OUT parameters", "select what the procedure returns")
		return
	}
	t, _ := c.rules.Resolve(x.Type)
	c.addSlot(Slot{Bind: -1, Param: -1}, sqltype.Out{Of: t}, nil)
	c.placeholder(len(c.slots), t)
}
