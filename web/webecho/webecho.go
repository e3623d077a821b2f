// Package webecho puts the sessions of package web into echo
// (https://github.com/labstack/echo): as middleware, as handlers that are handed
// their session, and for the parameters of paths.
//
// It knows echo's context and package web, and nothing else.
package webecho

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// shared is the key under which a context says that it has a session.
const shared = "github.com/alkahest-go/alkahest/web/webecho"

// Middleware gives each request its session, which handlers take by Session. It
// is committed before a success is sent, and rolled back on an error, an error
// status and a panic. Errors, that of the commit too, are answered by echo's
// HTTPErrorHandler, as a *StatusError. After a serialization failure what is
// within may run again, as web.Options say.
func Middleware(s *web.Sessions) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			if c.Get(shared) == true {
				return next(c)
			}
			serve(s, c, next)
			return nil
		}
	}
}

// Handle is a handler that is handed its session. Within Middleware it shares the
// session of that.
func Handle(s *web.Sessions, h func(c *echo.Context, s *orm.Session) error) echo.HandlerFunc {
	return Middleware(s)(func(c *echo.Context) error { return h(c, Session(c)) })
}

// Session returns the session of a request. It panics where neither Middleware
// nor Handle serve it.
func Session(c *echo.Context) *orm.Session { return web.Session(c.Request().Context()) }

// ByParam returns the entity whose primary key is in the path, under these names
// of the route; an error with status 404 where there is none.
func ByParam[T any](c *echo.Context, src orm.Source[T], names ...string) (*T, error) {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = c.Param(name)
	}
	key, err := web.KeyOf(src, texts...)
	if err != nil {
		return nil, err
	}
	return web.GetOr404(c.Request().Context(), Session(c), src, key...)
}

// serve runs what is within, whose response is kept until the commit.
func serve(s *web.Sessions, c *echo.Context, next echo.HandlerFunc) {
	outer, request := c.Response(), c.Request()
	take := func(w http.ResponseWriter, r *http.Request) {
		c.SetResponse(echo.NewResponse(w, c.Logger()))
		c.SetRequest(r)
	}
	defer func() {
		c.SetResponse(outer)
		c.SetRequest(request)
		c.Set(shared, nil)
	}()
	s.With(func(o *web.Options) {
		o.Error = func(w http.ResponseWriter, r *http.Request, status int, err error) {
			take(w, r)
			c.Echo().HTTPErrorHandler(c, &StatusError{Status: status, Err: err})
		}
	}).Handle(func(w http.ResponseWriter, r *http.Request, _ *orm.Session) error {
		take(w, r)
		c.Set(shared, true)
		return known(next(c))
	}).ServeHTTP(outer, request)
}

// StatusError is an error that echo's HTTPErrorHandler is to answer. Its text
// is what a client may know.
type StatusError struct {
	Status int
	Err    error // the cause
}

// StatusCode implements echo.HTTPStatusCoder.
func (e *StatusError) StatusCode() int { return e.Status }

// HTTPStatus implements web.Statuser.
func (e *StatusError) HTTPStatus() int { return e.Status }

// Error is what a client may know.
func (e *StatusError) Error() string { return web.TextOf(e.Status, e.Err) }

// Unwrap returns the cause.
func (e *StatusError) Unwrap() error { return e.Err }

// MarshalJSON is what echo's own HTTPErrorHandler answers: the text, and the
// fields where web.FieldErrors say which are wrong.
func (e *StatusError) MarshalJSON() ([]byte, error) { return web.ErrorJSON(e.Status, e.Err) }

// known gives errors of echo, which know their status, that of package web.
func known(err error) error {
	if _, ok := errors.AsType[web.Statuser](err); ok || err == nil {
		return err
	}
	if status := echo.StatusCode(err); status != 0 {
		return &web.StatusError{Status: status, Text: textOf(err), Err: err}
	}
	return err
}

// textOf is what an error of echo tells the client.
func textOf(err error) string {
	if own, ok := errors.AsType[*echo.HTTPError](err); ok {
		return own.Message
	}
	return ""
}
