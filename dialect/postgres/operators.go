package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// The operators of arrays, ranges, JSONB, hstore and text search; other products
// refuse them by name. See
// https://www.postgresql.org/docs/current/functions.html.

// operation is l text r, or a call where text is empty.
type operation struct {
	text, call string
	args       []expr.Expression
	typ        sqltype.Type
}

var (
	_ expr.Expression  = (*operation)(nil)
	_ compile.Renderer = (*operation)(nil)
)

// SQLType implements expr.Expression.
func (o *operation) SQLType() sqltype.Type { return o.typ }

// AppendKey implements expr.Node.
func (o *operation) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("postgres operation")
	k.String(o.text)
	k.String(o.call)
	k.Int(len(o.args))
	for _, a := range o.args {
		k.Node(a)
	}
}

// Children implements expr.Parent.
func (o *operation) Children() []expr.Expression { return o.args }

// Replaced implements expr.Replaceable.
func (o *operation) Replaced(f func(expr.Expression) expr.Expression) expr.Node {
	return &operation{text: o.text, call: o.call, args: expr.ReplacedIn(o.args, f), typ: o.typ}
}

// IsCondition implements expr.Conditional.
func (o *operation) IsCondition() bool { return o.typ == sqltype.Type(sqltype.Boolean{}) }

// Operator implements expr.Infix.
func (o *operation) Operator() (expr.Op, bool) {
	if o.IsCondition() {
		return expr.OpLike, o.call == ""
	}
	return expr.OpConcat, o.call == ""
}

// Render implements compile.Renderer.
func (o *operation) Render(c *compile.Compiler) {
	if !c.OnlyFor("the operator "+o.text+o.call+" of package postgres", "write what the product has instead by expr.Fn or expr.SQL", name) {
		return
	}
	switch o.call {
	case "":
		op, _ := o.Operator()
		c.Operand(o.args[0], op, false)
		c.Text(" " + o.text + " ")
		c.Operand(o.args[1], op, true)
	case "[]":
		c.Text("(")
		c.Expression(o.args[0])
		c.Text(")[")
		compile.List(c, ":", o.args[1:], c.Expression)
		c.Text("]")
	case "ARRAY":
		c.Text("ARRAY[")
		compile.List(c, ", ", o.args, c.Expression)
		c.Text("]")
	default:
		c.Call(o.call, o.args...)
	}
}

func infixOf(text string, l, r expr.Expression, t sqltype.Type) *operation {
	return &operation{text: text, args: []expr.Expression{expr.Unwrap(l), expr.Unwrap(r)}, typ: t}
}

func condition(text string, l, r expr.Expression) expr.Pred {
	return expr.NewPred(infixOf(text, l, r, sqltype.Boolean{}))
}

func called(name string, t sqltype.Type, args ...expr.Expression) *operation {
	return &operation{call: name, args: expr.UnwrapAll(args), typ: t}
}

// Contains is l @> r: an array, a range, a document or an hstore has all of the
// other, or a range has the value.
func Contains(l, r expr.Expression) expr.Pred { return condition("@>", l, r) }

// ContainedBy is l <@ r.
func ContainedBy(l, r expr.Expression) expr.Pred { return condition("<@", l, r) }

// Overlaps is l && r: arrays or ranges have something in common.
func Overlaps(l, r expr.Expression) expr.Pred { return condition("&&", l, r) }

// Adjacent is l -|- r: ranges that meet and do not overlap.
func Adjacent(l, r expr.Expression) expr.Pred { return condition("-|-", l, r) }

// StrictlyLeft is l << r: a range ends before the other begins.
func StrictlyLeft(l, r expr.Expression) expr.Pred { return condition("<<", l, r) }

// StrictlyRight is l >> r: a range begins after the other ends.
func StrictlyRight(l, r expr.Expression) expr.Pred { return condition(">>", l, r) }

// HasKey is l ? key: a document or an hstore has the key.
func HasKey(l expr.Expression, key string) expr.Pred { return condition("?", l, expr.Value(key)) }

// HasAllKeys is l ?& keys.
func HasAllKeys(l expr.Expression, keys ...string) expr.Pred { return condition("?&", l, texts(keys)) }

// HasAnyKey is l ?| keys.
func HasAnyKey(l expr.Expression, keys ...string) expr.Pred { return condition("?|", l, texts(keys)) }

func texts(list []string) expr.Expression {
	xs := make([]expr.Expression, len(list))
	for i, s := range list {
		xs[i] = expr.Value(s)
	}
	return &expr.Cast{X: called("ARRAY", textArray, xs...), Type: textArray}
}

var textArray = sqltype.Array{Elem: sqltype.Text{}}

// ArrayOf is ARRAY[…] of expressions of the SQL type elem.
func ArrayOf(elem sqltype.Type, xs ...expr.Expression) expr.Expression {
	return &expr.Cast{X: called("ARRAY", sqltype.Array{Elem: elem}, xs...), Type: sqltype.Array{Elem: elem}}
}

// Element is element i of an array, the first of which is 1; expr.Typed gives it
// a Go type.
func Element(array expr.Expression, i int32) expr.Expression {
	return called("[]", elementType(array), array, expr.Value(i))
}

// Item is element i of an array, the first of which is 0 as in Go; NULL where
// there is none.
func Item[T any](array expr.Of[[]T], i int32) expr.Scalar[T] {
	x := Element(array, i+1)
	return expr.Typed[T](x, x.SQLType())
}

// Slice is the elements from i to j, both included, as an array.
func Slice(array expr.Expression, i, j int32) expr.Expression {
	return called("[]", array.SQLType(), array, expr.Value(i), expr.Value(j))
}

func elementType(array expr.Expression) sqltype.Type {
	if a, ok := sqltype.Base(array.SQLType()).(sqltype.Array); ok {
		return a.Elem
	}
	return sqltype.Null{}
}

// Join is l || r of arrays, documents or hstores.
func Join(l, r expr.Expression) expr.Expression { return infixOf("||", l, r, l.SQLType()) }

// Without is l - key: a document or an hstore without the key.
func Without(l expr.Expression, key string) expr.Expression {
	return infixOf("-", l, &expr.Cast{X: expr.Unwrap(expr.Value(key)), Type: sqltype.Text{}}, l.SQLType())
}

// WithoutPath is l #- path: a document without what is there.
func WithoutPath(l expr.Expression, path ...string) expr.Expression {
	return infixOf("#-", l, texts(path), l.SQLType())
}

// PathExists is l @? path: an SQL/JSON path finds something in the document.
func PathExists(l expr.Expression, path string) expr.Pred { return condition("@?", l, jsonPath(path)) }

// PathMatches is l @@ path: the condition of an SQL/JSON path holds.
func PathMatches(l expr.Expression, path string) expr.Pred { return condition("@@", l, jsonPath(path)) }

func jsonPath(path string) expr.Expression {
	return &expr.Cast{X: &expr.Cast{X: expr.Unwrap(expr.Value(path)), Type: sqltype.Text{}}, Type: JSONPATH()}
}

// HstoreValue is h -> key, NULL where it is not there.
func HstoreValue(h expr.Expression, key string) expr.TextOf[string] {
	return expr.AsText[string](expr.Typed[string](infixOf("->", h, expr.Value(key), sqltype.Text{}), sqltype.Text{}))
}

// HstoreKeys is the keys of an hstore.
func HstoreKeys(h expr.Expression) expr.Scalar[[]string] {
	return expr.Typed[[]string](called("akeys", textArray, h), textArray)
}

// HstoreOf is a map as an hstore.
func HstoreOf(m map[string]string) expr.Expression {
	return expr.NewBind(sqltype.CodecOf[map[string]string](HSTORE()), m)
}

// ToTSVector is the words of a text, by a configuration such as "english".
func ToTSVector(config string, text expr.Expression) expr.Expression {
	return called("to_tsvector", TSVECTOR(), configuration(config), text)
}

// ToTSQuery is a query of words with &, | and !.
func ToTSQuery(config, query string) expr.Expression {
	return called("to_tsquery", TSQUERY(), configuration(config), expr.Value(query))
}

func configuration(config string) expr.Expression {
	return &expr.Cast{X: &expr.Cast{X: expr.Unwrap(expr.Value(config)), Type: sqltype.Text{}}, Type: REGCONFIG()}
}

// TextMatches is vector @@ query.
func TextMatches(vector, query expr.Expression) expr.Pred { return condition("@@", vector, query) }
