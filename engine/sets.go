package engine

import (
	"context"
	"iter"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Sets runs a statement that may have several results, such as a call of a
// procedure, and gives them one by one. Rows and Row read each; it is closed
// when the loop goes on, and the connection is in use until the loop ends. Of
// databases whose statements have one result it gives that one.
func Sets(ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) iter.Seq2[*Result, error] {
	return func(yield func(*Result, error) bool) {
		all, err := x.Query(ctx, s, params...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer all.Close()
		rows, several := all.rows.(driver.SetRows)
		if several {
			rows.WantSets()
		}
		compiled := all.compiled
		for more := len(all.rows.Columns()) > 0; more; more = several && rows.NextSet() {
			one := &Result{l: all.l, rows: all.rows, compiled: compiled, ctx: ctx, of: all}
			if !yield(one, nil) {
				return
			}
			if err := one.Close(); err != nil {
				return // whoever read the result was told
			}
			compiled = &compile.Compiled{SQL: compiled.SQL, Verb: compiled.Verb, ReturnsRows: true}
		}
		if err := all.Close(); err != nil {
			yield(nil, err)
		}
	}
}

// setEnded notes the end of one of several results.
func (r *Result) setEnded(one *Result) error {
	r.read += one.read
	one.err = one.rows.Err()
	if one.err != nil {
		one.err = r.l.showing(r.args, r.l.failed(r.ctx, one.err, r.compiled.SQL, r.effect))
	}
	return one.err
}
