package engine

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

// CallSite is a place in a program: the address of a call. The zero value is
// none.
type CallSite uintptr

// nearFrames is how many frames above CallerOf are looked at.
const nearFrames = 4

// CallerOf returns where the program has called this library, if that is near:
// it looks at few frames, from skip on, of which 0 is the caller of CallerOf. To walk
// over more costs as much as a short statement.
func CallerOf(skip int) CallSite {
	var pcs [nearFrames]uintptr
	n := runtime.Callers(skip+2, pcs[:])
	for _, pc := range pcs[:n] {
		if !frames.own(pc) {
			return CallSite(pc)
		}
	}
	return 0
}

// String is the file and line, "" of the zero value.
func (s CallSite) String() string {
	if s == 0 {
		return ""
	}
	f, _ := runtime.CallersFrames([]uintptr{uintptr(s)}).Next()
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// frames knows which addresses are of this library.
var frames ownFrames

type ownFrames struct {
	mu    sync.RWMutex
	known map[uintptr]bool
}

func (o *ownFrames) own(pc uintptr) bool {
	o.mu.RLock()
	own, ok := o.known[pc]
	o.mu.RUnlock()
	if ok {
		return own
	}
	list := runtime.CallersFrames([]uintptr{pc})
	for own = true; own; { // a call that was inlined has several
		f, more := list.Next()
		own = ownFrame(f)
		if !more {
			break
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil {
		o.known = map[uintptr]bool{}
	}
	o.known[pc] = own
	return own
}

func ownFrame(f runtime.Frame) bool {
	if strings.HasSuffix(f.File, "_test.go") {
		return false
	}
	name, ok := strings.CutPrefix(f.Function, strings.TrimSuffix(module, "/"))
	return ok && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/engine.") || strings.HasPrefix(name, "/orm.") || strings.HasPrefix(name, "/web."))
}

// BeginAt is Begin for who knows already where the program has called: that place
// is named where the pool is exhausted. Begin has to look for it.
func (e *Engine) BeginAt(ctx context.Context, o TxOptions, at CallSite) (*Tx, error) {
	l, err := e.acquireAt(ctx, o.ReadOnly, at)
	if err != nil {
		return nil, err
	}
	t, err := l.begin(o, true)
	if err != nil {
		l.release(ctx)
	}
	return t, err
}
