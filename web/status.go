package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// StatusClientClosedRequest is the status of a request whose client has gone,
// which nobody receives. It is nginx's.
const StatusClientClosedRequest = 499

// Limits of a request. Test for them with errors.Is.
var (
	// ErrTimeLimit says that a request took longer than Options.Timeout.
	ErrTimeLimit = errors.New("web: the request took longer than Options.Timeout")
	// ErrTooManyStatements says that a request wanted to send more statements than
	// Options.Statements.
	ErrTooManyStatements = errors.New("web: the request sent as many statements as Options.Statements allows; load what it needs by fewer")
)

// StatusError is an error with the status of its response.
type StatusError struct {
	Status int
	Text   string // what the client is told; "": the text of the status
	Err    error  // the cause, which the client is not told; may be nil
}

// Error is Text, and the cause.
func (e *StatusError) Error() string {
	text := e.Text
	if text == "" {
		text = fmt.Sprintf("web: status %d (%s)", e.Status, http.StatusText(e.Status))
	}
	if e.Err == nil {
		return text
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *StatusError) Unwrap() error { return e.Err }

// HTTPStatus returns Status.
func (e *StatusError) HTTPStatus() int { return e.Status }

// Statuser is implemented by errors that know the status of their response.
type Statuser interface {
	error
	HTTPStatus() int
}

// NotFound returns a StatusError of status 404, whose text, which the client is
// told, is made as by fmt.Sprintf.
func NotFound(format string, args ...any) error {
	return &StatusError{Status: http.StatusNotFound, Text: fmt.Sprintf(format, args...)}
}

// StatusOf returns the status of an error's response, by what went wrong: 200
// for nil, that of a Statuser, and 500 for what is not known.
func StatusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if _, ok := errors.AsType[*PanicError](err); ok {
		return http.StatusInternalServerError
	}
	if known, ok := errors.AsType[Statuser](err); ok {
		return known.HTTPStatus()
	}
	if violated, ok := errors.AsType[*sqlerr.ConstraintError](err); ok {
		return statusOfConstraint(violated.Kind)
	}
	if _, ok := errors.AsType[*sqlerr.ValueError](err); ok {
		return http.StatusUnprocessableEntity
	}
	if _, ok := errors.AsType[*orm.StaleError](err); ok {
		return http.StatusConflict
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	for _, known := range statuses {
		if errors.Is(err, known.err) {
			return known.status
		}
	}
	return http.StatusInternalServerError
}

// statuses are those of states, the first of which counts.
var statuses = []struct {
	err    error
	status int
}{
	{sqlerr.ErrOutcomeUnknown, http.StatusInternalServerError}, // a client that tried again might do it twice
	{ErrTimeLimit, http.StatusGatewayTimeout},
	{context.DeadlineExceeded, http.StatusGatewayTimeout},
	{context.Canceled, StatusClientClosedRequest}, // a statement that was interrupted has lost its connection too
	{ErrTooManyStatements, http.StatusServiceUnavailable},
	{orm.ErrConcurrentUse, http.StatusInternalServerError},
	{sqlerr.ErrNoRows, http.StatusNotFound},
	{sqlerr.ErrDeadlock, http.StatusServiceUnavailable},
	{sqlerr.ErrSerialization, http.StatusServiceUnavailable},
	{sqlerr.ErrConnectionLost, http.StatusServiceUnavailable},
	{sqlerr.ErrLockTimeout, http.StatusServiceUnavailable},
	{sqlerr.ErrPoolTimeout, http.StatusServiceUnavailable},
	{sqlerr.ErrClosed, http.StatusServiceUnavailable}, // the engine, of a server that goes down
}

func statusOfConstraint(k sqlerr.ConstraintKind) int {
	switch k {
	case sqlerr.Unique, sqlerr.PrimaryKey, sqlerr.Exclusion:
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}
