//go:build linux

package topologytest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Row is known by its word.
type Row struct {
	ID   int64
	Word string
}

type rowTable struct {
	orm.Table[Row]
	ID   schema.Int64
	Word schema.Text
}

// Noted is a Row of which the database tells more than its id.
type Noted struct {
	ID   int64
	Word string
	Made int32
}

type notedTable struct {
	orm.Table[Noted]
	ID   schema.Int64
	Word schema.Text
	Made schema.Int32
}

// made is the server's default.
const made = 7

var (
	base = orm.NewBase()
	rows = orm.Declare(base, "topo_rows", rowTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Word: schema.String(60, schema.Unique()),
	})
	_ = orm.Declare(base, "topo_noted", notedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Word: schema.String(60, schema.Unique()),
		Made: schema.Integer(schema.ServerDefaultValue(int32(made)), schema.ZeroIsUnset()),
	})
	tables = []string{"topo_rows", "topo_noted"}
)

// Counter is one row that writers of all nodes change, so that they get in each other's way.
type Counter struct {
	ID int64
	N  int64
}

type counterTable struct {
	orm.Table[Counter]
	ID schema.Int64
	N  schema.Int64
}

var _ = orm.Declare(base, "topo_counter", counterTable{
	ID: schema.BigInteger(schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), N: schema.BigInteger(),
})

// entry is a row as the program believes that it is.
type entry struct {
	table int // of tables
	word  string
	id    int64
	void  bool // no object stands for it, from which the id could be taken back
}

// ledger is what the writers believe about the database.
type ledger struct {
	mu        sync.Mutex
	committed []entry
	unknown   []entry // COMMIT was sent and its reply lost
	undone    []entry // rolled back, or refused
	batches   int
	refused   map[string]int // by error
	replayed  int            // runs of a transaction after its first
	counted   [2]int         // how often Counter was raised: certainly, and perhaps
	wrong     []string       // of what the program holds after an error or rollback
}

func (l *ledger) add(list *[]entry, entries []entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*list = append(*list, entries...)
	l.batches++
}

// tally counts what a batch did besides its rows.
func (l *ledger) tally(b *batch, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replayed += b.runs - 1
	switch {
	case err == nil:
		l.counted[0] += b.counts
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		l.counted[1] += b.counts
	}
}

func (l *ledger) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused == nil {
		l.refused = map[string]int{}
	}
	l.refused[kind(err)]++
	var dead *driver.ConnError
	if !sqlerr.Retryable(err) && !errors.Is(err, sqlerr.ErrOutcomeUnknown) && !errors.As(err, &dead) {
		l.wrong = append(l.wrong, "an error that is no answer to a server that goes or a neighbour in the way: "+err.Error())
	}
}

func (l *ledger) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

// kind is an error's text without what differs from one case to the next.
func kind(err error) string {
	text, _, _ := strings.Cut(err.Error(), " [SQL:")
	var db *sqlerr.DatabaseError
	text = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '#'
		}
		return r
	}, text)
	if errors.As(err, &db) {
		text = db.Code + ": " + text
	}
	return text[:min(len(text), 200)]
}

// look compares the ledger with the rows, which x reads, and returns how many are wrong.
func (l *ledger) look(t *testing.T, x engine.Executor) (wrong int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	found := make([]map[string]int64, len(tables))
	for i, table := range tables {
		found[i] = map[string]int64{}
		must(t, each(x, "SELECT id, word FROM "+table+" WHERE word NOT LIKE '"+neighbour+"%'", func(row sqltype.Row) { found[i][string(row.Text(1))] = row.Int64(0) }))
	}
	owner := make([]map[int64]string, len(tables))
	for i := range owner {
		owner[i] = map[int64]string{}
	}
	faults := slices.Clone(l.wrong)
	for _, e := range l.committed {
		if id, ok := found[e.table][e.word]; !ok || id != e.id {
			faults = append(faults, fmt.Sprintf("%s of %s: the object has id %d, its row %d (found: %v)", e.word, tables[e.table], e.id, id, ok))
		}
		if other, twice := owner[e.table][e.id]; twice {
			faults = append(faults, fmt.Sprintf("id %d of %s is on %s and on %s", e.id, tables[e.table], other, e.word))
		}
		owner[e.table][e.id] = e.word
		delete(found[e.table], e.word)
	}
	for _, e := range l.unknown {
		if id, ok := found[e.table][e.word]; ok && id != e.id {
			faults = append(faults, fmt.Sprintf("%s of %s, whose outcome was unknown: the object had id %d, its row %d", e.word, tables[e.table], e.id, id))
		}
		delete(found[e.table], e.word)
	}
	for i, left := range found {
		for word, id := range left {
			faults = append(faults, fmt.Sprintf("%s with id %d of %s is there, and nobody believes so", word, id, tables[i]))
		}
	}
	if l.counted != [2]int{} {
		n := -1
		must(t, each(x, "SELECT n FROM topo_counter", func(row sqltype.Row) { n = int(row.Int64(0)) }))
		if n < l.counted[0] || n > l.counted[0]+l.counted[1] {
			faults = append(faults, fmt.Sprintf("the counter is %d after %d certain and %d uncertain commits", n, l.counted[0], l.counted[1]))
		}
	}
	l.wrong = nil
	for i, f := range faults {
		if i == 20 {
			t.Errorf("and %d more", len(faults)-i)
			break
		}
		t.Error(f)
	}
	return len(faults)
}

// report tells what came of all batches, of which so many were wrong.
func (l *ledger) report(t *testing.T, name string, wrong int, seed uint64) {
	t.Helper()
	soak.Report(t, name, l.batches, wrong, seed)
	t.Logf("%d batches, %d rows committed, %d of unknown outcome, %d undone; %d replays", l.batches, len(l.committed), len(l.unknown), len(l.undone), l.replayed)
	for _, text := range slices.Sorted(maps.Keys(l.refused)) {
		t.Logf("%d times: %s", l.refused[text], text)
	}
}

// neighbour begins the words of rows that are not in the ledger.
const neighbour = "neighbour "
