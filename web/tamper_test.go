package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqltype"
	"github.com/alkahest-go/alkahest/web"
)

// The application that is tampered with: a user, who is member 2, may edit
// itself, add members to its team, and page through two lists.
var (
	tamperEdit = web.Accept(Members, Members.Name, Members.Email, Members.Age).Versioned().MaxBytes(4096)
	tamperAdd  = web.Accept(Members, Members.Name, Members.Email).Require(Members.Name, Members.Email).MaxBytes(4096)
)

const tamperUser = 2

type tamperApp struct {
	t       *testing.T
	db      *engine.Engine
	handler http.Handler
	cursors *web.Cursors
	issued  map[string][]string // cursors by path
}

func newTamperApp(t *testing.T) *tamperApp {
	t.Helper()
	a := &tamperApp{t: t, db: connect(t, freshURL(t, "memory")), cursors: cursorsOf(t, 'k'), issued: map[string][]string{}}
	must(t, a.db.CreateAll(t.Context(), club.MetaData))
	s := clubSession(t, a.db)
	fill(t, s, 12)
	must(t, s.Close(t.Context()))
	sessions := web.New(a.db, web.Options{})
	mux := http.NewServeMux()
	mux.Handle("POST /members/{id}", sessions.Handle(a.edit))
	mux.Handle("PATCH /members/{id}", sessions.Handle(a.edit))
	mux.Handle("POST /members", sessions.Handle(a.add))
	mux.Handle("GET /members/{id}", sessions.Handle(a.show))
	mux.Handle("GET /list", sessions.Handle(a.list(orm.Select(Members).Where(Members.TeamID.Eq(1)))))
	mux.Handle("GET /old", sessions.Handle(a.list(orm.Select(Members).Where(Members.TeamID.Eq(1)).OrderBy(Members.Score.Asc()))))
	a.handler = mux
	for _, path := range []string{"/list", "/old"} {
		for next := path; next != ""; {
			got := a.do(tampered{method: "GET", path: next})
			wantStatus(t, got, http.StatusOK)
			next = strings.TrimSpace(got.body)
			if _, cursor, ok := strings.Cut(next, "cursor="); ok {
				a.issued[path] = append(a.issued[path], cursor)
			}
		}
	}
	return a
}

func (a *tamperApp) edit(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	m, err := web.ByPath(r, s, Members, "id")
	if err != nil {
		return err
	}
	if m.ID != tamperUser {
		return web.NotFound("there is no such member of yours")
	}
	if err := tamperEdit.Decode(w, r, m); err != nil {
		return err
	}
	return told(s.Flush(r.Context()))
}

func (a *tamperApp) add(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	m := member(1, "")
	m.Email = ""
	if err := tamperAdd.Decode(w, r, m); err != nil {
		return err
	}
	s.Add(m)
	return told(s.Flush(r.Context()))
}

// told is a flush's error by field.
func told(err error) error {
	if fields, ok := web.FieldsOf(err, club, nil); ok {
		return fields
	}
	return err
}

func (a *tamperApp) show(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	m, err := web.ByPath(r, s, Members, "id")
	if err == nil && m.ID != tamperUser {
		err = web.NotFound("there is no such member of yours")
	}
	return err
}

func (a *tamperApp) list(q orm.Query[Member]) func(http.ResponseWriter, *http.Request, *orm.Session) error {
	return func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		p, err := web.CursorPage(r, s, q, a.cursors, web.CursorOptions{Name: r.URL.Path, Scope: "user 2", Size: 3})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w, p.NextURL())
		return err
	}
}

// do sends a request as its bytes, as a server reads them.
func (a *tamperApp) do(x tampered) answer {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(x.bytes())))
	if err != nil {
		return answer{status: http.StatusBadRequest}
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r.WithContext(a.t.Context()))
	return answer{status: w.Code, body: w.Body.String()}
}

// rows shows what is in the table: all of it, or what no request may change.
func (a *tamperApp) rows(all bool) string {
	a.t.Helper()
	type row struct {
		ID, TeamID, Version    int64
		Role, Zip, Name, Email string
		Active                 bool
		Score                  float64
		Balance                sqltype.Decimal
	}
	list, err := engine.Collect[row](a.t.Context(), a.db, expr.NewSelect(Members.ID, Members.TeamID, Members.Role, Members.Active, Members.Balance,
		Members.Score, Members.Home.Zip.As("zip"), Members.Name, Members.Email, Members.Version).OrderBy(Members.ID.Asc()))
	must(a.t, err)
	var b strings.Builder
	for _, m := range list {
		if !all && m.ID > 12 { // added meanwhile
			if m.TeamID != 1 || m.Role != "guest" || m.Active || m.Score != 0 || m.Version != 1 || !m.Balance.IsZero() || m.Zip != "" {
				fmt.Fprintln(&b, m)
			}
			continue
		}
		if !all && m.ID == tamperUser {
			m.Name, m.Email, m.Version = "", "", 0
		}
		fmt.Fprintln(&b, m)
	}
	return b.String()
}

// reset puts the user's own row back.
func (a *tamperApp) reset() {
	a.t.Helper()
	_, err := a.db.Exec(a.t.Context(), expr.NewUpdate(Members.Schema()).Set(Members.Version.Set(1)).Where(Members.ID.Eq(tamperUser)))
	must(a.t, err)
}

func TestTamperedRequestsAreRefused(t *testing.T) {
	seed := soak.Seed(t)
	rnd := rand.New(rand.NewPCG(seed, 8))
	a := newTamperApp(t)
	protected, count, wrong := a.rows(false), soak.Count(10_000), 0
	for i := range count {
		g := tampering{Rand: rnd, app: a}
		if i%50 == 0 { // what is tampered with would be accepted
			x := g.base()
			if got := a.do(x); got.status >= 300 {
				t.Fatalf("an honest request: got %d %s for %s", got.status, got.body, x.bytes())
			}
			a.reset()
		}
		before := a.rows(true)
		x := g.tamper(g.base())
		got := a.do(x)
		after := a.rows(true)
		bad := got.status >= 500 || a.rows(false) != protected || x.must && (got.status < 300 || after != before)
		if bad {
			wrong++
			t.Errorf("seed %d, request %d (%s): got %d %s, and rows changed: %v, for\n%q", seed, i, x.how, got.status, strings.TrimSpace(got.body), after != before, x.bytes())
		}
		if wrong > 5 {
			break
		}
		if after != before {
			a.reset()
		}
	}
	soak.Report(t, "tampered requests", count, wrong, seed)
}

// escaped is a text as a form has it.
func escaped(text string) string { return url.QueryEscape(text) }
