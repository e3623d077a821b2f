// Package forum is a small forum: people sign up, write posts with tags, reply, and
// give points. It shows how a web application is written with Alkahest.
//
// Read model.go first, then this file, then the handlers: posts.go reads, write.go
// writes, account.go signs people up and in. It knows net/http, packages web and orm,
// and no database: the program that mounts an App says which one it is.
package forum

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// Options are those of a forum. The zero value is a good one.
type Options struct {
	// Rounds is how often PBKDF2 hashes a new password; 600,000 if 0. Only tests
	// want less.
	Rounds int
	// Cursors sign the addresses of pages without numbers; nil: with a key of this
	// App's own. Several programs behind one address have the same keys.
	Cursors *web.Cursors
	// Web are the options of the requests' sessions. Repeat is always on, and errors
	// are pages of the forum.
	Web web.Options
}

// App is a forum: an http.Handler over a database.
type App struct {
	options  Options
	sessions *web.Sessions
	handler  http.Handler
}

// New returns the forum in a database, whose tables Prepare has made. It is used by
// many goroutines at once.
func New(db orm.Beginner, o Options) *App {
	if o.Rounds == 0 {
		o.Rounds = rounds
	}
	if o.Web.Log == nil {
		o.Web.Log = slog.Default()
	}
	if o.Cursors == nil {
		o.Cursors = ownCursors()
	}
	a := &App{options: o}
	o.Web.Repeat = true     // a handler changes nothing but its session
	o.Web.Autocommit = true // a page needs not be of one moment
	o.Web.Error = a.failed
	a.sessions = web.New(db, o.Web)
	mux := a.routes()
	if p, ok := db.(web.Pinger); ok {
		mux.Handle("GET /health", web.Health(map[string]web.Pinger{"forum": p}, web.HealthOptions{Log: o.Web.Log}))
	}
	a.handler = secured(mux)
	return a
}

func ownCursors() *web.Cursors {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	c, err := web.NewCursors(key)
	if err != nil {
		panic(err) // the key is of the right length
	}
	return c
}

// ServeHTTP serves a request.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

//go:embed static
var static embed.FS

func (a *App) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.FileServerFS(static))
	for pattern, h := range map[string]func(v *visit) error{
		"POST /sign-up": a.signUp,
		"POST /sign-in": a.signIn,
	} {
		mux.Handle(pattern, a.handle(h))
	}
	for pattern, h := range map[string]func(v *visit) error{
		"GET /{$}":                  a.home,
		"GET /search":               a.search,
		"GET /tags":                 a.tags,
		"GET /tags/{name}":          a.tagged,
		"GET /users/{name}":         a.writtenBy,
		"GET /recent":               a.recent,
		"GET /posts/{id}":           a.showPost,
		"GET /":                     a.nothing,
		"GET /sign-up":              a.askSignUp,
		"GET /sign-in":              a.askSignIn,
		"POST /sign-out":            a.signOut,
		"GET /posts/new":            members(a.askPost),
		"POST /posts":               members(a.addPost),
		"GET /posts/{id}/edit":      members(a.askEdit),
		"POST /posts/{id}":          members(a.editPost),
		"POST /posts/{id}/comments": members(a.comment),
		"POST /posts/{id}/vote":     members(a.vote),
	} {
		mux.Handle(pattern, a.handle(known(h)))
	}
	return mux
}

// visit is one request.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	s    *orm.Session
	user *User // who is signed in; nil: nobody
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// handle makes a handler of the function: with a session, which is committed before
// the response is sent.
func (a *App) handle(h func(v *visit) error) http.Handler {
	return a.sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		return h(&visit{w: w, r: r, s: s})
	})
}

// known finds out who is signed in.
func known(h func(v *visit) error) func(v *visit) error {
	return func(v *visit) error {
		user, err := signedIn(v)
		if err != nil {
			return err
		}
		v.user = user
		return h(v)
	}
}

// members sends who is not signed in to sign in, and then back.
func members(h func(v *visit) error) func(v *visit) error {
	return func(v *visit) error {
		if v.user != nil {
			return h(v)
		}
		return v.redirect("/sign-in?next=" + urlOf(v.r))
	}
}

func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// id returns the number in the path. What is no number is no post's.
func (v *visit) id() (int64, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, web.NotFound("there is no such post")
	}
	return id, nil
}

// secured refuses forms that another site sends, and says to browsers what pages may
// do: nothing but show what is ours.
func secured(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusForbidden, "")
	}))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		guarded.ServeHTTP(w, r)
	})
}

// Audit reports an error where the books don't balance: each post counts its comments
// and votes.
func Audit(ctx context.Context, s *orm.Session) error {
	comments := expr.NewSelect(expr.CountAll()).From(Comments.Schema()).Where(Comments.PostID.EqExpr(Posts.ID))
	votes := expr.NewSelect(expr.CountAll()).From(Votes.Schema()).Where(Votes.PostID.EqExpr(Posts.ID))
	wrong, err := orm.Select(Posts).Where(expr.Or(
		Posts.Replies.NeExpr(expr.NumOfQuery[int64](comments)),
		Posts.Points.NeExpr(expr.NumOfQuery[int64](votes)),
	)).OrderBy(Posts.ID.Asc()).Limit(1).All(ctx, s)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		p := wrong[0]
		return fmt.Errorf("forum: post %d counts %d comments and %d votes, which are not what it has", p.ID, p.Replies, p.Points)
	}
	return nil
}
