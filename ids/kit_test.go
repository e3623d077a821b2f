package ids_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/ids"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"

	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// products are the databases that the tests run on. mysql is MariaDB without
// what MySQL does not have.
var products = []string{"sqlite", "postgres15", "postgres18", "mariadb", "mysql"}

type inner = engine.Engine

// database is one of them, empty, of its own.
type database struct {
	*inner
	name string
}

// everywhere runs a test on each database.
func everywhere(t *testing.T, f func(t *testing.T, db *database)) {
	t.Helper()
	for _, name := range products {
		t.Run(name, func(t *testing.T) { f(t, open(t, name)) })
	}
}

func open(t testing.TB, name string) *database {
	t.Helper()
	switch name {
	case "sqlite":
		return &database{connect(t, "sqlite:///"+filepath.Join(t.TempDir(), "ids.db")), name}
	case "postgres15":
		return &database{connect(t, freshSchema(t, testdb.PG15(t))), name}
	case "postgres18":
		return &database{connect(t, freshSchema(t, testdb.PG18(t))), name}
	case "mariadb":
		return &database{connect(t, freshDatabase(t, testdb.MariaDB(t))), name}
	}
	return &database{likeMySQL(t, freshDatabase(t, testdb.MariaDB(t))), name}
}

func connect(t testing.TB, url string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), url)
	must(t, err)
	return closing(t, e)
}

func closing(t testing.TB, e *engine.Engine) *engine.Engine {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// mysqlDialect is MariaDB's without what MySQL does not have.
type mysqlDialect struct {
	dialect.Dialect
	dialect.Mover
}

func (d mysqlDialect) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := d.Dialect.Probe(ctx, q)
	c.Keys, c.Sequences, c.SequencesByName = dialect.KeysByLastInsertID, false, false
	return c, err
}

func (d mysqlDialect) Rules(c dialect.Capabilities) *compile.Rules {
	r := *d.Dialect.Rules(c)
	r.Returning = compile.ReturningSupport{}
	return &r
}

func likeMySQL(t testing.TB, url string) *engine.Engine {
	t.Helper()
	u, err := engine.ParseURL(url)
	must(t, err)
	c, err := gosqldriver.New(gosqldriver.Config{
		User: u.User(), Password: gosqldriver.Secret(u.Password()), Host: u.Host().Name, Port: u.Host().Port, Database: u.Database(),
	})
	must(t, err)
	mover, ok := mysql.Dialect.(dialect.Mover)
	if !ok {
		t.Fatal("MySQL's generators can't be moved on")
	}
	return closing(t, engine.New(mysqlDialect{mysql.Dialect, mover}, c, engine.Options{}))
}

var lastName atomic.Int64

func uniqueName() string { return fmt.Sprintf("ids_%d_%d", os.Getpid(), lastName.Add(1)) }

func freshSchema(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithOption("search_path", name).Reveal()
}

func freshDatabase(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name) })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithDatabase(name).Reveal()
}

// run executes a statement whose text a test has made. Programs have expr.SQL,
// which takes constants only.
func run(t testing.TB, x engine.Executor, text string) {
	t.Helper()
	must(t, execute(context.Background(), x, text))
}

func execute(ctx context.Context, x engine.Executor, text string) error {
	f := reflect.ValueOf(expr.SQL)
	v := reflect.ValueOf(text).Convert(f.Type().In(0))
	_, err := x.Exec(ctx, f.Call([]reflect.Value{v})[0].Interface().(expr.Statement))
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var big = sqltype.Integer{Bits: 64}

// rows is a batch of one table whose columns are all whole numbers.
type rows struct {
	engine.InsertBatch
	ids []int64 // of the column id, as they came back
}

// insertion returns a batch of n rows. The values of the columns are made by
// value, and the column id comes back.
func insertion(t *schema.Table, n int, columns []string, value func(i int, column string) int64) *rows {
	b := &rows{ids: make([]int64, n)}
	b.Table, b.N, b.Returning = t, n, []*schema.Column{t.Column("id")}
	for _, name := range columns {
		b.Columns = append(b.Columns, t.Column(name))
	}
	b.Exprs = make([]expr.Expression, len(columns))
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		for _, name := range columns {
			dst = append(dst, sqltype.Int64Value(value(i, name)))
		}
		return dst, nil
	}
	b.Store = func(i int, row sqltype.Row) error {
		b.ids[i] = row.Int64(0)
		return row.Err()
	}
	if slices.Contains(columns, "id") {
		b.Returning, b.Store = nil, nil
	}
	return b
}

// insert inserts the batches in one transaction.
func insert(ctx context.Context, db *engine.Engine, bs ...*rows) error {
	return db.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		for _, b := range bs {
			if err := tx.Insert(ctx, &b.InsertBatch); err != nil {
				return err
			}
		}
		return nil
	})
}

// column reads all values of a column, on another connection than those that
// are busy.
func column(t testing.TB, x engine.Executor, table *schema.Table, name string) []int64 {
	t.Helper()
	col := table.Column(name)
	all, err := engine.Collect[int64](context.Background(), x, expr.NewSelect(col.Ref()).From(table).OrderBy(expr.Order{X: col.Ref()}))
	must(t, err)
	return all
}

// idsAdvance advances the generator of the column id.
func idsAdvance(t testing.TB, db *database, table *schema.Table) (ids.Advanced, error) {
	t.Helper()
	return ids.AdvanceColumn(t.Context(), db.inner, table.Column("id"))
}
