package driver

import (
	"context"
	"errors"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Copier is implemented by a Conn whose database takes rows by a protocol of
// its own, which returns nothing but their number.
type Copier interface {
	// Copy runs a statement that takes rows from the client. Where the database
	// would have to convert values it sends no row and returns ErrNoCopy.
	Copy(ctx context.Context, c Copy) (Result, error)
}

// Copy is one execution of a Copier.
type Copy struct {
	// SQL is the statement. Query is a query of the same columns, in order,
	// from which the driver learns how the database has them; it is not run.
	SQL, Query string
	// Types are those of the values of a row.
	Types []sqltype.Type
	// N is the number of rows.
	N int
	// Row appends the values of row i to dst. It is called once for each row,
	// in order, perhaps on another goroutine, and not after Copy has returned.
	// Its error ends the statement and is returned.
	Row func(i int, dst []sqltype.Value) ([]sqltype.Value, error)
}

// ErrNoCopy says that rows have to be sent as parameters of a statement.
var ErrNoCopy = errors.New("the columns are not of the types of the values")
