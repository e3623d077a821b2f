package orm_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

type sample struct {
	ID      int64
	Name    string
	Email   string
	Note    string
	Score   float64
	Weight  float64
	Active  bool
	Created time.Time
	Payload []byte
	Count   int64
}

type sampleTable struct {
	orm.Table[sample]
	ID      schema.Int64
	Name    schema.Text
	Email   schema.Text
	Note    schema.Text
	Score   schema.Float64
	Weight  schema.Float64
	Active  schema.Bool
	Created schema.Time
	Payload schema.Bytes
	Count   schema.Int64
}

type carton struct {
	ID      int64
	Name    string
	Cargoes orm.Many[cargo]
}

type cartonTable struct {
	orm.Table[carton]
	ID      schema.Int64
	Name    schema.Text
	Cargoes orm.HasMany[carton, cargo]
}

type cargo struct {
	ID       int64
	CartonID int64
	Title    string
	Pages    int64
}

type cargoTable struct {
	orm.Table[cargo]
	ID       schema.Int64
	CartonID schema.Int64
	Title    schema.Text
	Pages    schema.Int64
}

var (
	speedBase = orm.NewBase()
	Samples   = orm.Declare(speedBase, "samples", sampleTable{
		ID:      schema.BigInteger(schema.PrimaryKey()),
		Name:    schema.String(100),
		Email:   schema.String(100),
		Note:    schema.String(100),
		Created: schema.DateTime(),
	})
	Cartons = orm.Declare(speedBase, "cartons", cartonTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Name: schema.String(100),
	})
	Cargoes = orm.Declare(speedBase, "cargoes", cargoTable{
		ID:       schema.BigInteger(schema.PrimaryKey()),
		CartonID: schema.BigInteger(schema.ForeignKey("cartons.id"), schema.Indexed()),
		Title:    schema.String(100),
	})
)

// inBulk inserts entities, far fewer statements than entities.
func inBulk[T any](t *testing.T, db *database, src orm.Source[T], list []*T) {
	t.Helper()
	s := session(t, db)
	for _, e := range list {
		s.Add(e)
	}
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
}

func samplesOf(n int) []*sample {
	list := make([]*sample, n)
	for i := range list {
		list[i] = &sample{
			ID: int64(i) + 1, Name: fmt.Sprintf("name %d", i), Email: fmt.Sprintf("name%d@example.org", i), Note: "a note", Score: float64(i) / 3, Weight: float64(i) / 7,
			Active: i%2 == 0, Created: time.Date(2026, 11, 22, 1, 2, 3, i*1000, time.UTC), Payload: []byte(fmt.Sprintf("payload %d", i)), Count: int64(i) * 1000,
		}
	}
	return list
}

// cartonsOf are n cartons of ten cargoes each, whose keys come in an order that is
// neither theirs nor that of the cartons.
func cartonsOf(n int) (list []*carton, cargoes []*cargo) {
	for i := range n {
		list = append(list, &carton{ID: int64(i) + 1, Name: fmt.Sprintf("carton %d", i)})
	}
	for i := range 10 * n {
		cargoes = append(cargoes, &cargo{ID: int64(i*7919%(10*n)) + 1, CartonID: int64(i*31%n) + 1, Title: fmt.Sprintf("title %d", i), Pages: int64(i)})
	}
	return list, cargoes
}

// A reading allocates little: what is counted is what the garbage collector has to
// do for each row, of which a driver has its own share. Under the race detector it is
// more, as sync.Pool then drops a part of what it is given.
func TestReadsAllocateLittle(t *testing.T) {
	limits := map[string]struct{ get, page, row, eager, eagerBytes float64 }{
		"file":       {get: 7, page: 36, row: 0.15, eager: 0.08, eagerBytes: 180},
		"postgres15": {get: 8, page: 37, row: 0.15, eager: 0.08, eagerBytes: 180},
		"mariadb":    {get: 11, page: 40, row: 0.15, eager: 0.08, eagerBytes: 180},
	}
	for name, limit := range limits {
		on(t, []string{name}, speedBase, func(t *testing.T, db *database) {
			const n, parents = 10_000, 1000
			inBulk(t, db, Samples, samplesOf(n))
			list, cargoes := cartonsOf(parents)
			inBulk(t, db, Cartons, list)
			inBulk(t, db, Cargoes, cargoes)
			plain := connect(t, db.url) // nobody listens to it
			withoutCollector(t)
			ctx := context.Background() // drivers watch one that can end, at their own cost
			read := func(times int, f func(s *orm.Session) error) float64 {
				return testing.AllocsPerRun(times, func() {
					s := orm.NewSession(plain, orm.Autocommit())
					if err := f(s); err != nil {
						t.Fatal(err)
					}
					must(t, s.Close(ctx))
				})
			}
			key := int64(7777)
			check := func(what string, got, want float64) {
				want *= slack
				if t.Logf("%s: %.2f allocated, %.2f are allowed", what, got, want); got > want {
					t.Errorf("%s: %.2f allocated, want %.2f at most", what, got, want)
				}
			}
			check("get", read(200, func(s *orm.Session) error {
				e, err := orm.Get(ctx, s, Samples, key)
				if err == nil && e.ID != key {
					err = fmt.Errorf("the key is %d", e.ID)
				}
				return err
			}), limit.get)
			check("page", read(50, func(s *orm.Session) error {
				_, err := orm.Select(Samples).Where(Samples.ID.Gt(key)).OrderBy(Samples.ID.Asc()).Limit(100).All(ctx, s)
				return err
			}), limit.page)
			check("row", read(3, func(s *orm.Session) error {
				_, err := orm.Select(Samples).OrderBy(Samples.ID.Asc()).All(ctx, s)
				return err
			})/n, limit.row)
			eager := func(s *orm.Session) error {
				_, err := orm.Select(Cartons).OrderBy(Cartons.ID.Asc()).With(Cartons.Cargoes).All(ctx, s)
				return err
			}
			check("eager", read(3, eager)/(11*parents), limit.eager)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			read(1, eager) // which reads twice
			runtime.ReadMemStats(&after)
			check("bytes of eager", float64(after.TotalAlloc-before.TotalAlloc)/2/(11*parents), limit.eagerBytes)
		})
	}
}

// What belongs to many is in its order, whichever way its keys lie in the database,
// by as few statements as the database takes well.
func TestManyAreInTheirOrder(t *testing.T) {
	everywhere(t, speedBase, func(t *testing.T, db *database) {
		const n = 1203
		list, cargoes := cartonsOf(n)
		inBulk(t, db, Cartons, list)
		inBulk(t, db, Cargoes, cargoes)
		want := map[int64][]int64{}
		for _, v := range cargoes {
			want[v.CartonID] = append(want[v.CartonID], v.ID)
		}
		for _, ids := range want {
			slices.Sort(ids)
		}
		for _, limit := range []int{1, 499, 501, 733, 1000, 1001, n} {
			for what, with := range map[string]orm.Loader[carton]{
				"its own order": Cartons.Cargoes, "by key": Cartons.Cargoes.OrderBy(Cargoes.ID.Asc()), "backwards": Cartons.Cargoes.OrderBy(Cargoes.ID.Desc()),
			} {
				q := orm.Select(Cartons).OrderBy(Cartons.ID.Asc()).Limit(limit).With(with)
				for _, q := range []orm.Query[carton]{q, q.NoTrack()} {
					db.forget()
					s := session(t, db)
					read, err := q.All(t.Context(), s)
					must(t, err)
					same(t, "cartons", len(read), limit)
					if sent := len(db.statements()); sent > 4 {
						t.Errorf("%d cartons %s: %d statements", limit, what, sent)
					}
					for _, sh := range read {
						its, err := sh.Cargoes.All()
						must(t, err)
						ids := make([]int64, len(its))
						for i, b := range its {
							ids[i] = b.ID
						}
						if what == "backwards" {
							slices.Reverse(ids)
						}
						if !slices.Equal(ids, want[sh.ID]) {
							t.Fatalf("%d cartons %s: carton %d has %v, want %v", limit, what, sh.ID, ids, want[sh.ID])
						}
					}
					must(t, s.Close(t.Context()))
				}
			}
		}
	})
}

// What was loaded with others is written in the order of its keys, so that two
// programs that change the same rows don't wait for each other in a ring.
func TestLoadedRowsAreWrittenInTheirOrder(t *testing.T) {
	on(t, []string{"file", "postgres15", "mariadb"}, speedBase, func(t *testing.T, db *database) {
		list, cargoes := cartonsOf(40)
		inBulk(t, db, Cartons, list)
		inBulk(t, db, Cargoes, cargoes)
		s := session(t, db)
		read, err := orm.Select(Cartons).OrderBy(Cartons.ID.Asc()).With(Cartons.Cargoes).All(t.Context(), s)
		must(t, err)
		for _, sh := range slices.Backward(read) {
			its, err := sh.Cargoes.All()
			must(t, err)
			for _, b := range slices.Backward(its) {
				b.Pages++
			}
		}
		order := orm.UpdatedKeys(s)
		if len(order) != 400 || !slices.IsSortedFunc(order, cmp.Compare[int64]) {
			t.Errorf("the order is %v", order)
		}
		must(t, s.Commit(t.Context()))
	})
}

// A session has memory for what it reads first: what came there is not overwritten
// by what it reads later.
func TestFirstMemoryIsUsedOnce(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, speedBase, func(t *testing.T, db *database) {
		inBulk(t, db, Samples, samplesOf(30))
		s := session(t, db)
		var got []*sample
		for id := int64(1); id <= 3; id++ {
			e, err := orm.Get(t.Context(), s, Samples, id)
			must(t, err)
			got = append(got, e)
		}
		more, err := orm.Select(Samples).Where(Samples.ID.Gt(3)).OrderBy(Samples.ID.Asc()).All(t.Context(), s)
		must(t, err)
		got = append(got, more...)
		again, err := orm.Get(t.Context(), s, Samples, 1)
		must(t, err)
		same(t, "the same entity", again == got[0], true)
		for i, e := range got {
			e.Payload[0] = byte('A' + i%20) // in place
		}
		must(t, s.Commit(t.Context()))
		other := session(t, db)
		read, err := orm.Select(Samples).OrderBy(Samples.ID.Asc()).All(t.Context(), other)
		must(t, err)
		for i, e := range read {
			if want := got[i]; e.ID != want.ID || string(e.Payload) != string(want.Payload) || e.Name != want.Name {
				t.Errorf("row %d is %+v, want %+v", i, e, want)
			}
		}
		if _, err := orm.Get(t.Context(), other, Samples, 31); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("a row that is not there: %v", err)
		}
	})
}

// Sessions that nobody closed leave nothing behind once they are gone.
func TestSessionsThatAreGoneLeaveNothing(t *testing.T) {
	on(t, []string{"memory"}, speedBase, func(t *testing.T, db *database) {
		inBulk(t, db, Samples, samplesOf(1))
		runtime.GC()
		for i := range 3000 {
			s := orm.NewSession(db, orm.Autocommit())
			if _, err := orm.Get(t.Context(), s, Samples, 1); err != nil {
				t.Fatal(err)
			}
			tx, err := s.Tx(t.Context())
			must(t, err)
			must(t, tx.Rollback(t.Context())) // which gives the connection back
			if i%100 == 0 {
				runtime.GC()
			}
		}
		if n := orm.HolderPlaces(); n > 1000 {
			t.Errorf("%d places are kept for sessions", n)
		}
	})
}

// Limits that programs have again and again are part of the text, so that a database
// plans for them; others are not, so that statements stay few.
func TestLimitsInTextAndBeside(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, speedBase, func(t *testing.T, db *database) {
		inBulk(t, db, Samples, samplesOf(60))
		s := session(t, db)
		var texts []string
		listening := connect(t, db.url, func(o *engine.Options) {
			o.Events = append(o.Events, &engine.Events{Before: func(_ context.Context, x *engine.Execution) error {
				texts = append(texts, x.SQL)
				return nil
			}})
		})
		if db.name != "memory" {
			s = session(t, listening)
		}
		for limit, inText := range map[int]bool{0: true, 1: true, 7: true, 25: true, 50: true, 13: false, 59: false} {
			texts = nil
			list, err := orm.Select(Samples).OrderBy(Samples.ID.Asc()).Limit(limit).All(t.Context(), s)
			must(t, err)
			same(t, "rows", len(list), limit)
			for _, text := range texts {
				if in := strings.HasSuffix(text, fmt.Sprintf("LIMIT %d", limit)); strings.HasPrefix(text, "SELECT") && in != inText {
					t.Errorf("limit %d: %s", limit, text)
				}
			}
		}
		if _, err := orm.Select(Samples).Limit(-5).All(t.Context(), s); err == nil || !strings.Contains(err.Error(), "LIMIT -5 is below zero") {
			t.Errorf("a limit below zero: %v", err)
		}
	})
}

// The short texts of a row share memory, which changes nothing of what they are.
func TestTextsOfRowsThatShareMemory(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, speedBase, func(t *testing.T, db *database) {
		long := strings.Repeat("länge", 20) // of more bytes than characters
		list := samplesOf(6)
		for i, texts := range [][3]string{{"", "", ""}, {"a", "", "c"}, {long, "b", long}, {long, long, long}, {"ä", long, "漢字"}, {strings.Repeat("x", 64), strings.Repeat("y", 64), strings.Repeat("z", 64)}} {
			list[i].Name, list[i].Email, list[i].Note = texts[0], texts[1], texts[2]
		}
		inBulk(t, db, Samples, list)
		s := session(t, db)
		read, err := orm.Select(Samples).OrderBy(Samples.ID.Asc()).All(t.Context(), s)
		must(t, err)
		for i, e := range read {
			same(t, "texts", [3]string{e.Name, e.Email, e.Note}, [3]string{list[i].Name, list[i].Email, list[i].Note})
		}
		db.forget()
		read[1].Email = "b"
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "update samples(email)", "COMMIT")
		weak := session(t, db, orm.Weakly())
		again, err := orm.Select(Samples).OrderBy(Samples.ID.Asc()).All(t.Context(), weak)
		must(t, err)
		same(t, "of a weak session", [3]string{again[1].Name, again[1].Email, again[1].Note}, [3]string{"a", "b", "c"})
		must(t, s.Close(t.Context()))
		must(t, weak.Close(t.Context()))
		if db.name == "memory" { // the columns of others refuse NULL
			run(t, db, "DROP TABLE samples")
			run(t, db, "CREATE TABLE samples (id, name, email, note, score, weight, active, created, payload, count)")
			run(t, db, "INSERT INTO samples VALUES (1, 'a', NULL, 'c', 1.5, 1.5, 1, '2026-11-22 01:02:03', x'00', 1)")
			var wrong *orm.EntityError
			if _, err := orm.Select(Samples).All(t.Context(), session(t, db)); !errors.As(err, &wrong) || wrong.Field != "Email" {
				t.Errorf("NULL in a text: %v", err)
			}
		}
	})
}
