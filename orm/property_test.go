package orm_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Thing has a generated key, a unique value that may be NULL, a reference to
// its own table and bytes that are changed in place.
type Thing struct {
	ID     int64
	Slot   *int64
	Above  *int64
	Text   string
	Data   []byte
	Labels []string
}

type thingTable struct {
	orm.Table[Thing]
	ID     schema.Int64
	Slot   schema.Int64
	Above  schema.Int64
	Text   schema.Text
	Data   schema.Bytes
	Labels schema.JSON[[]string]
}

var (
	walks  = orm.NewBase()
	Things = orm.Declare(walks, "things", thingTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Slot: schema.BigInteger(schema.Unique()), Above: schema.BigInteger(schema.ForeignKey("things.id")),
		Text: schema.String(20), Labels: schema.JSONOf[[]string](),
	})
)

// world is what should be there: values by object.
type world map[*Thing]Thing

func (w world) copy() world {
	c := world{}
	for p, v := range w {
		c[p] = v
	}
	return c
}

// deep copies a thing with all that it refers to.
func deep(x Thing) Thing {
	x.Data, x.Labels = slices.Clone(x.Data), slices.Clone(x.Labels)
	if x.Slot != nil {
		x.Slot = ptr(*x.Slot)
	}
	if x.Above != nil {
		x.Above = ptr(*x.Above)
	}
	return x
}

// walk does random things to a session, beside a world of plain values.
type walk struct {
	t     *testing.T
	r     *rand.Rand
	db    *database
	s     *orm.Session
	now   world // flushed or not
	begun world // at the last commit
	saves []save
	log   []string
}

type save struct {
	n  *orm.Nested
	at world
}

func (w *walk) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

func (w *walk) check(what string, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v\nafter %v", what, err, w.log)
	}
}

// objects returns the objects in an order that does not depend on addresses.
func (w *walk) objects() []*Thing {
	var list []*Thing
	for p := range w.now {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *Thing) int { return cmp.Compare(a.Text, b.Text) })
	return list
}

func (w *walk) pick() *Thing {
	list := w.objects()
	if len(list) == 0 {
		return nil
	}
	return list[w.r.IntN(len(list))]
}

// taken reports whether an object has the slot.
func (w *walk) holder(slot int64) *Thing {
	for p := range w.now {
		if p.Slot != nil && *p.Slot == slot {
			return p
		}
	}
	return nil
}

// referenced reports whether an object is above another.
func (w *walk) referenced(p *Thing) bool {
	for q := range w.now {
		if q != p && q.Above != nil && p.ID != 0 && *q.Above == p.ID {
			return true
		}
	}
	return false
}

// slot gives an object a slot, swapping it with who has it.
func (w *walk) slot(p *Thing) {
	slot := w.r.Int64N(8)
	other := w.holder(slot)
	if other != nil && other != p {
		other.Slot = p.Slot
	}
	p.Slot = ptr(slot)
}

func (w *walk) step(i int) {
	ctx := context.Background()
	p := w.pick()
	switch n := w.r.IntN(20); {
	case n < 4 || p == nil:
		x := &Thing{Text: fmt.Sprintf("new %d", i), Data: []byte{byte(i)}}
		w.now[x] = Thing{}
		if w.r.IntN(2) == 0 {
			w.slot(x)
		}
		w.s.Add(x)
		w.note("add %d", i)
	case n < 7:
		p.Data = append(p.Data, 1)
		p.Data[0]++
		p.Labels = append(p.Labels, "l")
		w.note("change %s in place", p.Text)
	case n < 10:
		w.slot(p)
		w.note("slot of %s", p.Text)
	case n < 12:
		if q := w.pick(); q != p && q.ID != 0 && q.ID < p.ID { // no circles
			p.Above = ptr(q.ID)
		} else {
			p.Above = nil
		}
		w.note("above of %s", p.Text)
	case n < 14:
		if !w.referenced(p) {
			w.s.Delete(p)
			delete(w.now, p)
			w.note("delete %s", p.Text)
		}
	case n < 15:
		w.note("flush")
		w.check("flush", w.s.Flush(ctx))
	case n < 16:
		w.note("commit")
		w.commit(ctx)
	case n < 17:
		w.note("rollback")
		w.check("rollback", w.s.Rollback(ctx))
		w.now, w.saves = w.begun.copy(), nil
		w.wantObjects()
	default:
		w.nest(ctx)
	}
}

func (w *walk) nest(ctx context.Context) {
	last := len(w.saves) - 1
	switch {
	case last < 2 && w.r.IntN(2) == 0 || last < 0:
		w.note("savepoint")
		n, err := w.s.BeginNested(ctx)
		w.check("savepoint", err)
		w.remember()
		w.saves = append(w.saves, save{n, w.now.copy()})
	case w.r.IntN(2) == 0:
		w.note("release")
		w.check("release", w.saves[last].n.Commit(ctx))
		w.saves = w.saves[:last]
	default:
		w.note("rollback to savepoint")
		w.check("rollback to savepoint", w.saves[last].n.Rollback(ctx))
		w.now = w.saves[last].at.copy()
		w.saves = w.saves[:last]
		w.wantObjects()
	}
}

// remember notes the values of all objects, which are flushed.
func (w *walk) remember() {
	for p := range w.now {
		w.now[p] = deep(*p)
	}
}

func (w *walk) commit(ctx context.Context) {
	for i := len(w.saves) - 1; i >= 0; i-- {
		w.check("release", w.saves[i].n.Commit(ctx))
	}
	w.saves = nil
	w.check("commit", w.s.Commit(ctx))
	w.remember()
	w.begun = w.now.copy()
	w.compare(ctx)
}

// wantObjects checks that the objects have the values that they had.
func (w *walk) wantObjects() {
	w.t.Helper()
	for p, v := range w.now {
		if d := diff(*p, v); d != "" {
			w.t.Fatalf("restored (-got +want):\n%s\nafter %v", d, w.log)
		}
	}
}

// compare reads the table afresh, in the session and in another.
func (w *walk) compare(ctx context.Context) {
	w.t.Helper()
	byID := map[int64]*Thing{}
	for p := range w.now {
		byID[p.ID] = p
	}
	fresh := orm.NewSession(w.db)
	rows, err := orm.Select(Things).All(ctx, fresh)
	w.check("read", err)
	w.check("close", fresh.Close(ctx))
	if len(rows) != len(byID) {
		w.t.Fatalf("got %d rows and %d objects\nafter %v", len(rows), len(byID), w.log)
	}
	for _, row := range rows {
		p := byID[row.ID]
		if p == nil {
			w.t.Fatalf("row %d has no object\nafter %v", row.ID, w.log)
		}
		if d := diff(*p, *row); d != "" {
			w.t.Fatalf("object and row (-object +row):\n%s\nafter %v", d, w.log)
		}
	}
	own, err := orm.Select(Things).All(ctx, w.s)
	w.check("read", err)
	for _, p := range own {
		if byID[p.ID] != p {
			w.t.Fatalf("row %d has another object\nafter %v", p.ID, w.log)
		}
	}
	w.check("commit", w.s.Commit(ctx))
}

func TestRandomWalks(t *testing.T) {
	walkers, steps := 8, 125
	if soak.Full() {
		walkers, steps = 200, 500
	}
	seed := soak.Seed(t)
	everywhere(t, walks, func(t *testing.T, db *database) {
		wrong := 1 // until it is known
		defer func() { soak.Report(t, t.Name(), walkers*steps, wrong, seed) }()
		for i := range walkers {
			w := &walk{
				t: t, r: rand.New(rand.NewPCG(seed, uint64(i))), db: db,
				s: orm.NewSession(db), now: world{}, begun: world{},
			}
			for n := range steps {
				w.step(n)
			}
			w.commit(t.Context())
			for p := range w.now {
				p.Above = nil
			}
			w.check("flush", w.s.Flush(t.Context()))
			for p := range w.now {
				w.s.Delete(p)
			}
			w.now = world{}
			w.commit(t.Context())
			w.check("close", w.s.Close(t.Context()))
		}
		wrong = 0
	})
}
