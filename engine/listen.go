package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// listeners are those who are told what happens. The list is replaced as a
// whole, so that telling needs no lock.
type listeners struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*Events]
	// statements says that somebody wants to be told of each statement.
	statements atomic.Bool
}

func (e *Engine) listening() []*Events {
	if list := e.listeners.list.Load(); list != nil {
		return *list
	}
	return nil
}

// Listen adds events to those of Options, told after them, for this engine and
// all that share its pool. The function that it returns removes them; a
// function of ev may call it, to be told once.
func (e *Engine) Listen(ev *Events) (remove func()) {
	own := *ev // so that the same events may be added twice
	e.setEvents(func(list []*Events) []*Events { return append(slices.Clone(list), &own) })
	return func() {
		e.setEvents(func(list []*Events) []*Events {
			return slices.DeleteFunc(slices.Clone(list), func(ev *Events) bool { return ev == &own })
		})
	}
}

func (e *Engine) setEvents(change func(list []*Events) []*Events) {
	k := &e.listeners
	k.mu.Lock()
	defer k.mu.Unlock()
	list := change(e.listening())
	k.list.Store(&list)
	observed := e.opts.Echo != nil
	for _, ev := range list {
		observed = observed || ev.wantsStatements()
	}
	k.statements.Store(observed)
}

// rewritten is the statement that the events want to have executed.
func (l *link) rewritten(ctx context.Context, s expr.Statement) (expr.Statement, error) {
	for _, ev := range l.engine.events(ctx) {
		if ev.Statement == nil {
			continue
		}
		other, err := ev.Statement(ctx, s)
		switch {
		case err != nil:
			return nil, fmt.Errorf("engine: an event refused the statement: %w", err)
		case other == nil:
		case other.Verb() != s.Verb():
			return nil, fmt.Errorf("engine: an event replaced a statement by one of another kind (%v by %v); run the other one instead", s.Verb(), other.Verb())
		default:
			s = other
		}
	}
	return s, nil
}

// rewrittenError is the error that an event gave for another. The first stays
// in the chain, since what may be done next depends on it.
type rewrittenError struct{ err, cause error }

// Error is what the event says.
func (e *rewrittenError) Error() string { return e.err.Error() }

// Unwrap returns both.
func (e *rewrittenError) Unwrap() []error { return []error{e.err, e.cause} }

// rewriteError lets the events replace the error of a statement.
func (e *Engine) rewriteError(ctx context.Context, x *Execution, err error) error {
	for _, ev := range e.events(ctx) {
		if ev.Error == nil {
			continue
		}
		if other := ev.Error(ctx, x, err); other != nil {
			err = &rewrittenError{err: other, cause: err}
		}
	}
	return err
}

func (e *Engine) tellPrepare(ctx context.Context, id string, err error) {
	for _, ev := range e.events(ctx) {
		if ev.Prepare != nil {
			ev.Prepare(ctx, id, err)
		}
	}
}

func (e *Engine) tellReset(ctx context.Context, err error) {
	for _, ev := range e.events(ctx) {
		if ev.Reset != nil {
			ev.Reset(ctx, err)
		}
	}
}

func (e *Engine) tellInvalidate(ctx context.Context, cause error) {
	for _, ev := range e.events(ctx) {
		if ev.Invalidate != nil {
			ev.Invalidate(ctx, cause)
		}
	}
}

func (e *Engine) tellDetach(ctx context.Context) {
	for _, ev := range e.events(ctx) {
		if ev.Detach != nil {
			ev.Detach(ctx)
		}
	}
}

func (e *Engine) tellShutDown() {
	for _, ev := range e.listening() {
		if ev.EngineClosed != nil {
			ev.EngineClosed()
		}
	}
}

func (e *Engine) beforeDDL(ctx context.Context, el schema.Element) error {
	for _, ev := range e.events(ctx) {
		if ev.BeforeDDL != nil && el != nil {
			if err := ev.BeforeDDL(ctx, el); err != nil {
				return fmt.Errorf("engine: an event refused the change: %w", err)
			}
		}
	}
	return nil
}

func (e *Engine) tellDDL(ctx context.Context, el schema.Element, err error) {
	for _, ev := range e.events(ctx) {
		if ev.AfterDDL != nil && el != nil {
			ev.AfterDDL(ctx, el, err)
		}
	}
}
