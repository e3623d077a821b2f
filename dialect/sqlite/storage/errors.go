package storage

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/sqlerr"
)

// Result codes, https://www.sqlite.org/rescode.html.
const (
	codeBusy         = 5
	codeLocked       = 6
	codeReadOnly     = 8
	codeInterrupt    = 9
	codeConstraint   = 19
	codeBusySnapshot = 517
)

var constraintKinds = map[int]sqlerr.ConstraintKind{
	2067: sqlerr.Unique, 1555: sqlerr.PrimaryKey, 2579: sqlerr.PrimaryKey,
	787: sqlerr.ForeignKey, 1299: sqlerr.NotNull, 275: sqlerr.Check,
}

// trigger and datatype are constraint codes without a constraint: what a
// trigger RAISEd, and the types of a STRICT table.
const (
	codeTrigger  = 1811
	codeDatatype = 3091
)

// Classify turns an extended result code and SQLite's message into an error of
// package sqlerr that wraps err. The class comes from the code; the message
// gives names only.
func Classify(code int, message string, err error) error {
	db := &sqlerr.DatabaseError{Code: strconv.Itoa(code), Message: message, Err: err}
	switch {
	case code == codeBusySnapshot:
		return fmt.Errorf("%w: %w", sqlerr.ErrSerialization, db)
	case code == codeTrigger || code == codeDatatype:
		return db
	case code&0xff == codeConstraint:
		return constraint(code, message, err)
	case code&0xff == codeBusy || code&0xff == codeLocked:
		return fmt.Errorf("%w: %w", sqlerr.ErrLockTimeout, db)
	case code&0xff == codeReadOnly:
		return fmt.Errorf("%w: %w", sqlerr.ErrReadOnly, db)
	}
	return db
}

// Interrupted is the answer to a statement that was stopped.
func Interrupted(err error) error { return Classify(codeInterrupt, "interrupted", err) }

func constraint(code int, message string, err error) error {
	c := &sqlerr.ConstraintError{Kind: constraintKinds[code], Err: err}
	const prefix = "constraint failed: " // a driver may have added one of its own in front
	at := strings.LastIndex(message, prefix)
	if at < 0 {
		return c
	}
	what := message[at+len(prefix):]
	if i := strings.LastIndex(what, " ("); i >= 0 { // the driver's own suffix
		what = what[:i]
	}
	if c.Kind == sqlerr.Check {
		c.Name = what
		return c
	}
	for part := range strings.SplitSeq(what, ", ") {
		table, column, ok := strings.Cut(part, ".")
		if !ok || c.Table != "" && c.Table != table {
			c.Table, c.Columns = "", nil
			return c
		}
		c.Table, c.Columns = table, append(c.Columns, column)
	}
	return c
}
