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

type Deck struct {
	ID     int64
	Name   string
	Slides orm.Many[Slide]
}

type Slide struct {
	ID     int64
	Text   string
	Place  int
	DeckID *int64
	Deck   orm.One[Deck]
}

type deckTable struct {
	orm.Table[Deck]
	ID     schema.Int64
	Name   schema.Text
	Slides orm.HasMany[Deck, Slide]
}

type slideTable struct {
	orm.Table[Slide]
	ID     schema.Int64
	Text   schema.Text
	Place  schema.Int
	DeckID schema.Int64
	Deck   orm.BelongsTo[Slide, Deck]
}

var (
	talks = orm.NewBase()
	Decks = orm.Declare(talks, "decks", deckTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		Slides: orm.HasMany[Deck, Slide]{}.Numbered("place", 1),
	})
	Slides = orm.Declare(talks, "slides", slideTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(20),
		DeckID: schema.BigInteger(schema.ForeignKey("decks.id")),
	})
)

func slidesOf(texts string) []*Slide {
	var out []*Slide
	for _, text := range strings.Fields(texts) {
		out = append(out, &Slide{Text: text})
	}
	return out
}

// deck writes a deck of slides and reads it again.
func deck(t *testing.T, db *database, texts string, loaders ...orm.Loader[Deck]) (*orm.Session, *Deck) {
	t.Helper()
	s := session(t, db)
	d := &Deck{Name: "d"}
	d.Slides.Add(slidesOf(texts)...)
	s.Add(d)
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	s = session(t, db)
	d, err := orm.Select(Decks).Where(Decks.ID.Eq(d.ID)).With(loaders...).One(t.Context(), s)
	must(t, err)
	db.forget()
	return s, d
}

// order tells the slides of the decks, as the database has them.
func order(t *testing.T, s *orm.Session) string {
	t.Helper()
	slides, err := orm.SelectAs[struct {
		Place int
		Text  string
	}](Slides.Place, Slides.Text).Where(Slides.DeckID.IsNotNull()).OrderBy(Slides.DeckID.Asc(), Slides.Place.Asc(), Slides.ID.Asc()).All(t.Context(), s)
	must(t, err)
	var out []string
	for _, x := range slides {
		out = append(out, fmt.Sprintf("%d%s", x.Place, x.Text))
	}
	return strings.Join(out, " ")
}

// Entities are numbered as they are added, moved and taken out, and loaded in
// that order.
func TestOrderedCollections(t *testing.T) {
	everywhere(t, talks, func(t *testing.T, db *database) {
		ctx := t.Context()
		s, d := deck(t, db, "a b c d", Decks.Slides)
		same(t, "written", order(t, s), "1a 2b 3c 4d")
		db.forget()
		list, err := d.Slides.All()
		must(t, err)
		list = slices.Clone(list)
		must(t, d.Slides.Insert(0, list[2]))
		must(t, d.Slides.Insert(2, &Slide{Text: "new"}))
		must(t, s.Flush(ctx))
		db.wantSent(t, "update slides(place) x4", "insert slides(text,place,deck_id)")
		must(t, d.Slides.Remove(list[0]))
		s.Delete(list[1])
		must(t, s.Commit(ctx))
		same(t, "moved, taken out and deleted", order(t, s), "1c 2new 3d")
		if now, err := d.Slides.All(); err != nil || len(now) != 3 || now[0].Place != 1 || now[2].Place != 3 {
			t.Errorf("the deck has %v, %v", now, err)
		}
		must(t, d.Slides.Set(list[3], list[2]))
		must(t, s.Flush(ctx))
		must(t, s.Rollback(ctx))
		if list[3].Place != 3 || list[2].Place != 1 {
			t.Errorf("after the rollback %d and %d, want 3 and 1", list[3].Place, list[2].Place)
		}
		same(t, "after the rollback", order(t, s), "1c 2new 3d")
		for what, l := range map[string]orm.Loader[Deck]{"by keys": Decks.Slides, "joined": Decks.Slides.Joined(), "first": Decks.Slides.Limit(2), "by a subquery": Decks.Slides.Subquery(), "as JSON": Decks.Slides.JSON()} {
			s = another(t, db, s)
			again, err := orm.Select(Decks).With(l).One(ctx, s)
			must(t, err)
			if now, err := again.Slides.All(); err != nil || len(now) < 2 || now[0].Text != "c" || now[1].Text != "new" {
				t.Errorf("%s: the deck has %v, %v", what, now, err)
			}
		}
	})
}

// What is added to entities that are not loaded, or not all of them, comes after
// the last, whichever side says so.
func TestOrderedCollectionsThatAreNotLoaded(t *testing.T) {
	everywhere(t, talks, func(t *testing.T, db *database) {
		ctx := t.Context()
		s, d := deck(t, db, "a b c")
		d.Slides.Add(slidesOf("d e")...)
		f := &Slide{Text: "f"}
		f.Deck.Set(d)
		empty := &Deck{Name: "empty"}
		s.Add(empty)
		s.Add(f)
		must(t, s.Flush(ctx))
		db.wantSent(t, "select slides", "insert decks(name)", "insert slides(text,place,deck_id) x3")
		must(t, s.Commit(ctx))
		same(t, "added", order(t, s), "1a 2b 3c 4d 5e 6f")
		s = another(t, db, s)
		d, err := orm.Select(Decks).Where(Decks.Name.Eq("d")).With(Decks.Slides.Where(Slides.Text.In("b", "d"))).One(ctx, s)
		must(t, err)
		part, err := d.Slides.All()
		must(t, err)
		d.Slides.Add(slidesOf("g")...)
		must(t, d.Slides.Remove(part[0]))
		must(t, s.Commit(ctx))
		same(t, "added to a part", order(t, s), "1a 3c 4d 5e 6f 7g")
		d, err = orm.Select(Decks).Where(Decks.Name.Eq("d")).With(Decks.Slides.OrderBy(Slides.Text.Desc())).One(ctx, s)
		must(t, err)
		must(t, Decks.Slides.OrderBy(Slides.Text.Desc()).Load(ctx, s, d))
		part, err = d.Slides.All()
		must(t, err)
		must(t, d.Slides.Insert(0, part[3]))
		var wrong *orm.EntityError
		if err := s.Flush(ctx); !errors.As(err, &wrong) || wrong.Field != "Slides" || !strings.Contains(err.Error(), "load it without these first") {
			t.Errorf("an order of a part: %v", err)
		}
	})
}

type Lane struct {
	ID      int64
	Runners orm.Many[Runner]
}

type Runner struct {
	ID     int64
	LaneID int64
	Place  *int32
}

type laneTable struct {
	orm.Table[Lane]
	ID      schema.Int64
	Runners orm.HasMany[Lane, Runner]
}

type runnerTable struct {
	orm.Table[Runner]
	ID     schema.Int64
	LaneID schema.Int64
	Place  schema.Int32
}

// Places that are unique change hands.
func TestOrderedCollectionsOfUniqueNumbers(t *testing.T) {
	races := orm.NewBase()
	lanes := orm.Declare(races, "lanes", laneTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Runners: orm.HasMany[Lane, Runner]{}.Numbered("place", 0),
	})
	runners := orm.Declare(races, "runners", runnerTable{
		ID: schema.BigInteger(schema.PrimaryKey()), LaneID: schema.BigInteger(schema.ForeignKey("lanes.id")),
	}, schema.UniqueOn("one_in_each_place", "lane_id", "place"))
	everywhere(t, races, func(t *testing.T, db *database) {
		s := session(t, db)
		l, list := &Lane{}, []*Runner{{}, {}, {}, {}}
		l.Runners.Add(list...)
		s.Add(l)
		must(t, s.Commit(t.Context()))
		must(t, lanes.Runners.Load(t.Context(), s, l))
		slices.Reverse(list)
		must(t, l.Runners.Set(list...))
		must(t, s.Commit(t.Context()))
		if diff := diff(rows(t, db, runners.Schema()), []string{"1 1 3", "2 1 2", "3 1 1", "4 1 0"}); diff != "" {
			t.Error(diff)
		}
	})
}

type pile struct {
	ID    int64
	Cards orm.Many[card]
}

type card struct {
	ID, PileID int64
	Text       string
}

type pileTable struct {
	orm.Table[pile]
	ID    schema.Int64
	Cards orm.HasMany[pile, card]
}

type cardTable struct {
	orm.Table[card]
	ID, PileID schema.Int64
	Text       schema.Text
}

func TestNumbersThatCanNotBe(t *testing.T) {
	for column, want := range map[string]string{"position": "has no such column", "text": "has no whole numbers"} {
		base := orm.NewBase()
		orm.Declare(base, "piles", pileTable{ID: schema.BigInteger(schema.PrimaryKey()), Cards: orm.HasMany[pile, card]{}.Numbered(column, 0)})
		orm.Declare(base, "cards", cardTable{ID: schema.BigInteger(schema.PrimaryKey()), PileID: schema.BigInteger(schema.ForeignKey("piles.id"))})
		if err := base.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", column, err, want)
		}
	}
	if err := (&orm.Many[Deck]{}).Insert(1, &Deck{}); err == nil || !strings.Contains(err.Error(), "a place from 0 to 0") {
		t.Error(err)
	}
}

// Relationships are maps by what a function returns.
func TestKeyedCollections(t *testing.T) {
	byText := orm.KeyedBy(Decks.Slides, func(s *Slide) string { return s.Text })
	everywhere(t, talks, func(t *testing.T, db *database) {
		ctx := t.Context()
		s, d := deck(t, db, "a b c")
		var missing *orm.NotLoadedError
		if _, err := byText.Get(d, "a"); !errors.As(err, &missing) {
			t.Errorf("not loaded: %v", err)
		}
		must(t, Decks.Slides.Load(ctx, s, d))
		b, err := byText.Get(d, "b")
		must(t, err)
		if none, err := byText.Get(d, "z"); none != nil || err != nil {
			t.Errorf("%v, %v", none, err)
		}
		must(t, byText.Put(d, b, &Slide{Text: "a"}, &Slide{Text: "d"}))
		must(t, byText.Remove(d, "c"))
		b.Text = "bb" // the key follows
		must(t, s.Commit(ctx))
		same(t, "written", order(t, s), "1bb 2a 3d")
		all, err := byText.All(d)
		must(t, err)
		if len(all) != 3 || all["bb"] != b || all["a"] == nil {
			t.Errorf("by text %v", all)
		}
		b.Text = "a"
		if _, err := byText.All(d); err == nil || !strings.Contains(err.Error(), "have the same key") {
			t.Errorf("two of one key: %v", err)
		}
	})
}
