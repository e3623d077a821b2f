//go:build linux

package topologytest

import (
	"context"
	"errors"
	"io"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/internal/testdb/servers"
	"github.com/alkahest-go/alkahest/sqltype"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// own returns an empty set of servers, which is closed with the test.
func own(t *testing.T) *servers.Own {
	t.Helper()
	o, err := servers.NewOwn(t.Context(), testLog{t})
	must(t, err)
	t.Cleanup(func() {
		if err := o.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return o
}

// testLog hands lines to the test's log.
type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Log(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

var _ io.Writer = testLog{}

// started ends the test where a server could not be started: it skips by hand where programs are missing, and fails else.
func started(t *testing.T, product, env string, err error) {
	t.Helper()
	if errors.Is(err, servers.ErrMissing) {
		testdb.Missing(t, product, env, err)
	}
	must(t, err)
}

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

// paths are the ways in which ids are fetched on MariaDB and MySQL.
var paths = []string{"returning", "mysql"}

// open returns an engine of the path, which is closed with the test. The context of closing has an end, since a server may be gone.
func open(t testing.TB, path, address string, opts ...engine.Option) *engine.Engine {
	t.Helper()
	var e *engine.Engine
	var err error
	if path == "mysql" {
		e, err = openMySQL(address, opts)
	} else {
		e, err = engine.Open(context.Background(), address, opts...)
	}
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

func openMySQL(address string, opts []engine.Option) (*engine.Engine, error) {
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
	var o engine.Options
	for _, set := range opts {
		set(&o)
	}
	return engine.New(likeMySQL{mysql.Dialect}, connector, o), nil
}

// text is a statement whose text a test has made. Programs have expr.SQL, which takes constants only.
func text(sql string) expr.Statement {
	f := reflect.ValueOf(expr.SQL)
	v := reflect.ValueOf(sql).Convert(f.Type().In(0))
	return f.Call([]reflect.Value{v})[0].Interface().(expr.Statement)
}

func run(t testing.TB, x engine.Executor, sql string) {
	t.Helper()
	_, err := x.Exec(context.Background(), text(sql))
	must(t, err)
}

// each calls f for each row of a query.
func each(x engine.Executor, sql string, f func(row sqltype.Row)) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := x.Query(ctx, text(sql))
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		f(r.Row())
	}
	return r.Err()
}

// eventually asks until the answer is yes, and fails the test if that takes too long.
func eventually(t testing.TB, what string, ask func() bool) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for !ask() {
		if time.Now().After(deadline) {
			t.Fatalf("not within three minutes: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
