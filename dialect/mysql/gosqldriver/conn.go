package gosqldriver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	sqldriver "database/sql/driver"

	"github.com/go-sql-driver/mysql"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nativeConn is what the Go driver's connection implements.
type nativeConn interface {
	sqldriver.Conn
	sqldriver.ConnPrepareContext
	sqldriver.ExecerContext
	sqldriver.QueryerContext
	sqldriver.Pinger
	sqldriver.SessionResetter
	sqldriver.Validator
}

var (
	errClosed   = errors.New("the connection was closed before")
	errUnasked  = errors.New("the server sent what nobody had asked for, as it does before it closes a connection")
	errRowsOpen = errors.New("gosqldriver: the rows of the last statement are still open; close them first")
)

type conn struct {
	connector *connector
	raw       nativeConn
	net       *netConn
	shape     shape
	id        uint64    // the server's number of this connection
	server    string    // which server that is
	since     time.Time // when the connection was made
	role      driver.Role

	maxArgument int  // bytes that one argument may have
	clustered   bool // the server is a node of a Galera cluster

	open       *rows // not closed yet
	unused     *watch
	socket     *driver.Socket // nil where it can't be looked at
	pending    []*stmt
	before     int64 // bytes written before the current exchange
	lastUse    time.Time
	broken     bool
	rolledBack bool // a deadlock ended the transaction, which the last status does not show
	changed    bool // SET or USE was executed since Connect or Reset
}

// Prepare implements driver.Conn.
func (c *conn) Prepare(ctx context.Context, sql string, params []sqltype.Type) (driver.Stmt, error) {
	w, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	c.note(sql)
	raw, err := c.prepare(sql)
	if err = c.close(ctx, w, err); err != nil {
		if len(params) == 0 && isUnpreparable(err) {
			return &textStmt{c: c, sql: sql}, nil
		}
		return nil, err
	}
	native, ok := raw.(nativeStmt)
	if !ok {
		return nil, errShape
	}
	s := &stmt{c: c, raw: native, params: len(params), args: bound{c: c}}
	if n := raw.NumInput(); n != len(params) {
		return nil, errors.Join(fmt.Errorf("gosqldriver: the statement has %d parameters, and %d types were given", n, len(params)), s.Close(ctx))
	}
	return s, nil
}

// prepare makes a statement of the Go driver, and sees to it that the transaction
// outlives that. Where another node's change comes first while a Galera node
// prepares, it rolls back, and says so only if the statement opens a table; else
// the next statement would be executed by itself (MariaDB 10.11). Its answer
// carries no status, so that the status is asked.
func (c *conn) prepare(sql string) (sqldriver.Stmt, error) {
	within := c.clustered && c.InTx()
	raw, err := c.raw.PrepareContext(context.Background(), sql)
	if !within || err != nil && !isUnpreparable(err) {
		return raw, err
	}
	lost := c.raw.Ping(context.Background())
	if lost == nil && !c.shape.inTx() {
		lost = errTakenBack
	}
	if lost == nil {
		return raw, err
	}
	if raw != nil {
		raw.Close()
	}
	return nil, lost
}

// errTakenBack is what the server tells at other requests.
var errTakenBack = &mysql.MySQLError{
	Number: deadlockNumber, SQLState: [5]byte([]byte("40001")),
	Message: "The node rolled the transaction back while it prepared a statement: a change of another node came first",
}

// isUnpreparable recognizes ER_UNSUPPORTED_PS: a statement that the server
// runs only as text.
func isUnpreparable(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == 1295
}

// Exec implements driver.Conn.
func (c *conn) Exec(ctx context.Context, sql string) (driver.Result, error) {
	w, err := c.begin(ctx)
	if err != nil {
		return driver.Result{}, err
	}
	c.note(sql)
	res, err := c.raw.ExecContext(context.Background(), sql, nil)
	if err = c.end(ctx, w, err); err != nil {
		return driver.Result{}, err
	}
	return resultOf(res), nil
}

func resultOf(res sqldriver.Result) driver.Result {
	n, _ := res.RowsAffected()
	id, _ := res.LastInsertId()
	return driver.Result{RowsAffected: n, LastInsertID: uint64(id)}
}

// Batch implements driver.Conn: the Go driver has no pipelining.
func (c *conn) Batch(ctx context.Context, items []driver.Item, deliver func(int, driver.Rows) error) error {
	return driver.RunBatch(ctx, c, items, deliver)
}

// Ping implements driver.Conn.
func (c *conn) Ping(ctx context.Context) error {
	w, err := c.begin(ctx)
	if err != nil {
		return err
	}
	return c.end(ctx, w, c.raw.Ping(context.Background()))
}

// InTx implements driver.Conn from the status of the server's last answer, so
// it sees implicit commits. After an error, which carries none, it is asked for.
func (c *conn) InTx() bool { return !c.broken && !c.rolledBack && c.shape.inTx() }

// Reset implements driver.Conn. If SET or USE was executed, it brings back the
// settings that Connect makes and the database. Temporary tables, user
// variables and named locks stay.
func (c *conn) Reset(ctx context.Context) error {
	if c.broken {
		return &driver.ConnError{Err: errClosed}
	}
	if err := c.raw.ResetSession(ctx); err != nil {
		return c.lost(err, false)
	}
	if !c.changed {
		return nil
	}
	w, err := c.begin(ctx)
	if err != nil {
		return err
	}
	err = c.setUp(c.role)
	if db := c.connector.cfg.Database; err == nil && db != "" {
		err = c.run("USE `" + strings.ReplaceAll(db, "`", "``") + "`")
	}
	if err = c.end(ctx, w, err); err != nil {
		return err
	}
	c.changed = false
	return nil
}

// note remembers that a statement changes the session.
func (c *conn) note(sql string) {
	sql = strings.TrimLeft(sql, " \t\r\n")
	if len(sql) < 4 || c.changed {
		return
	}
	switch strings.ToUpper(sql[:4]) {
	case "SET ":
		next := strings.ToUpper(strings.TrimLeft(sql[4:], " \t\r\n"))
		c.changed = !strings.HasPrefix(next, "TRANSACTION ") && !strings.HasPrefix(next, "STATEMENT ")
	case "USE ", "USE`":
		c.changed = true
	}
}

// Broken implements driver.Conn.
func (c *conn) Broken() bool { return c.broken }

// Close implements driver.Conn.
func (c *conn) Close(ctx context.Context) error {
	if c.broken {
		c.hangUp()
		return nil
	}
	c.broken = true
	deadline, ok := ctx.Deadline()
	if limit := time.Now().Add(time.Second); !ok || deadline.After(limit) {
		deadline = limit
	}
	if err := c.net.SetDeadline(deadline); err != nil {
		c.hangUp()
		return err
	}
	if err := c.raw.Close(); err != nil {
		return fmt.Errorf("gosqldriver: close: %w", err)
	}
	return nil
}

// Raw implements driver.Conn: it returns the Go driver's driver.Conn.
func (c *conn) Raw() any { return c.raw }

// idleLimit is how long a connection may rest before its socket is looked at:
// the server closes idle connections, and a request on a closed one cannot be
// told from one that was lost.
const idleLimit = time.Second

// Alive implements driver.Prober. It is false on a caller's connection.
func (c *conn) Alive() bool {
	if c.broken || c.net == nil || c.net.unasked() {
		return false
	}
	if c.socket == nil {
		c.socket = driver.NewSocket(c.net.Conn)
	}
	return c.socket.Quiet()
}

// prepareUse makes the connection ready for the next request.
func (c *conn) prepareUse() error {
	if c.net.unasked() {
		return c.lost(errUnasked, false)
	}
	if !c.lastUse.IsZero() && time.Since(c.lastUse) > idleLimit {
		if err := c.raw.ResetSession(context.Background()); err != nil {
			return c.lost(err, false)
		}
	}
	for len(c.pending) > 0 {
		s := c.pending[len(c.pending)-1]
		c.pending = c.pending[:len(c.pending)-1]
		if err := s.raw.Close(); err != nil {
			return c.lost(err, false)
		}
	}
	return nil
}
