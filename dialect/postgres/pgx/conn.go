package pgx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	upstream "github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// conn is one session.
type conn struct {
	up      *upstream.Conn
	pg      *pgconn.PgConn
	session *session
	unnamed bool // nothing is kept in the session
	wrapped bool // the connection is the caller's

	args  arguments
	cells []cell // for the rows that are read
	// stale are the names of closed statements, which the next Prepare frees.
	stale []string
	// open are the names of the statements in use, for a wrapped connection.
	open map[string]struct{}
}

// session is what belongs to the connection however often it is wrapped.
type session struct {
	cancel     *canceller // nil on a caller's connection
	statements uint64     // how many names were given out
	socket     *driver.Socket
	stream     *stream // nil on a caller's connection
}

const sessionKey = "alkahest"

func sessionOf(pg *pgconn.PgConn) *session {
	if s, ok := pg.CustomData()[sessionKey].(*session); ok {
		return s
	}
	s := &session{}
	pg.CustomData()[sessionKey] = s
	return s
}

func newConn(up *upstream.Conn, unnamed bool) *conn {
	return &conn{
		up: up, pg: up.PgConn(), session: sessionOf(up.PgConn()), unnamed: unnamed,
		open: map[string]struct{}{},
	}
}

// Prepare implements driver.Conn. Where nothing may be kept in the session it
// does not use the network; errors of the statement then come from its first
// execution.
func (c *conn) Prepare(ctx context.Context, sql string, params []sqltype.Type) (driver.Stmt, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	if err := refuseCopy(sql); err != nil {
		return nil, err
	}
	oids := make([]uint32, len(params))
	for i, t := range params {
		oids[i] = declaredOID(t)
	}
	s := &stmt{conn: c, sql: sql, oids: oids}
	if !c.unnamed {
		c.session.statements++
		desc, err := c.describe(ctx, fmt.Sprintf("alkahest_%d", c.session.statements), sql, oids)
		if err != nil {
			return nil, c.failure(ctx, err)
		}
		c.open[desc.Name] = struct{}{}
		s.describe(desc)
	}
	s.params = make([]*pgType, len(s.oids))
	for i, oid := range s.oids {
		s.params[i] = typesByOID[oid]
	}
	return s, nil
}

// describe prepares a named statement, and frees those that were closed, in
// one round trip.
func (c *conn) describe(ctx context.Context, name, sql string, oids []uint32) (*pgconn.StatementDescription, error) {
	p := c.pg.StartPipeline(ctx)
	for _, old := range c.stale {
		p.SendDeallocate(old)
	}
	p.SendPrepare(name, sql, oids)
	err := p.Sync()
	var desc *pgconn.StatementDescription
	for err == nil {
		var res any
		if res, err = p.GetResults(); res == nil {
			break
		}
		switch res := res.(type) {
		case *pgconn.CloseComplete:
			c.stale = c.stale[1:]
		case *pgconn.StatementDescription:
			desc = res
			desc.Name, desc.SQL = name, sql
		}
	}
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	if err == nil && desc == nil {
		err = errors.New("the server did not describe the statement")
	}
	return desc, err
}

// Exec implements driver.Conn. It uses the extended protocol, which refuses a
// text that holds more than one statement.
func (c *conn) Exec(ctx context.Context, sql string) (driver.Result, error) {
	if err := c.ready(ctx); err != nil {
		return driver.Result{RowsAffected: -1}, err
	}
	if err := refuseCopy(sql); err != nil {
		return driver.Result{RowsAffected: -1}, err
	}
	tag, err := c.pg.ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	return result(tag), c.failure(ctx, err)
}

// refuseCopy refuses a COPY from or to the client, which would wait for data
// without end, or lose it.
func refuseCopy(sql string) error {
	if firstWord(sql) != "copy" {
		return nil
	}
	upper := strings.ToUpper(sql)
	if strings.Contains(upper, "STDIN") || strings.Contains(upper, "STDOUT") {
		return errors.New("pgx: COPY from STDIN or to STDOUT is not a statement; use CopyFrom or CopyTo of the connection that Raw returns")
	}
	return nil
}

// result reads the command tag: only those that end in a number count rows.
func result(tag pgconn.CommandTag) driver.Result {
	s := tag.String()
	if s == "" || s[len(s)-1] < '0' || s[len(s)-1] > '9' {
		return driver.Result{RowsAffected: -1}
	}
	return driver.Result{RowsAffected: tag.RowsAffected()}
}

// cellsOf returns memory for the cells of a row.
func (c *conn) cellsOf(n int) []cell {
	if cap(c.cells) < n {
		c.cells = make([]cell, n)
	}
	return c.cells[:n]
}

// Alive implements driver.Prober. A notice or notification that waits to be read
// counts as a doubt, too, be it in the socket or read already. It is false on a
// caller's connection.
func (c *conn) Alive() bool {
	s := c.session
	if c.wrapped || c.Broken() || s.stream == nil || s.stream.waiting() || c.pg.Frontend().ReadBufferLen() > 0 {
		return false
	}
	if s.socket == nil {
		s.socket = driver.NewSocket(c.pg.Conn())
	}
	return s.socket.Quiet()
}

// Ping implements driver.Conn.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	return c.failure(ctx, c.pg.Ping(ctx))
}

// InTx implements driver.Conn, from the last ReadyForQuery.
func (c *conn) InTx() bool { return c.pg.TxStatus() != 'I' }

// resetSession is DISCARD ALL without DEALLOCATE ALL, as prepared statements
// are kept. RESET ALL goes back to the parameters of the start-up message.
var resetSession = []string{
	"SET SESSION AUTHORIZATION DEFAULT",
	"RESET ALL",
	"CLOSE ALL",
	"UNLISTEN *",
	"SELECT pg_advisory_unlock_all()",
	"DISCARD SEQUENCES",
	"DISCARD TEMP",
}

// Reset implements driver.Conn, in one round trip. Behind a pooler there is no
// session state, and nothing to do.
func (c *conn) Reset(ctx context.Context) error {
	if c.unnamed {
		return nil
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	p := c.pg.StartPipeline(ctx)
	for _, sql := range resetSession {
		p.SendQueryParams(sql, nil, nil, nil, nil)
	}
	err := p.Sync()
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	return c.failure(ctx, err)
}

// Broken implements driver.Conn.
func (c *conn) Broken() bool {
	return c.pg.IsClosed() || c.session.cancel != nil && c.session.cancel.doubtful.Load()
}

// Close implements driver.Conn. A wrapped connection stays open.
func (c *conn) Close(ctx context.Context) error {
	if c.wrapped {
		return c.release(ctx)
	}
	return c.up.Close(ctx)
}

// release frees this wrapper's statements.
func (c *conn) release(ctx context.Context) error {
	if len(c.open)+len(c.stale) == 0 || c.pg.IsClosed() {
		return nil
	}
	p := c.pg.StartPipeline(ctx)
	for _, name := range c.stale {
		p.SendDeallocate(name)
	}
	for name := range c.open {
		p.SendDeallocate(name)
	}
	err := p.Sync()
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	clear(c.open)
	c.stale = nil
	return c.failure(ctx, err)
}

// Raw implements driver.Conn: a *pgx.Conn.
func (c *conn) Raw() any { return c.up }

// drop closes a connection whose state is not known, without waiting for the
// network.
func (c *conn) drop() {
	if c.pg.IsClosed() {
		return
	}
	_ = c.pg.Conn().SetDeadline(time.Now().Add(time.Second))
	_ = c.pg.Close(context.Background())
}
