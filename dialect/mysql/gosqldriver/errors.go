package gosqldriver

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Numbers with which the server says that it is ending the connection, or that
// a proxy in between has lost it. The statement may or may not have run.
// https://mariadb.com/kb/en/mariadb-error-codes/
var fatalNumbers = map[uint16]bool{
	1053: true,                                     // server shutdown in progress
	1077: true,                                     // normal shutdown
	1079: true,                                     // shutdown complete
	1152: true,                                     // aborted connection
	1158: true, 1159: true, 1160: true, 1161: true, // network errors and time-outs
	1180: true,             // error during COMMIT: a node of a cluster may have sent the work to the others
	1184: true,             // aborted connection
	1927: true,             // connection was killed
	2006: true, 2013: true, // server has gone away, lost connection
	4031: true, // disconnected because of inactivity
}

var stateNumbers = map[uint16]error{
	167:  sqlerr.ErrIDExhausted, // out of range value: the auto-increment column is full
	1467: sqlerr.ErrIDExhausted,
	4084: sqlerr.ErrIDExhausted, // a sequence of MariaDB has run out
	1264: sqlerr.ErrOutOfRange,
	1690: sqlerr.ErrOutOfRange,
	1020: sqlerr.ErrSerialization, // record has changed since last read (innodb_snapshot_isolation)
	1205: sqlerr.ErrLockTimeout,
	3572: sqlerr.ErrLockTimeout, // NOWAIT
	1213: sqlerr.ErrDeadlock,
	1290: sqlerr.ErrReadOnly, // --read-only
	1792: sqlerr.ErrReadOnly, // read-only transaction
	1836: sqlerr.ErrReadOnly, // read-only mode
	1243: sqlerr.ErrStalePlan,
	1615: sqlerr.ErrStalePlan,
}

var constraintNumbers = map[uint16]sqlerr.ConstraintKind{
	1062: sqlerr.Unique, 1586: sqlerr.Unique,
	1216: sqlerr.ForeignKey, 1217: sqlerr.ForeignKey, 1451: sqlerr.ForeignKey, 1452: sqlerr.ForeignKey,
	1048: sqlerr.NotNull, 1364: sqlerr.NotNull,
	3819: sqlerr.Check, 4025: sqlerr.Check,
}

// interruptNumbers are the answers of a statement that was stopped.
var interruptNumbers = map[uint16]bool{1317: true, 1969: true, 3024: true}

const deadlockNumber = 1213

// notReady reports whether a node of a Galera cluster says that it has no part
// in the cluster just now. It takes no statement then, and what a transaction
// has done on it goes no further. The number alone is that of an unknown
// command.
func notReady(e *mysql.MySQLError) bool {
	return e.Number == 1047 && strings.HasPrefix(e.Message, "WSREP")
}

// valueNumbers are errors whose message repeats a value, and what is said
// instead.
var valueNumbers = map[uint16]string{
	1292: "incorrect value", 1366: "incorrect value", 1367: "illegal value found during parsing",
	1411: "incorrect value for function", 1525: "incorrect value", 1690: "value is out of range",
}

func answered(e *mysql.MySQLError) error {
	if kind, ok := constraintNumbers[e.Number]; ok {
		return constraint(kind, e)
	}
	db := &sqlerr.DatabaseError{Code: strconv.Itoa(int(e.Number)), Message: message(e), Err: e}
	if state, ok := stateNumbers[e.Number]; ok {
		return fmt.Errorf("%w: %w", state, db)
	}
	return db
}

func message(e *mysql.MySQLError) string {
	text, ok := valueNumbers[e.Number]
	if !ok {
		return e.Message
	}
	if i := strings.LastIndex(e.Message, " for column "); i >= 0 {
		text += e.Message[i:]
	}
	return text
}

// constraint fills in names from the message. They are for people: the kind
// comes from the number.
func constraint(kind sqlerr.ConstraintKind, e *mysql.MySQLError) error {
	c := &sqlerr.ConstraintError{Kind: kind, Err: e}
	switch e.Number {
	case 1062, 1586:
		c.Name = lastQuoted(e.Message)
		if table, key, ok := strings.Cut(c.Name, "."); ok { // MySQL 8 writes table.key
			c.Table, c.Name = table, key
		}
	case 1048, 1364:
		if column := between(e.Message, "'", "'"); column != "" {
			c.Columns = []string{column}
		}
	case 3819:
		c.Name = between(e.Message, "'", "'")
	case 4025:
		c.Name = between(e.Message, "CONSTRAINT `", "`")
		c.Table = between(e.Message, "`.`", "`")
	default:
		c.Name = between(e.Message, "CONSTRAINT `", "`")
		c.Table = between(e.Message, "`.`", "`")
		if column := between(e.Message, "FOREIGN KEY (`", "`"); column != "" {
			c.Columns = []string{column}
		}
	}
	return c
}

func between(s, left, right string) string {
	_, s, ok := strings.Cut(s, left)
	if !ok {
		return ""
	}
	s, _, ok = strings.Cut(s, right)
	if !ok {
		return ""
	}
	return s
}

// lastQuoted returns what stands in the quotes that end s. What stands before
// may be a value with quotes of its own.
func lastQuoted(s string) string {
	s, ok := strings.CutSuffix(s, "'")
	if !ok {
		return ""
	}
	return s[strings.LastIndexByte(s, '\'')+1:]
}

// interruptedError is a failure that came after the caller's context ended.
type interruptedError struct{ cause, err error }

func (e *interruptedError) Error() string   { return e.cause.Error() + ": " + e.err.Error() }
func (e *interruptedError) Unwrap() []error { return []error{e.cause, e.err} }

// classify turns an error of the Go driver into one of the contract's. sent
// says whether bytes of the request were handed to the network.
func (c *conn) classify(err error, sent bool) error {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		if fatalNumbers[e.Number] {
			return c.lost(err, true)
		}
		if notReady(e) {
			return c.lost(err, false)
		}
		c.rolledBack = c.rolledBack || e.Number == deadlockNumber
		return answered(e)
	}
	if errors.Is(err, mysql.ErrPktTooLarge) && c.raw.IsValid() {
		return &sqlerr.ValueError{Type: "statement", Reason: "larger than the server's max_allowed_packet"}
	}
	return c.lost(err, sent)
}

// lost gives the connection up.
func (c *conn) lost(err error, sent bool) error {
	c.hangUp()
	return &driver.ConnError{Sent: sent, Err: err}
}

// hangUp closes the connection without a word, once nobody uses it any more. The
// Go driver has a goroutine for each connection, which ends when it is told so.
func (c *conn) hangUp() {
	c.broken = true
	c.net.Close()
	c.raw.Close() // its goodbye goes nowhere
}
