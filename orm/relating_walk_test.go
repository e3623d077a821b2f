package orm_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
)

// depot is what should be there, by names.
type depot struct {
	shelves map[string]bool
	wares   map[string]string // the shelf, "" for none
	tags    map[string]bool
	tagged  map[[2]string]bool // ware, tag
}

func (d depot) copy() depot {
	return depot{maps.Clone(d.shelves), maps.Clone(d.wares), maps.Clone(d.tags), maps.Clone(d.tagged)}
}

func (d depot) String() string {
	lines := append(slices.Collect(maps.Keys(d.shelves)), slices.Collect(maps.Keys(d.tags))...)
	for w, s := range d.wares {
		lines = append(lines, w+" on "+s)
	}
	for p := range d.tagged {
		lines = append(lines, p[0]+" is "+p[1])
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

// relationWalk relates entities of a session at random, beside a depot.
type relationWalk struct {
	t       *testing.T
	r       *rand.Rand
	db      *database
	s       *orm.Session
	now     depot
	begun   depot
	nested  []*orm.Nested
	saved   []depot
	shelves map[string]*Shelf
	wares   map[string]*Ware
	tags    map[string]*Tag
	names   int
	log     []string
}

func (w *relationWalk) name(kind string) string {
	w.names++
	return fmt.Sprintf("%s%d", kind, w.names)
}

func pick[T any](r *rand.Rand, m map[string]T) (string, bool) {
	if len(m) == 0 {
		return "", false
	}
	keys := slices.Sorted(maps.Keys(m))
	return keys[r.IntN(len(keys))], true
}

func (w *relationWalk) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// reload opens a session that has read all.
func (w *relationWalk) reload() {
	ctx := w.t.Context()
	if w.s != nil {
		must(w.t, w.s.Close(ctx))
	}
	w.s = orm.NewSession(w.db.inner)
	w.nested, w.saved = nil, nil
	w.shelves, w.wares, w.tags = map[string]*Shelf{}, map[string]*Ware{}, map[string]*Tag{}
	shelves, err := orm.Select(Shelves).With(Shelves.Items).All(ctx, w.s)
	must(w.t, err)
	wares, err := orm.Select(Wares).With(Wares.Shelf, Wares.Tags).All(ctx, w.s)
	must(w.t, err)
	tags, err := orm.Select(Tags).All(ctx, w.s)
	must(w.t, err)
	for _, x := range shelves {
		w.shelves[x.Name] = x
	}
	for _, x := range wares {
		w.wares[x.Name] = x
	}
	for _, x := range tags {
		w.tags[x.Name] = x
	}
}

// place puts a ware on a shelf, or on none, by one of the ways.
func (w *relationWalk) place(ware, shelf string) {
	x, to := w.wares[ware], w.shelves[shelf]
	if x == nil || w.now.wares[ware] == shelf {
		return
	}
	w.note("%s on %q", ware, shelf)
	w.s.Add(x) // it may be of the session only by the shelf that it leaves
	switch from := w.shelves[w.now.wares[ware]]; {
	case to == nil && from != nil && from.Items.Loaded() && w.r.IntN(2) == 0:
		must(w.t, from.Items.Remove(x))
	case to == nil || w.r.IntN(3) == 0:
		x.Shelf.Set(to)
	case w.r.IntN(2) == 0:
		must(w.t, Shelves.Items.Add(to, x))
	default:
		must(w.t, Wares.Shelf.Set(x, to))
	}
	w.now.wares[ware] = shelf
}

func (w *relationWalk) tag(ware, tag string) {
	x, y := w.wares[ware], w.tags[tag]
	if x == nil || y == nil {
		return
	}
	pair := [2]string{ware, tag}
	w.note("tag %v, had %v", pair, w.now.tagged[pair])
	switch {
	case !w.now.tagged[pair] && w.r.IntN(2) == 0:
		x.Tags.Add(y)
	case !w.now.tagged[pair]:
		y.Items.Add(x)
	default:
		if !x.Tags.Loaded() {
			must(w.t, Wares.Tags.Load(w.t.Context(), w.s, x))
		}
		if !y.Items.Loaded() || w.r.IntN(2) == 0 {
			must(w.t, x.Tags.Remove(y))
		} else {
			must(w.t, y.Items.Remove(x))
		}
		delete(w.now.tagged, pair)
		return
	}
	w.now.tagged[pair] = true
}

func (w *relationWalk) flushed() {
	if err := w.s.Flush(w.t.Context()); err != nil {
		w.t.Fatalf("%v\n%s", err, strings.Join(w.log, "\n"))
	}
}

func (w *relationWalk) create() {
	switch w.r.IntN(3) {
	case 0:
		x := &Shelf{Name: w.name("s")}
		w.shelves[x.Name], w.now.shelves[x.Name] = x, true
		w.note("new %s", x.Name)
		w.s.Add(x)
		if ware, ok := pick(w.r, w.wares); ok && w.r.IntN(2) == 0 {
			w.note("with %s", ware)
			x.Items.Add(w.wares[ware])
			w.now.wares[ware] = x.Name
		}
	case 1:
		x := &Ware{Name: w.name("w")}
		w.wares[x.Name], w.now.wares[x.Name] = x, ""
		w.note("new %s", x.Name)
		if shelf, ok := pick(w.r, w.shelves); ok && w.r.IntN(2) == 0 {
			w.note("by %s", shelf)
			w.shelves[shelf].Items.Add(x) // which adds it
			w.now.wares[x.Name] = shelf
			return
		}
		w.s.Add(x)
	default:
		x := &Tag{Name: w.name("t")}
		w.tags[x.Name], w.now.tags[x.Name] = x, true
		w.note("new %s", x.Name)
		w.s.Add(x)
	}
}

func (w *relationWalk) remove() {
	w.flushed()
	if name, ok := pick(w.r, w.shelves); ok && w.r.IntN(2) == 0 {
		w.note("delete %s", name)
		w.s.Delete(w.shelves[name])
		delete(w.shelves, name)
		delete(w.now.shelves, name)
		for x, on := range w.now.wares {
			if on == name {
				w.now.wares[x] = ""
			}
		}
	} else if name, ok := pick(w.r, w.wares); ok {
		w.note("delete %s", name)
		w.s.Delete(w.wares[name])
		delete(w.wares, name)
		delete(w.now.wares, name)
		maps.DeleteFunc(w.now.tagged, func(p [2]string, _ bool) bool { return p[0] == name })
	}
	w.flushed()
}

func (w *relationWalk) step() {
	ctx := w.t.Context()
	switch w.r.IntN(12) {
	case 0, 1:
		w.create()
	case 2, 3, 4:
		ware, _ := pick(w.r, w.wares)
		shelf, _ := pick(w.r, w.shelves)
		if w.r.IntN(4) == 0 {
			shelf = ""
		}
		w.place(ware, shelf)
	case 5, 6:
		ware, _ := pick(w.r, w.wares)
		tag, _ := pick(w.r, w.tags)
		w.tag(ware, tag)
	case 7:
		w.remove()
	case 8:
		sp, err := w.s.BeginNested(ctx)
		must(w.t, err)
		w.note("savepoint")
		w.nested, w.saved = append(w.nested, sp), append(w.saved, w.now.copy())
	case 9:
		w.back()
	case 10:
		w.commit()
	default:
		w.flushed()
	}
}

// back rolls back to a savepoint, or all.
func (w *relationWalk) back() {
	ctx := w.t.Context()
	if n := len(w.nested) - 1; n >= 0 {
		w.note("rollback to savepoint")
		must(w.t, w.nested[n].Rollback(ctx))
		w.now = w.saved[n]
		w.nested, w.saved = w.nested[:n], w.saved[:n]
		w.forget()
		return
	}
	w.note("rollback")
	must(w.t, w.s.Rollback(ctx))
	w.now = w.begun.copy()
	w.forget()
}

// forget drops what is not there any more.
func (w *relationWalk) forget() {
	maps.DeleteFunc(w.shelves, func(n string, _ *Shelf) bool { return !w.now.shelves[n] })
	maps.DeleteFunc(w.tags, func(n string, _ *Tag) bool { return !w.now.tags[n] })
	maps.DeleteFunc(w.wares, func(n string, _ *Ware) bool { _, there := w.now.wares[n]; return !there })
}

func (w *relationWalk) commit() {
	for len(w.nested) > 0 {
		n := len(w.nested) - 1
		must(w.t, w.nested[n].Commit(w.t.Context()))
		w.nested, w.saved = w.nested[:n], w.saved[:n]
	}
	w.note("commit")
	if err := w.s.Commit(w.t.Context()); err != nil {
		w.t.Fatalf("%v\n%s", err, strings.Join(w.log, "\n"))
	}
	w.begun = w.now.copy()
	if got, want := w.read().String(), w.now.String(); got != want {
		w.t.Fatalf("the database has\n%s, want\n%s\nafter\n%s", got, want, strings.Join(w.log, "\n"))
	}
	w.look()
	if w.r.IntN(3) == 0 {
		w.note("reload")
		w.reload()
	}
}

// look compares what the objects of the session say with the depot.
func (w *relationWalk) look() {
	for name, x := range w.wares {
		if of, err := x.Shelf.Get(); err == nil && (of == nil) != (w.now.wares[name] == "") || err == nil && of != nil && of.Name != w.now.wares[name] {
			w.t.Fatalf("%s is on %v, want %q, after\n%s", name, of, w.now.wares[name], strings.Join(w.log, "\n"))
		}
	}
	for name, x := range w.shelves {
		items, err := x.Items.All()
		if err != nil {
			continue
		}
		for _, it := range items {
			if w.now.wares[it.Name] != name {
				w.t.Fatalf("%s has %s, after\n%s", name, it.Name, strings.Join(w.log, "\n"))
			}
		}
	}
}

// read returns the depot that another session sees.
func (w *relationWalk) read() depot {
	ctx := w.t.Context()
	d := depot{map[string]bool{}, map[string]string{}, map[string]bool{}, map[[2]string]bool{}}
	s := orm.NewSession(w.db.inner)
	defer func() { must(w.t, s.Close(ctx)) }()
	shelves, err := orm.Select(Shelves).All(ctx, s)
	must(w.t, err)
	wares, err := orm.Select(Wares).With(Wares.Shelf, Wares.Tags).All(ctx, s)
	must(w.t, err)
	tags, err := orm.Select(Tags).All(ctx, s)
	must(w.t, err)
	for _, x := range shelves {
		d.shelves[x.Name] = true
	}
	for _, x := range tags {
		d.tags[x.Name] = true
	}
	for _, x := range wares {
		of, err := x.Shelf.Get()
		must(w.t, err)
		if d.wares[x.Name] = ""; of != nil {
			d.wares[x.Name] = of.Name
		}
		with, err := x.Tags.All()
		must(w.t, err)
		for _, y := range with {
			d.tagged[[2]string{x.Name, y.Name}] = true
		}
	}
	return d
}

// Random relations, deletions, savepoints and rollbacks leave the session and
// the database with what was said.
func TestRandomRelations(t *testing.T) {
	everywhere(t, store, func(t *testing.T, db *database) {
		seed, steps, done, wrong := soak.Seed(t), soak.Count(100_000), 0, 1
		if !db.isSQLite() || db.name == "file" {
			steps /= 5
		}
		defer func() { soak.Report(t, t.Name(), done, wrong, seed) }()
		w := &relationWalk{t: t, r: rand.New(rand.NewPCG(seed, 1)), db: db, now: depot{map[string]bool{}, map[string]string{}, map[string]bool{}, map[[2]string]bool{}}}
		w.begun = w.now.copy()
		w.reload()
		defer func() { must(t, w.s.Close(context.Background())) }()
		for ; done < steps; done++ {
			if w.step(); len(w.wares)+len(w.shelves) > 30 {
				w.remove()
			}
			if len(w.log) > 200 {
				w.log = w.log[100:]
			}
		}
		w.commit()
		wrong = 0
	})
}
