// Package webchi puts the sessions of package web into chi
// (https://github.com/go-chi/chi): as middleware of a router, and for the
// parameters of its paths.
//
// It knows chi's routing context and package web, and nothing else: chi is
// net/http, so that Sessions.Handle is a handler of its routes as it is.
package webchi

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// Middleware gives each request of a router its session, for Router.Use and
// Router.With. It is committed before a success is sent, and rolled back on an
// error status and a panic. Handlers take it by web.Session, or are made by
// Sessions.Handle, whose errors are answered with their status.
func Middleware(s *web.Sessions) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			at := placeOf(chi.RouteContext(r.Context()))
			s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				at.restore(chi.RouteContext(r.Context()))
				next.ServeHTTP(w, r)
			})).ServeHTTP(w, r)
		})
	}
}

// place is how far the routing of a request has come: a handler that runs again
// is routed again from there.
type place struct {
	path, method string
	params       chi.RouteParams
	patterns     []string
}

func placeOf(c *chi.Context) place {
	if c == nil {
		return place{}
	}
	return place{c.RoutePath, c.RouteMethod, cloned(c.URLParams), slices.Clone(c.RoutePatterns)}
}

func (p place) restore(c *chi.Context) {
	if c != nil {
		c.RoutePath, c.RouteMethod, c.URLParams, c.RoutePatterns = p.path, p.method, cloned(p.params), slices.Clone(p.patterns)
	}
}

func cloned(p chi.RouteParams) chi.RouteParams {
	return chi.RouteParams{Keys: slices.Clone(p.Keys), Values: slices.Clone(p.Values)}
}

// ByParam returns the entity whose primary key is in the path, under these names
// of the route's pattern; an error with status 404 where there is none.
func ByParam[T any](r *http.Request, src orm.Source[T], names ...string) (*T, error) {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = chi.URLParam(r, name)
	}
	key, err := web.KeyOf(src, texts...)
	if err != nil {
		return nil, err
	}
	return web.GetOr404(r.Context(), web.Session(r.Context()), src, key...)
}
