package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// effect is what a request may have made durable if its reply never came.
type effect uint8

const (
	reads   effect = iota // nothing: a read, or a statement of an open transaction
	commits               // something: a write that commits by itself, or a COMMIT
)

// effectOf says what a statement that is sent now may make durable.
func (l *link) effectOf(v expr.Verb, sql string) effect {
	switch {
	case l.tx == nil && v == expr.VerbSelect:
		return reads
	case l.tx == nil || l.tx.alone:
		return commits
	case v == expr.VerbText && !l.staysInside(sql):
		return commits
	}
	return reads
}

// inside are the first words of statements that commit nothing by themselves
// on any product. Others may: COMMIT as text, a procedure that commits, DDL
// where it is not transactional.
var inside = map[string]bool{
	"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "MERGE": true, "REPLACE": true, "WITH": true, "VALUES": true,
	"SAVEPOINT": true, "RELEASE": true, "ROLLBACK": true, "SHOW": true, "EXPLAIN": true,
}

// ddl are the first words of statements that stay inside where DDL does.
var ddl = map[string]bool{"CREATE": true, "ALTER": true, "DROP": true, "COMMENT": true, "TRUNCATE": true, "LOCK": true}

func (l *link) staysInside(sql string) bool {
	word := firstWord(sql)
	return inside[word] || l.server.caps.TransactionalDDL && ddl[word]
}

// firstWord returns the first word of a statement in upper case, after blanks
// and comments.
func firstWord(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f(")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql[2:], "*/")
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' })
			if end < 0 {
				end = len(sql)
			}
			return strings.ToUpper(sql[:end])
		}
	}
}

// outcomeError is a failure together with what it means for the work.
type outcomeError struct {
	state error // ErrConnectionLost or ErrOutcomeUnknown
	err   error
}

// Error says both.
func (e *outcomeError) Error() string { return e.state.Error() + ": " + e.err.Error() }

// Unwrap returns both.
func (e *outcomeError) Unwrap() []error { return []error{e.state, e.err} }

// failed gives an error of the driver its meaning and its statement. sql may
// be "". It is called once an error.
func (l *link) failed(ctx context.Context, err error, sql string, what effect) error {
	if errors.Is(err, errTxGone) {
		return err // nothing was sent, and the error before has its meaning
	}
	var batch *driver.BatchError
	if errors.As(err, &batch) {
		err = batch.Err
	}
	l.target.explain(err, l.server.caps.KeyStepNote != nil)
	err = l.exhausted(ctx, err)
	var dead *driver.ConnError
	switch {
	case errors.As(err, &dead):
		if ctx.Err() == nil { // else it was dropped by us, and the others live
			l.server.lost()
		}
		state := sqlerr.ErrConnectionLost
		if dead.Sent && what == commits {
			state = sqlerr.ErrOutcomeUnknown
		}
		err = &outcomeError{state: state, err: err}
	case errors.Is(err, sqlerr.ErrReadOnly) && !l.readOnly():
		l.server.lost() // the server has become a replica: find the primary anew
	case errors.Is(err, sqlerr.ErrStalePlan):
		l.prepared.clear(ctx)
	}
	if l.tx != nil && l.server.caps.AbortsOnError && !isValueError(err) {
		l.tx.aborted = true
	}
	if l.tx != nil && l.tx.begun && !l.drv.InTx() {
		l.tx.ended = err
	}
	if sql == "" {
		return fmt.Errorf("engine: %w", err)
	}
	return &sqlerr.StatementError{SQL: sql, Err: err}
}

// showing adds the values to a statement's error where the user asks for that.
func (l *link) showing(args []sqltype.Value, err error) error {
	var failed *sqlerr.StatementError
	if l.engine.opts.ShowParameters && errors.As(err, &failed) {
		failed.Parameters = revealed(args)
	}
	return err
}

func revealed(args []sqltype.Value) []string {
	shown := make([]string, len(args))
	for i, v := range args {
		shown[i] = v.Reveal()
	}
	return shown
}

// isValueError reports whether nothing was sent because of a value.
func isValueError(err error) bool {
	var v *sqlerr.ValueError
	return errors.As(err, &v)
}

// unsent reports whether err says that no byte of the request has left, so that
// it may go over another connection.
func unsent(ctx context.Context, err error) bool {
	var dead *driver.ConnError
	return err != nil && errors.As(err, &dead) && !dead.Sent && ctx.Err() == nil
}

// notSent marks a connection error of a request that changes nothing, such as
// preparing a statement: the work that it was for has not been sent.
func notSent(err error) error {
	var dead *driver.ConnError
	if errors.As(err, &dead) && dead.Sent {
		return &driver.ConnError{Err: err}
	}
	return err
}

func (l *link) readOnly() bool {
	return l.reader || l.tx != nil && l.tx.opts.ReadOnly || l.pool != nil && l.pool.role == driver.ReadOnly
}
