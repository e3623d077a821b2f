package orm_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
)

// orderWalk changes the order of slides at random, beside lists of their names.
type orderWalk struct {
	t      *testing.T
	r      *rand.Rand
	s      *orm.Session
	now    map[string][]string // by deck; those of "" are of none
	begun  map[string][]string
	decks  map[string]*Deck
	slides map[string]*Slide
	names  int
}

var deckNames = []string{"d1", "d2", "d3"}

func (w *orderWalk) copied() map[string][]string {
	out := maps.Clone(w.now)
	for d, list := range out {
		out[d] = slices.Clone(list)
	}
	return out
}

// read reads all again, by the session.
func (w *orderWalk) read() {
	ctx := w.t.Context()
	w.decks, w.slides = map[string]*Deck{}, map[string]*Slide{}
	decks, err := orm.Select(Decks).With(Decks.Slides).All(ctx, w.s)
	must(w.t, err)
	slides, err := orm.Select(Slides).With(Slides.Deck).All(ctx, w.s)
	must(w.t, err)
	for _, d := range decks {
		w.decks[d.Name] = d
	}
	for _, x := range slides {
		w.slides[x.Text] = x
	}
}

func (w *orderWalk) flush() {
	must(w.t, w.s.Flush(w.t.Context()))
}

// take takes a slide out of the lists.
func (w *orderWalk) take(name string) (from string) {
	for d, list := range w.now {
		if i := slices.Index(list, name); i >= 0 {
			w.now[d] = slices.Delete(list, i, i+1)
			return d
		}
	}
	return ""
}

func (w *orderWalk) step() string {
	d := deckNames[w.r.IntN(len(deckNames))]
	deck, list := w.decks[d], w.now[d]
	at := w.r.IntN(len(list) + 1)
	name, some := pick(w.r, w.slides)
	switch n := w.r.IntN(8); {
	case n <= 1 || !some:
		return w.insertNew(deck, d, at)
	case n == 2 && len(list) > 0:
		name = list[w.r.IntN(len(list))]
		must(w.t, deck.Slides.Remove(w.slides[name]))
		w.take(name)
		w.now[""] = append(w.now[""], name)
		return "remove " + name
	case n == 3 && len(list) > 1: // within its deck
		name = list[w.r.IntN(len(list))]
		must(w.t, deck.Slides.Insert(at, w.slides[name]))
		if i := slices.Index(list, name); i < at {
			at--
		}
		w.take(name)
		w.now[d] = slices.Insert(w.now[d], at, name)
		return fmt.Sprintf("move %s to %d", name, at)
	case n == 4 && !slices.Contains(list, name): // from another, or from none
		w.flush()
		w.take(name)
		must(w.t, deck.Slides.Insert(at, w.slides[name]))
		w.now[d] = slices.Insert(w.now[d], at, name)
		w.flush()
		return fmt.Sprintf("give %s to %s at %d", name, d, at)
	case n == 5 && !slices.Contains(list, name): // from its own side
		w.flush()
		w.slides[name].Deck.Set(deck)
		w.take(name)
		w.now[d] = append(w.now[d], name)
		w.flush()
		return "set the deck of " + name
	case n == 6:
		w.flush()
		w.s.Delete(w.slides[name])
		w.take(name)
		delete(w.slides, name)
		w.flush()
		return "delete " + name
	}
	return "nothing"
}

func (w *orderWalk) insertNew(deck *Deck, d string, at int) string {
	w.names++
	x := &Slide{Text: fmt.Sprintf("s%d", w.names)}
	w.s.Add(x)
	w.slides[x.Text] = x
	must(w.t, deck.Slides.Insert(at, x))
	w.now[d] = slices.Insert(w.now[d], at, x.Text)
	return fmt.Sprintf("insert %s at %d of %s", x.Text, at, d)
}

// wrong tells where the database, or an object, is not what the lists are.
func (w *orderWalk) wrong() string {
	ctx := w.t.Context()
	w.flush()
	rows, err := orm.SelectAs[struct {
		Name, Text string
		Place      int
	}](Decks.Name, Slides.Text, Slides.Place).Join(Decks.Slides).OrderBy(Decks.Name.Asc(), Slides.Place.Asc()).All(ctx, w.s)
	must(w.t, err)
	var got, want []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r.Name, " ", r.Text, " ", r.Place))
	}
	for _, d := range deckNames {
		for i, name := range w.now[d] {
			want = append(want, fmt.Sprint(d, " ", name, " ", i+1))
		}
		list, err := w.decks[d].Slides.All()
		must(w.t, err)
		var has []string
		for _, x := range list {
			has = append(has, x.Text)
		}
		if !slices.Equal(has, w.now[d]) {
			return fmt.Sprintf("%s has %v, want %v", d, has, w.now[d])
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Sprintf("the database has %v, want %v", got, want)
	}
	return ""
}

func (w *orderWalk) run(steps int) string {
	ctx := w.t.Context()
	var log []string
	w.begun = w.copied()
	for range steps {
		log = append(log, w.step())
		if w.r.IntN(3) > 0 {
			continue
		}
		if bad := w.wrong(); bad != "" {
			return strings.Join(append(log, bad), "\n")
		}
		switch w.r.IntN(4) {
		case 0:
			must(w.t, w.s.Commit(ctx))
			w.begun = w.copied()
			log = append(log, "commit")
		case 1:
			must(w.t, w.s.Rollback(ctx))
			w.now = w.begun
			w.begun = w.copied()
			w.read()
			log = append(log, "rollback")
		}
	}
	must(w.t, w.s.Commit(ctx))
	return ""
}

// Random changes of ordered collections leave the numbers and objects that lists
// of their names have.
func TestRandomOrders(t *testing.T) {
	everywhere(t, talks, func(t *testing.T, db *database) {
		seed, count, wrong := soak.Seed(t), soak.Count(400), 0
		s := orm.NewSession(db.inner)
		for _, name := range deckNames {
			s.Add(&Deck{Name: name})
		}
		must(t, s.Commit(t.Context()))
		w := &orderWalk{t: t, r: rand.New(rand.NewPCG(seed, 1)), now: map[string][]string{}}
		for i := range count {
			must(t, s.Close(t.Context()))
			s = orm.NewSession(db.inner)
			w.s = s
			w.read()
			if bad := w.run(25); bad != "" {
				wrong++
				t.Errorf("walk %d of seed %d:\n%s", i, seed, bad)
				break
			}
		}
		must(t, s.Close(t.Context()))
		soak.Report(t, "orders of collections", count*25, wrong, seed)
	})
}
