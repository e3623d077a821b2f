package engine

import (
	"context"
	"slices"
	"sync/atomic"
)

// observing says that a context with events was ever made: until then nothing
// looks for one.
var observing atomic.Bool

type observerKey struct{}

// observers are the events of a context.
type observers struct {
	list []*Events
	// statements says that one of them wants to be told of each statement.
	statements bool
}

// Observe returns a context whose events are told to ev too: those of what is
// done under it, by any engine, after those of Engine.Listen. It is for what
// belongs to one piece of work, such as a request: the statements of that can be
// counted, logged or refused, and nothing has to be removed at the end.
//
// What an engine does on its own account, such as ending idle connections, is
// under no context of a program.
func Observe(ctx context.Context, ev *Events) context.Context {
	var o observers
	if outer, ok := ctx.Value(observerKey{}).(*observers); ok {
		o = *outer
	}
	o.list = append(slices.Clip(o.list), ev)
	o.statements = o.statements || ev.wantsStatements()
	observing.Store(true)
	return context.WithValue(ctx, observerKey{}, &o)
}

func (ev *Events) wantsStatements() bool {
	return ev.Before != nil || ev.After != nil || ev.Error != nil
}

// observersOf returns the events of a context, or nil.
func observersOf(ctx context.Context) *observers {
	if !observing.Load() {
		return nil
	}
	o, _ := ctx.Value(observerKey{}).(*observers)
	return o
}

// events are those who are told of what is done under ctx.
func (e *Engine) events(ctx context.Context) []*Events {
	list := e.listening()
	o := observersOf(ctx)
	switch {
	case o == nil:
		return list
	case len(list) == 0:
		return o.list
	}
	return append(slices.Clip(list), o.list...)
}

// observed reports whether somebody wants to be told of the statements under ctx.
func (e *Engine) observed(ctx context.Context) bool {
	if e.listeners.statements.Load() {
		return true
	}
	o := observersOf(ctx)
	return o != nil && o.statements
}
