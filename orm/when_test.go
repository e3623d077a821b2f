package orm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Article struct {
	ID    int64
	Title string
	Memos orm.Many[Memo]
}

type Picture struct {
	ID    int64
	Path  string
	Memos orm.Many[Memo]
}

// Memo is about an article or a picture.
type Memo struct {
	ID      int64
	Text    string
	About   string
	AboutID *int64
	Article orm.One[Article]
	Picture orm.One[Picture]
}

type articleTable struct {
	orm.Table[Article]
	ID    schema.Int64
	Title schema.Text
	Memos orm.HasMany[Article, Memo]
}

type pictureTable struct {
	orm.Table[Picture]
	ID    schema.Int64
	Path  schema.Text
	Memos orm.HasMany[Picture, Memo]
}

type memoTable struct {
	orm.Table[Memo]
	ID      schema.Int64
	Text    schema.Text
	About   schema.Text
	AboutID schema.Int64
	Article orm.BelongsTo[Memo, Article]
	Picture orm.BelongsTo[Memo, Picture]
}

var (
	newsroom = orm.NewBase()
	Memos    = orm.Declare(newsroom, "memos", memoTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(20), About: schema.String(20),
		Article: orm.BelongsTo[Memo, Article]{}.Via("about_id").When("about", "article"),
		Picture: orm.BelongsTo[Memo, Picture]{}.Via("about_id").When("about", "picture"),
	})
	Articles = orm.Declare(newsroom, "articles", articleTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Title: schema.String(20),
		Memos: orm.HasMany[Article, Memo]{}.Via("about_id").When("about", "article"),
	})
	Pictures = orm.Declare(newsroom, "pictures", pictureTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Path: schema.String(20),
		Memos: orm.HasMany[Picture, Memo]{}.Via("about_id").When("about", "picture").CascadeDelete(),
	})
)

// memos tells what the memos are about, as the database has it.
func memos(t *testing.T, s *orm.Session) string {
	t.Helper()
	list, err := orm.SelectAs[struct {
		Text, About string
		AboutID     *int64
	}](Memos.Text, Memos.About, Memos.AboutID).OrderBy(Memos.Text.Asc()).All(t.Context(), s)
	must(t, err)
	var out []string
	for _, m := range list {
		of := "-"
		if m.AboutID != nil {
			of = fmt.Sprint(*m.AboutID)
		}
		out = append(out, m.Text+":"+m.About+of)
	}
	return strings.Join(out, " ")
}

func memoTexts(t *testing.T, of *orm.Many[Memo]) string {
	t.Helper()
	list, err := of.All()
	must(t, err)
	var out []string
	for _, m := range list {
		out = append(out, m.Text)
	}
	return strings.Join(out, " ")
}

// write makes an article and a picture of one key, each with memos, whose rows
// can be added before those that they are about.
func write(t *testing.T, s *orm.Session) (a *Article, p *Picture, list []*Memo) {
	t.Helper()
	a, p = &Article{Title: "a"}, &Picture{Path: "p"}
	list = []*Memo{{Text: "m1"}, {Text: "m2"}, {Text: "m3"}, {Text: "m4"}}
	list[0].Article.Set(a)
	list[1].Picture.Set(p)
	orm.AddAll(s, list[:2]...)
	a.Memos.Add(list[2])
	p.Memos.Add(list[3])
	s.Add(&Memo{Text: "none", About: "picture"})
	must(t, s.Flush(t.Context()))
	return a, p, list
}

// A relationship leads to a row of one of several tables, and back.
func TestPolymorphicTargets(t *testing.T) {
	everywhere(t, newsroom, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, p, list := write(t, s)
		same(t, "written", memos(t, s), "m1:article1 m2:picture1 m3:article1 m4:picture1 none:picture-")
		same(t, "of the article", memoTexts(t, &a.Memos), "m3 m1")
		// One that is given to another kind of owner leaves the first.
		must(t, s.Commit(ctx))
		p.Memos.Add(list[0])
		list[3].Article.Set(a)
		must(t, s.Flush(ctx))
		same(t, "moved", memos(t, s), "m1:picture1 m2:picture1 m3:article1 m4:article1 none:picture-")
		same(t, "of the article, moved", memoTexts(t, &a.Memos), "m3 m4")
		same(t, "of the picture, moved", memoTexts(t, &p.Memos), "m2 m1")
		if of, err := list[0].Article.Get(); of != nil || err != nil {
			t.Errorf("a memo of a picture is about the article %v, %v", of, err)
		}
		must(t, s.Rollback(ctx))
		if of, err := list[0].Article.Get(); of != a || err != nil {
			t.Errorf("after the rollback a memo is about %v, %v", of, err)
		}
		same(t, "after the rollback", memos(t, s), "m1:article1 m2:picture1 m3:article1 m4:picture1 none:picture-")
		// Deletion takes along, or lets go, those of its own kind.
		db.forget()
		s.Delete(p)
		must(t, s.Flush(ctx))
		same(t, "without the picture", memos(t, s), "m1:article1 m3:article1 none:picture-")
		s.Delete(a)
		must(t, s.Flush(ctx))
		same(t, "without the article", memos(t, s), "m1:article- m3:article- none:picture-")
	})
}

func TestLoadersOfPolymorphicTargets(t *testing.T) {
	everywhere(t, newsroom, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		write(t, s)
		must(t, s.Commit(ctx))
		for what, with := range map[string][]orm.Loader[Memo]{
			"by keys":       {Memos.Article, Memos.Picture},
			"joined":        {Memos.Article.Joined(), Memos.Picture.Joined()},
			"by a subquery": {Memos.Article.Subquery(), Memos.Picture.Subquery()},
			"as JSON":       {Memos.Article.JSON(), Memos.Picture.JSON()},
		} {
			s = another(t, db, s)
			list, err := orm.Select(Memos).OrderBy(Memos.Text.Asc()).With(with...).All(ctx, s)
			must(t, err)
			var got []string
			for _, m := range list {
				a, err := m.Article.Get()
				must(t, err)
				p, err := m.Picture.Get()
				must(t, err)
				got = append(got, fmt.Sprintf("%s %t %t", m.Text, a != nil && a.Title == "a", p != nil && p.Path == "p"))
			}
			same(t, what, strings.Join(got, ", "), "m1 true false, m2 false true, m3 true false, m4 false true, none false false")
		}
		for what, with := range map[string]orm.Loader[Picture]{
			"by keys": Pictures.Memos, "joined": Pictures.Memos.Joined(), "by a subquery": Pictures.Memos.Subquery(), "first two": Pictures.Memos.Limit(2), "as JSON": Pictures.Memos.JSON(),
		} {
			s = another(t, db, s)
			p, err := orm.Select(Pictures).With(with).One(ctx, s)
			must(t, err)
			same(t, "memos "+what, memoTexts(t, &p.Memos), "m2 m4")
		}
	})
}

func TestConditionsAlongPolymorphicTargets(t *testing.T) {
	everywhere(t, newsroom, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, p, list := write(t, s)
		for what, c := range map[string]struct {
			q    orm.Query[Memo]
			want string
		}{
			"has":         {orm.Select(Memos).Where(Memos.Article.Has(Articles.Title.Eq("a"))), "m1 m3"},
			"is":          {orm.Select(Memos).Where(Memos.Picture.Is(p)), "m2 m4"},
			"is not":      {orm.Select(Memos).Where(Memos.Picture.IsNot(p)), "m1 m3 none"},
			"none":        {orm.Select(Memos).Where(Memos.Picture.IsNone()), "m1 m3 none"},
			"of":          {Articles.Memos.Select(a), "m1 m3"},
			"joined":      {orm.Select(Memos).Join(Memos.Picture), "m2 m4"},
			"outer":       {orm.Select(Memos).LeftJoin(Memos.Picture).Where(Pictures.ID.IsNull()), "m1 m3 none"},
			"by any":      {orm.Select(Memos).Where(Memos.Picture.Has(Pictures.Memos.Any(Memos.Text.Eq("m4")))), "m2 m4"},
			"contains":    {orm.Select(Memos).Where(Memos.Picture.Has(Pictures.Memos.Contains(list[3]))), "m2 m4"},
			"another's":   {orm.Select(Memos).Where(Memos.Picture.Has(Pictures.Memos.Contains(list[0]))), ""},
			"of a memo":   {orm.Select(Memos).Where(Memos.Picture.Has(Memos.Picture.Of(list[1]))), "m2 m4"},
			"of no memo ": {orm.Select(Memos).Where(Memos.Picture.Has(Memos.Picture.Of(list[0]))), ""},
		} {
			found, err := c.q.OrderBy(Memos.Text.Asc()).All(ctx, s)
			must(t, err)
			var got []string
			for _, m := range found {
				got = append(got, m.Text)
			}
			same(t, what, strings.Join(got, " "), c.want)
		}
		must(t, Pictures.Memos.Insert(ctx, s, p, &Memo{Text: "m9"}))
		same(t, "inserted", memos(t, s), "m1:article1 m2:picture1 m3:article1 m4:picture1 m9:picture1 none:picture-")
		list[0].Picture.Set(p)
		list[0].Article.Set(&Article{Title: "b"})
		must(t, s.Flush(ctx))
		same(t, "said twice", memos(t, s), "m1:article2 m2:picture1 m3:article1 m4:picture1 m9:picture1 none:picture-")
	})
}

type scrap struct {
	ID, OfID int64
	Kind     int
	Weight   float64
	Of       orm.One[scrap]
}

type scrapTable struct {
	orm.Table[scrap]
	ID, OfID schema.Int64
	Kind     schema.Int
	Weight   schema.Float64
	Of       orm.BelongsTo[scrap, scrap]
}

func TestPolymorphicTargetsThatAreWrong(t *testing.T) {
	of := orm.BelongsTo[scrap, scrap]{}
	for want, rel := range map[string]orm.BelongsTo[scrap, scrap]{
		"":                               of.Via("of_id").When("kind", "1"),
		"no foreign key to scraps":       of.When("kind", "1"),
		`"sort", and orm_test.scrap has`: of.Via("of_id").When("sort", "1"),
		"which is a number: give it one": of.Via("of_id").When("kind", "one"),
		"neither text nor a whole":       of.Via("of_id").When("weight", "1"),
		"can't have the primary key":     of.Via("of_id", "kind").When("kind", "1"),
		`Via "off", and orm_test.scrap`:  of.Via("off").When("kind", "1"),
	} {
		base := orm.NewBase()
		orm.Declare(base, "scraps", scrapTable{ID: schema.BigInteger(schema.PrimaryKey()), Of: rel})
		if err := base.Check(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// What belongs to a row whose key changes follows it; an orphan is one that no
// owner of any kind has.
func TestPolymorphicTargetsOfOrphansAndChangedKeys(t *testing.T) {
	base := orm.NewBase()
	articles := orm.Declare(base, "articles", articleTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Title: schema.String(20),
		Memos: orm.HasMany[Article, Memo]{}.Via("about_id").When("about", "article").DeleteOrphans(),
	})
	pictures := orm.Declare(base, "pictures", pictureTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Path: schema.String(20),
		Memos: orm.HasMany[Picture, Memo]{}.Via("about_id").When("about", "picture").DeleteOrphans(),
	})
	all := orm.Declare(base, "memos", memoTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(20), About: schema.String(20),
		Article: orm.BelongsTo[Memo, Article]{}.Via("about_id").When("about", "article"),
		Picture: orm.BelongsTo[Memo, Picture]{}.Via("about_id").When("about", "picture"),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db, orm.Models(base))
		a, p, list := write(t, s)
		must(t, s.Commit(ctx))
		must(t, articles.Memos.Load(ctx, s, a))
		must(t, pictures.Memos.Load(ctx, s, p))
		must(t, a.Memos.Remove(list[0], list[2]))
		p.Memos.Add(list[0])
		must(t, s.Commit(ctx))
		wantRows(t, db, all.Schema(), "1 none picture NULL", "2 m1 picture 1", "3 m2 picture 1", "5 m4 picture 1")
		must(t, pictures.Memos.Load(ctx, s, p))
		p.ID = 7
		must(t, s.Commit(ctx))
		wantRows(t, db, all.Schema(), "1 none picture NULL", "2 m1 picture 7", "3 m2 picture 7", "5 m4 picture 7")
		s.Delete(p)
		must(t, s.Commit(ctx))
		wantRows(t, db, all.Schema(), "1 none picture NULL")
	})
}
