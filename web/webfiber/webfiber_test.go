package webfiber_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
	"github.com/alkahest-go/alkahest/web/webfiber"
)

func send(app *fiber.App, r *http.Request) string {
	resp, err := app.Test(r, fiber.TestConfig{Timeout: 0})
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	return strings.TrimSpace(resp.Header.Get("X-Outer") + " " + shown(resp.StatusCode, resp.Body))
}

func Example() {
	sessions := web.New(open(), web.Options{})
	app := fiber.New()
	app.Use(webfiber.Middleware(sessions))
	app.Post("/notes", webfiber.Handle(sessions, func(c fiber.Ctx, s *orm.Session) error {
		r, err := webfiber.Request(c)
		if err != nil {
			return err
		}
		n := &Note{}
		if err := writeNote.Decode(nil, r, n); err != nil {
			return err
		}
		s.Add(n)
		if err := s.Flush(c.Context()); err != nil {
			return err
		}
		return c.Status(http.StatusCreated).JSON(n)
	}))
	app.Get("/notes/:id", webfiber.Handle(sessions, func(c fiber.Ctx, s *orm.Session) error {
		n, err := webfiber.ByParam(c, Notes, "id")
		if err != nil {
			return err
		}
		return c.JSON(n)
	}))
	for _, r := range []*http.Request{
		request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"id": 7}`),
		request("GET", "/notes/1", ""), request("GET", "/notes/2", ""), request("GET", "/notes/x", ""),
	} {
		fmt.Println(send(app, r))
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
func add(end fiber.Handler) fiber.Handler {
	return func(c fiber.Ctx) error {
		s := webfiber.Session(c)
		s.Add(&Note{Text: strings.Clone(c.Params("text"))})
		if err := s.Flush(c.Context()); err != nil {
			return err
		}
		return end(c)
	}
}

func TestFiberRequestsHaveSessions(t *testing.T) {
	db := opened(t)
	sessions := web.New(db, web.Options{})
	app, runs := fiber.New(), 0
	app.Use(recover.New(), func(c fiber.Ctx) error { c.Set("X-Outer", "outer"); return c.Next() })
	within := app.Group("/in", webfiber.Middleware(sessions))
	within.Post("/ok/:text", add(func(c fiber.Ctx) error { return c.SendString("done") }))
	within.Post("/status/:text", add(func(c fiber.Ctx) error { return c.Status(http.StatusTeapot).SendString("no") }))
	within.Post("/own/:text", add(func(fiber.Ctx) error { return fiber.NewError(http.StatusConflict, "taken") }))
	within.Post("/written/:text", add(func(c fiber.Ctx) error {
		c.Set("X-Outer", "inner")
		_ = c.SendString("done")
		return web.NotFound("not here")
	}))
	within.Post("/panic/:text", add(func(fiber.Ctx) error { panic("on the way") }))
	app.Put("/:text", webfiber.Handle(sessions, func(c fiber.Ctx, s *orm.Session) error {
		return add(func(c fiber.Ctx) error {
			if runs++; runs < 3 {
				_ = c.Status(http.StatusTeapot).SendString("half")
				return fmt.Errorf("try again: %w", sqlerr.ErrSerialization)
			}
			return c.SendString(fmt.Sprint("run ", runs))
		})(c)
	}))
	criteria := webfiber.Middleware(sessions, func(fiber.Ctx) ([]orm.SessionOption, error) {
		return []orm.SessionOption{orm.Restrict(Notes, Notes.ID.Eq(0))}, nil
	})
	app.Get("/restricted/:id", criteria, func(c fiber.Ctx) error {
		_, err := webfiber.ByParam(c, Notes, "id")
		return err
	})
	want(t, db, send(app, request("POST", "/in/status/a", "")), "outer 418 no", "")
	want(t, db, send(app, request("POST", "/in/own/b", "")), "outer 409 taken", "")
	want(t, db, send(app, request("POST", "/in/written/c", "")), "outer 404 not here", "")
	want(t, db, send(app, request("POST", "/in/panic/d", "")), "outer 500 Internal Server Error", "")
	want(t, db, send(app, request("POST", "/in/ok/e", "")), "outer 200 done", "e")
	want(t, db, send(app, request("PUT", "/f", "")), "outer 200 run 3", "e,f")
	want(t, db, send(app, request("GET", "/restricted/1", "")), "outer 404 Not Found", "e,f")
}
