package engine

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// watch follows one execution for the log and the events. There is none where
// nobody wants to be told.
type watch struct {
	e      *Engine
	x      Execution
	start  time.Time
	params slog.Attr
}

func (l *link) watch(ctx context.Context, sql string, v expr.Verb, times int, args []sqltype.Value) (*watch, error) {
	return l.watchExecution(ctx, Execution{SQL: sql, Verb: v, Times: times}, args)
}

// watchOwn is watch of a statement that is not the program's.
func (l *link) watchOwn(ctx context.Context, sql string, v expr.Verb, args []sqltype.Value) (*watch, error) {
	return l.watchExecution(ctx, Execution{SQL: sql, Verb: v, Times: 1, Own: true}, args)
}

func (l *link) watchExecution(ctx context.Context, x Execution, args []sqltype.Value) (*watch, error) {
	e := l.engine
	x.Name = l.exec.Name
	w := &watch{e: e, x: x}
	for _, ev := range e.events(ctx) {
		if ev.Before != nil {
			if err := ev.Before(ctx, &w.x); err != nil {
				return nil, fmt.Errorf("engine: an event refused the statement: %w", err)
			}
		}
	}
	if e.opts.Echo != nil {
		w.params = e.describe(args)
	}
	w.start = time.Now()
	return w, nil
}

func (e *Engine) describe(args []sqltype.Value) slog.Attr {
	switch {
	case len(args) == 0:
		return slog.Attr{}
	case !e.opts.ShowParameters:
		return slog.String("parameters", fmt.Sprintf("[%d parameters hidden]", len(args)))
	}
	return slog.Any("parameters", revealed(args))
}

// done tells what came of it, and returns the error that the program gets.
func (w *watch) done(ctx context.Context, rows int64, err error) error {
	w.x.Duration, w.x.Rows, w.x.Err = time.Since(w.start), rows, err
	if err != nil {
		w.x.Err = w.e.rewriteError(ctx, &w.x, err)
	}
	for _, ev := range w.e.events(ctx) {
		if ev.After != nil {
			ev.After(ctx, &w.x)
		}
	}
	if w.e.opts.Echo != nil {
		w.log(ctx)
	}
	return w.x.Err
}

func (w *watch) log(ctx context.Context) {
	level := w.e.opts.EchoLevel.Level()
	attrs := make([]slog.Attr, 0, 6)
	attrs = append(attrs, slog.String("sql", w.x.SQL), slog.Duration("duration", w.x.Duration))
	if w.x.Name != "" {
		attrs = append(attrs, slog.String("name", w.x.Name))
	}
	if w.x.Times != 1 {
		attrs = append(attrs, slog.Int("times", w.x.Times))
	}
	if w.x.Rows >= 0 {
		attrs = append(attrs, slog.Int64("rows", w.x.Rows))
	}
	if w.params.Key != "" {
		attrs = append(attrs, w.params)
	}
	if w.x.Err != nil {
		attrs = append(attrs, slog.Any("error", w.x.Err))
	}
	w.e.opts.Echo.LogAttrs(ctx, level, "sql", attrs...)
}

func (e *Engine) tellConnect(ctx context.Context, took time.Duration, err error) {
	for _, ev := range e.events(ctx) {
		if ev.Connect != nil {
			ev.Connect(ctx, took, err)
		}
	}
}

func (e *Engine) tellClose(ctx context.Context) {
	for _, ev := range e.events(ctx) {
		if ev.Close != nil {
			ev.Close(ctx)
		}
	}
}

// checkoutStart is the time of now if somebody wants to know how long a
// checkout takes.
func (e *Engine) checkoutStart(ctx context.Context) time.Time {
	for _, ev := range e.events(ctx) {
		if ev.Checkout != nil {
			return time.Now()
		}
	}
	return time.Time{}
}

func (e *Engine) tellCheckout(ctx context.Context, start time.Time) {
	for _, ev := range e.events(ctx) {
		if ev.Checkout != nil {
			ev.Checkout(ctx, time.Since(start))
		}
	}
}

func (e *Engine) tellCheckin(ctx context.Context) {
	for _, ev := range e.events(ctx) {
		if ev.Checkin != nil {
			ev.Checkin(ctx)
		}
	}
}

func (e *Engine) tellBegin(ctx context.Context, o TxOptions) {
	for _, ev := range e.events(ctx) {
		if ev.Begin != nil {
			ev.Begin(ctx, o)
		}
	}
}

func (e *Engine) tellCommit(ctx context.Context, err error) {
	for _, ev := range e.events(ctx) {
		if ev.Commit != nil {
			ev.Commit(ctx, err)
		}
	}
}

func (e *Engine) tellRollback(ctx context.Context, err error) {
	for _, ev := range e.events(ctx) {
		if ev.Rollback != nil {
			ev.Rollback(ctx, err)
		}
	}
}

// tellSavepoints is told the texts that were sent before a statement.
func (l *link) tellSavepoints(ctx context.Context, texts ...string) {
	set := l.server.caps.Savepoints.Words().Set + " "
	for _, text := range texts {
		name, ok := strings.CutPrefix(text, set)
		for _, ev := range l.engine.events(ctx) {
			if ok && ev.Savepoint != nil {
				ev.Savepoint(ctx, name)
			}
		}
	}
}

func (e *Engine) tellRelease(ctx context.Context, name string, err error) {
	for _, ev := range e.events(ctx) {
		if ev.Release != nil {
			ev.Release(ctx, name, err)
		}
	}
}

func (e *Engine) tellRollbackTo(ctx context.Context, name string, err error) {
	for _, ev := range e.events(ctx) {
		if ev.RollbackTo != nil {
			ev.RollbackTo(ctx, name, err)
		}
	}
}
