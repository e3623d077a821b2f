package ids_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/schema"
)

// crowdOut is a query that opens a table so often that all others leave the
// server's cache of opened tables, which has 2000 places unless configured
// otherwise.
func crowdOut() string {
	var text strings.Builder
	for i := range 60 {
		if i > 0 {
			text.WriteString(" UNION ALL ")
		}
		text.WriteString("SELECT 1 FROM ids_many t0")
		for j := range 50 {
			fmt.Fprintf(&text, ", ids_many t%d", j+1)
		}
	}
	return text.String()
}

// openings is rows that come and go with the server's opened tables. Generated
// ids are odd, and given ones even.
type openings struct {
	db    *database
	table *schema.Table
	flood string

	mu    sync.Mutex
	want  map[int64]bool
	wrong int
}

func (o *openings) note(ids ...int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range ids {
		if o.want[id] {
			o.wrong++
		}
		o.want[id] = true
	}
}

// write draws and gives ids, and crowds the tables out now and then.
func (o *openings) write(ctx context.Context, random *rand.Rand, even []int64) error {
	for _, id := range even {
		if random.IntN(12) == 0 {
			if err := execute(ctx, o.db, o.flood); err != nil {
				return err
			}
		}
		drawn := insertion(o.table, 1+random.IntN(7), []string{"tag"}, func(int, string) int64 { return 0 })
		if err := insert(ctx, o.db.inner, drawn); err != nil {
			return err
		}
		o.note(drawn.ids...)
		if err := tryGive(o.db, o.table, id); err != nil {
			return err
		}
		o.note(id)
	}
	return nil
}

// compare counts the ids that are not those of the rows.
func (o *openings) compare(t *testing.T) int {
	for _, id := range column(t, o.db, o.table, "id") {
		if !o.want[id] {
			o.wrong++
		}
		delete(o.want, id)
	}
	return o.wrong + len(o.want)
}

// A prepared INSERT finds its table and its sequence again after the server has
// closed both and used their memory for others.
func TestPreparedInsertsAfterTheServerClosedTheirTables(t *testing.T) {
	seed := soak.Seed(t)
	o := &openings{db: open(t, "mariadb"), flood: crowdOut(), want: map[int64]bool{}}
	m := schema.NewMetaData()
	o.table = keyed(m, "ids_opened", big, schema.NewSequence("ids_opened_s", schema.Increment(2)))
	must(t, o.db.CreateAll(t.Context(), m))
	run(t, o.db, "CREATE TABLE ids_many (a INT)")
	const writers = 8
	count := max(soak.Count(1600)/writers, 10)
	var wg sync.WaitGroup
	for w := range writers {
		even := make([]int64, count)
		for i := range even {
			even[i] = int64(2 * (w*count + i + 1))
		}
		wg.Go(func() {
			if err := o.write(t.Context(), rand.New(rand.NewPCG(seed, uint64(w))), even); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	rows := len(o.want)
	wrong := o.compare(t)
	if wrong > 0 {
		t.Errorf("%d of %d ids are not those of the rows", wrong, rows)
	}
	soak.Report(t, t.Name(), rows, wrong, seed)
}
