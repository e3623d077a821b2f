package engine

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ExecOptions say how statements are executed. They are given at three levels,
// of which the inner one counts: for an engine (Options.Execution, Engine.With),
// for a connection or transaction (Conn.Configure, Tx.Configure), and for one
// statement (With). The zero value changes nothing.
type ExecOptions struct {
	// Schemas are the schemas to use instead of those that tables and sequences
	// were declared with, "" for none. It holds for statements, for batches, and,
	// of an engine, for CreateAll and DropAll. Maps of several levels are joined.
	Schemas map[string]string
	// Isolation is the level of transactions that name none. A statement outside
	// of a transaction gets one of its own for it; within a transaction another
	// level than its own is refused.
	Isolation Isolation
	// Tags are written behind each statement as a comment, for the server's logs:
	// those of several levels, one after the other. Each combination of tags is a
	// statement of its own to caches, so that a value that is new each time makes
	// them useless.
	Tags []Tag
	// Caller writes file and line of the call as a tag, too.
	Caller bool
	// Name is shown in the log, and told to events.
	Name string
	// NoCache compiles each statement anew.
	NoCache bool

	explain *explaining // set for a single statement alone
	// Values are those of the statement's parameters; see Fill.
	Values []expr.Filling
}

// Fill returns the statement with values for its parameters:
//
//	oldest := expr.NewParameter[int64]("oldest")
//	q := expr.NewSelect(users.Name).Where(users.Age.LtExpr(oldest))
//	names, err := engine.Collect[string](ctx, e, engine.Fill(q, oldest.Is(30)))
func Fill(s expr.Statement, values ...expr.Filling) expr.Statement {
	return With(s, ExecOptions{Values: values})
}

// merged returns o, with what inner says instead.
func (o ExecOptions) merged(inner ExecOptions) ExecOptions {
	if inner.Schemas != nil {
		all := maps.Clone(o.Schemas)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, inner.Schemas)
		o.Schemas = all
	}
	if inner.Isolation != DefaultIsolation {
		o.Isolation = inner.Isolation
	}
	if inner.Name != "" {
		o.Name = inner.Name
	}
	if inner.explain != nil {
		o.explain = inner.explain
	}
	o.Tags = append(slices.Clip(o.Tags), inner.Tags...)
	o.Values = append(slices.Clip(o.Values), inner.Values...)
	o.Caller, o.NoCache = o.Caller || inner.Caller, o.NoCache || inner.NoCache
	return o
}

// With returns an engine over the same pool, with other options for what is
// executed through it. Closing one closes all.
func (e *Engine) With(o ExecOptions) *Engine { return &Engine{core: e.core, exec: e.exec.merged(o)} }

// Execution returns the options of what is executed through this engine.
func (e *Engine) Execution() ExecOptions { return e.exec }

// Configure changes the options of what is executed on this connection until
// it is closed.
func (c *Conn) Configure(o ExecOptions) error {
	if c.done {
		return closedError("connection")
	}
	c.l.use(c.l.exec.merged(o))
	return nil
}

// Configure changes the options of what is executed in this transaction until
// its end. Its isolation stays what it was at its begin.
func (t *Tx) Configure(o ExecOptions) error {
	if err := t.usable(); err != nil {
		return err
	}
	if o.Isolation != DefaultIsolation && o.Isolation != t.root().opts.Isolation {
		return errIsolationLate
	}
	t.l.use(t.l.exec.merged(o))
	return nil
}

var errIsolationLate = errors.New("engine: the isolation of a transaction is chosen when it begins; say it in TxOptions")

// configuredStatement is a statement with options of its own.
type configuredStatement struct {
	expr.Statement
	options ExecOptions
}

// With returns the statement with options for its execution, for Exec, Query
// and the functions that take a statement.
func With(s expr.Statement, o ExecOptions) expr.Statement {
	if c, ok := s.(configuredStatement); ok {
		return configuredStatement{c.Statement, c.options.merged(o)}
	}
	return configuredStatement{s, o}
}

// serve makes the connection one of e.
func (l *link) serve(e *Engine) {
	l.engine = e
	l.use(e.exec)
}

// use changes the options of what is executed.
func (l *link) use(o ExecOptions) {
	l.exec = o
	if view := l.server.viewed(o.Schemas); view != l.server {
		l.server = view
		clear(l.stored)
		if l.tx != nil {
			l.tx.unsure()
		}
	}
}

// configured takes a statement's own options, until restore is called.
func (l *link) configured(s expr.Statement) (inner expr.Statement, restore func()) {
	c, ok := s.(configuredStatement)
	if !ok {
		return s, func() {}
	}
	before := l.exec
	l.use(before.merged(c.options))
	return c.Statement, func() { l.use(before) }
}

// apart reports whether the next statement needs a transaction of its own.
func (l *link) apart() (bool, error) {
	switch {
	case l.exec.Isolation == DefaultIsolation:
		return false, nil
	case l.tx == nil:
		return true, nil
	case l.tx.join == nil && l.exec.Isolation != l.tx.opts.Isolation:
		return false, errIsolationLate
	}
	return false, nil
}

func (l *link) execApart(ctx context.Context, s expr.Statement, params []sqltype.Value) (driver.Result, error) {
	t, err := l.begin(TxOptions{}, false)
	if err != nil {
		return driver.Result{}, err
	}
	res, err := l.execute(ctx, s, params)
	return res, t.settle(ctx, err)
}

func (l *link) queryApart(ctx context.Context, s expr.Statement, params []sqltype.Value) (*Result, error) {
	t, err := l.begin(TxOptions{}, false)
	if err != nil {
		return nil, err
	}
	r, err := l.query(ctx, s, params)
	if err != nil {
		return nil, t.settle(ctx, err)
	}
	r.own = t
	return r, nil
}

// settle ends the transaction of one statement, which failed with err or not.
func (t *Tx) settle(ctx context.Context, err error) error {
	if err == nil {
		return t.Commit(ctx)
	}
	t.Rollback(ctx) // the first error says more
	return err
}
