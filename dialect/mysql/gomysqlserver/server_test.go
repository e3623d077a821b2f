// Package gomysqlserver_test runs MySQL's syntax on a server that speaks it,
// within the process: github.com/dolthub/go-mysql-server, which is not MySQL.
package gomysqlserver_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/sirupsen/logrus"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// port is where the server listens for all tests.
var port int

func TestMain(m *testing.M) {
	stop, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gomysqlserver:", err)
		os.Exit(1)
	}
	status := m.Run()
	stop()
	os.Exit(status)
}

func start() (stop func(), err error) {
	logrus.SetOutput(io.Discard)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port = listener.Addr().(*net.TCPAddr).Port
	databases := memory.NewDBProvider(memory.NewDatabase("main"))
	config := server.Config{Protocol: "tcp", Address: listener.Addr().String(), Listener: listener}
	s, err := server.NewServer(config, sqle.NewDefault(databases), sql.NewContext, memory.NewSessionBuilder(databases), nil)
	if err != nil {
		return nil, err
	}
	go s.Start()
	return func() { s.Close() }, nil
}

// server8 is MySQL without what this server lacks.
type server8 struct{ dialect.Dialect }

// Probe implements dialect.Dialect.
func (d server8) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := d.Dialect.Probe(ctx, q)
	c.Savepoints.None = true // "savepoints are not supported in memory sessions"
	return c, err
}

var databases atomic.Int64

// open makes an engine over a database of its own.
func open(t *testing.T, o engine.Options) *engine.Engine {
	t.Helper()
	name := "test_" + strconv.FormatInt(databases.Add(1), 10)
	run(t, connect(t, "main", engine.Options{}), "CREATE DATABASE "+name)
	return connect(t, name, o)
}

func connect(t *testing.T, name string, o engine.Options) *engine.Engine {
	t.Helper()
	connector, err := gosqldriver.New(gosqldriver.Config{User: "root", Host: "127.0.0.1", Port: port, Database: name})
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(server8{mysql.Dialect}, connector, o)
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// statement is SQL that a test makes.
type statement string

// AppendKey implements expr.Node.
func (s statement) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String(string(s))
}

// Verb implements expr.Statement.
func (statement) Verb() expr.Verb { return expr.VerbText }

// Render implements compile.Renderer.
func (s statement) Render(c *compile.Compiler) { c.Text(string(s)) }

func run(t *testing.T, e *engine.Engine, sql string) {
	t.Helper()
	if _, err := e.Exec(t.Context(), statement(sql)); err != nil {
		t.Fatal(err)
	}
}
