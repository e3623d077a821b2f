package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

const loadRows, loadStop = 3000, 1700

var errLoad = errors.New("no more")

// onBulkWays runs a test on each server, and on MariaDB as if it were MySQL.
func onBulkWays(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	onServers(t, f)
	t.Run("MySQL's way", func(t *testing.T) { f(t, mySQL(t)) })
}

// While one statement of a bulk insert is under way the next one's rows are
// bound. What goes wrong there is told as anywhere else, leaves nothing behind,
// and the connection serves on.
func TestBindStopsInsideABulkInsert(t *testing.T) {
	onBulkWays(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_load")
		create(t, e, table)
		for name, stop := range map[string]func() error{
			"error": func() error { return errLoad },
			"panic": func() error { panic(errLoad) },
		} {
			b := newWordBatch(table, 0, loadRows, "id")
			bind := b.Bind
			b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
				if i == loadStop {
					if err := stop(); err != nil {
						return nil, err
					}
				}
				return bind(i, dst)
			}
			panicked, err := insertCaught(t, e, &b.InsertBatch)
			var row *engine.RowError
			if name == "panic" && panicked != errLoad || name == "error" && (!errors.As(err, &row) || row.Index != loadStop || !errors.Is(err, errLoad)) {
				t.Errorf("%s: %v, panic %v", name, err, panicked)
			}
			if n := countRows(t, e, table); n != 0 {
				t.Errorf("%s: %d rows stayed", name, n)
			}
		}
		b := newWordBatch(table, 0, loadRows, "id")
		insert(t, e, &b.InsertBatch)
		b.check(t, e, 0)
	})
}

func insertCaught(t *testing.T, e *engine.Engine, b *engine.InsertBatch) (panicked any, err error) {
	t.Helper()
	defer func() { panicked = recover() }()
	return nil, tryInsert(t, e, b)
}

// Large rows make statements of few rows, and what does not fit goes with the
// next one.
func TestBulkInsertOfLargeRows(t *testing.T) {
	onBulkWays(t, func(t *testing.T, e *engine.Engine) {
		table := schema.MustTable(schema.NewMetaData(), "engine_large",
			schema.NewColumn("id", big, schema.PrimaryKey()),
			schema.NewColumn("word", sqltype.String{Length: 40}, schema.NotNull()),
			schema.NewColumn("score", sqltype.Float{Bits: 64}),
			schema.NewColumn("made", sqltype.Integer{Bits: 32}, schema.NotNull(), schema.ServerDefaultValue(int32(7))),
			schema.NewColumn("payload", sqltype.Text{}))
		create(t, e, table)
		b := newWordBatch(table, 0, 700, "id")
		b.Columns = append(b.Columns, table.Column("payload"))
		b.Exprs = append(b.Exprs, nil)
		bind := b.Bind
		b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			dst, err := bind(i, dst)
			return append(dst, sqltype.TextValue(strings.Repeat("x", i%7*i%40_000))), err
		}
		insert(t, e, &b.InsertBatch)
		b.check(t, e, 0)
	})
}

func countRows(t *testing.T, e *engine.Engine, table *schema.Table) int {
	t.Helper()
	r, err := e.Query(t.Context(), expr.NewSelect(table.C("id")))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for r.Next() {
		n++
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}
