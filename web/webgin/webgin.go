// Package webgin puts the sessions of package web into gin
// (https://github.com/gin-gonic/gin): as middleware, as handlers that return
// their error, and for the parameters of paths.
//
// It knows gin's context and package web, and nothing else.
package webgin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// shared is the key under which a context says that it has a session.
const shared = "github.com/alkahest-go/alkahest/web/webgin"

// Middleware gives each request its session, which handlers take by Session. It
// is committed before a success is sent, and rolled back on an error status, on a
// panic, and on an error that was told by Context.Error, which is answered with
// its status where no error status was.
//
// gin's chain of handlers runs once, so that a request does not run again after a
// serialization failure: Handle does.
func Middleware(s *web.Sessions) gin.HandlerFunc {
	once := s.With(func(o *web.Options) { o.Attempts = -1 })
	return func(c *gin.Context) {
		serve(once, c, func() error {
			c.Next()
			if last := c.Errors.Last(); last != nil && c.Writer.Status() < http.StatusBadRequest {
				return last.Err
			}
			return nil
		})
	}
}

// Handle is a handler that is handed its session and returns an error, whose
// response has the status of web.StatusOf. Within Middleware it shares the session
// of that; by itself it may run again after a serialization failure, as
// web.Options say.
func Handle(s *web.Sessions, h func(c *gin.Context, s *orm.Session) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.GetBool(shared) {
			if err := h(c, Session(c)); err != nil {
				_ = c.Error(err)
				c.Abort()
			}
			return
		}
		told := len(c.Errors)
		serve(s, c, func() error {
			c.Errors = c.Errors[:told]
			return h(c, Session(c))
		})
	}
}

// Session returns the session of a request. It panics where neither Middleware
// nor Handle serve it.
func Session(c *gin.Context) *orm.Session { return web.Session(c.Request.Context()) }

// ByParam returns the entity whose primary key is in the path, under these names
// of the route; an error with status 404 where there is none.
func ByParam[T any](c *gin.Context, src orm.Source[T], names ...string) (*T, error) {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = c.Param(name)
	}
	key, err := web.KeyOf(src, texts...)
	if err != nil {
		return nil, err
	}
	return web.GetOr404(c.Request.Context(), Session(c), src, key...)
}

// serve runs a handler whose response is kept until the commit.
func serve(s *web.Sessions, c *gin.Context, run func() error) {
	outer, request := c.Writer, c.Request
	defer func() {
		c.Writer, c.Request = outer, request
		c.Set(shared, false)
	}()
	s.Handle(func(w http.ResponseWriter, r *http.Request, _ *orm.Session) error {
		kept := &writer{ResponseWriter: outer, kept: w, status: http.StatusOK, size: unwritten}
		c.Writer, c.Request = kept, r
		c.Set(shared, true)
		err := run()
		if err == nil {
			kept.WriteHeaderNow()
		}
		return err
	}).ServeHTTP(outer, request)
}
