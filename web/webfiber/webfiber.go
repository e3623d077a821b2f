// Package webfiber puts the sessions of package web into fiber
// (https://github.com/gofiber/fiber): as middleware, as handlers that are handed
// their session, and for the parameters of paths.
//
// It knows fiber's context and package web, and nothing else. fiber is not
// net/http: it has no notice of clients that go away, and what web.Options tell an
// *http.Request is not asked.
package webfiber

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/valyala/fasthttp"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// ForRequest returns options of a request's session, such as the criteria of a
// tenant.
type ForRequest func(c fiber.Ctx) ([]orm.SessionOption, error)

// Middleware gives each request its session, which handlers take by Session. It
// is committed before fiber sends the response, and rolled back on an error, an
// error status and a panic. Errors, that of the commit too, go to fiber's
// ErrorHandler as an *Error, with the response as it was before. A body that is
// streamed is made after the session has ended.
//
// fiber's chain of handlers runs once, so that a request does not run again after
// a serialization failure: Handle does.
func Middleware(s *web.Sessions, options ...ForRequest) fiber.Handler {
	return func(c fiber.Ctx) error { return serve(s, c, options, false, c.Next) }
}

// Handle is a handler that is handed its session. Within Middleware it shares the
// session of that; by itself it may run again after a serialization failure, as
// web.Options say.
func Handle(s *web.Sessions, h func(c fiber.Ctx, s *orm.Session) error, options ...ForRequest) fiber.Handler {
	return func(c fiber.Ctx) error {
		return serve(s, c, options, true, func() error { return h(c, Session(c)) })
	}
}

// Session returns the session of a request. It panics where neither Middleware
// nor Handle serve it.
func Session(c fiber.Ctx) *orm.Session { return web.Session(c.Context()) }

// Request returns the request as net/http has it, for web.Paginate, web.CursorPage
// and Body.Decode. It is good as long as the handler runs.
func Request(c fiber.Ctx) (*http.Request, error) {
	r, err := adaptor.ConvertRequest(c, true)
	if err != nil {
		return nil, &web.StatusError{Status: http.StatusBadRequest, Err: err}
	}
	return r.WithContext(c.Context()), nil
}

// ByParam returns the entity whose primary key is in the path, under these names
// of the route; an error with status 404 where there is none.
func ByParam[T any](c fiber.Ctx, src orm.Source[T], names ...string) (*T, error) {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = strings.Clone(c.Params(name)) // fiber uses its memory again
	}
	key, err := web.KeyOf(src, texts...)
	if err != nil {
		return nil, err
	}
	return web.GetOr404(c.Context(), Session(c), src, key...)
}

// serve runs what is within, and puts the response back where it fails.
func serve(s *web.Sessions, c fiber.Ctx, options []ForRequest, again bool, run func() error) error {
	before := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(before)
	c.Response().CopyTo(before)
	q := web.Request{Method: strings.Clone(c.Method())}
	for _, f := range options {
		more, err := f(c)
		if err != nil {
			return answered(err)
		}
		q.Session = append(q.Session, more...)
	}
	if again {
		q.Again = func() error {
			before.CopyTo(c.Response())
			return nil
		}
	}
	outer := c.Context()
	defer c.SetContext(outer)
	err := s.Run(outer, q, func(ctx context.Context) (int, error) {
		c.SetContext(ctx)
		err := known(run())
		return c.Response().StatusCode(), err
	})
	if err == nil {
		return nil
	}
	before.CopyTo(c.Response())
	return answered(err)
}

// Error is an error that fiber's ErrorHandler is to answer. Its text is what a
// client may know; errors.As finds a *fiber.Error in it, and the cause.
type Error struct {
	Status int
	Err    error // the cause
}

// Error is what a client may know.
func (e *Error) Error() string { return web.TextOf(e.Status, e.Err) }

// HTTPStatus implements web.Statuser.
func (e *Error) HTTPStatus() int { return e.Status }

// Unwrap returns the error of fiber, and the cause.
func (e *Error) Unwrap() []error { return []error{fiber.NewError(e.Status, e.Error()), e.Err} }

func answered(err error) error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	return &Error{Status: web.StatusOf(err), Err: err}
}

// known gives errors of fiber, which know their status, that of package web.
func known(err error) error {
	if _, ok := errors.AsType[web.Statuser](err); ok || err == nil {
		return err
	}
	if own, ok := errors.AsType[*fiber.Error](err); ok {
		return &web.StatusError{Status: own.Code, Text: own.Message, Err: err}
	}
	return err
}
