// Package moderncsql connects SQLite through the database/sql driver of
// modernc.org/sqlite. It is slower than package modernc, which uses the same
// engine without database/sql, and is for programs that already have that
// driver's connections. It knows the driver's options and errors; it must not
// know the SQL that is run.
//
// A statement whose context ends is interrupted, and the connection is given
// up: the driver does not tell whether the interruption ended the transaction.
package moderncsql

import (
	"errors"

	"modernc.org/sqlite"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/driver/stdsql"

	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
)

// New returns a connector to the database that cfg names.
func New(cfg storage.Config) (driver.Connector, error) {
	dsn, err := cfg.DSN()
	if err != nil {
		return nil, err
	}
	addFunctions()
	base, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	opts := Options()
	opts.Name, opts.SetUp = cfg.Options().Name, cfg.Options().SetUp
	return stdsql.New(base, opts), nil
}

// Options returns the adapter's options for connections of this driver, for
// stdsql.Wrap, WrapTx and WrapConn.
func Options() stdsql.Options {
	return stdsql.Options{CheckSQL: storage.OneStatement, Bind: storage.Bind, Convert: storage.Convert, MapError: mapError}
}

func mapError(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	return storage.Classify(e.Code(), e.Error(), err)
}
