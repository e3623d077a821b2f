package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// fill writes members m01 to m.. of the first team.
func fill(t *testing.T, s *orm.Session, n int) {
	t.Helper()
	for i := range n {
		m := member(1, fmt.Sprintf("m%02d", i+1))
		m.Score = float64(i / 3)
		s.Add(m)
	}
	must(t, s.Commit(t.Context()))
}

// named shows names of members.
func named(list []*Member) string {
	var out []string
	for _, m := range list {
		out = append(out, strings.TrimPrefix(m.Name, "m"))
	}
	return strings.Join(out, " ")
}

func TestPagesByNumber(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		ctx := t.Context()
		fill(t, s, 23)
		q := orm.Select(Members).Where(Members.Name.Ne("m23"))
		p, err := web.Paginate(ask("GET", "/list?q=a%26b&page=2&per_page=5", "", ""), s, q, web.PageOptions{})
		must(t, err)
		same(t, "items", named(p.Items), "06 07 08 09 10")
		same(t, "numbers", fmt.Sprint(p.Page, p.PerPage, p.Total, p.Pages(), p.Counted(), p.PrevNum(), p.NextNum(), p.First(), p.Last(), p.HasPrev(), p.HasNext()),
			"2 5 22 5 true 1 3 6 10 true true")
		same(t, "URL", p.URL(3), "/list?page=3&per_page=5&q=a%26b")
		h := http.Header{}
		p.Links(h)
		same(t, "links", strings.Join(h.Values("Link"), ", "), `</list?page=1&per_page=5&q=a%26b>; rel="first", </list?page=1&per_page=5&q=a%26b>; rel="prev", `+
			`</list?page=3&per_page=5&q=a%26b>; rel="next", </list?page=5&per_page=5&q=a%26b>; rel="last"`)
		next, err := p.Next(ctx)
		must(t, err)
		same(t, "the next page", named(next.Items), "11 12 13 14 15")
		prev, err := p.Prev(ctx)
		must(t, err)
		same(t, "the previous page", named(prev.Items), "01 02 03 04 05")
		if _, err := prev.Prev(ctx); web.StatusOf(err) != http.StatusNotFound {
			t.Errorf("got %v, want no page before the first", err)
		}
		last, err := web.Paginate(ask("GET", "/?page=5&per_page=5", "", ""), s, q.OrderBy(Members.Name.Desc()), web.PageOptions{})
		must(t, err)
		same(t, "the last page", named(last.Items), "02 01")
		same(t, "its numbers", fmt.Sprint(last.NextNum(), last.HasNext(), last.First(), last.Last()), "0 false 21 22")
		testUncounted(t, s, q)
		testRows(t, s)
	})
}

// testUncounted turns all pages without a count.
func testUncounted(t *testing.T, s *orm.Session, q orm.Query[Member]) {
	t.Helper()
	var got []string
	for n := 1; n > 0; {
		p, err := web.Paginate(ask("GET", fmt.Sprint("/?page=", n), "", ""), s, q, web.PageOptions{NoCount: true, PerPage: 11})
		must(t, err)
		got = append(got, fmt.Sprint(len(p.Items), p.Total, p.Pages(), p.Counted(), p.HasNext(), slices.Collect(p.Numbers())))
		n = p.NextNum()
	}
	same(t, "pages without a count", strings.Join(got, ", "), "11 -1 0 false true [], 11 -1 0 false false []")
	_, err := web.Paginate(ask("GET", "/?page=3", "", ""), s, q, web.PageOptions{NoCount: true, PerPage: 11})
	wantErr(t, err, http.StatusNotFound, "no such page")
}

// testRows turns pages of columns, of which two have one name.
func testRows(t *testing.T, s *orm.Session) {
	t.Helper()
	type row struct {
		Score float64
		N     int64
	}
	q := orm.SelectAs[row](Members.Score, expr.CountAll().As("n")).GroupBy(Members.Score).OrderBy(Members.Score.Desc())
	p, err := web.PaginateRows(ask("GET", "/?page=2&per_page=3", "", ""), s, q, web.PageOptions{})
	must(t, err)
	same(t, "rows", fmt.Sprint(p.Items, p.Total, p.Pages()), "[{4 3} {3 3} {2 3}] 8 3")
	p, err = web.PaginateRows(ask("GET", "/?page=3&per_page=3", "", ""), s, q, web.PageOptions{NoCount: true})
	must(t, err)
	same(t, "the last rows", fmt.Sprint(p.Items, p.HasNext()), "[{1 3} {0 3}] false")
	type pair struct {
		Member *Member
		Team   *Team
	}
	both := orm.SelectAs[pair](orm.Whole(Members), orm.Whole(Teams)).From(Members).Join(Teams, Members.TeamID.EqExpr(Teams.ID)).OrderBy(Members.ID.Asc())
	pairs, err := web.PaginateRows(ask("GET", "/?page=2&per_page=22", "", ""), s, both, web.PageOptions{})
	must(t, err)
	same(t, "entities", fmt.Sprint(len(pairs.Items), pairs.Total, pairs.Items[0].Member.Name, pairs.Items[0].Team.Name), "1 23m23red")
}

func TestPagesThatARequestCantHave(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		fill(t, s, 7)
		q := orm.Select(Members)
		for _, query := range []string{
			"page=0", "page=-1", "page=x", "page=", "page=5", "page=9223372036854775807", "page=99999999999999999999", "page=1&page=2", "page=%2B1",
			"per_page=0", "per_page=-5", "per_page=x", "per_page=1&per_page=2", "page=2147483647&per_page=100",
		} {
			for _, o := range []web.PageOptions{{PerPage: 2}, {PerPage: 2, NoCount: true}} {
				_, err := web.Paginate(ask("GET", "/?"+query, "", ""), s, q, o)
				wantErr(t, err, http.StatusNotFound, "no such page")
				o.Lenient = true
				p, err := web.Paginate(ask("GET", "/?"+query, "", ""), s, q, o)
				must(t, err)
				if p.Page != 1 && len(p.Items) > 0 || p.Page == 1 && len(p.Items) != 2 {
					t.Errorf("%s: got page %d with %d items", query, p.Page, len(p.Items))
				}
			}
		}
		for query, want := range map[string]int{"per_page=1000": 5, "per_page=4": 4, "": 3, "size=1": 3} {
			p, err := web.Paginate(ask("GET", "/?"+query, "", ""), s, q, web.PageOptions{PerPage: 3, MaxPerPage: 5})
			must(t, err)
			same(t, query, len(p.Items), want)
		}
		p, err := web.Paginate(ask("GET", "/?p=2&n=4", "", ""), s, q, web.PageOptions{PageParam: "p", PerPageParam: "n"})
		must(t, err)
		same(t, "other parameters", named(p.Items)+" "+p.URL(1), "05 06 07 /?n=4&p=1")
		p, err = web.Paginate(ask("GET", "/?per_page=1", "", ""), s, q, web.PageOptions{FixedPerPage: true})
		must(t, err)
		same(t, "a fixed size", len(p.Items), 7)
		p, err = web.Paginate(ask("GET", "/", "", ""), s, q.Where(Members.Name.Eq("nobody")), web.PageOptions{})
		must(t, err)
		same(t, "an empty list", fmt.Sprint(p.Items, p.Pages(), p.First(), p.Last(), p.HasNext(), p.HasPrev(), slices.Collect(p.Numbers())), "[] 0 0 0 false false []")
		if _, err := web.Paginate(ask("GET", "/", "", ""), s, q.Limit(3), web.PageOptions{}); web.StatusOf(err) != http.StatusInternalServerError {
			t.Errorf("got %v, want an error about the limit", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := web.Paginate(ask("GET", "/", "", "").WithContext(ctx), s, q, web.PageOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}

// TestNumbersOfPages has what Flask-SQLAlchemy's iter_pages gives, with 0 for None.
func TestNumbersOfPages(t *testing.T) {
	db := connect(t, freshURL(t, "memory"))
	must(t, db.CreateAll(t.Context(), club.MetaData))
	s := clubSession(t, db)
	fill(t, s, 20)
	for _, c := range []struct {
		page                   int
		left, near, far, right int
		want                   string
	}{
		{1, 2, 2, 4, 2, "[1 2 3 4 5 0 19 20]"},
		{8, 2, 2, 4, 2, "[1 2 0 6 7 8 9 10 11 12 0 19 20]"},
		{4, 2, 2, 4, 2, "[1 2 3 4 5 6 7 8 0 19 20]"},
		{5, 2, 2, 4, 2, "[1 2 3 4 5 6 7 8 9 0 19 20]"},
		{6, 2, 2, 4, 2, "[1 2 0 4 5 6 7 8 9 10 0 19 20]"},
		{20, 2, 2, 4, 2, "[1 2 0 18 19 20]"},
		{14, 2, 2, 4, 2, "[1 2 0 12 13 14 15 16 17 18 19 20]"},
		{8, 0, 1, 1, 0, "[0 7 8 9 0]"},
		{1, 0, 0, 0, 0, "[1 0]"},
		{20, 0, 0, 0, 0, "[0 20]"},
		{10, 30, 2, 2, 2, "[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20]"},
	} {
		p, err := web.Paginate(ask("GET", fmt.Sprint("/?per_page=1&page=", c.page), "", ""), s, orm.Select(Members), web.PageOptions{})
		must(t, err)
		same(t, fmt.Sprintf("page %d, %d %d %d %d", c.page, c.left, c.near, c.far, c.right), fmt.Sprint(slices.Collect(p.IterPages(c.left, c.near, c.far, c.right))), c.want)
		for range p.Numbers() { // a loop may end early
			break
		}
	}
}
