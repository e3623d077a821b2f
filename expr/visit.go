package expr

import (
	"bytes"
	"slices"
	"sync"
)

// visitors are keys whose memory is used again.
var visitors = sync.Pool{New: func() any { return new(Key) }}

// Visit calls f for n and for each node within it, from the outside in: the
// clauses of statements, their sources, subqueries and expressions. What stands
// in several places of a statement may be told once.
func Visit(n Node, f func(Node)) {
	k := visitors.Get().(*Key)
	k.visit = func(n Node) {
		if _, typed := n.(interface{ Unwrap() Expression }); !typed {
			f(n)
		}
	}
	k.Node(n)
	clear(k.binds) // values are not kept
	k.Reset()
	k.visit, k.fixed = nil, false
	visitors.Put(k)
}

// Same reports whether two nodes have the same structure and the same values:
// whether they are the same SQL, whatever the dialect. A node that can't be
// compiled is the same as none.
func Same(a, b Node) bool {
	var x, y Key
	x.Node(a)
	y.Node(b)
	return x.err == nil && y.err == nil && bytes.Equal(x.buf, y.buf) && slices.EqualFunc(x.binds, y.binds, func(v, w *Bind) bool {
		return v.Value.Equal(w.Value)
	})
}
