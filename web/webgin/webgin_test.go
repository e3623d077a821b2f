package webgin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
	"github.com/alkahest-go/alkahest/web/webgin"
)

func init() { gin.SetMode(gin.ReleaseMode) }

// recorder is what gin needs to be tested without a server.
type recorder struct{ *httptest.ResponseRecorder }

// CloseNotify implements http.CloseNotifier.
func (recorder) CloseNotify() <-chan bool { return nil }

func send(h http.Handler, r *http.Request) string {
	w := recorder{httptest.NewRecorder()}
	h.ServeHTTP(w, r)
	return shown(w.Code, w.Body)
}

func Example() {
	sessions := web.New(open(), web.Options{})
	router := gin.New()
	router.Use(webgin.Middleware(sessions))
	router.POST("/notes", webgin.Handle(sessions, func(c *gin.Context, s *orm.Session) error {
		n := &Note{}
		if err := writeNote.Decode(c.Writer, c.Request, n); err != nil {
			return err
		}
		s.Add(n)
		if err := s.Flush(c.Request.Context()); err != nil {
			return err
		}
		c.JSON(http.StatusCreated, n)
		return nil
	}))
	router.GET("/notes/:id", webgin.Handle(sessions, func(c *gin.Context, s *orm.Session) error {
		n, err := webgin.ByParam(c, Notes, "id")
		if err != nil {
			return err
		}
		c.JSON(http.StatusOK, n)
		return nil
	}))
	for _, r := range []*http.Request{
		request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"id": 7}`),
		request("GET", "/notes/1", ""), request("GET", "/notes/2", ""), request("GET", "/notes/x", ""),
	} {
		fmt.Println(send(router, r))
	}
	// Output:
	// 201 {"id":1,"text":"milk"}
	// 409 Conflict
	// 422 Unprocessable Entity id: can't be set here text: is missing
	// 200 {"id":1,"text":"milk"}
	// 404 Not Found
	// 404 Not Found
}

// add is a handler that writes a note, and then ends as it is told.
func add(end gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		s := webgin.Session(c)
		s.Add(&Note{Text: c.Param("text")})
		if err := s.Flush(c.Request.Context()); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		end(c)
	}
}

func TestGinRequestsHaveSessions(t *testing.T) {
	db := opened(t)
	sessions := web.New(db, web.Options{})
	router := gin.New()
	within := router.Group("/in", func(c *gin.Context) { c.Header("X-Outer", "kept"); c.Next() }, webgin.Middleware(sessions))
	within.POST("/ok/:text", add(func(c *gin.Context) { c.String(http.StatusOK, "done") }))
	within.POST("/empty/:text", add(func(c *gin.Context) { c.Status(http.StatusNoContent) }))
	within.POST("/status/:text", add(func(c *gin.Context) { c.String(http.StatusTeapot, "no") }))
	within.POST("/told/:text", add(func(c *gin.Context) { c.String(http.StatusOK, "done"); _ = c.Error(web.NotFound("not here")) }))
	within.POST("/panic/:text", add(func(*gin.Context) { panic("on the way") }))
	within.POST("/abort/:text", add(func(c *gin.Context) { _ = c.AbortWithError(http.StatusConflict, errors.New("taken")) }))
	runs := 0
	router.PUT("/:text", webgin.Handle(sessions, func(c *gin.Context, s *orm.Session) error {
		s.Add(&Note{Text: c.Param("text")})
		if err := s.Flush(c.Request.Context()); err != nil {
			return err
		}
		c.String(http.StatusOK, "run %d", runs)
		if runs++; runs < 3 {
			return fmt.Errorf("try again: %w", sqlerr.ErrSerialization)
		}
		return nil
	}))
	want(t, db, send(router, request("POST", "/in/status/a", "")), "418 no", "")
	want(t, db, send(router, request("POST", "/in/told/b", "")), "404 not here", "")
	want(t, db, send(router, request("POST", "/in/panic/c", "")), "500", "")
	want(t, db, send(router, request("POST", "/in/abort/d", "")), "409", "")
	want(t, db, send(router, request("POST", "/in/ok/e", "")), "200 done", "e")
	want(t, db, send(router, request("POST", "/in/empty/f", "")), "204", "e,f")
	want(t, db, send(router, request("PUT", "/g", "")), "200 run 2", "e,f,g")
}
