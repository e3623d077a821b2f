package ids_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/ids"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/schema"
)

// kind is one way in which a column is filled. The column is not unique, so
// that a value that is given twice is seen.
type kind struct {
	name   string
	step   int64
	tables int
	opts   func() []schema.Option
	only   string // products whose names begin so, "": all
}

func sequence(name, schemaName string, opts ...schema.SequenceOption) func() []schema.Option {
	return func() []schema.Option {
		s := schema.NewSequence(name, opts...)
		s.Schema = schemaName
		return []schema.Option{s}
	}
}

var kinds = []kind{
	{name: "identity", step: 1, tables: 1, opts: func() []schema.Option { return []schema.Option{schema.NewIdentity()} }},
	{name: "identity by 3", step: 3, tables: 1, opts: func() []schema.Option {
		return []schema.Option{schema.NewIdentity(schema.Start(10), schema.Increment(3))}
	}},
	{name: "sequence", step: 1, tables: 1, opts: sequence("ids_s1", "")},
	{name: "sequence by 5", step: 5, tables: 1, opts: sequence("ids_s5", "", schema.Start(100), schema.Increment(5))},
	{name: "descending", step: -2, tables: 1, opts: sequence("ids_down", "", schema.Start(-1), schema.Increment(-2))},
	{name: "shared", step: 1, tables: 2, opts: sequence("ids_shared", "")},
	{name: "shared, descending", step: -1, tables: 2, opts: sequence("ids_shared_down", "", schema.Increment(-1))},
	{name: "cached", step: 1, tables: 1, opts: sequence("ids_cached", "", schema.Cache(20)), only: "postgres,mariadb"},
	{name: "cached, shared, by 5", step: 5, tables: 2, opts: sequence("ids_cached5", "", schema.Cache(7), schema.Increment(5)), only: "postgres,mariadb"},
	{name: "in another schema", step: 1, tables: 1, opts: sequence("ids_other", "ids_other_schema"), only: "postgres"},
	{name: "as a server default", step: 1, tables: 1, only: "postgres", opts: func() []schema.Option {
		return []schema.Option{schema.ServerDefault(defaultSequence.Next())}
	}},
}

var defaultSequence = schema.NewSequence("ids_default")

func (k *kind) runsOn(product string) bool {
	for _, prefix := range strings.Split(k.only, ",") {
		if strings.HasPrefix(product, prefix) {
			return true
		}
	}
	return false
}

func (k *kind) create(t *testing.T, db *database) []*schema.Table {
	t.Helper()
	m := schema.NewMetaData()
	var tables []*schema.Table
	for i := range k.tables {
		opts := append(k.opts(), schema.NotNull())
		tables = append(tables, schema.MustTable(m, fmt.Sprintf("ids_rows%d", i),
			schema.NewColumn("k", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)),
			schema.NewColumn("id", big, opts...), schema.NewColumn("given", big, schema.NotNull())))
	}
	if k.name == "as a server default" {
		must(t, m.AddSequence(defaultSequence))
	}
	if k.name == "in another schema" {
		run(t, db, "DROP SCHEMA IF EXISTS ids_other_schema CASCADE")
		run(t, db, "CREATE SCHEMA ids_other_schema")
		t.Cleanup(func() { run(t, db, "DROP SCHEMA ids_other_schema CASCADE") })
	}
	must(t, db.CreateAll(t.Context(), m))
	return tables
}

// race is writers of one kind beside each other.
type race struct {
	db     *database
	k      *kind
	tables []*schema.Table
	key    atomic.Int64
	last   atomic.Int64 // of what was drawn

	mu    sync.Mutex
	drawn map[int64]int
	total int
	twice int
}

// draw inserts n rows with generated ids, and notes those.
func (r *race) draw(ctx context.Context, table *schema.Table, n int) error {
	b := insertion(table, n, []string{"k", "given"}, func(_ int, column string) int64 {
		if column == "k" {
			return r.key.Add(1)
		}
		return 0
	})
	if err := insert(ctx, r.db.inner, b); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range b.ids {
		if r.drawn[id]++; r.drawn[id] > 1 {
			r.twice++
		}
		r.total++
	}
	r.last.Store(b.ids[n-1])
	return nil
}

// give inserts a row with an id that lies ahead of the generator.
func (r *race) give(ctx context.Context, table *schema.Table, ahead int64) (int64, error) {
	id := r.last.Load() + ahead*r.k.step
	b := insertion(table, 1, []string{"k", "id", "given"}, func(_ int, column string) int64 {
		switch column {
		case "k":
			return r.key.Add(1)
		case "id":
			return id
		}
		return 1
	})
	return id, insert(ctx, r.db.inner, b)
}

// writers draws count ids, by 8 writers one row or many at a time, while two
// others give ids of their own and one advances.
func (r *race) writers(t *testing.T, count int, seed uint64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var writing, beside sync.WaitGroup
	for w := range 8 {
		writing.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			for left := count / 8; left > 0; {
				n := 1
				if w%2 == 1 {
					n = min(left, 30+random.IntN(60))
				}
				if err := r.draw(t.Context(), r.tables[random.IntN(len(r.tables))], n); err != nil {
					t.Error(err)
					return
				}
				left -= n
			}
		})
	}
	until := func(f func(random *rand.Rand) error, stream uint64) {
		beside.Go(func() {
			random := rand.New(rand.NewPCG(seed, stream))
			for ctx.Err() == nil {
				if err := f(random); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range uint64(2) {
		until(func(random *rand.Rand) error {
			_, err := r.give(t.Context(), r.tables[random.IntN(len(r.tables))], 1+random.Int64N(30))
			return err
		}, 100+i)
	}
	until(func(*rand.Rand) error {
		_, err := ids.AdvanceColumn(t.Context(), r.db.inner, r.tables[0].Column("id"))
		return err
	}, 200)
	writing.Wait()
	stop()
	beside.Wait()
}

// collide gives ids right ahead of the generator, advances, and draws: none of
// what is drawn may be there already. It returns how many are.
func (r *race) collide(t *testing.T) (collisions int) {
	t.Helper()
	for ahead := range int64(40) {
		_, err := r.give(t.Context(), r.tables[ahead%int64(len(r.tables))], ahead+1)
		must(t, err)
	}
	a, err := ids.AdvanceColumn(t.Context(), r.db.inner, r.tables[0].Column("id"))
	must(t, err)
	if len(a.Columns) != len(r.tables) || (a.New-a.Old)*r.k.step < 0 || (a.New-a.Old)%r.k.step != 0 {
		t.Errorf("got %+v of a generator by %d of %d tables", a, r.k.step, len(r.tables))
	}
	there := map[int64]bool{}
	for _, table := range r.tables {
		for _, id := range column(t, r.db, table, "id") {
			there[id] = true
		}
	}
	before := r.total
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for _, n := range []int{1, 40} {
				if err := r.draw(t.Context(), r.tables[w%len(r.tables)], n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if r.total-before != 8*41 {
		t.Errorf("drew %d ids, want %d", r.total-before, 8*41)
	}
	for id := range there {
		if r.drawn[id] > 1 || r.drawn[id] == 1 && beyond(id, a.New, r.k.step) {
			collisions++
		}
	}
	return collisions
}

func beyond(id, next, step int64) bool { return (id-next)*step >= 0 }

// Advance in a loop beside 8 writers of generated ids and 2 of their own: no
// value is given twice, and none that was there when Advance began.
func TestAdvanceBesideWriters(t *testing.T) {
	count := max(soak.Count(20_000), 800)
	everywhere(t, func(t *testing.T, db *database) {
		for _, k := range kinds {
			if !k.runsOn(db.name) {
				continue
			}
			t.Run(k.name, func(t *testing.T) {
				seed := soak.Seed(t)
				r := &race{db: db, k: &k, drawn: map[int64]int{}}
				r.tables = k.create(t, db)
				defer func() { must(t, db.DropAll(context.Background(), r.tables[0].MetaData())) }()
				r.writers(t, count, seed)
				collisions := r.collide(t)
				if r.twice > 0 || collisions > 0 {
					t.Errorf("%d values were given twice, and %d were there already", r.twice, collisions)
				}
				soak.Report(t, t.Name(), r.total, r.twice+collisions, seed)
			})
		}
	})
}
