// Package byhand is the forum of examples/webapp as a careful programmer writes it on
// database/sql: prepared statements, no layer in between. It shows the same pages, from
// the same templates, on tables of the same shape, and is what the forum is measured
// against.
//
// It knows database/sql and three products. It knows nothing of the library.
package byhand

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

const (
	postsPerPage    = 10
	commentsPerPage = 50
	maxBody         = 1 << 20
	loginTime       = 30 * 24 * time.Hour
)

// App is the forum: an http.Handler.
type App struct {
	sql       *statements
	templates map[string]*template.Template
	handler   http.Handler
}

// New returns the forum over a database whose tables are there. Where writers wait for
// each other, write is a pool of one connection, and elsewhere the same as read. pages
// has the templates of examples/webapp.
func New(ctx context.Context, read, write *sql.DB, p Product, pages fs.FS) (*App, error) {
	s, err := prepare(ctx, read, write, p)
	if err != nil {
		return nil, err
	}
	a := &App{sql: s, templates: map[string]*template.Template{}}
	for _, name := range []string{"posts", "post"} {
		t := template.New(name).Funcs(functions)
		if a.templates[name], err = t.ParseFS(pages, "layout.html", name+".html"); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	for pattern, h := range map[string]func(v *visit) error{
		"GET /{$}":                  a.home,
		"GET /search":               a.search,
		"GET /posts/{id}":           a.showPost,
		"POST /posts":               a.addPost,
		"POST /posts/{id}/comments": a.comment,
		"POST /posts/{id}/vote":     a.vote,
		"POST /sign-up":             a.signUp,
	} {
		mux.Handle(pattern, a.handle(h))
	}
	a.handler = secured(mux)
	return a, nil
}

// ServeHTTP serves a request.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Close closes the statements.
func (a *App) Close() error { return a.sql.close() }

type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	user *user
}

func (v *visit) ctx() context.Context { return v.r.Context() }

var errNotFound = errors.New("not found")

func (a *App) handle(h func(v *visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		v := &visit{w: w, r: r}
		err := a.known(v)
		if err == nil && v.user == nil && r.Method == http.MethodPost && r.URL.Path != "/sign-up" {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		if err == nil {
			err = h(v)
		}
		switch {
		case err == nil:
		case errors.Is(err, errNotFound) || errors.Is(err, sql.ErrNoRows):
			http.Error(w, "Nothing here", http.StatusNotFound)
		default:
			slog.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
			http.Error(w, "Something went wrong", http.StatusInternalServerError)
		}
	})
}

// known finds out who is signed in.
func (a *App) known(v *visit) error {
	c, err := v.r.Cookie("forum_login")
	if err != nil {
		return nil // no cookie: nobody
	}
	v.user, err = a.sql.signedIn(v.ctx(), hashToken(c.Value))
	return err
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// signUp is here so that the clients of a measurement are somebody; the password is
// left out of that.
func (a *App) signUp(v *visit) error {
	id, err := a.sql.addUser(v.ctx(), clean(v.r.PostFormValue("name")))
	if err != nil {
		return err
	}
	token := rand.Text()
	if err := a.sql.addLogin(v.ctx(), hashToken(token), id, time.Now().Add(loginTime)); err != nil {
		return err
	}
	http.SetCookie(v.w, &http.Cookie{Name: "forum_login", Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(v.w, v.r, "/", http.StatusSeeOther)
	return nil
}

func (v *visit) id() (int64, error) {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, errNotFound
	}
	return id, nil
}

func (a *App) show(v *visit, name string, p page) error {
	p.User = v.user
	var out bytes.Buffer
	if err := a.templates[name].ExecuteTemplate(&out, "layout", p); err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Cache-Control", "private, no-cache")
	_, err := out.WriteTo(v.w)
	return err
}

func secured(next http.Handler) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		guarded.ServeHTTP(w, r)
	})
}
