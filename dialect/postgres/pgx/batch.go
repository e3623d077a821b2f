package pgx

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/driver"
)

// flushEvery is how many bytes of parameters are gathered before they are
// written, so that the server begins while the rest is still being encoded.
const flushEvery = 32 << 10

// itemOverhead is about what an execution takes on the wire beside its
// parameters.
const itemOverhead = 64

// Batch implements driver.Conn. Inside a transaction, or from a BEGIN on, the
// items are pipelined behind one Sync, so that the server skips what follows
// the first failure. Outside a transaction that would make one transaction of
// them, and a Sync after each item would have the server run what follows a
// failure: there the items run one after the other.
func (c *conn) Batch(ctx context.Context, items []driver.Item, deliver func(i int, rows driver.Rows) error) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if !c.canPipeline(items) {
		b := &batch{conn: c, ctx: ctx, items: items}
		return b.oneByOne(deliver)
	}
	b := &batch{conn: c, ctx: ctx, items: items, pipeline: c.pg.StartPipeline(ctx)}
	sent, sendErr := b.send()
	var flushErr *flushError
	if errors.As(sendErr, &flushErr) {
		return c.failure(ctx, flushErr.err)
	}
	err := b.receive(sent, deliver)
	closeErr := b.pipeline.Close()
	switch {
	case err != nil:
		return err
	case sendErr != nil: // of the item after those that were sent
		return &driver.BatchError{Index: sent, Err: sendErr}
	case closeErr != nil:
		return &driver.BatchError{Index: max(0, sent-1), Err: c.failure(ctx, closeErr)}
	}
	return nil
}

func (c *conn) canPipeline(items []driver.Item) bool {
	if len(items) < 2 {
		return false
	}
	first := startsTransaction(items[0])
	if c.InTx() {
		first = !endsOrStartsTransaction(items[0])
	}
	if !first {
		return false
	}
	for i := 1; i < len(items)-1; i++ {
		if endsOrStartsTransaction(items[i]) {
			return false
		}
	}
	return true
}

func startsTransaction(it driver.Item) bool {
	if it.Stmt != nil {
		return false
	}
	word := firstWord(it.SQL)
	return word == "begin" || word == "start"
}

func endsOrStartsTransaction(it driver.Item) bool {
	if it.Stmt != nil {
		return false
	}
	switch firstWord(it.SQL) {
	case "begin", "start", "commit", "end", "rollback", "abort", "prepare", "":
		return true
	}
	return false
}

// firstWord returns the keyword that sql starts with, or "" if it starts with
// something else, such as a comment.
func firstWord(sql string) string {
	sql = strings.TrimLeft(sql, " \t\r\n")
	n := 0
	for n < len(sql) && (sql[n]|0x20 >= 'a' && sql[n]|0x20 <= 'z') {
		n++
	}
	return strings.ToLower(sql[:n])
}

type batch struct {
	conn     *conn
	ctx      context.Context
	items    []driver.Item
	pipeline *pgconn.Pipeline
	rows     rows // used again for each item
}

// flushError is a failure to write, which concerns the whole batch.
type flushError struct{ err error }

func (e *flushError) Error() string { return e.err.Error() }

// send writes all items, or those before the first that cannot be encoded, and
// says how many. Its error is that item's, or a *flushError.
func (b *batch) send() (sent int, err error) {
	pending := 0
	for i := range b.items {
		if err = b.queue(&b.items[i]); err != nil {
			break
		}
		sent++
		pending += itemOverhead
		for _, v := range b.conn.args.values {
			pending += len(v)
		}
		if pending >= flushEvery {
			pending = 0
			if err := b.pipeline.Flush(); err != nil {
				return sent, &flushError{err}
			}
		}
	}
	if err := b.pipeline.Sync(); err != nil {
		return sent, &flushError{err}
	}
	return sent, err
}

// oneByOne waits for each item before the next is sent.
func (b *batch) oneByOne(deliver func(i int, rows driver.Rows) error) error {
	for i := range b.items {
		var reader *pgconn.ResultReader
		err := b.conn.ready(b.ctx)
		if err == nil && b.items[i].Stmt == nil {
			if err = refuseCopy(b.items[i].SQL); err == nil {
				reader = b.conn.pg.ExecParams(b.ctx, b.items[i].SQL, nil, nil, nil, nil)
			}
		} else if err == nil {
			var s *stmt
			if s, err = b.stmt(&b.items[i]); err == nil {
				reader, err = s.start(b.ctx, b.items[i].Args)
			}
		}
		if err != nil {
			return &driver.BatchError{Index: i, Err: err}
		}
		if err := b.deliver(i, reader, deliver); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) queue(it *driver.Item) error {
	if it.Stmt == nil {
		if err := refuseCopy(it.SQL); err != nil {
			return err
		}
		b.conn.args.values = b.conn.args.values[:0]
		b.pipeline.SendQueryParams(it.SQL, nil, nil, nil, nil)
		return nil
	}
	s, err := b.stmt(it)
	if err != nil {
		return err
	}
	return s.send(b.pipeline, it.Args)
}

func (b *batch) stmt(it *driver.Item) (*stmt, error) {
	s, ok := it.Stmt.(*stmt)
	if !ok || s.conn != b.conn {
		return nil, errors.New("pgx: the statement was prepared on another connection; prepare it on this one")
	}
	return s, nil
}

// receive delivers the results of the first n items, up to the first failure.
func (b *batch) receive(n int, deliver func(i int, rows driver.Rows) error) error {
	for i := range n {
		res, err := b.pipeline.GetResults()
		if err != nil {
			return &driver.BatchError{Index: i, Err: b.conn.failure(b.ctx, err)}
		}
		reader, ok := res.(*pgconn.ResultReader)
		if !ok {
			b.conn.drop()
			return &driver.BatchError{Index: i, Err: &driver.ConnError{
				Sent: true, Err: errors.New("pgx: the server answered out of order"),
			}}
		}
		if err := b.deliver(i, reader, deliver); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) deliver(i int, reader *pgconn.ResultReader, deliver func(i int, rows driver.Rows) error) error {
	s, ok := b.items[i].Stmt.(*stmt)
	if !ok {
		tag, err := reader.Close()
		if err != nil {
			return &driver.BatchError{Index: i, Err: b.conn.failure(b.ctx, err)}
		}
		return deliver(i, driver.NoRows(result(tag)))
	}
	b.rows.begin(b.ctx, s, reader)
	err := deliver(i, &b.rows)
	b.rows.finish()
	if b.rows.err != nil { // the item's own failure comes before what deliver made of it
		return &driver.BatchError{Index: i, Err: b.rows.err}
	}
	return err
}
