package engine

import (
	"context"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Querier returns what the dialect runs SQL of its own with on this connection.
// It is for the dialect's functions that take one: the text is the product's,
// and is sent as it is.
func (c *Conn) Querier() dialect.Querier { return linkQuerier{c.usable, func() *link { return c.l }} }

// Querier returns what the dialect runs SQL of its own with in this
// transaction, as Conn.Querier does.
func (t *Tx) Querier() dialect.Querier { return linkQuerier{t.usable, func() *link { return t.l }} }

// linkQuerier runs a dialect's SQL where statements of users run too. The
// connection under a transaction may change before its first statement.
type linkQuerier struct {
	usable func() error
	link   func() *link
}

// Query implements dialect.Querier.
func (q linkQuerier) Query(ctx context.Context, sql string, args []sqltype.Value, each func(row sqltype.Row) error) error {
	if err := q.usable(); err != nil {
		return err
	}
	l := q.link()
	c := &compile.Compiled{SQL: sql, Verb: expr.VerbText, Params: typesOf(args), Slots: make([]compile.Slot, len(args)), ReturnsRows: true}
	if err := l.allow(c); err != nil {
		return err
	}
	l.target = target{}
	r, err := l.queryCompiled(ctx, c, args)
	if err != nil {
		return err
	}
	for r.Next() {
		if err := each(r.Row()); err != nil {
			r.Close()
			return err
		}
	}
	return r.Close()
}
