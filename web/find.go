package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// GetOr404 is orm.Get whose error has status 404 where no row has the key.
func GetOr404[T any](ctx context.Context, s *orm.Session, src orm.Source[T], key ...any) (*T, error) {
	entity, err := orm.Get(ctx, s, src, key...)
	return entity, or404(err)
}

// FirstOr404 returns the first entity of a query; an error with status 404 where
// there is none.
func FirstOr404[T any](ctx context.Context, s *orm.Session, q orm.Query[T]) (*T, error) {
	entity, err := q.First(ctx, s)
	if err == nil && entity == nil {
		err = sqlerr.ErrNoRows
	}
	return entity, or404(err)
}

// OneOr404 returns the only entity of a query; an error with status 404 where
// there is none, or more than one.
func OneOr404[T any](ctx context.Context, s *orm.Session, q orm.Query[T]) (*T, error) {
	entity, err := q.One(ctx, s)
	return entity, or404(err)
}

func or404(err error) error {
	if errors.Is(err, sqlerr.ErrNoRows) || errors.Is(err, sqlerr.ErrMultipleRows) {
		return &StatusError{Status: http.StatusNotFound, Err: err}
	}
	return err
}
