package crowd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// likeMySQL is MariaDB without what MySQL does not have.
type likeMySQL struct{ dialect.Dialect }

// Probe implements dialect.Dialect.
func (d likeMySQL) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := d.Dialect.Probe(ctx, q)
	c.Keys, c.Sequences, c.SequencesByName = dialect.KeysByLastInsertID, false, false
	return c, err
}

// Rules implements dialect.Dialect.
func (d likeMySQL) Rules(c dialect.Capabilities) *compile.Rules {
	r := *d.Dialect.Rules(c)
	r.Returning = compile.ReturningSupport{}
	return &r
}

// connect returns an engine with fewer connections than a process has
// goroutines.
func connect(ctx context.Context, product, address string) (*engine.Engine, error) {
	o := engine.Options{PoolSize: 6, Overflow: 4, PoolTimeout: 5 * time.Minute}
	if product != "mysql" {
		return engine.Open(ctx, address, engine.WithOptions(o))
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	config, err := gosqldriver.ParseConfig(u)
	if err != nil {
		return nil, err
	}
	connector, err := gosqldriver.New(config)
	if err != nil {
		return nil, err
	}
	return engine.New(likeMySQL{mysql.Dialect}, connector, o), nil
}

// fresh returns the URL of an empty database of the product.
func fresh(t *testing.T, product string) string {
	t.Helper()
	name := fmt.Sprintf("crowd_%s_%d", product, rand.Uint32())
	switch product {
	case "sqlite":
		return "sqlite:///" + filepath.Join(t.TempDir(), "crowd.db") + "?busy_timeout=300000"
	case "postgres15":
		return freshSchema(t, testdb.PG15(t), name)
	case "postgres18":
		return freshSchema(t, testdb.PG18(t), name)
	}
	server := testdb.MariaDB(t)
	admin := open(t, "mariadb", server)
	run(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name) })
	return parse(t, server).WithDatabase(name).Reveal()
}

func freshSchema(t *testing.T, server, name string) string {
	t.Helper()
	admin := open(t, "postgres", server)
	run(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	return parse(t, server).WithOption("search_path", name).Reveal()
}

func parse(t *testing.T, address string) *engine.URL {
	t.Helper()
	u, err := engine.ParseURL(address)
	must(t, err)
	return u
}

func open(t *testing.T, product, address string) *engine.Engine {
	t.Helper()
	e, err := connect(t.Context(), product, address)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// run runs a statement whose text the test has made. Programs have expr.SQL,
// which takes constants only.
func run(t *testing.T, e *engine.Engine, text string) {
	t.Helper()
	f := reflect.ValueOf(expr.SQL)
	v := reflect.ValueOf(text).Convert(f.Type().In(0))
	_, err := e.Exec(context.Background(), f.Call([]reflect.Value{v})[0].Interface().(expr.Statement))
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
