package orm_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
)

// wanderer is a program that reads and changes cartons and their cargoes, and tells what
// it saw.
type wanderer struct {
	*rand.Rand
	ctx     context.Context
	s       *orm.Session
	db      *database
	steps   int    // of the session
	after   func() // each step
	cartons []*carton
	cargoes []*cargo
	log     []string
}

func (r *wanderer) tell(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

// some returns the range of keys that a query asks for.
func (r *wanderer) some(n int) (from, to int64) {
	from = r.Int64N(int64(n)) + 1
	return from, from + r.Int64N(int64(n))
}

func anyOf[T any](r *wanderer, list []*T) *T {
	if len(list) == 0 {
		return new(T) // which is of no session
	}
	return list[r.IntN(len(list))]
}

// remember keeps what was read for the steps to come.
func remember[T any](list *[]*T, read []*T) {
	for _, e := range read {
		if !slices.Contains(*list, e) {
			*list = append(*list, e)
		}
	}
}

func (r *wanderer) readCartons() error {
	from, to := r.some(20)
	q := orm.Select(Cartons).Where(Cartons.ID.Between(from, to)).OrderBy(Cartons.ID.Asc())
	switch r.IntN(4) {
	case 0:
		q = q.With(Cartons.Cargoes)
	case 1:
		q = q.With(Cartons.Cargoes.OrderBy(Cargoes.ID.Asc()))
	case 2:
		q = q.With(Cartons.Cargoes.OrderBy(Cargoes.ID.Desc()))
	}
	read, err := q.All(r.ctx, r.s)
	remember(&r.cartons, read)
	for _, c := range read {
		its, err := c.Cargoes.All()
		r.tell("carton %d %q: %v %v", c.ID, c.Name, cargoTitles(its), err != nil)
		remember(&r.cargoes, its)
	}
	return err
}

func cargoTitles(list []*cargo) (out []string) {
	for _, c := range list {
		out = append(out, fmt.Sprintf("%d %s", c.ID, c.Title))
	}
	return out
}

func (r *wanderer) readCargoes() error {
	from, to := r.some(200)
	q := orm.Select(Cargoes).Where(Cargoes.ID.Between(from, to))
	order := []expr.Order{Cargoes.ID.Asc(), Cargoes.ID.Desc(), Cargoes.Title.Asc()}[r.IntN(3)]
	read, err := q.OrderBy(order, Cargoes.ID.Asc()).All(r.ctx, r.s)
	remember(&r.cargoes, read)
	r.tell("%v", cargoTitles(read))
	return err
}

func (r *wanderer) change() error {
	for range 1 + r.IntN(5) {
		if c := anyOf(r, r.cargoes); c.ID > 0 {
			c.Title += "x"
			c.Pages++
		}
	}
	return nil
}

func (r *wanderer) relate() error {
	to := anyOf(r, r.cartons)
	if its, err := to.Cargoes.All(); err != nil || r.IntN(2) == 0 {
		to.Cargoes.Add(&cargo{Title: fmt.Sprintf("new %d", r.IntN(100))})
	} else if len(its) > 0 {
		return to.Cargoes.Remove(its[r.IntN(len(its))])
	}
	return nil
}

// step does something: what a session begins with is mostly what leaves it unasked.
func (r *wanderer) step() error {
	r.steps++
	what := r.IntN(16)
	switch {
	case r.steps > 6:
		r.steps = 0
		return r.renew()
	case r.steps == 1:
		what = r.IntN(5)
	case r.steps <= 3 && r.IntN(3) > 0:
		what = []int{0, 3, 5, 5, 7, 7, 10, 11, 12}[r.IntN(9)]
	}
	switch what {
	case 0, 1, 2:
		return r.readCartons()
	case 3, 4:
		return r.readCargoes()
	case 5, 6:
		return r.change()
	case 7:
		return r.relate()
	case 8:
		c, err := orm.Get(r.ctx, r.s, Cargoes, r.Int64N(200)+1)
		if err == nil {
			remember(&r.cargoes, []*cargo{c})
			r.tell("got %d %s", c.ID, c.Title)
		}
		return err
	case 9:
		r.s.Delete(anyOf(r, r.cargoes))
	case 10:
		return r.s.Flush(r.ctx)
	case 11:
		return r.s.Commit(r.ctx)
	case 12:
		return r.s.Rollback(r.ctx)
	case 13:
		return r.s.Expunge(anyOf(r, r.cargoes))
	case 14:
		return r.s.Expire(anyOf(r, r.cargoes))
	case 15:
		changed, err := r.s.IsModified(anyOf(r, r.cargoes))
		r.tell("changed: %t", changed)
		return err
	}
	return nil
}

// renew goes on with another session.
func (r *wanderer) renew() error {
	err := r.s.Commit(r.ctx)
	if err == nil {
		err = r.s.Close(r.ctx)
	} else {
		_ = r.s.Close(r.ctx)
	}
	r.s, r.cartons, r.cargoes = orm.NewSession(r.db), nil, nil
	return err
}

// run makes steps, and returns what was seen and sent, and what the rows are.
func (r *wanderer) run(t *testing.T, steps int) []string {
	r.s = orm.NewSession(r.db)
	r.db.statements()
	for range steps {
		if err := r.step(); err != nil {
			r.tell("error: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
			_ = r.s.Rollback(r.ctx)
		}
		r.after()
	}
	seen := slices.Clone(r.cargoes)
	_ = r.renew()
	must(t, r.s.Close(r.ctx))
	r.log = append(r.log, r.db.statements()...)
	for _, c := range seen {
		r.tell("%d of %d: %s, %d", c.ID, c.CartonID, c.Title, c.Pages)
	}
	return append(r.log, rows(t, r.db, Cargoes.Schema())...)
}

// A session that is asked of its objects after each step, so that it has a state of
// each, and one that is not, do the same, whatever the collector takes away meanwhile.
func TestSessionsThatAreNotAskedDoTheSame(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	on(t, []string{"memory", "file", "postgres15", "mariadb"}, speedBase, func(t *testing.T, db *database) {
		seed, count, wrong := soak.Seed(t), soak.Count(200), 0
		for i := range count {
			var logs [2][]string
			for asked := range logs {
				must(t, db.inner.DropAll(t.Context(), speedBase.MetaData))
				must(t, db.inner.CreateAll(t.Context(), speedBase.MetaData))
				list, cargoes := cartonsOf(20)
				for _, c := range list {
					c.ID = 0
				}
				for _, c := range cargoes {
					c.ID = 0
				}
				inBulk(t, db, Cartons, list)
				inBulk(t, db, Cargoes, cargoes)
				r := &wanderer{Rand: rand.New(rand.NewPCG(seed, uint64(i))), ctx: t.Context(), db: db, after: runtime.GC}
				if asked == 1 {
					r.after = func() {
						_, err := r.s.Objects()
						must(t, err)
					}
				}
				logs[asked] = r.run(t, 70)
			}
			if d := diff(logs[0], logs[1]); d != "" {
				t.Errorf("case %d (-not asked +asked):\n%.4000s", i, d)
				wrong++
				break
			}
		}
		soak.Report(t, "sessions that are not asked "+db.name, count, wrong, seed)
	})
}

// A flush makes states of the runs in which something differs, and leaves the others as
// they are; so do those after it.
func TestFlushAwakensWhatDiffers(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, speedBase, func(t *testing.T, db *database) {
		list, cargoes := cartonsOf(20)
		inBulk(t, db, Cartons, list)
		inBulk(t, db, Cargoes, cargoes)
		s := session(t, db)
		read, err := orm.Select(Cargoes).OrderBy(Cargoes.ID.Asc()).All(t.Context(), s)
		must(t, err)
		must(t, s.Flush(t.Context()))
		same(t, "states before a change", orm.Awake(s), 0)
		db.statements()
		read[150].Pages = 1
		must(t, s.Flush(t.Context()))
		if n := orm.Awake(s); n == 0 || n > 64 {
			t.Errorf("%d states after one change", n)
		}
		read[3].Pages, read[151].Pages = 2, 3
		must(t, s.Flush(t.Context()))
		same(t, "sent", db.statements(), []string{"update cargoes(pages)", "update cargoes(pages) x2"})
		changed, err := s.IsModified(read[199])
		must(t, err)
		same(t, "the last is changed", changed, false)
		same(t, "states of one that was asked", orm.Awake(s), len(read))
		got, err := orm.Get(t.Context(), s, Cargoes, 100)
		must(t, err)
		same(t, "the object of a row", got == read[99], true)
		must(t, s.Commit(t.Context()))
		other := session(t, db)
		again, err := orm.Select(Cargoes).OrderBy(Cargoes.ID.Asc()).All(t.Context(), other)
		must(t, err)
		same(t, "rows", again, read)
	})
}
