package modernc

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/sqlerr"
)

// Error is what SQLite itself said: an extended result code
// (https://www.sqlite.org/rescode.html) and its message, which names tables
// and columns but holds no bound values.
type Error struct {
	Code    int
	Message string
}

// Error gives the message and the code.
func (e *Error) Error() string {
	return "sqlite: " + e.Message + " (" + strconv.Itoa(e.Code) + ")"
}

// failure turns the result code of the call that was just made into an error.
// It must be asked before the next call, which replaces the message.
func (c *conn) failure(ctx context.Context, rc int32) error {
	if ext := lib.Xsqlite3_extended_errcode(c.tls, c.db); ext&0xff == rc&0xff {
		rc = ext
	}
	e := &Error{Code: int(rc), Message: libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))}
	if rc&0xff == lib.SQLITE_IOERR {
		c.broken = true
	}
	err := classify(e)
	if c.cancelled {
		return fmt.Errorf("sqlite: statement cancelled: %w: %w", context.Cause(ctx), err)
	}
	return err
}

// cancelledError is the answer to a statement whose context had ended before
// anything was done.
func cancelledError(ctx context.Context) error {
	e := &Error{Code: lib.SQLITE_INTERRUPT, Message: "interrupted"}
	return fmt.Errorf("sqlite: statement not started: %w: %w", context.Cause(ctx), classify(e))
}

func classify(e *Error) error {
	switch e.Code {
	case lib.SQLITE_BUSY_SNAPSHOT:
		return fmt.Errorf("%w: %w", sqlerr.ErrSerialization, e)
	case lib.SQLITE_CONSTRAINT_TRIGGER, lib.SQLITE_CONSTRAINT_DATATYPE:
		return databaseError(e) // what a trigger RAISEd; a STRICT table's types
	}
	switch e.Code & 0xff {
	case lib.SQLITE_CONSTRAINT:
		return constraintError(e)
	case lib.SQLITE_BUSY:
		return fmt.Errorf("%w: %w", sqlerr.ErrLockTimeout, e)
	case lib.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", sqlerr.ErrReadOnly, e)
	}
	return databaseError(e)
}

func databaseError(e *Error) error {
	return &sqlerr.DatabaseError{Code: strconv.Itoa(e.Code), Message: e.Message, Err: e}
}

var constraintKinds = map[int]sqlerr.ConstraintKind{
	lib.SQLITE_CONSTRAINT_UNIQUE:     sqlerr.Unique,
	lib.SQLITE_CONSTRAINT_PRIMARYKEY: sqlerr.PrimaryKey,
	lib.SQLITE_CONSTRAINT_ROWID:      sqlerr.PrimaryKey,
	lib.SQLITE_CONSTRAINT_FOREIGNKEY: sqlerr.ForeignKey,
	lib.SQLITE_CONSTRAINT_NOTNULL:    sqlerr.NotNull,
	lib.SQLITE_CONSTRAINT_CHECK:      sqlerr.Check,
}

// constraintError takes the kind from the code. SQLite tells what was violated
// in the message alone, so names, and only names, are taken from there.
func constraintError(e *Error) error {
	ce := &sqlerr.ConstraintError{Kind: constraintKinds[e.Code], Err: e}
	_, what, found := strings.Cut(e.Message, " constraint failed: ")
	if !found {
		return ce
	}
	switch ce.Kind {
	case sqlerr.Check:
		if isName(what) { // an unnamed check is told by its expression
			ce.Name = what
		}
	case sqlerr.Unique, sqlerr.PrimaryKey, sqlerr.NotNull:
		if index, ok := strings.CutPrefix(what, "index '"); ok {
			ce.Name = strings.TrimSuffix(index, "'")
			return ce
		}
		ce.Table, ce.Columns = splitColumns(what)
	}
	return ce
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && c < 0x80 && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// splitColumns reads "t.a, t.b". Names may hold dots and commas themselves; a
// list that can't be read one way only is left alone.
func splitColumns(s string) (table string, columns []string) {
	for part := range strings.SplitSeq(s, ", ") {
		t, column, ok := strings.Cut(part, ".")
		if !ok || strings.Contains(column, ".") || (table != "" && t != table) {
			return "", nil
		}
		table = t
		columns = append(columns, column)
	}
	return table, columns
}
