// Package mattn connects SQLite through github.com/mattn/go-sqlite3, which
// needs cgo and a C compiler. It knows that driver's options and errors; it
// must not know the SQL that is run.
//
// The driver itself reads two column types in its own way before this package
// sees the value: in a BOOLEAN column every positive integer is true, and in a
// DATE, DATETIME or TIMESTAMP column a text that it cannot read becomes the
// zero time. The latter is refused here, and with it the first instant of the
// year 1.
package mattn

import (
	"context"
	"errors"

	sqldriver "database/sql/driver"

	"github.com/mattn/go-sqlite3"

	"github.com/alkahest-go/alkahest/dialect/sqlite/function"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/driver/stdsql"
)

type connector struct{ dsn string }

// Connect implements the driver.Connector of database/sql.
func (c connector) Connect(context.Context) (sqldriver.Conn, error) {
	return c.Driver().Open(c.dsn)
}

// Driver implements the driver.Connector of database/sql.
func (connector) Driver() sqldriver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: addFunctions}
}

// addFunctions gives the connection the functions that the dialect's SQL calls
// and SQLite does not have.
func addFunctions(c *sqlite3.SQLiteConn) error {
	regexp := func(pattern, text any) (any, error) { return function.Call(function.Regexp, pattern, text) }
	if err := c.RegisterFunc(function.Regexp, regexp, true); err != nil {
		return err
	}
	replace := func(text, pattern, with any) (any, error) {
		return function.Call(function.RegexpReplace, text, pattern, with)
	}
	return c.RegisterFunc(function.RegexpReplace, replace, true)
}

// New returns a connector to the database that cfg names.
func New(cfg storage.Config) (driver.Connector, error) {
	dsn, err := cfg.DSN()
	if err != nil {
		return nil, err
	}
	opts := Options()
	opts.Name, opts.SetUp = cfg.Options().Name, cfg.Options().SetUp
	return stdsql.New(connector{dsn}, opts), nil
}

// Options returns the adapter's options for connections of this driver, for
// stdsql.Wrap, WrapTx and WrapConn.
func Options() stdsql.Options {
	return stdsql.Options{
		CheckSQL: storage.OneStatement, Bind: storage.Bind, Convert: storage.Convert, MapError: mapError,
		InTx: inTx, CancelKeeps: true, ZeroTimeUnread: true,
	}
}

func inTx(c sqldriver.Conn) (in, known bool) {
	sc, ok := c.(*sqlite3.SQLiteConn)
	return ok && !sc.AutoCommit(), ok
}

func mapError(err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) {
		code := int(e.ExtendedCode)
		if code == 0 {
			code = int(e.Code)
		}
		return storage.Classify(code, e.Error(), err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return storage.Interrupted(err) // the engine is in this process: the statement has ended
	}
	return nil
}
