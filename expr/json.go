package expr

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Step is one step into a JSON document: a key of an object or an index of an
// array.
type Step struct {
	key   string
	index int // byKey: by key
}

const (
	byKey      = -1
	fromTheEnd = -2 // which not all products have
)

// JSONKey steps to the value under a key.
func JSONKey(name string) Step { return Step{key: name, index: byKey} }

// JSONIndex steps to an element, the first of which is 0. An index below 0 is an
// error of the statement.
func JSONIndex(i int) Step {
	if i < 0 {
		i = fromTheEnd
	}
	return Step{index: i}
}

// Key returns the key of a step that is not an index.
func (s Step) Key() (string, bool) { return s.key, s.index == byKey }

// Index returns the index of a step that is not a key.
func (s Step) Index() (int, bool) { return s.index, s.index >= 0 }

// SQLPath writes the steps as a path of SQL/JSON: $."a"[0].
func SQLPath(steps []Step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		if i, ok := s.Index(); ok {
			b.WriteString("[" + strconv.Itoa(i) + "]")
			continue
		}
		b.WriteString(`."` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s.key) + `"`)
	}
	return b.String()
}

// JSONGet is a value within a JSON document. The path is part of the SQL, as the
// names of columns are, so that an index on the same expression is used.
type JSONGet struct {
	X    Expression
	Path []Step
	// As is what the value is read as: JSON for the document itself, Text,
	// Integer, Float, Numeric or Boolean. What is not there, and JSON's null as
	// anything but JSON, is NULL.
	As sqltype.Type
}

// SQLType implements Expression.
func (e *JSONGet) SQLType() sqltype.Type { return e.As }

// AppendKey implements Node.
func (e *JSONGet) AppendKey(k *Key) {
	k.Tag(tagJSON)
	k.String(e.As.String())
	k.Int(len(e.Path))
	for _, s := range e.Path {
		k.Int(s.index)
		k.String(s.key)
	}
	k.Node(e.X)
}

// Children implements Parent.
func (e *JSONGet) Children() []Expression { return []Expression{e.X} }

func (e *JSONGet) special() {}

// JSONEqual reports whether two documents are the same, whatever their blanks
// and the order of their keys.
type JSONEqual struct{ L, R Expression }

// SQLType implements Expression.
func (e *JSONEqual) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements Node.
func (e *JSONEqual) AppendKey(k *Key) {
	k.Tag(tagJSONEqual)
	k.Node(e.L)
	k.Node(e.R)
}

// Children implements Parent.
func (e *JSONEqual) Children() []Expression { return []Expression{e.L, e.R} }

// Operator implements Infix.
func (e *JSONEqual) Operator() (Op, bool) { return OpEq, true }

// IsCondition implements Conditional.
func (e *JSONEqual) IsCondition() bool { return true }

func (e *JSONEqual) special() {}

// JSONValue is a value within a JSON document, or the document itself.
type JSONValue struct {
	x    Expression
	path []Step
}

// JSONOf is the document x, to go into.
func JSONOf(x Expression, path ...Step) JSONValue { return JSONValue{Unwrap(x), path} }

// Key is the value under a key.
func (j JSONValue) Key(name string) JSONValue { return j.step(JSONKey(name)) }

// Index is an element, the first of which is 0.
func (j JSONValue) Index(i int) JSONValue { return j.step(JSONIndex(i)) }

func (j JSONValue) step(s Step) JSONValue {
	return JSONValue{j.x, append(j.path[:len(j.path):len(j.path)], s)}
}

// SQLType implements Expression.
func (j JSONValue) SQLType() sqltype.Type { return j.Unwrap().SQLType() }

// AppendKey implements Node.
func (j JSONValue) AppendKey(k *Key) { k.Node(j.Unwrap()) }

// Unwrap returns the value as JSON.
func (j JSONValue) Unwrap() Expression {
	t, ok := j.x.SQLType().(sqltype.JSON)
	if !ok {
		t = sqltype.JSON{}
	}
	return j.as(t)
}

func (j JSONValue) as(t sqltype.Type) Expression {
	for _, s := range j.path {
		if s.index == fromTheEnd {
			return Invalid{errBelowZero}
		}
	}
	return &JSONGet{X: j.x, Path: j.path, As: t}
}

var errBelowZero = errors.New("expr: the index of an element of JSON is below 0; count from the beginning")

// JSON is the value as it stands in the document.
func (j JSONValue) JSON() Scalar[json.RawMessage] {
	x := j.Unwrap()
	return typed[json.RawMessage](x, x.SQLType())
}

// Text is a string without its quotes, or another value as its JSON.
func (j JSONValue) Text() TextOf[string] { return NewText[string](j.as(textCodec.Type), textCodec) }

// Int is a whole number.
func (j JSONValue) Int() Num[int64] { return NewNum[int64](j.as(countCodec.Type), countCodec) }

// Float is a floating-point number.
func (j JSONValue) Float() Num[float64] { return NewNum[float64](j.as(floatCodec.Type), floatCodec) }

// Decimal is an exact number of so many digits, scale of them behind the point.
func (j JSONValue) Decimal(precision, scale int) Num[sqltype.Decimal] {
	c := sqltype.CodecOf[sqltype.Decimal](sqltype.Numeric{Precision: precision, Scale: scale})
	return NewNum[sqltype.Decimal](j.as(c.Type), c)
}

// Bool is a truth value.
func (j JSONValue) Bool() BoolOf[bool] { return NewBool[bool](j.as(boolCodec.Type), boolCodec) }

// JSONEq reports whether the value is the document v, which is marshalled.
func JSONEq[T any](j JSONValue, v T) Pred {
	t := sqltype.JSON{Binary: true}
	c, err := sqltype.CodecFor(t, reflect.TypeFor[T]())
	if err != nil {
		return Pred{Invalid{err}}
	}
	return Pred{&JSONEqual{L: j.Unwrap(), R: NewBind(c, v)}}
}
