package orm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Shelf struct {
	ID    int64
	Name  string
	Items orm.Many[Ware]
	Label orm.One[Label]
}

type Ware struct {
	ID      int64
	Name    string
	ShelfID *int64
	Shelf   orm.One[Shelf]
	Tags    orm.Many[Tag]
}

type Label struct {
	ID      int64
	Text    string
	ShelfID int64
	Shelf   orm.One[Shelf]
}

type Tag struct {
	ID    int64
	Name  string
	Items orm.Many[Ware]
}

type WareTag struct{ WareID, TagID int64 }

type Twig struct {
	ID         int64
	Name       string
	ParentID   *int64
	FavoriteID *int64
	Parent     orm.One[Twig]
	Children   orm.Many[Twig]
	Favorite   orm.One[Twig]
}

type rackTable struct {
	orm.Table[Shelf]
	ID    schema.Int64
	Name  schema.Text
	Items orm.HasMany[Shelf, Ware]
	Label orm.HasOne[Shelf, Label]
}

type stockTableTwo struct {
	orm.Table[Ware]
	ID      schema.Int64
	Name    schema.Text
	ShelfID schema.Int64
	Shelf   orm.BelongsTo[Ware, Shelf]
	Tags    orm.ManyToMany[Ware, Tag]
}

type labelTable struct {
	orm.Table[Label]
	ID      schema.Int64
	Text    schema.Text
	ShelfID schema.Int64
	Shelf   orm.BelongsTo[Label, Shelf]
}

type tagTable struct {
	orm.Table[Tag]
	ID    schema.Int64
	Name  schema.Text
	Items orm.ManyToMany[Tag, Ware]
}

type wareTagTable struct {
	orm.Table[WareTag]
	WareID, TagID schema.Int64
}

type twigTable struct {
	orm.Table[Twig]
	ID         schema.Int64
	Name       schema.Text
	ParentID   schema.Int64
	FavoriteID schema.Int64
	Parent     orm.BelongsTo[Twig, Twig]
	Children   orm.HasMany[Twig, Twig]
	Favorite   orm.BelongsTo[Twig, Twig]
}

var (
	store   = orm.NewBase()
	Shelves = orm.Declare(store, "shelves", rackTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		Label: orm.HasOne[Shelf, Label]{}.DeleteOrphans(),
	})
	Wares = orm.Declare(store, "wares", stockTableTwo{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		ShelfID: schema.BigInteger(schema.ForeignKey("shelves.id")),
		Tags:    orm.ManyToMany[Ware, Tag]{}.Over("ware_tags"),
	})
	Labels = orm.Declare(store, "labels", labelTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(20),
		ShelfID: schema.BigInteger(schema.ForeignKey("shelves.id"), schema.Unique()),
	})
	Tags = orm.Declare(store, "tags", tagTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		Items: orm.ManyToMany[Tag, Ware]{}.Over("ware_tags"),
	})
	WareTags = orm.Declare(store, "ware_tags", wareTagTable{
		WareID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("wares.id")),
		TagID:  schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("tags.id")),
	})
	Twigs = orm.Declare(store, "twigs", twigTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		ParentID:   schema.BigInteger(schema.ForeignKey("twigs.id")),
		FavoriteID: schema.BigInteger(schema.ForeignKey("twigs.id")),
		Parent:     orm.BelongsTo[Twig, Twig]{}.Via("parent_id"),
		Children:   orm.HasMany[Twig, Twig]{}.Via("parent_id"),
		Favorite:   orm.BelongsTo[Twig, Twig]{}.Via("favorite_id"),
	})
)

// contents tells what another session reads of the store.
func contents(t *testing.T, db *database) string {
	t.Helper()
	s := orm.NewSession(db.inner)
	defer func() { must(t, s.Close(t.Context())) }()
	shelves, err := orm.Select(Shelves).OrderBy(Shelves.Name.Asc()).With(Shelves.Items.OrderBy(Wares.Name.Asc()).With(Wares.Tags.OrderBy(Tags.Name.Asc())), Shelves.Label).All(t.Context(), s)
	must(t, err)
	var out []string
	for _, sh := range shelves {
		items, err := sh.Items.All()
		must(t, err)
		out = append(out, sh.Name+shown(t, items))
		if l, err := sh.Label.Get(); err != nil {
			t.Fatal(err)
		} else if l != nil {
			out[len(out)-1] += " " + l.Text
		}
	}
	loose, err := orm.Select(Wares).Where(Wares.ShelfID.IsNull()).OrderBy(Wares.Name.Asc()).With(Wares.Tags.OrderBy(Tags.Name.Asc())).All(t.Context(), s)
	must(t, err)
	if len(loose) > 0 {
		out = append(out, "loose"+shown(t, loose))
	}
	return strings.Join(out, ", ")
}

func shown(t *testing.T, items []*Ware) string {
	t.Helper()
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.Name
		tags, err := it.Tags.All()
		must(t, err)
		for _, tag := range tags {
			names[i] += "#" + tag.Name
		}
	}
	return fmt.Sprint(names)
}

// Entities that belong together are written by adding one of them: parents
// first, with the keys that the database makes, whichever side says so.
func TestRelatedEntitiesAreWrittenTogether(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &Shelf{Name: "a"}, &Shelf{Name: "b"}
		red, old := &Tag{Name: "red"}, &Tag{Name: "old"}
		cup, pot, jar := &Ware{Name: "cup"}, &Ware{Name: "pot"}, &Ware{Name: "jar"}
		a.Items.Add(cup, pot)
		jar.Shelf.Set(b)
		cup.Tags.Add(red, old)
		red.Items.Add(pot)
		b.Label.Set(&Label{Text: "B"})
		s.Add(jar)
		s.Add(a)
		must(t, s.Flush(ctx))
		if cup.ShelfID == nil || *cup.ShelfID != a.ID || *jar.ShelfID != b.ID || a.ID == 0 {
			t.Errorf("keys %v %v %v", cup.ShelfID, jar.ShelfID, a.ID)
		}
		of, err := cup.Shelf.Get()
		if items, err2 := b.Items.All(); err != nil || err2 != nil || of != a || !slices.Equal(items, []*Ware{jar}) {
			t.Errorf("the other sides: %v %v, %v %v", of, err, items, err2)
		}
		if with, err := red.Items.All(); err != nil || len(with) != 2 {
			t.Errorf("tagged %v, %v", with, err)
		}
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "a[cup#old#red pot#red], b[jar] B"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		// What changes is written, and nothing else.
		db.forget()
		a.Items.Add(jar)
		must(t, a.Items.Remove(cup))
		must(t, cup.Tags.Remove(old))
		must(t, s.Commit(ctx))
		db.wantSent(t, "delete ware_tags", "update wares(shelf_id) x2", "COMMIT")
		if got, want := contents(t, db), "a[jar pot#red], b[] B, loose[cup#red]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if items, err := b.Items.All(); err != nil || len(items) != 0 {
			t.Errorf("b has %v, %v", items, err)
		}
	})
}
