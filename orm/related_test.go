package orm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Author struct {
	ID      int64
	Name    string
	Books   orm.Many[Book]
	Edited  orm.Many[Book]
	Profile orm.One[Profile]
}

type Book struct {
	ID       int64
	Title    string
	AuthorID int64
	EditorID *int64
	Author   orm.One[Author]
	Editor   orm.One[Author]
	Topics   orm.Many[Topic]
}

type Profile struct {
	ID       int64
	AuthorID int64
	Text     string
}

type Topic struct {
	ID    int64
	Name  string
	Books orm.Many[Book]
}

type BookTopic struct{ BookID, TopicID int64 }

type authorTable struct {
	orm.Table[Author]
	ID      schema.Int64
	Name    schema.Text
	Books   orm.HasMany[Author, Book]
	Edited  orm.HasMany[Author, Book]
	Profile orm.HasOne[Author, Profile]
}

type bookTable struct {
	orm.Table[Book]
	ID       schema.Int64
	Title    schema.Text
	AuthorID schema.Int64
	EditorID schema.Int64
	Author   orm.BelongsTo[Book, Author]
	Editor   orm.BelongsTo[Book, Author]
	Topics   orm.ManyToMany[Book, Topic]
}

type profileTable struct {
	orm.Table[Profile]
	ID       schema.Int64
	AuthorID schema.Int64
	Text     schema.Text
}

type topicTable struct {
	orm.Table[Topic]
	ID    schema.Int64
	Name  schema.Text
	Books orm.ManyToMany[Topic, Book]
}

type bookTopicTable struct {
	orm.Table[BookTopic]
	BookID, TopicID schema.Int64
}

var (
	library = orm.NewBase()
	Authors = orm.Declare(library, "authors", authorTable{
		ID:     schema.BigInteger(schema.PrimaryKey()),
		Name:   schema.String(50),
		Books:  orm.HasMany[Author, Book]{}.Via("author_id"),
		Edited: orm.HasMany[Author, Book]{}.Via("editor_id"),
	})
	Books = orm.Declare(library, "books", bookTable{
		ID:       schema.BigInteger(schema.PrimaryKey()),
		Title:    schema.String(50),
		AuthorID: schema.BigInteger(schema.ForeignKey("authors.id")),
		EditorID: schema.BigInteger(schema.ForeignKey("authors.id")),
		Author:   orm.BelongsTo[Book, Author]{}.Via("author_id"),
		Editor:   orm.BelongsTo[Book, Author]{}.Via("editor_id"),
		Topics:   orm.ManyToMany[Book, Topic]{}.Over("book_topics"),
	})
	Profiles = orm.Declare(library, "profiles", profileTable{
		ID:       schema.BigInteger(schema.PrimaryKey()),
		AuthorID: schema.BigInteger(schema.ForeignKey("authors.id")),
		Text:     schema.String(50),
	})
	Topics = orm.Declare(library, "topics", topicTable{
		ID:    schema.BigInteger(schema.PrimaryKey()),
		Name:  schema.String(50),
		Books: orm.ManyToMany[Topic, Book]{}.Over("book_topics"),
	})
	BookTopics = orm.Declare(library, "book_topics", bookTopicTable{
		BookID:  schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("books.id")),
		TopicID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("topics.id")),
	})
)

// shelve fills the library: Ann wrote b1 and b2, Bob b3, which Ann edited; Cyd
// wrote none. b1 and b3 are about sql, b1 about go too.
func shelve(t *testing.T, db *database) {
	t.Helper()
	s := session(t, db)
	authors := []*Author{{Name: "Ann"}, {Name: "Bob"}, {Name: "Cyd"}}
	orm.AddAll(s, authors...)
	topics := []*Topic{{Name: "sql"}, {Name: "go"}}
	orm.AddAll(s, topics...)
	must(t, s.Flush(t.Context()))
	books := []*Book{{Title: "b1", AuthorID: authors[0].ID}, {Title: "b2", AuthorID: authors[0].ID}, {Title: "b3", AuthorID: authors[1].ID, EditorID: &authors[0].ID}}
	orm.AddAll(s, books...)
	s.Add(&Profile{AuthorID: authors[1].ID, Text: "of Bob"})
	must(t, s.Flush(t.Context()))
	for _, l := range [][2]int{{0, 0}, {2, 0}, {0, 1}} {
		s.Add(&BookTopic{BookID: books[l[0]].ID, TopicID: topics[l[1]].ID})
	}
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	db.forget()
}

func titles(t *testing.T, books *orm.Many[Book]) string {
	t.Helper()
	list, err := books.All()
	must(t, err)
	var out []string
	for _, b := range list {
		out = append(out, b.Title)
	}
	return strings.Join(out, " ")
}

func TestRelationshipsAreLoadedByOneStatementEach(t *testing.T) {
	everywhere(t, library, func(t *testing.T, db *database) {
		shelve(t, db)
		s := session(t, db)
		authors, err := orm.Select(Authors).OrderBy(Authors.ID.Asc()).
			With(Authors.Books.OrderBy(Books.Title.Desc()).With(Books.Topics.OrderBy(Topics.Name.Asc()), Books.Author), Authors.Edited, Authors.Profile).All(t.Context(), s)
		must(t, err)
		db.wantSent(t, "select authors", "select books", "select topics", "select books", "select profiles")
		var got []string
		for _, a := range authors {
			p, err := a.Profile.Get()
			must(t, err)
			text := ""
			if p != nil {
				text = p.Text
			}
			got = append(got, fmt.Sprintf("%s: %s; %s; %s", a.Name, titles(t, &a.Books), titles(t, &a.Edited), text))
		}
		same(t, "authors", got, []string{"Ann: b2 b1; b3; ", "Bob: b3; ; of Bob", "Cyd: ; ; "})
		books, err := authors[0].Books.All()
		must(t, err)
		topics, err := books[1].Topics.All()
		must(t, err)
		if len(topics) != 2 || topics[0].Name != "go" || topics[1].Name != "sql" {
			t.Errorf("the topics of b1 are %v, want go and sql", topics)
		}
		if a, err := books[0].Author.Get(); err != nil || a != authors[0] {
			t.Errorf("the author of a book is %p, %v, want the object that the session has, %p", a, err, authors[0])
		}
		edited, err := authors[0].Edited.All()
		must(t, err)
		if bobs, err := authors[1].Books.All(); err != nil || bobs[0] != edited[0] {
			t.Error("a book has two objects")
		}
	})
}

func TestWhatIsNotLoadedDoesNotReadAsEmpty(t *testing.T) {
	everywhere(t, library, func(t *testing.T, db *database) {
		shelve(t, db)
		s := session(t, db)
		b, err := orm.Select(Books).Where(Books.Title.Eq("b3")).One(t.Context(), s)
		must(t, err)
		var missing *orm.NotLoadedError
		if _, err := b.Topics.All(); !errors.As(err, &missing) || missing.Field != "Topics" || b.Topics.Loaded() {
			t.Errorf("got %v, want a NotLoadedError of Topics", err)
		}
		if _, err := b.Editor.Get(); !errors.As(err, &missing) || missing.Field != "Editor" {
			t.Errorf("got %v, want a NotLoadedError of Editor", err)
		}
		db.forget()
		must(t, Books.Editor.With(Authors.Books).Load(t.Context(), s, b))
		db.wantSent(t, "select authors", "select books")
		editor, err := b.Editor.Get()
		must(t, err)
		same(t, "the editor's books", titles(t, &editor.Books), "b1 b2")
		if fresh := (&Author{}); !fresh.Books.Loaded() {
			t.Error("a new entity does not know that it has none")
		}
		must(t, Books.Author.Load(t.Context(), s, b, b))
		must(t, Books.Topics.Where(Topics.Name.Eq("go")).Load(t.Context(), s, b))
		if topics, err := b.Topics.All(); err != nil || len(topics) != 0 {
			t.Errorf("got %v, %v, want no topic", topics, err)
		}
	})
}

func TestRelationshipsOfManyEntities(t *testing.T) {
	everywhere(t, library, func(t *testing.T, db *database) {
		s := session(t, db)
		const n = 3000
		authors := make([]*Author, n)
		for i := range authors {
			authors[i] = &Author{Name: fmt.Sprint(i)}
		}
		orm.AddAll(s, authors...)
		must(t, s.Flush(t.Context()))
		for i, a := range authors {
			for j := range i % 3 {
				s.Add(&Book{Title: fmt.Sprint(i, ".", j), AuthorID: a.ID})
			}
		}
		must(t, s.Commit(t.Context()))
		db.forget()
		read := session(t, db)
		seen := 0
		for a, err := range orm.Select(Authors).With(Authors.Books).Partition(1000).Each(t.Context(), read) {
			must(t, err)
			i := slices.IndexFunc(authors, func(o *Author) bool { return o.ID == a.ID })
			var want []string
			for j := range i % 3 {
				want = append(want, fmt.Sprint(i, ".", j))
			}
			if got := titles(t, &a.Books); got != strings.Join(want, " ") {
				t.Fatalf("author %d has %q, want %q", i, got, want)
			}
			seen++
		}
		same(t, "authors", seen, n)
		must(t, read.Close(t.Context()))
		list, err := orm.Select(Authors).With(Authors.Books).All(t.Context(), session(t, db))
		must(t, err)
		books := 0
		for _, a := range list {
			all, err := a.Books.All()
			must(t, err)
			books += len(all)
		}
		same(t, "books", books, n)
	})
}

type sheet struct {
	ID      int64
	Lines   orm.Many[strip]
	First   orm.One[strip]
	Lost    orm.Many[strip]
	Readers orm.Many[reader]
	Next    orm.One[strip]
	Links   orm.Many[reader]
}

type strip struct{ ID, SheetID, OldSheetID int64 }

type reader struct{ ID int64 }

// Every fault of the relationships is told at once, each with its fix.
func TestRelationshipsThatAreWrong(t *testing.T) {
	base := orm.NewBase()
	orm.Declare(base, "sheets", struct {
		orm.Table[sheet]
		ID      schema.Int64
		Lines   orm.HasMany[sheet, strip]
		First   orm.HasMany[sheet, strip]
		Readers orm.ManyToMany[sheet, reader]
		Next    orm.BelongsTo[sheet, strip]
		Links   orm.ManyToMany[sheet, reader]
		Other   orm.HasMany[sheet, strip]
	}{ID: schema.BigInteger(schema.PrimaryKey()), Links: orm.ManyToMany[sheet, reader]{}.Over("sheet_readers")})
	orm.Declare(base, "lines", struct {
		orm.Table[strip]
		ID, SheetID, OldSheetID schema.Int64
	}{
		ID:      schema.BigInteger(schema.PrimaryKey()),
		SheetID: schema.BigInteger(schema.ForeignKey("sheets.id")), OldSheetID: schema.BigInteger(schema.ForeignKey("sheets.id")),
	})
	err := base.Check()
	if err == nil {
		t.Fatal("the model is taken")
	}
	for _, want := range []string{
		`sheet.Lines: is a relationship along a foreign key, of which lines has 2 to sheets: say which by one of Via("sheet_id"), Via("old_sheet_id")`,
		`sheet.First: is an orm.One[orm_test.strip], and its relationship asks for an orm.Many[orm_test.strip]; give both the same`,
		`sheet.Lost: is a relationship that the struct of columns does not describe`,
		`sheet.Readers: is a ManyToMany, and does not say which table is between: name it by Over`,
		`sheet.Next: is a BelongsTo, and sheets has no foreign key to lines that it could go along`,
		`sheet.Links: is a relationship to orm_test.reader, which is not mapped`,
		`sheet.Other: is a relationship, but orm_test.sheet has no field of that name: add it, as an orm.Many[orm_test.strip]`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
	if _, err := orm.Select(Authors).With(orm.HasMany[Author, Book]{}).All(t.Context(), orm.NewSession(nil)); err == nil {
		t.Error("a loader that is not declared is taken")
	}
}

type Country struct {
	Code   string
	Cities orm.Many[Town]
}

type Town struct {
	ID      int64
	Code    string
	Country orm.One[Country]
}

type countryTable struct {
	orm.Table[Country]
	Code   schema.Text
	Cities orm.HasMany[Country, Town]
}

type townTable struct {
	orm.Table[Town]
	ID      schema.Int64
	Code    schema.Text
	Country orm.BelongsTo[Town, Country]
}

// MariaDB takes texts for equal that are not the same.
func TestRelationshipsByTextThatIsWrittenOtherwise(t *testing.T) {
	base := orm.NewBase()
	countries := orm.Declare(base, "countries", countryTable{Code: schema.String(10, schema.PrimaryKey())})
	towns := orm.Declare(base, "towns", townTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Code: schema.String(10, schema.ForeignKey("countries.code")),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		s := session(t, db)
		s.Add(&Country{Code: "at"})
		s.Add(&Country{Code: "de"})
		must(t, s.Flush(t.Context()))
		s.Add(&Town{Code: "at"})
		must(t, s.Commit(t.Context()))
		list, err := orm.Select(countries).OrderBy(countries.Code.Asc()).With(countries.Cities.With(towns.Country)).All(t.Context(), s)
		must(t, err)
		cities, err := list[0].Cities.All()
		must(t, err)
		if c, err := cities[0].Country.Get(); err != nil || c != list[0] {
			t.Errorf("got %v, %v, want the country", c, err)
		}
		if db.name != "mariadb" {
			return
		}
		s.Add(&Town{Code: "DE"})
		must(t, s.Commit(t.Context()))
		for _, run := range []func() error{
			func() error { return countries.Cities.Load(t.Context(), s, list...) },
			func() error { _, err := orm.Select(towns).With(towns.Country).All(t.Context(), s); return err },
		} {
			if err := run(); err == nil || !strings.Contains(err.Error(), "is written otherwise") {
				t.Errorf("got %v, want an error instead of a row that is left out", err)
			}
		}
	})
}
