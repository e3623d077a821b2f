package webecho_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
	"github.com/alkahest-go/alkahest/web/webecho"
)

func send(h http.Handler, r *http.Request) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return shown(w.Code, w.Body)
}

func Example() {
	sessions := web.New(open(), web.Options{})
	e := echo.New()
	e.Use(webecho.Middleware(sessions))
	e.POST("/notes", webecho.Handle(sessions, func(c *echo.Context, s *orm.Session) error {
		n := &Note{}
		if err := writeNote.Decode(c.Response(), c.Request(), n); err != nil {
			return err
		}
		s.Add(n)
		if err := s.Flush(c.Request().Context()); err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, n)
	}))
	e.GET("/notes/:id", webecho.Handle(sessions, func(c *echo.Context, s *orm.Session) error {
		n, err := webecho.ByParam(c, Notes, "id")
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, n)
	}))
	for _, r := range []*http.Request{
		request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"id": 7}`),
		request("GET", "/notes/1", ""), request("GET", "/notes/2", ""), request("GET", "/notes/x", ""),
	} {
		fmt.Println(send(e, r))
	}
	// Output:
	// 201 {"id":1,"text":"milk"}
	// 409 {"status":409,"error":"Conflict"}
	// 422 {"status":422,"error":"Unprocessable Entity","fields":{"id":["can't be set here"],"text":["is missing"]}}
	// 200 {"id":1,"text":"milk"}
	// 404 {"status":404,"error":"Not Found"}
	// 404 {"status":404,"error":"Not Found"}
}

// add is a handler that writes a note, and then ends as it is told.
func add(end echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		s := webecho.Session(c)
		s.Add(&Note{Text: c.Param("text")})
		if err := s.Flush(c.Request().Context()); err != nil {
			return err
		}
		return end(c)
	}
}

func TestEchoRequestsHaveSessions(t *testing.T) {
	db := opened(t)
	e := echo.New()
	e.Use(webecho.Middleware(web.New(db, web.Options{})))
	runs := 0
	e.POST("/ok/:text", add(func(c *echo.Context) error { return c.String(http.StatusOK, "done") }))
	e.POST("/status/:text", add(func(c *echo.Context) error { return c.String(http.StatusTeapot, "no") }))
	e.POST("/own/:text", add(func(*echo.Context) error { return echo.NewHTTPError(http.StatusConflict, "taken") }))
	e.POST("/written/:text", add(func(c *echo.Context) error { _ = c.String(http.StatusOK, "done"); return web.NotFound("not here") }))
	e.POST("/panic/:text", add(func(*echo.Context) error { panic("on the way") }))
	e.PUT("/:text", add(func(c *echo.Context) error {
		if runs++; runs < 3 {
			return fmt.Errorf("try again: %w", sqlerr.ErrSerialization)
		}
		return c.String(http.StatusOK, fmt.Sprint("run ", runs))
	}))
	want(t, db, send(e, request("POST", "/status/a", "")), "418 no", "")
	want(t, db, send(e, request("POST", "/own/b", "")), `409 {"status":409,"error":"taken"}`, "")
	want(t, db, send(e, request("POST", "/written/c", "")), `404 {"status":404,"error":"not here"}`, "")
	want(t, db, send(e, request("POST", "/panic/d", "")), "500", "")
	want(t, db, send(e, request("POST", "/ok/e", "")), "200 done", "e")
	want(t, db, send(e, request("PUT", "/f", "")), "200 run 3", "e,f")
}
