package docs

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Author struct {
	ID    int64
	Name  string
	Books orm.Many[Book]
}

type Book struct {
	ID       int64
	Title    string
	AuthorID int64
	Author   orm.One[Author]
	Topics   orm.Many[Topic]
}

type Topic struct {
	ID   int64
	Name string
}

type authorTable struct {
	orm.Table[Author]
	ID    schema.Int64
	Name  schema.Text
	Books orm.HasMany[Author, Book]
}

type bookTable struct {
	orm.Table[Book]
	ID       schema.Int64
	Title    schema.Text
	AuthorID schema.Int64
	Author   orm.BelongsTo[Book, Author]
	Topics   orm.ManyToMany[Book, Topic]
}

var Library = orm.NewBase()

var Authors = orm.Declare(Library, "authors", authorTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Name: schema.String(50),
})

var Books = orm.Declare(Library, "books", bookTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	Title:    schema.String(100),
	AuthorID: schema.BigInteger(schema.ForeignKey("authors.id")),
	Topics:   orm.ManyToMany[Book, Topic]{}.Over("book_topics"),
})

type topicTable struct {
	orm.Table[Topic]
	ID   schema.Int64
	Name schema.Text
}

var Topics = orm.Declare(Library, "topics", topicTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Name: schema.String(50),
})

type BookTopic struct{ BookID, TopicID int64 }

type bookTopicTable struct {
	orm.Table[BookTopic]
	BookID, TopicID schema.Int64
}

var BookTopics = orm.Declare(Library, "book_topics", bookTopicTable{
	BookID:  schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("books.id")),
	TopicID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("topics.id")),
})

func Example_relationships() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Library.MetaData))
	must(fillLibrary(ctx, db))
	must(readLibrary(ctx, db))
	must(readLater(ctx, db))
	must(findAlong(ctx, db))
	// Output:
	// Ann: [Joins] about 1 topics
	// orm: docs.Author.Books is not loaded: add it to the query by With, or call Load of the relationship with the entities
	// Ann has 1 books
	// 1 authors of sql, 1 books about it, 1 of Ann
}

func fillLibrary(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	joins := &Book{Title: "Joins"}
	joins.Topics.Add(&Topic{Name: "sql"})
	ann := &Author{Name: "Ann"}
	ann.Books.Add(joins)
	s.Add(ann)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	return nil
}

func readLibrary(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db, orm.ReadOnly())
	defer s.Close(ctx)

	authors, err := orm.Select(Authors).
		With(Authors.Books.OrderBy(Books.Title.Asc()).With(Books.Topics)).
		All(ctx, s)
	if err != nil {
		return err
	}
	for _, a := range authors {
		books, err := a.Books.All()
		if err != nil {
			return err
		}
		for _, b := range books {
			topics, err := b.Topics.All()
			if err != nil {
				return err
			}
			fmt.Printf("%s: [%s] about %d topics\n", a.Name, b.Title, len(topics))
		}
	}
	return nil
}

func readLater(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db, orm.ReadOnly())
	defer s.Close(ctx)

	ann, err := orm.Select(Authors).Where(Authors.Name.Eq("Ann")).One(ctx, s)
	if err != nil {
		return err
	}
	var missing *orm.NotLoadedError
	if _, err := ann.Books.All(); errors.As(err, &missing) {
		fmt.Println(err)
	}
	if err := Authors.Books.Load(ctx, s, ann); err != nil {
		return err
	}
	books, err := ann.Books.All()
	fmt.Printf("%s has %d books\n", ann.Name, len(books))
	return err
}

func findAlong(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db, orm.ReadOnly())
	defer s.Close(ctx)

	authors, err := orm.Select(Authors).
		Where(Authors.Books.Any(Books.Topics.Any(Topics.Name.Eq("sql")))).
		All(ctx, s)
	if err != nil {
		return err
	}

	other := orm.Alias(Books, "other")
	books, err := orm.Select(Books).
		Join(Books.Author).
		Join(Authors.Books.To(other)).
		Where(other.Title.Eq("Joins")).
		All(ctx, s)
	if err != nil {
		return err
	}

	ofAnn, err := orm.Select(Books).Where(Books.Author.Is(authors[0])).All(ctx, s)
	fmt.Printf("%d authors of sql, %d books about it, %d of Ann\n", len(authors), len(books), len(ofAnn))
	return err
}
