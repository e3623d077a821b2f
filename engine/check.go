package engine

import (
	"context"

	"github.com/alkahest-go/alkahest/sqltype"
)

// CheckValue refuses a value that this database can't hold in a column of type
// t, before anything is sent: NaN where there is none, a decimal that would
// lose digits.
func (t *Tx) CheckValue(_ context.Context, _ sqltype.Type, v sqltype.Value) error {
	if !t.MayRefuse(v.Kind()) {
		return nil
	}
	return t.l.server.refused(v)
}

// MayRefuse reports whether CheckValue refuses some values of the kind, so that
// others need not be asked.
func (t *Tx) MayRefuse(k sqltype.Kind) bool { return t.l.server.mayRefuse(k) }

// RowError is a failed row of a batch. What came before it in the batch may
// have been done, within the transaction.
type RowError struct {
	Index int
	Err   error
}

// Error gives the cause.
func (e *RowError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }
