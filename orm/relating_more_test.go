package orm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
)

// Rows of a table that references itself are written parents first, whatever was
// added first, and circles by an update after the inserts.
func TestTreesAndCircles(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		root, left, right, leaf := &Twig{Name: "root"}, &Twig{Name: "left"}, &Twig{Name: "right"}, &Twig{Name: "leaf"}
		leaf.Parent.Set(left)
		left.Parent.Set(root)
		root.Children.Add(right)
		s.Add(leaf)
		must(t, s.Flush(ctx))
		db.wantSent(t, "insert twigs(name,parent_id,favorite_id) x4")
		if *leaf.ParentID != left.ID || *left.ParentID != root.ID || *right.ParentID != root.ID || root.ParentID != nil {
			t.Errorf("parents %v %v %v %v", *leaf.ParentID, *left.ParentID, *right.ParentID, root.ParentID)
		}
		kids, err := root.Children.All()
		if err != nil || !slices.Contains(kids, left) || !slices.Contains(kids, right) {
			t.Errorf("children %v, %v", kids, err)
		}
		self, a, b := &Twig{Name: "self"}, &Twig{Name: "a"}, &Twig{Name: "b"}
		self.Favorite.Set(self)
		a.Favorite.Set(b)
		b.Favorite.Set(a)
		s.Add(self)
		s.Add(a)
		must(t, s.Commit(ctx))
		if *self.FavoriteID != self.ID || *a.FavoriteID != b.ID || *b.FavoriteID != a.ID {
			t.Errorf("favorites %v %v %v", self.FavoriteID, a.FavoriteID, b.FavoriteID)
		}
		db.forget()
		must(t, s.Commit(ctx))
		db.wantSent(t)
		other := session(t, db)
		for _, want := range []*Twig{self, a, b, leaf} {
			got, err := orm.Get(ctx, other, Twigs, want.ID)
			must(t, err)
			same(t, want.Name, [2]*int64{got.ParentID, got.FavoriteID}, [2]*int64{want.ParentID, want.FavoriteID})
		}
	})
}

// The deletion of a row lets go of those that reference it, or deletes them, as
// the relationship says; rows of tables between go with it.
func TestDeletionsAndWhatTheyTake(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a := &Shelf{Name: "a"}
		cup, pot := &Ware{Name: "cup"}, &Ware{Name: "pot"}
		a.Items.Add(cup, pot)
		a.Label.Set(&Label{Text: "A"})
		cup.Tags.Add(&Tag{Name: "red"})
		s.Add(a)
		must(t, s.Commit(ctx))
		s = session(t, db) // which knows nothing
		shelf, err := orm.Get(ctx, s, Shelves, a.ID)
		must(t, err)
		s.Delete(shelf)
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "loose[cup#red pot]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		wantRows(t, db, Labels.Schema())
		ware, err := orm.Get(ctx, s, Wares, cup.ID)
		must(t, err)
		s.Delete(ware)
		must(t, s.Commit(ctx))
		wantRows(t, db, WareTags.Schema())
		if got, want := contents(t, db), "loose[pot]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// An entity that is taken from one that owns it is deleted, unless another gets
// it; what it was replaced by is inserted after.
func TestOrphansAreDeleted(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &Shelf{Name: "a"}, &Shelf{Name: "b"}
		first := &Label{Text: "first"}
		a.Label.Set(first)
		s.Add(a)
		s.Add(b)
		must(t, s.Commit(ctx))
		a.Label.Set(&Label{Text: "second"})
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "a[] second, b[]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		label, err := a.Label.Get()
		must(t, err)
		label.Shelf.Set(b)
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "a[], b[] second"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if left, err := a.Label.Get(); err != nil || left != nil {
			t.Errorf("a has %v, %v", left, err)
		}
		b.Label.Set(nil)
		must(t, s.Commit(ctx))
		wantRows(t, db, Labels.Schema())
	})
}

// A rollback gives relationships and foreign keys back as they were, and takes
// keys that were generated from both ends.
func TestRollbackRestoresRelationships(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a := &Shelf{Name: "a"}
		cup := &Ware{Name: "cup"}
		a.Items.Add(cup)
		s.Add(a)
		must(t, s.Commit(ctx))
		sp, err := s.BeginNested(ctx)
		must(t, err)
		b, pot := &Shelf{Name: "b"}, &Ware{Name: "pot"}
		b.Items.Add(pot, cup)
		s.Add(b)
		must(t, s.Flush(ctx))
		if *cup.ShelfID != b.ID || *pot.ShelfID != b.ID {
			t.Fatalf("keys %v %v", cup.ShelfID, pot.ShelfID)
		}
		must(t, sp.Rollback(ctx))
		if b.ID != 0 || pot.ID != 0 || pot.ShelfID != nil || *cup.ShelfID != a.ID {
			t.Errorf("after the rollback: %d %d %v %d", b.ID, pot.ID, pot.ShelfID, *cup.ShelfID)
		}
		if items, err := a.Items.All(); err != nil || !slices.Equal(items, []*Ware{cup}) {
			t.Errorf("a has %v, %v", items, err)
		}
		s.Add(b) // again, with what it has
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "a[], b[cup pot]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		must(t, b.Items.Remove(pot))
		must(t, s.Rollback(ctx))
		if items, err := b.Items.All(); err != nil || len(items) != 2 {
			t.Errorf("b has %v, %v", items, err)
		}
	})
}

// What was not loaded can be added to, and has all afterwards; what the program
// writes into a foreign key itself makes the relationship unknown.
func TestRelationshipsThatAreNotLoaded(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &Shelf{Name: "a"}, &Shelf{Name: "b"}
		cup := &Ware{Name: "cup"}
		a.Items.Add(cup)
		s.Add(a)
		s.Add(b)
		must(t, s.Commit(ctx))
		s = session(t, db)
		shelf, err := orm.Get(ctx, s, Shelves, a.ID)
		must(t, err)
		pot := &Ware{Name: "pot"}
		shelf.Items.Add(pot)
		var unloaded *orm.NotLoadedError
		if _, err := shelf.Items.All(); !errors.As(err, &unloaded) {
			t.Errorf("got %v, want that it is not loaded", err)
		}
		if err := shelf.Items.Remove(pot); !errors.As(err, &unloaded) {
			t.Errorf("got %v, want that it is not loaded", err)
		}
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t, "insert wares(name,shelf_id)")
		must(t, Shelves.Items.Load(ctx, s, shelf))
		items, err := shelf.Items.All()
		if err != nil || len(items) != 2 || items[1] != pot {
			t.Errorf("items %v, %v", items, err)
		}
		pot.ShelfID = &b.ID
		must(t, s.Flush(ctx))
		if _, err := pot.Shelf.Get(); !errors.As(err, &unloaded) {
			t.Errorf("got %v, want that it is not loaded", err)
		}
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "a[cup], b[pot]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// What can't be written is refused before anything is sent, and the session goes
// on after a rollback.
func TestRelationshipsThatAreRefused(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		other := session(t, db)
		taken := &Ware{Name: "taken"}
		other.Add(taken)
		for want, do := range map[string]func(s *orm.Session){
			"holds a nil entity": func(s *orm.Session) {
				a := &Shelf{}
				a.Items.Add(nil)
				s.Add(a)
			},
			"part of another session": func(s *orm.Session) {
				a := &Shelf{}
				a.Items.Add(taken)
				s.Add(a)
			},
			"to be deleted": func(s *orm.Session) {
				a, w := &Shelf{}, &Ware{}
				s.Add(w)
				must(t, s.Flush(ctx))
				s.Delete(w)
				a.Items.Add(w)
				s.Add(a)
			},
		} {
			s := session(t, db)
			do(s)
			db.forget()
			err := s.Flush(ctx)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
			db.wantSent(t)
			must(t, s.Rollback(ctx))
			s.Add(&Shelf{Name: "fine"})
			must(t, s.Flush(ctx))
			must(t, s.Close(ctx))
		}
	})
}

// Both sides may be told at once.
func TestBothSidesAtOnce(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		a, b, cup, red := &Shelf{Name: "a"}, &Shelf{Name: "b"}, &Ware{Name: "cup"}, &Tag{Name: "red"}
		must(t, Shelves.Items.Add(a, cup))
		must(t, Wares.Tags.Add(cup, red))
		if of, err := cup.Shelf.Get(); err != nil || of != a {
			t.Errorf("cup is of %v, %v", of, err)
		}
		if items, err := red.Items.All(); err != nil || !slices.Equal(items, []*Ware{cup}) {
			t.Errorf("red has %v, %v", items, err)
		}
		must(t, Wares.Shelf.Set(cup, b))
		if items, err := a.Items.All(); err != nil || len(items) != 0 {
			t.Errorf("a has %v, %v", items, err)
		}
		s := session(t, db)
		s.Add(a)
		s.Add(b)
		must(t, s.Commit(t.Context()))
		if got, want := contents(t, db), "a[], b[cup#red]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
