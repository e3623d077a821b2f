package web

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/alkahest-go/alkahest/orm"
)

// What PageOptions have where they are 0.
const (
	defaultPerPage    = 20
	defaultMaxPerPage = 100
)

// PageOptions say how a page is asked for. The zero value is a good one.
type PageOptions struct {
	PerPage    int // items of a page where the request does not say; 20 if 0
	MaxPerPage int // no request gets more; 100 if 0
	// PageParam and PerPageParam are parameters of the URL; "page" and "per_page" if
	// "".
	PageParam, PerPageParam string
	// FixedPerPage has the request not say how many items a page has.
	FixedPerPage bool
	// NoCount leaves out the count of all items: Total and Pages are not known.
	NoCount bool
	// Lenient takes the first page, and PerPage items, where the request asks for
	// what is none, and an empty page beyond the last. Without it these are errors
	// with status 404.
	Lenient bool
}

func (o PageOptions) withDefaults() PageOptions {
	if o.PerPage <= 0 {
		o.PerPage = defaultPerPage
	}
	if o.MaxPerPage <= 0 {
		o.MaxPerPage = defaultMaxPerPage
	}
	o.PerPage = min(o.PerPage, o.MaxPerPage)
	if o.PageParam == "" {
		o.PageParam = "page"
	}
	if o.PerPageParam == "" {
		o.PerPageParam = "per_page"
	}
	return o
}

// Pagination is a page of what a query finds, with what is needed to turn pages.
// R is *T for entities of type T.
type Pagination[R any] struct {
	Items   []R
	Page    int   // its number, from 1
	PerPage int   // how many items a page has
	Total   int64 // how many items there are; -1 where they were not counted

	more bool
	o    PageOptions
	url  url.URL
	read func(ctx context.Context, number, size int) (numbered[R], error)
}

// numbered is what a query returns of a page.
type numbered[R any] struct {
	items []R
	total int64
	more  bool
}

// Paginate reads the page of a query that a request asks for. The query has no
// limit of its own; without an order it is that of the primary key.
func Paginate[T any](r *http.Request, s *orm.Session, q orm.Query[T], o PageOptions) (*Pagination[*T], error) {
	return paginate(r, o, func(ctx context.Context, number, size int) (numbered[*T], error) {
		read := q.Page
		if o.NoCount {
			read = q.PageUncounted
		}
		p, err := read(ctx, s, number, size)
		return numbered[*T]{p.Entities, p.Total, p.More}, err
	})
}

// PaginateRows is Paginate for a query of columns, which should have an order in
// which no two rows are equal.
func PaginateRows[R any](r *http.Request, s *orm.Session, q orm.Selection[R], o PageOptions) (*Pagination[R], error) {
	return paginate(r, o, func(ctx context.Context, number, size int) (numbered[R], error) {
		read := q.Page
		if o.NoCount {
			read = q.PageUncounted
		}
		p, err := read(ctx, s, number, size)
		return numbered[R]{p.Rows, p.Total, p.More}, err
	})
}

func paginate[R any](r *http.Request, o PageOptions, read func(ctx context.Context, number, size int) (numbered[R], error)) (*Pagination[R], error) {
	o = o.withDefaults()
	p := &Pagination[R]{o: o, url: *r.URL, read: read}
	query := r.URL.Query()
	var err error
	if p.Page, err = pageParam(query, o.PageParam, 1, o.Lenient); err != nil {
		return nil, err
	}
	p.PerPage = o.PerPage
	if !o.FixedPerPage {
		if p.PerPage, err = pageParam(query, o.PerPageParam, o.PerPage, o.Lenient); err != nil {
			return nil, err
		}
		p.PerPage = min(p.PerPage, o.MaxPerPage)
	}
	return p, p.load(r.Context())
}

// pageParam returns a number of the URL that is at least 1.
func pageParam(query url.Values, name string, without int, lenient bool) (int, error) {
	texts := query[name]
	if len(texts) == 0 {
		return without, nil
	}
	n, err := strconv.ParseInt(texts[0], 10, 32) // of more pages nobody turns to the last
	if err == nil && n >= 1 && len(texts) == 1 && digits(texts[0]) {
		return int(n), nil
	}
	if lenient {
		return without, nil
	}
	return 0, NotFound("there is no such page")
}

// load reads the page that Page says.
func (p *Pagination[R]) load(ctx context.Context) error {
	page, err := p.read(ctx, p.Page, p.PerPage)
	if err != nil {
		return err
	}
	p.Items, p.Total, p.more = page.items, page.total, page.more
	if len(p.Items) == 0 && p.Page > 1 && !p.o.Lenient {
		return NotFound("there is no such page")
	}
	return nil
}

// Pages returns how many pages there are, and 0 where that was not counted.
func (p *Pagination[R]) Pages() int {
	return orm.Page[R]{Size: p.PerPage, Total: p.Total}.Pages()
}

// Counted reports whether Total and Pages are known.
func (p *Pagination[R]) Counted() bool { return p.Total >= 0 }

// HasPrev reports whether there is a page before this one.
func (p *Pagination[R]) HasPrev() bool { return p.Page > 1 }

// HasNext reports whether there is a page after this one.
func (p *Pagination[R]) HasNext() bool { return p.more }

// PrevNum returns the number of the page before, or 0.
func (p *Pagination[R]) PrevNum() int { return p.Page - 1 }

// NextNum returns the number of the page after, or 0.
func (p *Pagination[R]) NextNum() int {
	if !p.more {
		return 0
	}
	return p.Page + 1
}

// First returns the number of the first item of the page, counted from 1 through
// all pages, or 0 where the page has none.
func (p *Pagination[R]) First() int64 {
	if len(p.Items) == 0 {
		return 0
	}
	return int64(p.Page-1)*int64(p.PerPage) + 1
}

// Last returns the number of the last item of the page, or 0 where it has none.
func (p *Pagination[R]) Last() int64 {
	if len(p.Items) == 0 {
		return 0
	}
	return p.First() + int64(len(p.Items)) - 1
}

// Prev reads the page before this one. There must be one, see HasPrev.
func (p *Pagination[R]) Prev(ctx context.Context) (*Pagination[R], error) {
	return p.at(ctx, p.Page-1)
}

// Next reads the page after this one. There must be one, see HasNext.
func (p *Pagination[R]) Next(ctx context.Context) (*Pagination[R], error) {
	return p.at(ctx, p.Page+1)
}

func (p *Pagination[R]) at(ctx context.Context, number int) (*Pagination[R], error) {
	other := *p
	other.Page = number
	if number < 1 {
		return nil, NotFound("there is no such page")
	}
	if err := other.load(ctx); err != nil {
		return nil, err
	}
	return &other, nil
}

// IterPages returns the numbers of pages to show, with a 0 for each gap: leftEdge
// at the beginning, leftCurrent before this page, rightCurrent after it and
// rightEdge at the end. Where pages were not counted there are none. Templates
// range over it.
func (p *Pagination[R]) IterPages(leftEdge, leftCurrent, rightCurrent, rightEdge int) iter.Seq[int] {
	return func(yield func(int) bool) {
		pages, last := p.Pages(), 0
		spans := [][2]int{{1, leftEdge}, {p.Page - leftCurrent, p.Page + rightCurrent}, {pages - rightEdge + 1, pages}}
		for _, span := range spans {
			from, to := max(span[0], last+1), min(span[1], pages)
			if from > to {
				continue
			}
			if from > last+1 && !yield(0) {
				return
			}
			for n := from; n <= to; n++ {
				if !yield(n) {
					return
				}
			}
			last = to
		}
		if last > 0 && last < pages {
			yield(0)
		}
	}
}

// Numbers is IterPages with 2 at both edges, 2 before this page and 4 after it.
func (p *Pagination[R]) Numbers() iter.Seq[int] { return p.IterPages(2, 2, 4, 2) }

// URL returns the path and query of a page: those of the request with another
// number.
func (p *Pagination[R]) URL(number int) string {
	return withParam(p.url, p.o.PageParam, strconv.Itoa(number))
}

// Links sets the header Link (RFC 8288) to the first, the previous, the next and
// the last page, as far as they are there and known.
func (p *Pagination[R]) Links(h http.Header) {
	link := func(rel string, number int) { h.Add("Link", "<"+p.URL(number)+`>; rel="`+rel+`"`) }
	if p.HasPrev() {
		link("first", 1)
		link("prev", p.PrevNum())
	}
	if p.HasNext() {
		link("next", p.NextNum())
		if p.Counted() {
			link("last", p.Pages())
		}
	}
}

// withParam returns the path and query of a URL with another value of a parameter;
// "" leaves it out.
func withParam(u url.URL, name, value string) string {
	query := u.Query()
	if query.Del(name); value != "" {
		query.Set(name, value)
	}
	path := u.EscapedPath()
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
