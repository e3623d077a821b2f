package orm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

func TestCountExistsAndPages(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		q := orm.Select(Entries).Join(Entries.Author).Where(Bloggers.Name.Ne("mary"))
		n, err := q.Count(ctx, s)
		must(t, err)
		same(t, "count", n, 5)
		for name, want := range map[string]bool{"ed": true, "nobody": false} {
			found, err := orm.Select(Bloggers).Where(Bloggers.Name.Eq(name)).Exists(ctx, s)
			must(t, err)
			same(t, name, found, want)
		}
		var got []string
		for number := 1; number <= 4; number++ {
			page, err := q.OrderBy(Entries.ID.Desc()).Page(ctx, s, number, 2)
			must(t, err)
			same(t, "total", page.Total, 5)
			same(t, "pages", page.Pages(), 3)
			got = append(got, entryTitles(page.Entities))
		}
		same(t, "pages", got, []string{"wendy-1 wendy-0", "ed-2 ed-1", "ed-0", ""})
		for _, wrong := range []error{
			func() error { _, err := q.Page(ctx, s, 0, 2); return err }(),
			func() error { _, err := q.Limit(3).Page(ctx, s, 1, 2); return err }(),
		} {
			if wrong == nil {
				t.Error("a page that can't be is read")
			}
		}
	})
}

func entryTitles(list []*Entry) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Title)
	}
	return strings.Join(out, " ")
}

// pagesOf reads all pages forwards and all back again.
func pagesOf(t *testing.T, s *orm.Session, q orm.Query[Entry], size int) (forwards, backwards []string) {
	t.Helper()
	var at orm.Position
	var page orm.KeysetPage[Entry]
	for i := 0; i == 0 || !at.IsZero(); i++ {
		var err error
		at, err = orm.ParsePosition(at.String())
		must(t, err)
		page, err = q.KeysetPage(t.Context(), s, size, at)
		must(t, err)
		forwards = append(forwards, entryTitles(page.Entities))
		at = page.Next
	}
	for at = page.Previous; !at.IsZero(); at = page.Previous {
		var err error
		page, err = q.KeysetPage(t.Context(), s, size, at)
		must(t, err)
		backwards = append(backwards, entryTitles(page.Entities))
	}
	return forwards, backwards
}

func TestKeysetPages(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		s.Add(&Entry{Title: "nobody's"})
		must(t, s.Flush(t.Context()))
		for name, c := range map[string]struct {
			q                   orm.Query[Entry]
			forwards, backwards []string
		}{
			"by key": {
				orm.Select(Entries), []string{"ed-0 ed-1 ed-2", "wendy-0 wendy-1 mary-0", "nobody's"}, []string{"wendy-0 wendy-1 mary-0", "ed-0 ed-1 ed-2"},
			},
			"down": {
				orm.Select(Entries).OrderBy(Entries.Title.Desc()),
				[]string{"wendy-1 wendy-0 nobody's", "mary-0 ed-2 ed-1", "ed-0"},
				[]string{"mary-0 ed-2 ed-1", "wendy-1 wendy-0 nobody's"},
			},
			"nulls last": {
				orm.Select(Entries).OrderBy(Entries.UserID.Desc().Last(), Entries.Title.Desc()),
				[]string{"mary-0 wendy-1 wendy-0", "ed-2 ed-1 ed-0", "nobody's"},
				[]string{"ed-2 ed-1 ed-0", "mary-0 wendy-1 wendy-0"},
			},
			"nulls first": {
				orm.Select(Entries).OrderBy(Entries.UserID.Asc().First()),
				[]string{"nobody's ed-0 ed-1", "ed-2 wendy-0 wendy-1", "mary-0"},
				[]string{"ed-2 wendy-0 wendy-1", "nobody's ed-0 ed-1"},
			},
			"by another table": {
				orm.Select(Entries).Join(Entries.Author).OrderBy(Bloggers.Name.Desc().Last()), []string{"wendy-0 wendy-1 mary-0", "ed-0 ed-1 ed-2"}, []string{"wendy-0 wendy-1 mary-0"},
			},
		} {
			forwards, backwards := pagesOf(t, s, c.q, 3)
			same(t, name+", forwards", forwards, c.forwards)
			same(t, name+", backwards", backwards, c.backwards)
		}
	})
}

func TestPositionsThatAreNone(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		page, err := orm.Select(Entries).With(Entries.Author).KeysetPage(ctx, s, 2, orm.Position{})
		must(t, err)
		if u, err := page.Entities[0].Author.Get(); err != nil || u.Name != "ed" {
			t.Errorf("got %v, %v, want the author ed", u, err)
		}
		for what, q := range map[string]orm.Query[Entry]{
			"that of another order":     orm.Select(Entries).OrderBy(Entries.Title.Asc()),
			"say First() or Last()":     orm.Select(Entries).OrderBy(Entries.UserID.Asc()),
			"that is no column":         orm.Select(Entries).OrderBy(Entries.Title.Lower().Asc()),
			"has a limit of its own":    orm.Select(Entries).Limit(2),
			"is not in FROM; join it":   orm.Select(Entries).OrderBy(Bloggers.Name.Asc().Last()),
			"another order; begin with": orm.Select(Entries).OrderBy(Entries.ID.Desc()),
		} {
			at := page.Next
			if strings.Contains(what, "FROM") {
				at = orm.Position{}
			}
			if _, err := q.KeysetPage(ctx, s, 2, at); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("got %v, want an error with %q", err, what)
			}
		}
		for _, text := range []string{"x", "AAAA", page.Next.String() + "AA", page.Next.String()[:14]} {
			if p, err := orm.ParsePosition(text); err == nil {
				t.Errorf("%q is taken for a position: %v", text, p)
			}
		}
	})
}

func TestSelectAs(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		type both struct {
			User *Blogger
			Post *Entry
			Rank int64
		}
		rank := expr.RowNumber().Over(expr.PartitionBy(Bloggers.ID).OrderBy(Entries.ID.Desc()))
		s.Add(&Blogger{Name: "zoe"})
		list, err := orm.SelectAs[both](orm.Whole(Bloggers), orm.Whole(Entries), rank.As("rank")).
			LeftJoin(Bloggers.Posts).OrderBy(Bloggers.ID.Asc(), Entries.ID.Asc()).All(ctx, s)
		must(t, err)
		var got []string
		for _, r := range list {
			title := "none"
			if r.Post != nil {
				title = r.Post.Title
			}
			got = append(got, fmt.Sprint(r.User.Name, ":", title, ":", r.Rank))
		}
		same(t, "rows", got, []string{"ed:ed-0:3", "ed:ed-1:2", "ed:ed-2:1", "wendy:wendy-0:2", "wendy:wendy-1:1", "mary:mary-0:1", "zoe:none:1"})
		if list[0].User != list[1].User {
			t.Error("a user has two objects")
		}
		list[0].User.Name = "Ed"
		n, err := orm.SelectAs[int64](expr.Count(Bloggers.ID)).Where(Bloggers.Name.Eq("Ed")).One(ctx, s)
		must(t, err)
		same(t, "flushed before", n, 1)
		type bare struct{ Title string }
		if _, err := orm.SelectAs[bare](orm.Whole(Bloggers), Entries.Title).Join(Bloggers.Posts).All(ctx, s); err == nil || !strings.Contains(err.Error(), "has no field of type *orm_test.Blogger") {
			t.Errorf("got %v, want an error that names the field", err)
		}
		if _, err := orm.Select(Bloggers).OrderBy(expr.Order{X: orm.Whole(Bloggers)}).All(ctx, s); err == nil || !strings.Contains(err.Error(), "where one value is meant") {
			t.Errorf("got %v, want an error that says where Whole stands", err)
		}
		if _, err := orm.SelectBy(Bloggers, expr.SQL("select id from user_account")).All(ctx, s); err == nil || !strings.Contains(err.Error(), `returns no column "name"`) {
			t.Errorf("got %v, want an error that names the column", err)
		}
		if _, err := orm.SelectBy(Bloggers, expr.SQL("select id, name, name from user_account")).All(ctx, s); err == nil || !strings.Contains(err.Error(), `two columns "name"`) {
			t.Errorf("got %v, want an error that names the column", err)
		}
	})
}
