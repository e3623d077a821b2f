package docs

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

func routes(db *alkahest.Engine) http.Handler {
	sessions := web.New(db, web.Options{})
	mux := http.NewServeMux()
	mux.Handle("GET /users/{id}", sessions.Handle(showUser))
	mux.Handle("POST /users", sessions.Handle(createUser))
	return mux
}

func showUser(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return web.NotFound("there is no user %q", r.PathValue("id"))
	}
	user, err := web.GetOr404(r.Context(), s, Users, id)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(user)
}

func createUser(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	user := &User{Name: r.FormValue("name")}
	s.Add(user)
	if err := s.Flush(r.Context()); err != nil { // now it has its id
		return err
	}
	w.Header().Set("Location", fmt.Sprint("/users/", user.ID))
	w.WriteHeader(http.StatusCreated) // which the client hears after the commit
	return nil
}

func rename(w http.ResponseWriter, r *http.Request) {
	s := web.Session(r.Context())
	user, err := orm.Select(Users).Where(Users.Name.Eq("Alice")).One(r.Context(), s)
	if err != nil {
		http.Error(w, "there is no Alice", http.StatusNotFound) // rolls back
		return
	}
	user.Name = "Alicia" // is written by the commit
}

func mine(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	post, err := web.FirstOr404(r.Context(), s, orm.Select(Posts).OrderBy(Posts.ID.Asc()))
	if err != nil {
		return err
	}
	if fmt.Sprint(post.AuthorID) != r.Header.Get("X-User") {
		return &web.StatusError{Status: http.StatusForbidden, Text: "this is not your post"}
	}
	return json.NewEncoder(w).Encode(post.Title)
}

func moreRoutes(db *alkahest.Engine) http.Handler {
	sessions := web.New(db, web.Options{
		Timeout:    10 * time.Second,
		Statements: 50,
		ForRequest: func(r *http.Request) ([]orm.SessionOption, error) {
			return []orm.SessionOption{orm.Restrict(Users, Users.Name.Ne("admin"))}, nil
		},
	})
	writing := sessions.With(func(o *web.Options) { o.Write = true })
	mux := http.NewServeMux()
	mux.Handle("GET /confirm", writing.Handle(createUser))
	mux.Handle("POST /rename", sessions.Wrap(http.HandlerFunc(rename)))
	mux.Handle("GET /mine", sessions.Handle(mine))
	return mux
}

func watched(db *alkahest.Engine, mux *http.ServeMux) *web.Metrics {
	metrics := &web.Metrics{}
	sessions := web.New(db, web.Options{Metrics: metrics})
	expvar.Publish("requests", metrics)
	mux.Handle("GET /debug/vars", expvar.Handler())
	mux.Handle("GET /health", web.Health(map[string]web.Pinger{"main": db}, web.HealthOptions{}))
	mux.Handle("POST /users", sessions.Handle(createUser))
	return metrics
}

func bound(ctx context.Context) error {
	dbs, err := web.OpenDatabases(ctx, map[string]string{
		"app.url":               "sqlite:///:memory:",
		"app.pool_size":         "10",
		"app.binds.archive.url": "sqlite:///:memory:",
	}, "app.")
	if err != nil {
		return err
	}
	defer dbs.Close(ctx)
	if err := dbs.CreateAll(ctx, Base, archive); err != nil {
		return err
	}
	sessions := web.New(dbs.Main(), web.Options{Session: dbs.Session()})
	h := sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		s.Add(&User{Name: "Dora"})
		s.Add(&Letter{Text: "to Dora"}) // its base has BindKey("archive")
		return nil
	})
	fmt.Println(call(h, "POST", "/"))
	_, err = dbs.Engine("arkive")
	fmt.Println(err)
	return nil
}

func audited(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	if _, err := orm.Select(Users).All(r.Context(), s); err != nil {
		return err
	}
	for _, q := range web.Queries(r.Context()) {
		if !q.Own {
			fmt.Fprintln(w, q.Place, q.Rows, "rows")
		}
	}
	return nil
}

// call sends a request to a handler.
func call(h http.Handler, method, target string) string {
	r := httptest.NewRequest(method, target, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Header().Get("Location"), w.Body))
}

func Example_web() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	h, more := routes(db), moreRoutes(db)
	fmt.Println(call(h, "POST", "/users?name=Carol"))
	fmt.Println(call(h, "GET", "/users/x"))
	fmt.Println(call(more, "POST", "/rename"))
	fmt.Println(call(more, "POST", "/rename"))
	fmt.Println(call(more, "GET", "/mine"))
	fmt.Println(strings.Fields(call(more, "GET", "/confirm?name=Dan"))[0])
	names, err := engine.Collect[string](ctx, db, expr.NewSelect(Users.Name).OrderBy(Users.Name.Asc()))
	must(err)
	fmt.Println(names)
	must(bound(ctx))
	recording := web.New(db, web.Options{Record: true})
	r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
	recording.Handle(audited).ServeHTTP(w, r)
	all, err := io.ReadAll(w.Body)
	must(err)
	fmt.Println(strings.HasPrefix(string(all), "docs/web_test.go:"), strings.HasSuffix(string(all), "rows\n"))
	mux := http.NewServeMux()
	metrics := watched(db, mux)
	call(mux, "POST", "/users?name=Eve")
	fmt.Println(metrics.Counts().Outcomes, strings.HasPrefix(call(mux, "GET", "/health"), `200 {"status":"ok"`))
	// Output:
	// 201 /users/2
	// 404 there is no user "x"
	// 200
	// 404 there is no Alice
	// 403 this is not your post
	// 201
	// [Alicia Carol Dan]
	// 200
	// web: there is no database "arkive"; besides the main one there are ["archive"]
	// true true
	// map[committed:1] true
}
