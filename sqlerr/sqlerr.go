// Package sqlerr holds the errors that every layer may return.
//
// It knows the classes of failure that a program can act on, and nothing
// else: no SQL, no driver, no dialect. The glue of a driver fills these types
// from SQLSTATE or vendor error numbers, never from message text, and keeps
// the driver's own error reachable through Unwrap.
package sqlerr

import (
	"errors"
	"fmt"
	"strings"
)

// States that a program recovers from. Test for them with errors.Is.
var (
	// ErrConnectionLost says that the connection died while nothing of the
	// statement can have been made durable: inside an explicit transaction
	// before COMMIT was written, or during an autocommit read. The whole
	// transaction may be run again.
	ErrConnectionLost = errors.New("connection lost; nothing was committed, run the transaction again")

	// ErrOutcomeUnknown says that the connection died after an autocommit
	// write or a COMMIT was handed to it, so that the database may or may not
	// have done the work. It is never retried by this library: read the
	// database to find out.
	ErrOutcomeUnknown = errors.New("outcome unknown: the connection died after the write was sent; read the database before doing it again")

	// ErrNoRows is returned by One and Get when there is no row.
	ErrNoRows = errors.New("no row; use First or OneOrNone where none is expected")

	// ErrMultipleRows is returned by One when there is more than one row.
	ErrMultipleRows = errors.New("more than one row; use All, or First with an order")

	// ErrIDExhausted says that a generator of ids has no value left.
	ErrIDExhausted = errors.New("the generator of ids is exhausted; widen the column or the sequence")

	// ErrGeneratedAlways says that a statement gives a value to a column that is
	// generated always, without saying that this is meant.
	ErrGeneratedAlways = errors.New("the column is generated always, and takes no other value unless the INSERT says so: " +
		"leave it out, or say Insert.OverridingAlways, InsertBatch.OverridingAlways, or orm.Explicit when the object is added")

	// ErrOutOfRange says that a number does not fit the column or type that it was
	// meant for.
	ErrOutOfRange = errors.New("a number is out of the range of its type")

	// ErrDeadlock says that the database broke a deadlock by refusing this
	// transaction. It may be run again.
	ErrDeadlock = errors.New("deadlock; run the transaction again")

	// ErrSerialization says that the transaction could not be serialized with
	// others. It may be run again.
	ErrSerialization = errors.New("could not serialize; run the transaction again")

	// ErrLockTimeout says that a lock was not granted in time, SQLITE_BUSY
	// included.
	ErrLockTimeout = errors.New("lock not granted in time")

	// ErrPoolTimeout says that no connection came free in time.
	ErrPoolTimeout = errors.New("no connection came free in time")

	// ErrClosed says that an engine, connection, transaction or session was
	// used after it was closed.
	ErrClosed = errors.New("already closed")

	// ErrReadOnly says that a write was tried on a read-only connection,
	// transaction or session.
	ErrReadOnly = errors.New("read-only")

	// ErrStalePlan says that the server refused a prepared statement because
	// what it was prepared against has changed. Nothing was executed.
	ErrStalePlan = errors.New("stale prepared statement")
)

// Retryable reports whether err says that the transaction as a whole did not
// happen and may be run again from its start: a deadlock, a serialization
// failure or a connection lost before COMMIT. It is false for
// ErrOutcomeUnknown, whatever else the error wraps.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, ErrOutcomeUnknown) {
		return false
	}
	return errors.Is(err, ErrDeadlock) || errors.Is(err, ErrSerialization) || errors.Is(err, ErrConnectionLost)
}

// ConstraintKind is the kind of constraint that a statement violated.
type ConstraintKind uint8

// The kinds of constraint that databases tell apart by code.
const (
	// Unknown is an integrity violation whose kind the database does not tell.
	Unknown ConstraintKind = iota
	Unique
	PrimaryKey
	ForeignKey
	NotNull
	Check
	Exclusion
)

// String returns the kind in the words of SQL, such as "foreign key".
func (k ConstraintKind) String() string {
	switch k {
	case Unique:
		return "unique"
	case PrimaryKey:
		return "primary key"
	case ForeignKey:
		return "foreign key"
	case NotNull:
		return "not null"
	case Check:
		return "check"
	case Exclusion:
		return "exclusion"
	}
	return "integrity"
}

// ConstraintError is a violated constraint. Name, Table and Columns are set as
// far as the database says them; Err is the driver's own error.
type ConstraintError struct {
	Kind    ConstraintKind
	Name    string
	Table   string
	Columns []string
	Hint    string // what to do about it, where the cause is known
	Err     error
}

// Error names the kind, the constraint, the table and the columns. It leaves
// out the driver's message, which may carry values.
func (e *ConstraintError) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	b.WriteString(" constraint")
	if e.Name != "" {
		b.WriteString(" " + e.Name)
	}
	b.WriteString(" violated")
	if e.Table != "" {
		b.WriteString(" on table " + e.Table)
	}
	if len(e.Columns) > 0 {
		b.WriteString(" (" + strings.Join(e.Columns, ", ") + ")")
	}
	if e.Hint != "" {
		b.WriteString(": " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the driver's own error.
func (e *ConstraintError) Unwrap() error { return e.Err }

// StatementError is a failure of one statement. SQL is its text, which holds
// no values: they are bound. Parameters are the values of a statement that was
// not part of a batch, and only where the engine was told to show them.
type StatementError struct {
	SQL        string
	Parameters []string
	Err        error
}

// Error gives the cause and the statement's text.
func (e *StatementError) Error() string {
	s := e.Err.Error() + " [SQL: " + e.SQL + "]"
	if len(e.Parameters) > 0 {
		s += fmt.Sprintf(" [parameters: %q]", e.Parameters)
	}
	return s
}

// Unwrap returns the cause.
func (e *StatementError) Unwrap() error { return e.Err }

// DatabaseError is an error that the server answered with and that has no
// class of its own. Code is the SQLSTATE or the vendor's number as text;
// Message is the server's primary message, without its detail.
type DatabaseError struct {
	Code    string
	Message string
	Err     error
}

// Error gives the server's message and code.
func (e *DatabaseError) Error() string { return e.Message + " (code " + e.Code + ")" }

// Unwrap returns the driver's own error.
func (e *DatabaseError) Unwrap() error { return e.Err }

// ValueError is a Go value that a column cannot hold, or a stored value that a
// Go type cannot hold. It never carries the value.
type ValueError struct {
	Column string // the column, or "" where it is not known
	Type   string // the SQL type
	Reason string
}

// Error names the column, its type and the reason.
func (e *ValueError) Error() string {
	if e.Column == "" {
		return "value of type " + e.Type + ": " + e.Reason
	}
	return "column " + e.Column + " (" + e.Type + "): " + e.Reason
}
