package orm_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

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

type shelf struct {
	ID    int64
	Name  string
	Books orm.Many[volume]
}

type shelfTable struct {
	orm.Table[shelf]
	ID    schema.Int64
	Name  schema.Text
	Books orm.HasMany[shelf, volume]
}

type volume struct {
	ID      int64
	ShelfID int64
	Title   string
	Pages   int64
}

type volumeTable struct {
	orm.Table[volume]
	ID      schema.Int64
	ShelfID schema.Int64
	Title   schema.Text
	Pages   schema.Int64
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
	Shelves = orm.Declare(speedBase, "shelves", shelfTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Name: schema.String(100),
	})
	Volumes = orm.Declare(speedBase, "volumes", volumeTable{
		ID:      schema.BigInteger(schema.PrimaryKey()),
		ShelfID: schema.BigInteger(schema.ForeignKey("shelves.id"), schema.Indexed()),
		Title:   schema.String(100),
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

// shelvesOf are n shelves of ten volumes each, whose keys come in an order that is
// neither theirs nor that of the shelves.
func shelvesOf(n int) (list []*shelf, volumes []*volume) {
	for i := range n {
		list = append(list, &shelf{ID: int64(i) + 1, Name: fmt.Sprintf("shelf %d", i)})
	}
	for i := range 10 * n {
		volumes = append(volumes, &volume{ID: int64(i*7919%(10*n)) + 1, ShelfID: int64(i*31%n) + 1, Title: fmt.Sprintf("title %d", i), Pages: int64(i)})
	}
	return list, volumes
}

// A reading allocates little: what is counted is what the garbage collector has to
// do for each row, of which a driver has its own share.
func TestReadsAllocateLittle(t *testing.T) {
	limits := map[string]struct{ get, page, row, eager float64 }{
		"file":       {get: 12, page: 430, row: 4, eager: 1.2},
		"postgres15": {get: 12, page: 430, row: 4, eager: 1.2},
		"mariadb":    {get: 30, page: 1350, row: 13.2, eager: 5.9},
	}
	for name, limit := range limits {
		on(t, []string{name}, speedBase, func(t *testing.T, db *database) {
			const n, parents = 10_000, 1000
			inBulk(t, db, Samples, samplesOf(n))
			list, volumes := shelvesOf(parents)
			inBulk(t, db, Shelves, list)
			inBulk(t, db, Volumes, volumes)
			plain := connect(t, db.url) // nobody listens to it
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
				if t.Logf("%s: %.2f allocations, %.2f are allowed", what, got, want); got > want {
					t.Errorf("%s: %.2f allocations, want %.2f at most", what, got, want)
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
			check("eager", read(3, func(s *orm.Session) error {
				_, err := orm.Select(Shelves).OrderBy(Shelves.ID.Asc()).With(Shelves.Books).All(ctx, s)
				return err
			})/(11*parents), limit.eager)
		})
	}
}

// What belongs to many is in its order, whichever way its keys lie in the database,
// by as few statements as the database takes well.
func TestManyAreInTheirOrder(t *testing.T) {
	everywhere(t, speedBase, func(t *testing.T, db *database) {
		const n = 1203
		list, volumes := shelvesOf(n)
		inBulk(t, db, Shelves, list)
		inBulk(t, db, Volumes, volumes)
		want := map[int64][]int64{}
		for _, v := range volumes {
			want[v.ShelfID] = append(want[v.ShelfID], v.ID)
		}
		for _, ids := range want {
			slices.Sort(ids)
		}
		for _, limit := range []int{1, 499, 501, 733, 1000, 1001, n} {
			for what, with := range map[string]orm.Loader[shelf]{
				"its own order": Shelves.Books, "by key": Shelves.Books.OrderBy(Volumes.ID.Asc()), "backwards": Shelves.Books.OrderBy(Volumes.ID.Desc()),
			} {
				q := orm.Select(Shelves).OrderBy(Shelves.ID.Asc()).Limit(limit).With(with)
				for _, q := range []orm.Query[shelf]{q, q.NoTrack()} {
					db.forget()
					s := session(t, db)
					read, err := q.All(t.Context(), s)
					must(t, err)
					same(t, "shelves", len(read), limit)
					if sent := len(db.statements()); sent > 4 {
						t.Errorf("%d shelves %s: %d statements", limit, what, sent)
					}
					for _, sh := range read {
						books, err := sh.Books.All()
						must(t, err)
						ids := make([]int64, len(books))
						for i, b := range books {
							ids[i] = b.ID
						}
						if what == "backwards" {
							slices.Reverse(ids)
						}
						if !slices.Equal(ids, want[sh.ID]) {
							t.Fatalf("%d shelves %s: shelf %d has %v, want %v", limit, what, sh.ID, ids, want[sh.ID])
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
		list, volumes := shelvesOf(40)
		inBulk(t, db, Shelves, list)
		inBulk(t, db, Volumes, volumes)
		s := session(t, db)
		read, err := orm.Select(Shelves).OrderBy(Shelves.ID.Asc()).With(Shelves.Books).All(t.Context(), s)
		must(t, err)
		for _, sh := range slices.Backward(read) {
			books, err := sh.Books.All()
			must(t, err)
			for _, b := range slices.Backward(books) {
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
