package engine

import (
	"context"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// QueryKept is Query of a SELECT that the caller keeps, and whose values are all
// parameters. A connection that has it again knows its text without looking at it,
// which is a tenth of what reading a row by its key costs. Nothing that the statement
// is made of may change.
func (t *Tx) QueryKept(ctx context.Context, s *expr.Select, params ...sqltype.Value) (*Result, error) {
	t.l.kept.asked = s
	return t.Query(ctx, s, params...)
}

// keptStatement is the last one of a connection that its caller keeps.
type keptStatement struct {
	asked    *expr.Select
	stmt     *expr.Select
	server   *server // for which it was compiled
	compiled *compile.Compiled
}

// of returns the statement compiled, nil where that is not known.
func (k *keptStatement) of(l *link, s expr.Statement) *compile.Compiled {
	if k.stmt == nil || s != expr.Statement(k.stmt) || k.server != l.server || l.exec.NoCache || len(l.exec.Values) > 0 {
		return nil
	}
	l.server.cache.again()
	return k.compiled
}

// note remembers a statement that was compiled, if it is kept.
func (k *keptStatement) note(l *link, s expr.Statement, c *compile.Compiled) {
	asked := k.asked
	k.asked = nil
	if asked == nil || s != expr.Statement(asked) || l.exec.NoCache || len(l.exec.Values) > 0 || l.server.cache.limit == 0 ||
		c.Cartesian != nil || l.key.HasText() || len(l.key.Binds()) > 0 {
		return
	}
	k.stmt, k.server, k.compiled = asked, l.server, c
}
