package mattn

import (
	"context"
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

var update = flag.Bool("update", false, "write the lists of skipped tests")

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) FROM n"

var product = dialecttest.Product{
	LogInserts: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_log_inserts AFTER INSERT ON dt_item BEGIN
	INSERT INTO dt_log (note) VALUES (NEW.note); END`)},
	UnlogInserts: []expr.Statement{expr.SQL("DROP TRIGGER dt_log_inserts")},
	SlowRead:     expr.SQL(endless),
	SlowInsert: expr.SQL(`INSERT INTO dt_slow (id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000)
	SELECT min(1, count(*)) FROM n`),
}

// lacks is what the driver's SQLite is built without.
var lacks = map[string]string{
	"operators/power":       "needs the build tag sqlite_math_functions",
	"operators/square root": "needs the build tag sqlite_math_functions",
}

func TestConformance(t *testing.T) {
	for name, path := range map[string]func(t *testing.T) string{
		"memory": func(*testing.T) string { return storage.Memory },
		"file":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "test.db") },
	} {
		t.Run(name, func(t *testing.T) {
			dialecttest.Run(t, dialecttest.Target{
				Name: "sqlite-mattn-" + name, Product: product, Skips: filepath.Join("testdata", name+".txt"), Update: *update, Least: 300, Except: lacks,
				Open: func(t *testing.T, o engine.Options) *engine.Engine { return open(t, path(t), o) },
			})
		})
	}
}

func open(t *testing.T, path string, o engine.Options) *engine.Engine {
	t.Helper()
	connector, err := New(storage.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(sqlite.Dialect, connector, o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return e
}
