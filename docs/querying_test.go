package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type authorCount struct {
	Author *Author
	Books  int64
}

func Example_querying() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Library.MetaData))
	must(fillLibrary(ctx, db))
	s := orm.NewSession(db)
	defer s.Close(ctx)
	must(countBooks(ctx, s))
	must(fromElsewhere(ctx, s))
	must(pageThrough(ctx, s))
	// Output:
	// Ann 1
	// Ann Ann
	// Joins
}

func countBooks(ctx context.Context, s *orm.Session) error {
	rows, err := orm.SelectAs[authorCount](orm.Whole(Authors), expr.Count(Books.ID).As("books")).
		LeftJoin(Authors.Books).
		GroupBy(orm.Whole(Authors)).
		All(ctx, s)
	if err != nil {
		return err
	}
	for _, r := range rows {
		fmt.Println(r.Author.Name, r.Books)
	}
	return nil
}

func fromElsewhere(ctx context.Context, s *orm.Session) error {
	early := orm.AliasOf(Authors, "early", orm.Select(Authors).Where(Authors.ID.Lt(10)).Subquery())
	authors, err := orm.Select(early).Where(early.Books.Any()).All(ctx, s)
	if err != nil {
		return err
	}

	stated, err := orm.SelectBy(Authors, expr.SQL("SELECT * FROM authors ORDER BY name")).All(ctx, s)
	if err != nil {
		return err
	}
	fmt.Println(authors[0].Name, stated[0].Name)
	return nil
}

func pageThrough(ctx context.Context, s *orm.Session) error {
	q := orm.Select(Books).OrderBy(Books.Title.Asc())
	page, err := q.KeysetPage(ctx, s, 50, orm.Position{})
	if err != nil {
		return err
	}
	for _, b := range page.Entities {
		fmt.Println(b.Title)
	}
	if page.Next.IsZero() {
		return nil
	}
	_, err = q.KeysetPage(ctx, s, 50, page.Next)
	return err
}

type softDelete struct{ Deleted schema.Bool }

func (s *softDelete) Criteria() []expr.Predicate { return []expr.Predicate{s.Deleted.Eq(false)} }

type Memo struct {
	ID      int64
	Deleted bool
}

type memoTable struct {
	orm.Table[Memo]
	ID schema.Int64
	softDelete
}

var (
	memoBook = orm.NewBase()
	Memos    = orm.Declare(memoBook, "memos", memoTable{ID: schema.BigInteger(schema.PrimaryKey())})
)

func Example_criteria() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, memoBook.MetaData))
	s := orm.NewSession(db)
	defer s.Close(ctx)
	s.Add(&Memo{Deleted: true})
	s.Add(&Memo{})
	seen, err := orm.Select(Memos).Count(ctx, s)
	must(err)
	all, err := orm.Select(Memos).Unrestricted().Count(ctx, s)
	must(err)
	fmt.Println(seen, all)
	// Output: 1 2
}

type Folder struct {
	ID    int64
	Path  string
	Below orm.Many[Folder]
}

type folderTable struct {
	orm.Table[Folder]
	ID    schema.Int64
	Path  schema.Text
	Below orm.HasMany[Folder, Folder]
}

func (f *folderTable) Joins() []orm.JoinRule {
	other := orm.Alias(f, "other")
	return []orm.JoinRule{f.Below.On(other, other.Path.LikeExpr(f.Path.Concat("/%")))}
}

var Folders = orm.Declare(memoBook, "folders", folderTable{ID: schema.BigInteger(schema.PrimaryKey()), Path: schema.String(50)})

func Example_joinRule() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, memoBook.MetaData))
	s := orm.NewSession(db)
	defer s.Close(ctx)
	s.Add(&Folder{Path: "/a"})
	s.Add(&Folder{Path: "/a/b"})
	a, err := orm.Select(Folders).With(Folders.Below).First(ctx, s)
	must(err)
	below, err := a.Below.All()
	must(err)
	fmt.Println(a.Path, below[0].Path)
	// Output: /a /a/b
}
