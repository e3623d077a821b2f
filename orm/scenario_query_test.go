package orm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Blogger, Entry and Remark are the blog of the scenarios.
type Blogger struct {
	ID    int64
	Name  string
	Posts orm.Many[Entry]
}

type Entry struct {
	ID       int64
	Title    string
	UserID   *int64
	Author   orm.One[Blogger]
	Comments orm.Many[Remark]
}

type Remark struct {
	ID     int64
	PostID *int64
	Body   string
	Post   orm.One[Entry]
}

type bloggerTable struct {
	orm.Table[Blogger]
	ID    schema.Int64
	Name  schema.Text
	Posts orm.HasMany[Blogger, Entry]
}

type entryTable struct {
	orm.Table[Entry]
	ID       schema.Int64
	Title    schema.Text
	UserID   schema.Int64
	Author   orm.BelongsTo[Entry, Blogger]
	Comments orm.HasMany[Entry, Remark]
}

type remarkTable struct {
	orm.Table[Remark]
	ID     schema.Int64
	PostID schema.Int64
	Body   schema.Text
	Post   orm.BelongsTo[Remark, Entry]
}

var (
	blog     = orm.NewBase()
	Bloggers = orm.Declare(blog, "user_account", bloggerTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(30)})
	Entries  = orm.Declare(blog, "post", entryTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Title: schema.String(50), UserID: schema.BigInteger(schema.ForeignKey("user_account.id")),
	})
	Remarks = orm.Declare(blog, "comment", remarkTable{
		ID: schema.BigInteger(schema.PrimaryKey()), PostID: schema.BigInteger(schema.ForeignKey("post.id")), Body: schema.String(50),
	})
)

// onBlog runs a scenario on the blog: ed has three posts, wendy two and mary one;
// the last post of each has a comment fewer than it has posts.
func onBlog(t *testing.T, f func(t *testing.T, db *database, s *orm.Session)) {
	t.Helper()
	everywhere(t, blog, func(t *testing.T, db *database) {
		s := session(t, db)
		for i, name := range []string{"ed", "wendy", "mary"} {
			u := &Blogger{Name: name}
			s.Add(u)
			must(t, s.Flush(t.Context()))
			for j := range 3 - i {
				p := &Entry{Title: fmt.Sprintf("%s-%d", name, j), UserID: &u.ID}
				s.Add(p)
				must(t, s.Flush(t.Context()))
				for c := range j {
					s.Add(&Remark{PostID: &p.ID, Body: fmt.Sprintf("c%d", c)})
				}
			}
		}
		must(t, s.Commit(t.Context()))
		must(t, s.Close(t.Context()))
		db.forget()
		f(t, db, session(t, db))
	})
}

func TestScenarioRelationshipComparators(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		wendy, err := orm.Get(t.Context(), s, Bloggers, 2)
		must(t, err)
		first, err := orm.Get(t.Context(), s, Entries, 1)
		must(t, err)
		posts, author := Bloggers.Posts, Entries.Author
		for name, c := range map[string]struct {
			users, posts expr.Predicate
			want         string
		}{
			"any":            {users: posts.Any(), want: "1 2 3"},
			"any crit":       {users: posts.Any(Entries.Title.Eq("ed-1")), want: "1"},
			"not any":        {users: posts.Any(Entries.Title.Like("ed%")).Not(), want: "2 3"},
			"has":            {posts: author.Has(Bloggers.Name.Eq("wendy")), want: "4 5"},
			"nested any has": {users: posts.Any(Entries.Comments.Any(Remarks.Body.Eq("c1"))), want: "1"},
			"back again":     {users: posts.Any(Entries.Author.Has(Bloggers.Posts.Any(Entries.Title.Eq("wendy-0")))), want: "2"},
			"contains":       {users: posts.Contains(first), want: "1"},
			"== obj":         {posts: author.Is(wendy), want: "4 5"},
			"!= obj":         {posts: author.IsNot(wendy), want: "1 2 3 6"},
			"== None":        {posts: author.IsNone(), want: ""},
			"!= None":        {posts: author.IsNone().Not(), want: "1 2 3 4 5 6"},
			"with_parent":    {posts: posts.Of(wendy), want: "4 5"},
		} {
			db.forget()
			var got []string
			if c.users != nil {
				list, err := orm.Select(Bloggers).Where(c.users).OrderBy(Bloggers.ID.Asc()).All(t.Context(), s)
				must(t, err)
				for _, u := range list {
					got = append(got, fmt.Sprint(u.ID))
				}
			} else {
				list, err := orm.Select(Entries).Where(c.posts).OrderBy(Entries.ID.Asc()).All(t.Context(), s)
				must(t, err)
				for _, p := range list {
					got = append(got, fmt.Sprint(p.ID))
				}
			}
			same(t, name, strings.Join(got, " "), c.want)
			same(t, "statements of "+name, len(db.statements()), 1)
		}
	})
}

func TestScenarioJoinsAndAliases(t *testing.T) {
	p1, p2 := orm.Alias(Entries, "p1"), orm.Alias(Entries, "p2")
	name, title, body := Bloggers.Name, Entries.Title, Remarks.Body
	posts := []string{"ed ed-0", "ed ed-1", "ed ed-2", "mary mary-0", "wendy wendy-0", "wendy wendy-1"}
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		for what, c := range map[string]struct {
			q    *expr.Select
			want []string
		}{
			"join rel":    {orm.Join(expr.NewSelect(name, title), Bloggers.Posts), posts},
			"join target": {orm.Join(expr.NewSelect(name, title), Entries), posts},
			"join chain": {
				orm.Join(orm.Join(expr.NewSelect(name, body), Bloggers.Posts), Entries.Comments),
				[]string{"ed c0", "ed c0", "ed c1", "wendy c0"},
			},
			"two aliases": {
				orm.Join(orm.Join(expr.NewSelect(name, p1.Title.As("one"), p2.Title.As("two")), Bloggers.Posts.To(p1)), p2, p2.UserID.EqExpr(Bloggers.ID)).Where(p1.ID.LtExpr(p2.ID)),
				[]string{"ed ed-0 ed-1", "ed ed-0 ed-2", "ed ed-1 ed-2", "wendy wendy-0 wendy-1"},
			},
			"anti join": {orm.LeftJoin(expr.NewSelect(name), Bloggers.Posts).Where(Entries.ID.IsNull()), nil},
			"join_from": {
				orm.Join(orm.Join(expr.NewSelect(name).From(Remarks.Schema()), Remarks.Post), Entries.Author),
				[]string{"ed", "ed", "ed", "wendy"},
			},
			"join and_": {orm.Join(expr.NewSelect(name, title), Bloggers.Posts, Entries.Title.Like("%1")), []string{"ed ed-1", "wendy wendy-1"}},
		} {
			tx, err := s.Tx(t.Context())
			must(t, err)
			for _, x := range c.q.Parts().Columns {
				c.q = c.q.OrderBy(expr.Order{X: x})
			}
			rows, err := engine.Collect[engine.Record](t.Context(), tx, c.q)
			must(t, err)
			var got []string
			for _, r := range rows {
				var cells []string
				for i := range r.Len() {
					cells = append(cells, fmt.Sprint(r.At(i)))
				}
				got = append(got, strings.Join(cells, " "))
			}
			same(t, what, got, c.want)
		}
	})
}

func TestScenarioEntityFromSubquery(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		later := orm.AliasOf(Bloggers, "later", orm.Select(Bloggers).Where(Bloggers.ID.Gt(1)).Subquery())
		type pair struct{ Name, Title string }
		pairs, err := orm.SelectAs[pair](later.Name, Entries.Title).Join(later.Posts).OrderBy(Entries.ID.Asc()).All(ctx, s)
		must(t, err)
		same(t, "r", pairs, []pair{{"wendy", "wendy-0"}, {"wendy", "wendy-1"}, {"mary", "mary-0"}})

		stated, err := orm.SelectBy(Bloggers, expr.SQL("select * from user_account where id < 3 order by id")).All(ctx, s)
		must(t, err)
		same(t, "ft", bloggerNames(stated), "ed wendy")

		both := orm.AliasOf(Bloggers, "u", expr.UnionAll(orm.Select(Bloggers).Where(Bloggers.ID.Eq(1)).Subquery(), orm.Select(Bloggers).Where(Bloggers.ID.Eq(3)).Subquery()))
		united, err := orm.Select(both).OrderBy(both.ID.Asc()).All(ctx, s)
		must(t, err)
		same(t, "un", bloggerNames(united), "ed mary")
		if united[0] != stated[0] {
			t.Error("ed has two objects")
		}

		type bundle struct {
			UserAccount struct {
				ID   int64
				Name string
			}
		}
		bundles, err := orm.SelectAs[bundle](Bloggers.ID, Bloggers.Name).OrderBy(Bloggers.ID.Asc()).All(ctx, s)
		must(t, err)
		same(t, "b", fmt.Sprint(bundles), "[{{1 ed}} {{2 wendy}} {{3 mary}}]")

		type counted struct {
			User *Blogger
			N    int64
		}
		db.forget()
		list, err := orm.SelectAs[counted](orm.Whole(Bloggers), expr.Count(Entries.ID).As("n")).Join(Bloggers.Posts).
			GroupBy(orm.Whole(Bloggers)).OrderBy(Bloggers.ID.Asc()).All(ctx, s)
		must(t, err)
		same(t, "statements", len(db.statements()), 1)
		var got []string
		for _, c := range list {
			got = append(got, fmt.Sprint(c.User.Name, c.N))
		}
		same(t, "ec", strings.Join(got, " "), "ed3 wendy2 mary1")
		if list[0].User != stated[0] {
			t.Error("ed has two objects")
		}
	})
}

func bloggerNames(list []*Blogger) string {
	var out []string
	for _, u := range list {
		out = append(out, u.Name)
	}
	return strings.Join(out, " ")
}

func TestScenarioCorrelatedSubqueriesOrm(t *testing.T) {
	a := orm.Alias(Entries, "a")
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		n := expr.NumOfQuery[int64](expr.NewSelect(expr.Count(Entries.ID)).From(Entries.Schema()).Where(Entries.UserID.EqExpr(Bloggers.ID)))
		type counted struct {
			Name string
			N    int64
		}
		counts, err := orm.SelectAs[counted](Bloggers.Name, n.As("n")).OrderBy(n.Desc()).All(ctx, s)
		must(t, err)
		same(t, "counts", counts, []counted{{"ed", 3}, {"wendy", 2}, {"mary", 1}})
		names, err := orm.SelectAs[string](Bloggers.Name).
			Where(expr.Exists(expr.NewSelect(Entries.ID).From(Entries.Schema()).Where(Entries.UserID.EqExpr(Bloggers.ID), Entries.Title.Like("%2")))).All(ctx, s)
		must(t, err)
		same(t, "exists", names, []string{"ed"})
		last := expr.NumOfQuery[int64](expr.NewSelect(a.ID.Max()).From(a.Source()).Where(a.UserID.EqExpr(Entries.UserID)))
		titles, err := orm.SelectAs[string](Entries.Title).Where(Entries.ID.EqExpr(last)).OrderBy(Entries.ID.Asc()).All(ctx, s)
		must(t, err)
		same(t, "last", titles, []string{"ed-2", "wendy-1", "mary-0"})
	})
}
