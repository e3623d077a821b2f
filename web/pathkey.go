package web

import (
	"errors"
	"net/http"

	"github.com/alkahest-go/alkahest/orm"
)

// KeyOf reads the values of a primary key from texts, such as parts of a path, in
// the order of the key's columns; there must be as many. A text that is no value
// of its column is an error with status 404: no row can have it.
func KeyOf[T any](src orm.Source[T], texts ...string) ([]any, error) {
	fields, err := orm.KeyFields(src)
	switch {
	case err != nil:
		return nil, err
	case len(fields) != len(texts) || len(texts) == 0:
		return nil, errors.New("web: the primary key has another number of columns than there are texts")
	}
	key := make([]any, len(fields))
	for i, f := range fields {
		form, err := formOf(f.Attribute())
		if err != nil {
			return nil, err
		}
		v, p := form.fromText(texts[i])
		entity := new(T)
		if p == nil {
			p = problemOf(f.Set(entity, v))
		}
		if p == nil {
			p = problemOf(f.Check(entity))
		}
		if p != nil {
			return nil, &StatusError{Status: http.StatusNotFound, Err: p.err}
		}
		key[i] = v.Interface()
	}
	return key, nil
}

// ByPath returns the entity whose primary key is in the path, under the names that
// the pattern of net/http has for it, as {id}; an error with status 404 where
// there is none.
func ByPath[T any](r *http.Request, s *orm.Session, src orm.Source[T], names ...string) (*T, error) {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = r.PathValue(name)
	}
	key, err := KeyOf(src, texts...)
	if err != nil {
		return nil, err
	}
	return GetOr404(r.Context(), s, src, key...)
}
