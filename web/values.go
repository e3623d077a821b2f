package web

import (
	"bytes"
	"database/sql"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqltype"
)

// problem is what is wrong with one value.
type problem struct {
	code, message string
	err           error
}

func typeProblem(what string) *problem { return &problem{code: CodeType, message: "must be " + what} }

// valueForm is how the values of a field are written in bodies.
type valueForm struct {
	is       reflect.Type // of the field
	of       reflect.Type // within a pointer or a sql.Null
	column   sqltype.Type
	nullable bool // the column
	scalar   *scalarForm
	elem     *valueForm // of an array
	document bool       // any JSON
}

// formOf finds out how a field is written.
func formOf(a orm.Attribute) (valueForm, error) {
	f, err := newValueForm(a.Type, a.Column.Codec.Type)
	f.nullable = a.Column.Nullable
	return f, err
}

func newValueForm(is reflect.Type, column sqltype.Type) (valueForm, error) {
	f := valueForm{is: is, of: is, column: sqltype.Base(column)}
	switch {
	case is.Kind() == reflect.Pointer:
		f.of = is.Elem()
	case isNull(is):
		f.of = is.Field(0).Type
	}
	if list, ok := f.column.(sqltype.Array); ok && f.of.Kind() == reflect.Slice {
		elem, err := newValueForm(f.of.Elem(), list.Elem)
		elem.nullable = elem.is != elem.of
		f.elem = &elem
		return f, err
	}
	if f.column.Kind() == sqltype.KindJSON {
		f.document = true
		return f, nil
	}
	if f.scalar = scalarOf(f.of, f.column); f.scalar == nil {
		return f, fmt.Errorf("a %s can't be read from a body; give the type UnmarshalText", f.of)
	}
	return f, nil
}

// isNull reports whether a type is sql.Null[T] or one of its kin.
func isNull(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[sql.NullString]().PkgPath() &&
		t.NumField() == 2 && t.Field(1).Name == "Valid"
}

// read returns the field's value.
func (f valueForm) read(x sentField) (reflect.Value, *problem) {
	switch {
	case x.file:
		return reflect.Value{}, &problem{code: CodeFile, message: "must not be a file"}
	case x.twice:
		return reflect.Value{}, &problem{code: CodeTwice, message: "is there twice"}
	case x.json != nil:
		return f.fromJSON(x.json)
	case f.elem != nil:
		return f.fromTexts(x.texts)
	}
	texts := x.texts
	if f.of.Kind() == reflect.Bool && len(texts) == 2 && isFalse(texts[0]) {
		texts = texts[1:] // a checkbox after a hidden field of the same name
	}
	if len(texts) != 1 {
		return reflect.Value{}, &problem{code: CodeTwice, message: "is there twice"}
	}
	return f.fromText(texts[0])
}

func (f valueForm) null() (reflect.Value, *problem) {
	if !f.nullable || f.is == f.of && f.of.Kind() != reflect.Slice {
		return reflect.Value{}, &problem{code: CodeNull, message: "must have a value"}
	}
	return reflect.Zero(f.is), nil
}

// whole puts the pointer or the sql.Null around a value again.
func (f valueForm) whole(v reflect.Value) reflect.Value {
	switch {
	case f.is == f.of:
		return v
	case f.is.Kind() == reflect.Pointer:
		p := reflect.New(f.of)
		p.Elem().Set(v)
		return p
	}
	n := reflect.New(f.is).Elem()
	n.Field(0).Set(v)
	n.Field(1).SetBool(true)
	return n
}

// isEmpty reports whether a value is NULL or an empty text, document or list.
func (f valueForm) isEmpty(v reflect.Value) bool {
	switch {
	case f.is != f.of && v.IsZero():
		return true
	case f.is.Kind() == reflect.Pointer:
		v = v.Elem()
	case f.is != f.of:
		v = v.Field(0)
	}
	switch v.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return false
}

func (f valueForm) fromText(text string) (reflect.Value, *problem) {
	if text == "" && f.nullable && f.is != f.of {
		return f.null()
	}
	if f.document {
		return f.fromDocument([]byte(text))
	}
	v, p := f.scalar.parse(f.of, text)
	if p != nil {
		return v, p
	}
	return f.whole(v), nil
}

func (f valueForm) fromTexts(texts []string) (reflect.Value, *problem) {
	list := reflect.MakeSlice(f.of, 0, len(texts))
	for _, text := range texts {
		v, p := f.elem.fromText(text)
		if p != nil {
			return v, p
		}
		list = reflect.Append(list, v)
	}
	return f.whole(list), nil
}

func (f valueForm) fromJSON(data []byte) (reflect.Value, *problem) {
	switch {
	case f.document && f.is == f.of:
	case bytes.Equal(data, []byte("null")):
		return f.null()
	}
	switch {
	case f.document:
		return f.fromDocument(data)
	case f.elem != nil:
		return f.fromList(data)
	}
	text, p := f.scalar.textOf(data)
	if p != nil {
		return reflect.Value{}, p
	}
	v, p := f.scalar.parse(f.of, text)
	if p != nil {
		return v, p
	}
	return f.whole(v), nil
}

func (f valueForm) fromList(data []byte) (reflect.Value, *problem) {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return reflect.Value{}, typeProblem("a list")
	}
	list := reflect.MakeSlice(f.of, 0, len(raw))
	for _, x := range raw {
		v, p := f.elem.fromJSON(x)
		if p != nil {
			return v, p
		}
		list = reflect.Append(list, v)
	}
	return f.whole(list), nil
}

// fromDocument reads a column of JSON, whose own type says what it may hold.
func (f valueForm) fromDocument(data []byte) (reflect.Value, *problem) {
	twice, err := false, errors.New("web: the text is not JSON")
	if json.Valid(data) && !oddCharacter(data) {
		twice, err = names(data)
	}
	if err != nil {
		return reflect.Value{}, typeProblem("JSON")
	}
	if twice {
		return reflect.Value{}, &problem{code: CodeTwice, message: "has a name twice"}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	v := reflect.New(f.of)
	if err := dec.Decode(v.Interface()); err != nil {
		return reflect.Value{}, &problem{code: CodeType, message: "has another form than it should", err: err}
	}
	return f.whole(v.Elem()), nil
}

// unmarshaler returns the value as what reads its own text, or nil.
func unmarshaler(v reflect.Value) encoding.TextUnmarshaler {
	u, _ := v.Addr().Interface().(encoding.TextUnmarshaler)
	return u
}

func isFalse(text string) bool {
	switch strings.ToLower(text) {
	case "false", "off", "0", "":
		return true
	}
	return false
}
