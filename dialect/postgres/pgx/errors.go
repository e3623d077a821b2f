package pgx

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// The SQLSTATEs that have a class:
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	notNullViolation     = "23502"
	foreignKeyViolation  = "23503"
	uniqueViolation      = "23505"
	checkViolation       = "23514"
	exclusionViolation   = "23P01"
	integrityViolation   = "23000"
	restrictViolation    = "23001"
	readOnlyTransaction  = "25006"
	generatorExhausted   = "2200H"
	generatedAlways      = "428C9"
	numberOutOfRange     = "22003"
	unknownStatementName = "26000"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	featureNotSupported  = "0A000"
	queryCanceled        = "57014"
	protocolViolation    = "08P01"
)

// errNotSent marks failures of which nothing reached the network and after
// which the connection is as it was.
var errNotSent = errors.New("not sent")

// failure sorts an error of the driver into the three kinds that package
// driver tells apart. What the driver itself says about retrying is not asked.
func (c *conn) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var answer *pgconn.PgError
	if errors.As(err, &answer) && !endsConnection(answer) {
		classed := classify(answer)
		if answer.Code == queryCanceled && ctx.Err() != nil {
			return fmt.Errorf("pgx: %w: %w", context.Cause(ctx), classed)
		}
		return classed
	}
	if answer == nil && !c.pg.IsClosed() {
		// The driver gave up before it wrote: the context had ended.
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("pgx: %w: %w", errNotSent, err)
	}
	c.drop()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	return &driver.ConnError{Sent: true, Err: err}
}

// ready refuses to start on a dead connection or with an ended context, where
// it is still certain that nothing was sent.
func (c *conn) ready(ctx context.Context) error {
	if c.Broken() {
		return &driver.ConnError{Sent: false, Err: errors.New("pgx: the connection is closed")}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("pgx: %w: %w", errNotSent, context.Cause(ctx))
	}
	return nil
}

// endsConnection reports whether the server said with this error that it ends
// the session, or that it cannot follow the protocol any more.
func endsConnection(e *pgconn.PgError) bool {
	severity := e.SeverityUnlocalized
	if severity == "" {
		severity = e.Severity
	}
	switch {
	case severity == "FATAL" || severity == "PANIC":
		return true
	case e.Code == "57P01" || e.Code == "57P02" || e.Code == "57P03":
		return true
	}
	// A mismatch of bound parameters is reported as a protocol violation, and
	// leaves the session in order.
	return len(e.Code) == 5 && e.Code[:2] == "08" && e.Code != protocolViolation
}

// classify maps an answer of the server by its SQLSTATE.
func classify(e *pgconn.PgError) error {
	switch e.Code {
	case uniqueViolation:
		return constraint(sqlerr.Unique, e)
	case foreignKeyViolation, restrictViolation:
		return constraint(sqlerr.ForeignKey, e)
	case notNullViolation:
		return constraint(sqlerr.NotNull, e)
	case checkViolation:
		return constraint(sqlerr.Check, e)
	case exclusionViolation:
		return constraint(sqlerr.Exclusion, e)
	case integrityViolation:
		return constraint(sqlerr.Unknown, e)
	case serializationFailure:
		return state(sqlerr.ErrSerialization, e)
	case deadlockDetected:
		return state(sqlerr.ErrDeadlock, e)
	case lockNotAvailable:
		return state(sqlerr.ErrLockTimeout, e)
	case generatorExhausted:
		return state(sqlerr.ErrIDExhausted, e)
	case generatedAlways:
		return state(sqlerr.ErrGeneratedAlways, e)
	case numberOutOfRange:
		return state(sqlerr.ErrOutOfRange, e)
	case readOnlyTransaction:
		return state(sqlerr.ErrReadOnly, e)
	case unknownStatementName:
		return state(sqlerr.ErrStalePlan, e)
	case featureNotSupported:
		// The code has many meanings; this one comes from a single place of
		// the server, which it names.
		if e.Routine == "RevalidateCachedQuery" {
			return state(sqlerr.ErrStalePlan, e)
		}
	}
	return databaseError(e)
}

func databaseError(e *pgconn.PgError) *sqlerr.DatabaseError {
	return &sqlerr.DatabaseError{Code: e.Code, Message: e.Message, Err: e}
}

func state(sentinel error, e *pgconn.PgError) error {
	return fmt.Errorf("%w: %w", sentinel, databaseError(e))
}

func constraint(kind sqlerr.ConstraintKind, e *pgconn.PgError) error {
	out := &sqlerr.ConstraintError{Kind: kind, Name: e.ConstraintName, Table: e.TableName, Err: e}
	if e.ColumnName != "" {
		out.Columns = []string{e.ColumnName}
	}
	return out
}

// connectFailure sorts an error of connecting. Nothing of the caller's was
// sent whatever it was.
func connectFailure(ctx context.Context, err error) error {
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code[:min(3, len(answer.Code))] != "57P" {
		return &sqlerr.DatabaseError{Code: answer.Code, Message: answer.Message, Err: err}
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	return &driver.ConnError{Sent: false, Err: err}
}
