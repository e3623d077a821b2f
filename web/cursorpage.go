package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/alkahest-go/alkahest/orm"
)

// CursorOptions say how a page is asked for, and what its cursors are bound to.
type CursorOptions struct {
	// Name says which list it is. Cursors of another name are refused, be the query
	// the same.
	Name string
	// Scope says whose list it is, such as the id of a user: cursors of another scope
	// are refused. The criteria of the session count as well, without being said.
	Scope string
	// Filter takes the place of the query's conditions, to which cursors are bound
	// without it: for conditions whose values change from request to request, such as
	// the time. It has to say what the client has chosen.
	Filter string
	// Size and MaxSize are how many items a page has, and at most: 20 and 100 if 0.
	Size, MaxSize int
	// CursorParam and SizeParam are parameters of the URL; "cursor" and "per_page" if
	// "".
	CursorParam, SizeParam string
}

// CursorPagination is a page of what a query finds, from a cursor on.
type CursorPagination[R any] struct {
	Items []R
	// Next and Prev are the cursors of the pages after and before this one; "" where
	// there is none.
	Next, Prev string

	param string
	url   url.URL
}

// CursorPage reads the page of a query that a request asks for by a cursor; the
// first one without. The query has no limit of its own, and an order of columns,
// to which the primary key is added (see orm.Query.KeysetPage). The page costs the
// same wherever it is, and rows that come or go elsewhere don't move it.
//
// A cursor is good for a query of the same conditions, values and order, in a
// session with the same criteria, and for nothing else: any other is ErrCursor,
// with status 400. After a change of the program it may be one too.
func CursorPage[T any](r *http.Request, s *orm.Session, q orm.Query[T], c *Cursors, o CursorOptions) (*CursorPagination[*T], error) {
	o = o.withDefaults()
	purpose := cursorPurpose{name: o.Name, scope: o.Scope, filter: o.Filter}
	if o.Filter == "" {
		var err error
		if purpose.query, err = q.Digest(s); err != nil {
			return nil, err
		}
	}
	query := r.URL.Query()
	at, err := c.position(purpose, query[o.CursorParam])
	if err != nil {
		return nil, err
	}
	size, err := pageParam(query, o.SizeParam, o.Size, false)
	if err != nil {
		return nil, &StatusError{Status: http.StatusBadRequest, Text: "the size of the page is no number"}
	}
	page, err := q.KeysetPage(r.Context(), s, min(size, o.MaxSize), at)
	if err != nil {
		if errors.Is(err, orm.ErrPosition) {
			err = badCursor(err)
		}
		return nil, err
	}
	return &CursorPagination[*T]{
		Items: page.Entities, Next: c.sign(purpose, page.Next), Prev: c.sign(purpose, page.Previous),
		param: o.CursorParam, url: *r.URL,
	}, nil
}

func (o CursorOptions) withDefaults() CursorOptions {
	p := PageOptions{PerPage: o.Size, MaxPerPage: o.MaxSize, PerPageParam: o.SizeParam}.withDefaults()
	o.Size, o.MaxSize, o.SizeParam = p.PerPage, p.MaxPerPage, p.PerPageParam
	if o.CursorParam == "" {
		o.CursorParam = "cursor"
	}
	return o
}

// position is that of the only cursor of a request; zero without one.
func (c *Cursors) position(p cursorPurpose, cursors []string) (orm.Position, error) {
	switch {
	case len(cursors) == 0 || len(cursors) == 1 && cursors[0] == "":
		return orm.Position{}, nil
	case len(cursors) > 1:
		return orm.Position{}, badCursor(nil)
	}
	return c.verify(p, cursors[0])
}

// HasNext reports whether there is a page after this one.
func (p *CursorPagination[R]) HasNext() bool { return p.Next != "" }

// HasPrev reports whether there is a page before this one.
func (p *CursorPagination[R]) HasPrev() bool { return p.Prev != "" }

// NextURL returns the path and query of the page after this one, or "".
func (p *CursorPagination[R]) NextURL() string { return p.link(p.Next) }

// PrevURL returns the path and query of the page before this one, or "".
func (p *CursorPagination[R]) PrevURL() string { return p.link(p.Prev) }

// FirstURL returns the path and query of the first page.
func (p *CursorPagination[R]) FirstURL() string { return withParam(p.url, p.param, "") }

func (p *CursorPagination[R]) link(cursor string) string {
	if cursor == "" {
		return ""
	}
	return withParam(p.url, p.param, cursor)
}

// Links sets the header Link (RFC 8288) to the pages before and after this one.
func (p *CursorPagination[R]) Links(h http.Header) {
	if p.HasPrev() {
		h.Add("Link", "<"+p.PrevURL()+`>; rel="prev"`)
	}
	if p.HasNext() {
		h.Add("Link", "<"+p.NextURL()+`>; rel="next"`)
	}
}
