package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// FieldError is what is wrong with one field of a request's body.
type FieldError struct {
	// Field is the name that the body has for it; "" for what is about none or
	// several.
	Field string
	// Code says in a word what is wrong, for programs and translations: one of the
	// Code constants, or what a Messages was asked for.
	Code string
	// Message says it to a person. It never repeats the value.
	Message string
	Err     error // the cause, where there is one; the client is not told
}

// Codes of field errors.
const (
	CodeUnknown   = "unknown"   // the operation has no field of that name
	CodeProtected = "protected" // the entity has the field, and the operation does not let it be written
	CodeTwice     = "twice"     // the field is there more than once
	CodeRequired  = "required"  // the field is missing, or empty
	CodeNull      = "null"      // null, where there must be a value
	CodeType      = "type"      // of another type than the field
	CodeRange     = "range"     // a number or a time that the field can't hold
	CodeLength    = "length"    // a text that is too long
	CodeChoice    = "choice"    // none of the values that there are
	CodeInvalid   = "invalid"   // refused by a validator, or by the column's type
	CodeFile      = "file"      // a file, where there must be text
)

// FieldErrors are what is wrong with the fields of a request's body, in the
// body's order. As an error they have status 422. As JSON they are an object of
// lists of messages, by field; templates ask Get, All and Has.
type FieldErrors []FieldError

// Add appends an error of a field.
func (e *FieldErrors) Add(field, code, message string) {
	*e = append(*e, FieldError{Field: field, Code: code, Message: message})
}

// Error gives the fields and the messages.
func (e FieldErrors) Error() string {
	var b strings.Builder
	b.WriteString("web: the body is not valid")
	for i, x := range e {
		switch {
		case i == 0:
			b.WriteString(": ")
		default:
			b.WriteString("; ")
		}
		if x.Field != "" {
			b.WriteString(x.Field + " ")
		}
		b.WriteString(x.Message)
	}
	return b.String()
}

// HTTPStatus returns 422.
func (e FieldErrors) HTTPStatus() int { return http.StatusUnprocessableEntity }

// Unwrap returns the causes.
func (e FieldErrors) Unwrap() []error {
	var out []error
	for _, x := range e {
		if x.Err != nil {
			out = append(out, x.Err)
		}
	}
	return out
}

// Has reports whether something is wrong with the field.
func (e FieldErrors) Has(field string) bool {
	return slices.ContainsFunc(e, func(x FieldError) bool { return x.Field == field })
}

// Get returns the first message of a field, or "".
func (e FieldErrors) Get(field string) string {
	if i := slices.IndexFunc(e, func(x FieldError) bool { return x.Field == field }); i >= 0 {
		return e[i].Message
	}
	return ""
}

// All returns the messages of a field; of "", those that are about no field.
func (e FieldErrors) All(field string) []string {
	var out []string
	for _, x := range e {
		if x.Field == field {
			out = append(out, x.Message)
		}
	}
	return out
}

// Fields returns the names of the fields with which something is wrong, each once.
func (e FieldErrors) Fields() []string {
	var out []string
	for _, x := range e {
		if !slices.Contains(out, x.Field) {
			out = append(out, x.Field)
		}
	}
	return out
}

// MarshalJSON writes {"field": ["message", …], …} in the order of the fields.
func (e FieldErrors) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, field := range e.Fields() {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(field)
		if err != nil {
			return nil, err
		}
		list, err := json.Marshal(e.All(field))
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(list)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
