package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

func cursorsOf(t *testing.T, keys ...byte) *web.Cursors {
	t.Helper()
	var list [][]byte
	for _, k := range keys {
		list = append(list, []byte(strings.Repeat(string(k), 32)))
	}
	c, err := web.NewCursors(list...)
	must(t, err)
	return c
}

// byScore has an order in which rows are equal but for the key, and a NULL.
func byScore() orm.Query[Member] {
	return orm.Select(Members).OrderBy(Members.Score.Desc(), Members.Born.Asc().Last())
}

func cursorPage(t *testing.T, s *orm.Session, q orm.Query[Member], c *web.Cursors, o web.CursorOptions, url string) *web.CursorPagination[*Member] {
	t.Helper()
	p, err := web.CursorPage(ask("GET", url, "", ""), s, q, c, o)
	must(t, err)
	return p
}

func TestPagesByCursor(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		fill(t, s, 10)
		c, o := cursorsOf(t, 'a'), web.CursorOptions{Name: "members", Size: 4}
		var there, back, urls []string
		p := cursorPage(t, s, byScore(), c, o, "/list?x=1")
		first := p
		for {
			there = append(there, named(p.Items))
			if !p.HasNext() {
				break
			}
			urls = append(urls, p.NextURL())
			p = cursorPage(t, s, byScore(), c, o, p.NextURL())
		}
		for {
			back = append(back, named(p.Items))
			if !p.HasPrev() {
				break
			}
			p = cursorPage(t, s, byScore(), c, o, p.PrevURL())
		}
		same(t, "there", strings.Join(there, ", "), "10 07 08 09, 04 05 06 01, 02 03")
		slices.Reverse(back)
		same(t, "back", strings.Join(back, ", "), strings.Join(there, ", "))
		same(t, "the way back", fmt.Sprint(first.HasPrev(), first.PrevURL(), first.FirstURL()), "false/list?x=1")
		if !strings.HasPrefix(urls[0], "/list?cursor=") || !strings.HasSuffix(urls[0], "&x=1") {
			t.Errorf("got URL %q", urls[0])
		}
		h := http.Header{}
		cursorPage(t, s, byScore(), c, o, urls[0]).Links(h)
		if got := h.Values("Link"); len(got) != 2 || !strings.HasSuffix(got[0], `rel="prev"`) || !strings.HasSuffix(got[1], `rel="next"`) {
			t.Errorf("got links %q", got)
		}
		p = cursorPage(t, s, byScore(), c, o, urls[0]+"&per_page=2")
		same(t, "another size", named(p.Items), "04 05")
		p = cursorPage(t, s, byScore(), c, web.CursorOptions{Name: "members", Size: 4, MaxSize: 3}, urls[0]+"&per_page=1000")
		same(t, "the largest size", named(p.Items), "04 05 06")
		if _, err := web.CursorPage(ask("GET", "/?per_page=0", "", ""), s, byScore(), c, o); web.StatusOf(err) != http.StatusBadRequest {
			t.Errorf("got %v, want status 400", err)
		}
	})
}

func TestCursorsAreGoodForOneList(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		ctx := t.Context()
		fill(t, s, 10)
		c := cursorsOf(t, 'a')
		o := web.CursorOptions{Name: "members", Scope: "user 1", Size: 4}
		mine := orm.Select(Members).Where(Members.TeamID.Eq(1), Members.Name.Like("m%"))
		next := cursorPage(t, s, mine, c, o, "/").NextURL()
		same(t, "the same list", named(cursorPage(t, s, mine, c, o, next).Items), "05 06 07 08")
		restricted := orm.NewSession(db, orm.Restrict(Members, Members.Active.Eq(false)))
		defer func() { must(t, restricted.Close(ctx)) }()
		refused := func(what string, s *orm.Session, q orm.Query[Member], c *web.Cursors, o web.CursorOptions, url string) {
			t.Helper()
			_, err := web.CursorPage(ask("GET", url, "", ""), s, q, c, o)
			if !errors.Is(err, web.ErrCursor) || web.StatusOf(err) != http.StatusBadRequest {
				t.Errorf("%s: got %v, want ErrCursor with status 400", what, err)
			}
		}
		theirs := orm.Select(Members).Where(Members.TeamID.Eq(2), Members.Name.Like("m%"))
		refused("another value", s, theirs, c, o, next)
		refused("fewer conditions", s, orm.Select(Members).Where(Members.TeamID.Eq(1)), c, o, next)
		refused("another order", s, mine.OrderBy(Members.Name.Asc()), c, o, next)
		refused("the order turned round", s, mine.OrderBy(Members.ID.Desc()), c, o, next)
		refused("other criteria", restricted, mine, c, o, next)
		refused("another name", s, mine, c, web.CursorOptions{Name: "posts", Scope: "user 1", Size: 4}, next)
		refused("another scope", s, mine, c, web.CursorOptions{Name: "members", Scope: "user 2", Size: 4}, next)
		refused("name and scope moved", s, mine, c, web.CursorOptions{Name: "membersuser", Scope: " 1", Size: 4}, next)
		refused("another key", s, mine, cursorsOf(t, 'b'), o, next)
		refused("no conditions in it", s, mine, c, web.CursorOptions{Name: "members", Scope: "user 1", Filter: "x"}, next)
		refused("two cursors", s, mine, c, o, next+"&"+strings.TrimPrefix(next, "/?"))
		cursor := cursorPage(t, s, mine, c, o, "/").Next
		for i := range cursor {
			changed := []byte(cursor)
			changed[i] ^= 1
			refused(fmt.Sprint("changed at ", i), s, mine, c, o, "/?cursor="+url.QueryEscape(string(changed)))
		}
		for _, text := range []string{"x", cursor[:44], cursor[44:], cursor + "A", cursor + "\n", strings.Repeat("\n", 60), cursor[:10] + "\n" + cursor[10:], strings.Repeat("A", 10000)} {
			refused(text, s, mine, c, o, "/?cursor="+url.QueryEscape(text))
		}
		p, err := orm.ParsePosition(cursor[44:])
		must(t, err)
		same(t, "the position within", p.IsZero(), false) // anybody can read it, and nobody can sign it
	})
}

func TestCursorsOutliveAChangeOfKeysAndTheTime(t *testing.T) {
	clubs(t, func(t *testing.T, db *engine.Engine, s *orm.Session) {
		fill(t, s, 10)
		o := web.CursorOptions{Name: "members", Size: 4}
		q := orm.Select(Members)
		next := cursorPage(t, s, q, cursorsOf(t, 'a'), o, "/").NextURL()
		p := cursorPage(t, s, q, cursorsOf(t, 'b', 'a'), o, next)
		same(t, "signed by the older key", named(p.Items), "05 06 07 08")
		p = cursorPage(t, s, q, cursorsOf(t, 'b'), o, p.NextURL())
		same(t, "signed by the newer key", named(p.Items), "09 10")
		now := func() orm.Query[Member] { return q.Where(Members.Seen.Lt(time.Now())) }
		o.Filter = "seen"
		next = cursorPage(t, s, now(), cursorsOf(t, 'a'), o, "/").NextURL()
		same(t, "with a filter of its own", named(cursorPage(t, s, now(), cursorsOf(t, 'a'), o, next).Items), "05 06 07 08")
	})
	for _, keys := range [][][]byte{nil, {nil}, {[]byte("short")}, {[]byte(strings.Repeat("x", 32)), []byte("short")}} {
		if _, err := web.NewCursors(keys...); err == nil {
			t.Errorf("keys of %d bytes are taken", len(keys))
		}
	}
}
