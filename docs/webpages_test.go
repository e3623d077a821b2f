package docs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	html "html/template"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

var editPost = web.Accept(Posts, Posts.Title, Posts.Tags).Require(Posts.Title)

func updatePost(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	p, err := web.ByPath(r, s, Posts, "id")
	if err != nil {
		return err // status 404
	}
	if err := editPost.Decode(w, r, p); err != nil {
		return err // status 422, with what is wrong with each field
	}
	w.WriteHeader(http.StatusNoContent)
	return nil // the session is committed, and then the response is sent
}

var signUp = web.Accept(Users, Users.Name, Users.Email).Require(Users.Name)

var taken = web.Messages{"users.email": "has an account already"}

func registerUser(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	u := &User{}
	if err := signUp.Decode(w, r, u); err != nil {
		return err
	}
	s.Add(u)
	err := s.Flush(r.Context())
	if fields, ok := web.FieldsOf(err, Base, taken); ok {
		return fields
	}
	return err
}

var pages = html.Must(html.New("posts").Parse(`{{range $i, $post := .Items}}{{if $i}}, {{end}}{{$post.Title}}{{end}}
{{range .Numbers}}{{if .}}[{{.}}]{{else}}…{{end}}{{end}}
`))

func listPosts(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	q := orm.Select(Posts).OrderBy(Posts.Likes.Desc(), Posts.ID.Asc())
	p, err := web.Paginate(r, s, q, web.PageOptions{PerPage: 2, MaxPerPage: 50})
	if err != nil {
		return err
	}
	p.Links(w.Header())
	return pages.Execute(w, p)
}

func newCursors(secret []byte) (*web.Cursors, error) {
	return web.NewCursors(secret) // 32 bytes or more, as crypto/rand makes them
}

func timeline(cursors *web.Cursors) func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	return func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		author := r.PathValue("author")
		key, err := web.KeyOf(Users, author)
		if err != nil {
			return err
		}
		u, err := web.GetOr404(r.Context(), s, Users, key...)
		if err != nil {
			return err
		}
		q := orm.Select(Posts).Where(Posts.AuthorID.Eq(u.ID)).OrderBy(Posts.Likes.Desc())
		p, err := web.CursorPage(r, s, q, cursors, web.CursorOptions{Name: "timeline", Size: 2})
		if err != nil {
			return err // status 400 for a cursor that is none of this list
		}
		for _, post := range p.Items {
			fmt.Fprintln(w, post.Title)
		}
		p.Links(w.Header()) // rel="prev" and rel="next"
		return nil
	}
}

// webPages serves the pages' handlers.
func webPages(ctx context.Context) http.Handler {
	db := newDatabase(ctx)
	s := orm.NewSession(db)
	for i := range 5 {
		s.Add(&Post{AuthorID: 1, Title: fmt.Sprint("Post", i+2), Likes: int64(i)})
	}
	must(s.Commit(ctx))
	must(s.Close(ctx))
	cursors, err := newCursors(bytes.Repeat([]byte("k"), 32))
	must(err)
	must(errors.Join(editPost.Check(), signUp.Check()))
	sessions := web.New(db, web.Options{})
	mux := http.NewServeMux()
	mux.Handle("PATCH /posts/{id}", sessions.Handle(updatePost))
	mux.Handle("POST /users", sessions.Handle(registerUser))
	mux.Handle("GET /posts", sessions.Handle(listPosts))
	mux.Handle("GET /users/{author}/posts", sessions.Handle(timeline(cursors)))
	return mux
}

func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprintf("%d %s", w.Code, w.Body)))
	return w
}

func Example_webPages() {
	h := webPages(context.Background())
	ask(h, "PATCH", "/posts/1", `{"title": "Hi", "tags": ["new"]}`)
	ask(h, "PATCH", "/posts/1", `{"title": "", "likes": 1000}`)
	ask(h, "POST", "/users", `{"name": "Bob", "email": "bob@example.org"}`)
	ask(h, "POST", "/users", `{"name": "Rob", "email": "bob@example.org"}`)
	ask(h, "GET", "/posts?page=3", "")
	ask(h, "GET", "/posts?page=4", "")
	w := ask(h, "GET", "/users/1/posts", "")
	link := w.Header().Get("Link")
	next := link[1:strings.Index(link, ">")]
	ask(h, "GET", next, "")
	ask(h, "GET", strings.Replace(next, "/users/1/", "/users/2/", 1), "")
	// Output:
	// 204
	// 422 {"status":422,"error":"Unprocessable Entity","fields":{"title":["must not be empty"],"likes":["can't be set here"]}}
	// 200
	// 422 {"status":422,"error":"Unprocessable Entity","fields":{"email":["has an account already"]}}
	// 200 Hi, Post2
	// [1][2][3]
	// 404 {"status":404,"error":"there is no such page"}
	// 200 Post6
	// Post5
	// 200 Post4
	// Post3
	// 400 {"status":400,"error":"the cursor is none of this list"}
}
