package orm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
)

// lastWords are ways to say twice where a ware is, and where it is then.
var lastWords = []struct {
	what, on string
	say      func(a, b *Shelf, w *Ware)
}{
	{"two adds", "b", func(a, b *Shelf, w *Ware) { a.Items.Add(w); b.Items.Add(w) }},
	{"set, add", "a", func(a, b *Shelf, w *Ware) { w.Shelf.Set(b); a.Items.Add(w) }},
	{"add, set", "a", func(a, b *Shelf, w *Ware) { b.Items.Add(w); w.Shelf.Set(a) }},
	{"add, set nil", "", func(a, b *Shelf, w *Ware) { a.Items.Add(w); w.Shelf.Set(nil) }},
	{"set nil, add", "a", func(a, b *Shelf, w *Ware) { w.Shelf.Set(nil); a.Items.Add(w) }},
	{"set, remove", "", func(a, b *Shelf, w *Ware) { w.Shelf.Set(a); _ = a.Items.Remove(w) }},
	{"there and back", "a", func(a, b *Shelf, w *Ware) { a.Items.Add(w); b.Items.Add(w); _ = b.Items.Remove(w); a.Items.Add(w) }},
	{"remove of another's", "b", func(a, b *Shelf, w *Ware) { b.Items.Add(w); _ = a.Items.Remove(w) }},
	{"a new list", "b", func(a, b *Shelf, w *Ware) { _ = a.Items.Set(w); _ = b.Items.Set(w) }},
	{"an empty list", "b", func(a, b *Shelf, w *Ware) { _ = b.Items.Set(w); _ = a.Items.Set() }},
}

// An entity that is given to several before one flush belongs to the last, and no
// other has it, whichever ends were told.
func TestTheLastWordCounts(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		for _, c := range lastWords {
			for _, from := range []string{"", "a", "b"} {
				s := orm.NewSession(db.inner)
				a, b, w := &Shelf{Name: "a"}, &Shelf{Name: "b"}, &Ware{Name: "w"}
				orm.AddAll(s, a, b)
				s.Add(w)
				w.Shelf.Set(map[string]*Shelf{"a": a, "b": b}[from])
				must(t, s.Flush(t.Context()))
				c.say(a, b, w)
				must(t, s.Flush(t.Context()))
				want := slices.Repeat([]string{c.on}, 4)
				if c.on == "" {
					want = nil
				}
				if got := whereIs(t, s, a, b, w); !slices.Equal(got, want) {
					t.Errorf("%s, from %q: it is on %v, want %q", c.what, from, got, c.on)
				}
				must(t, s.Close(t.Context()))
			}
		}
	})
}

// whereIs tells the shelf of a ware, by the ware, the shelves, the foreign key and
// the database; nothing where there is none.
func whereIs(t *testing.T, s *orm.Session, a, b *Shelf, w *Ware) (out []string) {
	t.Helper()
	if of, err := w.Shelf.Get(); err != nil {
		t.Fatal(err)
	} else if of != nil {
		out = append(out, of.Name)
	}
	for _, sh := range []*Shelf{a, b} {
		items, err := sh.Items.All()
		must(t, err)
		if slices.Contains(items, w) {
			out = append(out, sh.Name)
		}
		if w.ShelfID != nil && *w.ShelfID == sh.ID {
			out = append(out, sh.Name)
		}
	}
	tx, err := s.Tx(t.Context())
	must(t, err)
	for _, row := range rows(t, tx, Wares.Schema()) {
		if !strings.HasSuffix(row, "NULL") {
			out = append(out, map[bool]string{true: "a", false: "b"}[strings.HasSuffix(row, fmt.Sprint(" ", a.ID))])
		}
	}
	if len(out) != 0 && len(out) != 4 {
		t.Errorf("only some say where the ware is: %v", out)
	}
	return out
}

// A collection of many has each of them once, whatever was added, removed and
// rolled back.
func TestLongCollections(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &Shelf{Name: "a"}, &Shelf{Name: "b"}
		var all []*Ware
		for range 300 {
			w := &Ware{Name: "w"}
			all = append(all, w)
			a.Items.Add(w)
			a.Items.Add(all[len(all)/2])
		}
		wantItems := func(sh *Shelf, want []*Ware) {
			t.Helper()
			if items, err := sh.Items.All(); err != nil || !slices.Equal(items, want) {
				t.Errorf("%s has %d items, %v, want %d", sh.Name, len(items), err, len(want))
			}
		}
		orm.AddAll(s, a, b)
		must(t, s.Commit(ctx))
		wantItems(a, all)
		b.Items.Add(all[100:]...)
		must(t, a.Items.Remove(all[:50]...))
		must(t, s.Flush(ctx))
		wantItems(a, all[50:100])
		wantItems(b, all[100:])
		must(t, s.Rollback(ctx))
		wantItems(a, all)
		wantItems(b, nil)
		a.Items.Add(all...)
		must(t, a.Items.Set(all[200:]...))
		b.Items.Add(all[:200]...)
		a.Items.Add(all[0])
		must(t, s.Commit(ctx))
		wantItems(a, append(slices.Clone(all[200:]), all[0]))
		wantItems(b, all[1:200])
	})
}
