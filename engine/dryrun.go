package engine

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// DryRun returns an engine without a database: send is told each text that one
// would get, with its values, BEGIN and COMMIT too, and every query has no rows.
// CreateAll writes what an empty database needs, and DropAll WithoutLooking what
// drops all. c is what the server is taken to be able to do, such as the
// dialect package's Assume. What the dialect refuses is refused here as well;
// work that needs answers, such as the ids of inserted objects, fails. send is
// called by one goroutine at a time for each connection; args are valid until
// it returns.
func DryRun(d dialect.Dialect, c Capabilities, send func(sql string, args []sqltype.Value), o Options) *Engine {
	return New(dryDialect{Dialect: d, caps: c}, dryConnector{d.Name(), send}, o)
}

// WriteStatements returns a function for DryRun that writes a script: each text
// with a semicolon, and its values as a comment. What w can't take is lost.
func WriteStatements(w io.Writer) func(sql string, args []sqltype.Value) {
	return func(sql string, args []sqltype.Value) {
		if len(args) > 0 {
			fmt.Fprintf(w, "%s; -- %s\n", sql, strings.Join(revealed(args), ", "))
			return
		}
		fmt.Fprintf(w, "%s;\n", sql)
	}
}

// dryDialect is a dialect whose server says what it was taken to say.
type dryDialect struct {
	dialect.Dialect
	caps Capabilities
}

// Probe implements dialect.Dialect.
func (d dryDialect) Probe(context.Context, dialect.Querier) (Capabilities, error) { return d.caps, nil }

// Existing implements dialect.Dialect: nothing is there.
func (dryDialect) Existing(context.Context, dialect.Querier, *schema.MetaData) (*dialect.Existing, error) {
	return &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}, nil
}

type dryConnector struct {
	name string
	send func(sql string, args []sqltype.Value)
}

// Connect implements driver.Connector.
func (k dryConnector) Connect(context.Context, driver.Role) (driver.Conn, error) {
	return &dryConn{send: k.send}, nil
}

// String implements driver.Connector.
func (k dryConnector) String() string { return "a dry run of " + k.name }

type dryConn struct {
	send func(sql string, args []sqltype.Value)
	inTx bool
}

// Prepare implements driver.Conn.
func (c *dryConn) Prepare(_ context.Context, sql string, _ []sqltype.Type) (driver.Stmt, error) {
	return dryStmt{c, sql}, nil
}

// Exec implements driver.Conn.
func (c *dryConn) Exec(_ context.Context, sql string) (driver.Result, error) {
	c.told(sql, nil)
	return driver.Result{}, nil
}

// told keeps the state of the transaction by the words that begin and end one
// on any product.
func (c *dryConn) told(sql string, args []sqltype.Value) {
	c.send(sql, args)
	switch word := firstWord(sql); {
	case word == "BEGIN" || word == "START" || strings.HasPrefix(sql, "SET TRANSACTION"):
		c.inTx = true
	case word == "COMMIT", word == "ROLLBACK" && !strings.Contains(sql, " T"): // TO SAVEPOINT, TRANSACTION name
		c.inTx = false
	}
}

// Batch implements driver.Conn.
func (c *dryConn) Batch(_ context.Context, items []driver.Item, deliver func(i int, rows driver.Rows) error) error {
	for i, item := range items {
		if s, ok := item.Stmt.(dryStmt); ok {
			c.told(s.sql, item.Args)
		} else {
			c.told(item.SQL, nil)
		}
		if err := deliver(i, dryRows{}); err != nil {
			return err
		}
	}
	return nil
}

// Ping implements driver.Conn.
func (c *dryConn) Ping(context.Context) error { return nil }

// InTx implements driver.Conn.
func (c *dryConn) InTx() bool { return c.inTx }

// Reset implements driver.Conn.
func (c *dryConn) Reset(context.Context) error { return nil }

// Broken implements driver.Conn.
func (c *dryConn) Broken() bool { return false }

// Close implements driver.Conn.
func (c *dryConn) Close(context.Context) error { return nil }

// Raw implements driver.Conn.
func (c *dryConn) Raw() any { return nil }

type dryStmt struct {
	c   *dryConn
	sql string
}

// Exec implements driver.Stmt.
func (s dryStmt) Exec(_ context.Context, args []sqltype.Value) (driver.Result, error) {
	s.c.told(s.sql, args)
	return driver.Result{}, nil
}

// Query implements driver.Stmt.
func (s dryStmt) Query(_ context.Context, args []sqltype.Value) (driver.Rows, error) {
	s.c.told(s.sql, args)
	return dryRows{}, nil
}

// Close implements driver.Stmt.
func (s dryStmt) Close(context.Context) error { return nil }

// dryRows are no rows; Row is never asked.
type dryRows struct{ sqltype.Row }

// Columns implements driver.Rows.
func (dryRows) Columns() []driver.Column { return nil }

// Next implements driver.Rows.
func (dryRows) Next() bool { return false }

// Close implements driver.Rows.
func (dryRows) Close() error { return nil }

// Err implements sqltype.Row.
func (dryRows) Err() error { return nil }

// Result implements driver.Rows.
func (dryRows) Result() driver.Result { return driver.Result{} }
