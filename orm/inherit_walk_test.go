package orm_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
)

// staffWalk changes entities of a hierarchy at random, and knows what the database
// has to have.
type staffWalk struct {
	t  *testing.T
	r  *rand.Rand
	db *database
	m  *staffModel
	s  *orm.Session

	objects    map[string]*StaffEmp // by name
	every      []*StaffEmp          // also those that were deleted
	now, begun map[string]string    // what each is, as text
	nested     []*orm.Nested
	saved      []map[string]string
	names      int
}

// text is all that an entity has, but its key.
func staffText(e *StaffEmp) string {
	switch e := orm.WholeOf(e).(type) {
	case *StaffEng:
		return "eng " + e.Lang
	case *StaffBoss:
		return fmt.Sprint("boss ", e.Level, e.Golf)
	case *StaffMgr:
		return fmt.Sprint("mgr ", e.Level)
	case *StaffEmp:
		return "emp"
	}
	return "?"
}

// reload opens a session that has read all, by the base or by the types.
func (w *staffWalk) reload() {
	ctx := w.t.Context()
	if w.s != nil {
		must(w.t, w.s.Close(ctx))
	}
	w.s = orm.NewSession(w.db.inner, orm.Models(w.m.base))
	w.objects, w.every, w.nested, w.saved = map[string]*StaffEmp{}, nil, nil, nil
	if w.r.IntN(2) == 0 {
		bosses, err := orm.Select(w.m.bosses).All(ctx, w.s)
		must(w.t, err)
		mgrs, err := orm.Select(w.m.mgrs).All(ctx, w.s)
		must(w.t, err)
		for _, b := range bosses {
			if !slices.Contains(mgrs, &b.StaffMgr) {
				w.t.Fatalf("the boss %s is no manager", b.Name)
			}
		}
	}
	all, err := orm.Select(w.m.emps).All(ctx, w.s)
	must(w.t, err)
	for _, e := range all {
		w.objects[e.Name], w.every = e, append(w.every, e)
	}
	must(w.t, w.s.Commit(ctx))
}

func (w *staffWalk) add() {
	w.names++
	base := StaffEmp{Name: fmt.Sprint("n", w.names)}
	var e *StaffEmp
	switch n := w.r.Int64N(1000); w.r.IntN(4) {
	case 0:
		e = &base
	case 1:
		e = orm.Up[StaffEmp](&StaffEng{StaffEmp: base, Lang: fmt.Sprint(n)})
	case 2:
		e = orm.Up[StaffEmp](&StaffMgr{StaffEmp: base, Level: n})
	default:
		e = orm.Up[StaffEmp](&StaffBoss{StaffMgr: StaffMgr{StaffEmp: base, Level: n}, Golf: n + 1})
	}
	w.s.Add(e)
	w.every = append(w.every, e)
	w.objects[e.Name], w.now[e.Name] = e, staffText(e)
}

func (w *staffWalk) change(e *StaffEmp) {
	n := w.r.Int64N(1000)
	switch x := orm.WholeOf(e).(type) {
	case *StaffEng:
		x.Lang = fmt.Sprint(n)
	case *StaffBoss:
		if w.r.IntN(2) == 0 {
			x.Level = n
		} else {
			x.Golf = n
		}
	case *StaffMgr:
		x.Level = n
	}
	if w.r.IntN(3) == 0 {
		w.names++
		delete(w.now, e.Name)
		delete(w.objects, e.Name)
		e.Name = fmt.Sprint("n", w.names)
		w.objects[e.Name] = e
	}
	w.now[e.Name] = staffText(e)
}

// after a rollback, the objects say what they are.
func (w *staffWalk) backTo(now map[string]string) {
	w.now = now
	w.objects = map[string]*StaffEmp{}
	for _, e := range w.every {
		if _, there := now[e.Name]; there && e.ID != 0 {
			w.objects[e.Name] = e
		}
	}
}

func (w *staffWalk) step() {
	ctx := w.t.Context()
	name, any := pick(w.r, w.objects)
	switch n := w.r.IntN(24); {
	case n < 7 || !any:
		w.add()
	case n < 14:
		w.change(w.objects[name])
	case n < 16:
		w.s.Delete(w.objects[name])
		delete(w.objects, name)
		delete(w.now, name)
	case n < 18:
		must(w.t, w.s.Flush(ctx))
	case n == 18 && len(w.nested) < 3:
		sp, err := w.s.BeginNested(ctx)
		must(w.t, err)
		w.nested, w.saved = append(w.nested, sp), append(w.saved, maps.Clone(w.now))
	case n == 19 && len(w.nested) > 0:
		last := len(w.nested) - 1
		must(w.t, w.nested[last].Rollback(ctx))
		now := w.saved[last]
		w.nested, w.saved = w.nested[:last], w.saved[:last]
		w.backTo(now)
	case n == 20:
		must(w.t, w.s.Rollback(ctx))
		w.nested, w.saved = nil, nil
		w.backTo(maps.Clone(w.begun))
	case n >= 21:
		w.commit()
	}
}

// commit commits and compares with what another session reads.
func (w *staffWalk) commit() {
	ctx := w.t.Context()
	for _, sp := range slices.Backward(w.nested) {
		must(w.t, sp.Commit(ctx))
	}
	w.nested, w.saved = nil, nil
	must(w.t, w.s.Commit(ctx))
	w.begun = maps.Clone(w.now)
	s := orm.NewSession(w.db.inner, orm.Models(w.m.base))
	all, err := orm.Select(w.m.emps).All(ctx, s)
	must(w.t, err)
	must(w.t, s.Close(ctx))
	got := map[string]string{}
	for _, e := range all {
		got[e.Name] = staffText(e)
		if mine := w.objects[e.Name]; mine == nil || mine.ID != e.ID || mine.Type != e.Type {
			w.t.Fatalf("%s is %v for the session, and %v in the database", e.Name, mine, e)
		}
	}
	if diff := gocmp.Diff(got, w.now); diff != "" {
		w.t.Fatalf("the database and the session (-got +want):\n%s", diff)
	}
	if w.r.IntN(8) == 0 {
		w.reload()
	}
}

// TestRandomHierarchies compares a session of a hierarchy with the database, over
// random changes.
func TestRandomHierarchies(t *testing.T) {
	for name, m := range map[string]*staffModel{"joined": staffJoined, "select in": staffSelectIn} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, m.base, func(t *testing.T, db *database) {
				seed, steps, wrong := soak.Seed(t), soak.Count(20_000), 1
				defer func() { soak.Report(t, t.Name(), steps, wrong, seed) }()
				w := &staffWalk{t: t, r: rand.New(rand.NewPCG(seed, 1)), db: db, m: m, now: map[string]string{}, begun: map[string]string{}}
				w.reload()
				for range steps {
					w.step()
				}
				w.commit()
				must(t, w.s.Close(t.Context()))
				wrong = 0
			})
		})
	}
}
