package orm_test

import "testing"

// The only one of an entity is displaced by another, whichever end says so, and is
// deleted where the relationship says DeleteOrphans. The row that makes room goes
// before the one that takes it.
func TestTheOnlyOneIsDisplaced(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &Shelf{Name: "a"}, &Shelf{Name: "b"}
		a.Label.Set(&Label{Text: "first"})
		s.Add(a)
		s.Add(b)
		must(t, s.Commit(ctx))
		second := &Label{Text: "second"}
		second.Shelf.Set(a)
		s.Add(second)
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "a[] second, b[]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if l, err := a.Label.Get(); err != nil || l != second {
			t.Errorf("a has %v, %v", l, err)
		}
		third := &Label{Text: "third"}
		b.Label.Set(third)
		must(t, s.Flush(ctx))
		a.Label.Set(third) // which leaves b, and has second deleted
		must(t, s.Commit(ctx))
		if got, want := contents(t, db), "a[] third, b[]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if l, err := b.Label.Get(); err != nil || l != nil {
			t.Errorf("b has %v, %v", l, err)
		}
		first, other := &Label{Text: "x"}, &Label{Text: "y"}
		first.Shelf.Set(b)
		b.Label.Set(other) // said later
		s.Add(first)
		must(t, s.Commit(ctx))
		if l, err := b.Label.Get(); err != nil || l != other {
			t.Errorf("b has %v, %v", l, err)
		}
	})
}
