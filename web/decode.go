package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// ErrConflict says that an entity was changed since the client has read it. Its
// status is 409.
var ErrConflict = errors.New("web: the entity was changed meanwhile; read it again")

// sentField is a field as the body has it: as JSON, or as the texts of a form.
type sentField struct {
	name  string
	json  []byte // nil: of a form
	texts []string
	file  bool
	twice bool
}

// Decode reads the body of a request, which is JSON (application/json) or a form
// (application/x-www-form-urlencoded, or multipart/form-data without files), and
// writes its fields into the entity. A field that the body leaves out stays as it is. null is NULL, and in a
// form so is the empty text of a field that can be NULL.
//
// The validators of the fields run. What is wrong is returned for all fields at
// once, as FieldErrors; a body that can't be read at all is a *StatusError with
// status 400, 413 or 415. After an error the entity is as it was. What a form has
// sent is in r.PostForm, to be shown again.
//
// Parameters of the URL are never fields. w may be nil; with it, a connection
// whose body is too long is closed.
func (b Body[T]) Decode(w http.ResponseWriter, r *http.Request, entity *T) error {
	p, err := b.plan()
	if err != nil {
		return err
	}
	sent, err := b.read(w, r)
	if err != nil {
		return err
	}
	return p.write(sent, entity)
}

func (b Body[T]) read(w http.ResponseWriter, r *http.Request) ([]sentField, error) {
	kind, params, err := contentType(r)
	if err != nil {
		return nil, err
	}
	limit := b.maxBytes
	if limit <= 0 {
		limit = maxBodyBytes
	}
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	body = http.MaxBytesReader(w, body, limit)
	var sent []sentField
	switch {
	case kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"):
		var data []byte
		if data, err = io.ReadAll(body); err == nil {
			sent, err = readJSON(data)
		}
	case kind == "application/x-www-form-urlencoded":
		sent, err = readForm(r, body)
	case kind == "multipart/form-data":
		sent, err = readMultipart(r, body, params["boundary"])
	default:
		return nil, &StatusError{Status: http.StatusUnsupportedMediaType, Text: "the body is neither JSON nor a form"}
	}
	if err != nil {
		return nil, unread(err)
	}
	if len(sent) > maxBodyFields {
		return nil, badBody("has more than %d fields", maxBodyFields)
	}
	return sent, nil
}

// unread gives the error of reading a body its status: what ends in the middle was
// not sent as it was announced.
func unread(err error) error {
	if _, known := errors.AsType[Statuser](err); known || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &StatusError{Status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf("the body is longer than %d bytes", tooLong.Limit), Err: err}
	}
	return &StatusError{Status: http.StatusBadRequest, Text: "the body can't be read to its end", Err: err}
}

// badBody is of a body that can't be read.
func badBody(format string, args ...any) error {
	return &StatusError{Status: http.StatusBadRequest, Text: "the body " + fmt.Sprintf(format, args...)}
}

// contentType returns the only type that a request says its body is of.
func contentType(r *http.Request) (string, map[string]string, error) {
	unsupported := func(text string) (string, map[string]string, error) {
		return "", nil, &StatusError{Status: http.StatusUnsupportedMediaType, Text: text}
	}
	list := r.Header.Values("Content-Type")
	if len(list) != 1 {
		return unsupported("the request needs one Content-Type")
	}
	for _, e := range r.Header.Values("Content-Encoding") {
		if !strings.EqualFold(e, "identity") {
			return unsupported("the body has an encoding that is not read here")
		}
	}
	kind, params, err := mime.ParseMediaType(list[0])
	if err != nil {
		return unsupported("the Content-Type can't be read")
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return unsupported("the body is not in UTF-8")
	}
	return kind, params, nil
}

// write checks all that was sent, on an entity of its own, and then writes it.
func (p *bodyPlan[T]) write(sent []sentField, entity *T) error {
	var errs FieldErrors
	var written []*bodyField[T]
	scratch := new(T)
	conflict := p.version != nil
	for _, x := range sent {
		f := p.byName(x.name)
		switch {
		case f == nil && slices.Contains(p.ignored, x.name):
		case f == nil:
			errs.Add(shown(x.name), CodeUnknown, "can't be set here")
		case f == p.version:
			same, problem := f.sameAs(x, entity)
			conflict = problem == nil && !same
			errs.addProblem(f.name, problem)
		default:
			written = append(written, f)
			errs.addProblem(f.name, f.take(x, scratch))
		}
	}
	if p.version != nil && !slices.ContainsFunc(sent, func(x sentField) bool { return x.name == p.version.name }) {
		conflict = false
		errs.Add(p.version.name, CodeRequired, "is missing")
	}
	for _, f := range p.fields {
		if f.required && !slices.Contains(written, f) {
			errs.Add(f.name, CodeRequired, "is missing")
		}
	}
	if conflict {
		return &StatusError{Status: http.StatusConflict, Text: "it was changed meanwhile; read it again", Err: ErrConflict}
	}
	if len(errs) > 0 {
		return errs
	}
	for _, f := range written {
		v, _ := f.Get(scratch)
		if err := f.Set(entity, v); err != nil {
			return err
		}
	}
	return nil
}

func (e *FieldErrors) addProblem(field string, p *problem) {
	if p != nil {
		*e = append(*e, FieldError{Field: field, Code: p.code, Message: p.message, Err: p.err})
	}
}

// take writes what was sent into the field, and checks it.
func (f *bodyField[T]) take(x sentField, entity *T) *problem {
	v, p := f.form.read(x)
	if p != nil {
		return p
	}
	if f.required && f.form.isEmpty(v) {
		return &problem{code: CodeRequired, message: "must not be empty"}
	}
	if err := f.Set(entity, v); err != nil {
		return problemOf(err)
	}
	return problemOf(f.Check(entity))
}

// problemOf says of an error of the mapping what a person may know: what a
// validator of the program says, and not what a column is.
func problemOf(err error) *problem {
	if err == nil {
		return nil
	}
	cause := err
	if e, ok := errors.AsType[*orm.EntityError](err); ok {
		cause = e.Err
	}
	if _, ok := errors.AsType[*sqlerr.ValueError](cause); ok {
		return &problem{code: CodeInvalid, message: "is not valid", err: err}
	}
	return &problem{code: CodeInvalid, message: cause.Error(), err: err}
}

// sameAs reports whether what was sent is the entity's own value.
func (f *bodyField[T]) sameAs(x sentField, entity *T) (bool, *problem) {
	sent, p := f.form.read(x)
	if p != nil {
		return false, p
	}
	own, _ := f.Get(entity)
	if t, ok := own.Interface().(time.Time); ok {
		s, _ := sent.Interface().(time.Time)
		return t.Equal(s), nil
	}
	return own.Comparable() && own.Equal(sent), nil
}

// shown is a name of a body that is fit to be shown: short, and without what
// can't be printed.
func shown(name string) string {
	const longest = 64
	name = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return utf8.RuneError
		}
		return c
	}, strings.ToValidUTF8(name, string(utf8.RuneError)))
	if utf8.RuneCountInString(name) > longest {
		name = string([]rune(name)[:longest]) + "…"
	}
	return name
}
