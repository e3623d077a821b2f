package engine

import (
	"context"
	"errors"
	"iter"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// PlanNode is a step of a plan, of package dialect.
type PlanNode = dialect.PlanNode

// Explain returns how the database would run the statement, without running
// it. A database that doesn't tell, in a statement of one text, refuses it by
// *compile.UnsupportedError.
func Explain(ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) (*PlanNode, error) {
	return explain(ctx, x, s, explaining{}, params)
}

// ExplainAnalyze runs the statement, its writes too, and returns how the
// database has run it, with what was counted. Its rows are discarded.
func ExplainAnalyze(ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) (*PlanNode, error) {
	return explain(ctx, x, s, explaining{run: true}, params)
}

// explaining says that a statement's plan is wanted instead of its rows.
type explaining struct{ run bool }

func explain(ctx context.Context, x Executor, s expr.Statement, how explaining, params []sqltype.Value) (*PlanNode, error) {
	r, err := x.Query(ctx, With(s, ExecOptions{explain: &how}), params...)
	if err != nil {
		return nil, err
	}
	reader, ok := x.Engine().dialect.(dialect.Explainer)
	if !ok {
		return nil, errors.Join(errors.New("engine: the dialect reads no plans"), r.Close())
	}
	plan, err := reader.Plan(r.rowsOnce())
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// rowsOnce gives the rows, and the error that ended them.
func (r *Result) rowsOnce() iter.Seq2[sqltype.Row, error] {
	return func(yield func(sqltype.Row, error) bool) {
		for r.Next() {
			if !yield(r.Row(), r.Row().Err()) {
				return
			}
		}
		if r.err != nil {
			yield(nil, r.err)
		}
	}
}

// queryPlan sends a statement behind the words that ask for its plan.
func (l *link) queryPlan(ctx context.Context, s expr.Statement, params []sqltype.Value) (*Result, error) {
	how := l.exec.explain
	d, ok := l.server.dialect.(dialect.Explainer)
	if !ok {
		return nil, &compile.UnsupportedError{Construct: "the plan of a statement", Dialect: l.server.rules.Dialect, Instead: "ask by the tools of the product"}
	}
	words, err := d.Explain(l.server.caps, how.run)
	if err != nil {
		return nil, err
	}
	c, args, err := l.bind(s, params)
	if err != nil {
		return nil, err
	}
	c = l.server.variant(taggedKey{c: c, tag: words, whole: true}, func() *compile.Compiled {
		plan := *c
		plan.SQL = words + " " + c.SQL
		plan.Columns, plan.Stored, plan.Losses, plan.ReturnsRows = nil, nil, nil, true
		if !how.run {
			plan.Verb = expr.VerbSelect
		}
		return &plan
	})
	if err := l.allow(c); err != nil {
		return nil, err
	}
	return l.queryCompiled(ctx, l.tagged(c), args)
}
