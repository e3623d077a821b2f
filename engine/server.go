package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// server is what the first connection found, and what depends on it. All
// statements of an engine are compiled for it, so that its fingerprint need not
// be part of each key.
type server struct {
	dialect dialect.Dialect
	caps    dialect.Capabilities
	rules   *compile.Rules
	cache   statementCache
	plans   planCache
	// taken are the columns of tables that draw from the sequence table:
	// *schema.Table to []takenColumn.
	taken sync.Map
	// defaults are the columns of tables that have client defaults:
	// *schema.Table to *defaults.
	defaults sync.Map
	// texts are the statements of the dialect's own, by their SQL.
	texts sync.Map

	write, read *pool // the same one unless writers wait for each other

	// origin is the server that this one is a view of; nil for the server itself.
	origin *server
	viewMu sync.Mutex
	views  lru[string, *server]
	tagMu  sync.Mutex
	tags   lru[taggedKey, *compile.Compiled]

	beginMu sync.RWMutex
	begins  map[TxOptions][]string
}

// probe is a first connection on its way, for which everybody waits.
type probe struct {
	done   chan struct{}
	server *server
	err    error
}

// ready returns the server, connecting if nobody has yet. A failure is told to
// all who wait for it; whoever comes after tries again.
func (e *Engine) ready(ctx context.Context) (*server, error) {
	if e.closing.Load() {
		return nil, closedError("engine")
	}
	if s := e.server.Load(); s != nil {
		return s, nil
	}
	e.probing.Lock()
	if s := e.server.Load(); s != nil {
		e.probing.Unlock()
		return s, nil
	}
	if e.closing.Load() { // since the check above; Close waits for no later probe
		e.probing.Unlock()
		return nil, closedError("engine")
	}
	call := e.probing.call
	if call == nil {
		call = &probe{done: make(chan struct{})}
		e.probing.call = call
		go e.probe(context.WithoutCancel(ctx), call)
	}
	e.probing.Unlock()
	select {
	case <-call.done:
		return call.server, call.err
	case <-ctx.Done():
		return nil, fmt.Errorf("engine: connecting to %s: %w", e, context.Cause(ctx))
	}
}

func (e *Engine) probe(ctx context.Context, call *probe) {
	call.server, call.err = e.find(ctx)
	e.probing.Lock()
	e.probing.call = nil
	if call.err == nil {
		e.server.Store(call.server)
	}
	e.probing.Unlock()
	close(call.done)
}

func (e *Engine) find(ctx context.Context) (*server, error) {
	conn, err := e.dial(ctx, driver.ReadWrite)
	if err != nil {
		return nil, err
	}
	if t := e.opts.ConnectTimeout; t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t, errConnectTimeout)
		defer cancel()
	}
	caps, err := e.dialect.Probe(ctx, querier{conn})
	if err != nil {
		conn.Close(ctx)
		return nil, fmt.Errorf("engine: asking %s what it is: %w", e, err)
	}
	s := &server{dialect: e.dialect, caps: caps, rules: e.dialect.Rules(caps), begins: map[TxOptions][]string{}}
	s.cache.limit, s.plans.limit = e.opts.StatementCacheSize, e.opts.StatementCacheSize
	all := e.opts.PoolSize + e.opts.Overflow
	switch {
	case caps.OneConnection:
		s.write = newPool(e, s, driver.ReadWrite, 1, 1)
		s.read = s.write
	case caps.SingleWriter:
		s.write = newPool(e, s, driver.ReadWrite, 1, 1)
		s.read = newPool(e, s, driver.ReadOnly, e.opts.PoolSize, all)
	default:
		s.write = newPool(e, s, driver.ReadWrite, e.opts.PoolSize, all)
		s.read = s.write
	}
	return s, s.write.keepFirst(ctx, conn)
}

func (s *server) pool(readOnly bool) *pool {
	if readOnly {
		return s.read
	}
	return s.write
}

func (s *server) holders() string {
	h := s.write.holders()
	if s.read != s.write {
		h += s.read.holders()
	}
	return h
}

// lost replaces all connections that are idle, and those that are out when they
// come back: what killed one has killed the others.
func (s *server) lost() {
	if s.caps.OneConnection {
		return
	}
	s.write.pool.Reset()
	if s.read != s.write {
		s.read.pool.Reset()
	}
}

// begin returns the statements that begin a transaction, made once.
func (s *server) begin(d dialect.Dialect, o TxOptions) ([]string, error) {
	s.beginMu.RLock()
	texts, ok := s.begins[o]
	s.beginMu.RUnlock()
	if ok {
		return texts, nil
	}
	texts, err := d.Begin(s.caps, o)
	if err != nil {
		return nil, err
	}
	s.beginMu.Lock()
	s.begins[o] = texts
	s.beginMu.Unlock()
	return texts, nil
}

// querier lets a dialect run SQL on a connection.
type querier struct{ conn driver.Conn }

// Query implements dialect.Querier.
func (q querier) Query(ctx context.Context, sql string, args []sqltype.Value, each func(row sqltype.Row) error) error {
	stmt, err := q.conn.Prepare(ctx, sql, typesOf(args))
	if err != nil {
		return err
	}
	defer stmt.Close(ctx)
	rows, err := stmt.Query(ctx, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := each(rows); err != nil {
			rows.Close()
			return err
		}
		if err := rows.Err(); err != nil {
			rows.Close()
			return err
		}
	}
	return rows.Close()
}

// kindTypes are the types of values that no column is known for.
var kindTypes = [...]sqltype.Type{
	sqltype.KindNull: sqltype.Null{}, sqltype.KindInt64: sqltype.Integer{Bits: 64},
	sqltype.KindUint64: sqltype.Integer{Bits: 64, Unsigned: true}, sqltype.KindFloat64: sqltype.Float{Bits: 64},
	sqltype.KindBool: sqltype.Boolean{}, sqltype.KindText: sqltype.Text{}, sqltype.KindBytes: sqltype.LargeBinary{},
	sqltype.KindDecimal: sqltype.Numeric{}, sqltype.KindDate: sqltype.Date{}, sqltype.KindTimeOfDay: sqltype.Time{Precision: 6},
	sqltype.KindDateTime: sqltype.DateTime{Precision: 6}, sqltype.KindInstant: sqltype.DateTime{Precision: 6, Zone: true},
	sqltype.KindUUID: sqltype.UUID{}, sqltype.KindJSON: sqltype.JSON{}, sqltype.KindArray: sqltype.Null{},
	sqltype.KindInterval: sqltype.Interval{Precision: 6},
}

func typesOf(args []sqltype.Value) []sqltype.Type {
	types := make([]sqltype.Type, len(args))
	for i, v := range args {
		types[i] = kindTypes[v.Kind()]
	}
	return types
}
